package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.ReadWriteFlags;

/**
 * What most requests do not need, by name. Immutable: make one, keep it, pass it often. What the
 * file or the kernel has not ends the request with -EOPNOTSUPP or -EINVAL. Sources: {@code
 * io_uring_enter(2)}, and {@code preadv2(2)} for those of reads and writes.
 *
 * <pre>{@code
 * private static final RequestOptions DURABLE = RequestOptions.NONE.dataSync();
 * }</pre>
 */
public final class RequestOptions {
  /** Nothing out of the ordinary. */
  public static final RequestOptions NONE = new RequestOptions(0, 0);

  /** The flags that tie a request to the next. */
  static final int LINKS = EntryFlag.IO_LINK.mask() | EntryFlag.IO_HARDLINK.mask();

  private final int entryFlags;
  private final int readWriteFlags;

  private RequestOptions(int entryFlags, int readWriteFlags) {
    this.entryFlags = entryFlags;
    this.readWriteFlags = readWriteFlags;
  }

  /** Straight to a worker thread, without trying at once. 5.6. */
  public RequestOptions async() {
    return new RequestOptions(entryFlags | EntryFlag.ASYNC.mask(), readWriteFlags);
  }

  /** Starts when all earlier requests have completed, and later ones wait for it. 5.2. */
  public RequestOptions drain() {
    return new RequestOptions(entryFlags | EntryFlag.IO_DRAIN.mask(), readWriteFlags);
  }

  /**
   * The next request starts when this one has succeeded in full, and is cancelled otherwise. Only
   * between requests that are {@linkplain ChainRequests added together}, where the last one leads
   * nowhere; elsewhere it is refused. 5.3.
   */
  public RequestOptions link() {
    return new RequestOptions(entryFlags | EntryFlag.IO_LINK.mask(), readWriteFlags);
  }

  /** As {@link #link}, but the next request starts whatever becomes of this one. 5.5. */
  public RequestOptions hardLink() {
    return new RequestOptions(entryFlags | EntryFlag.IO_HARDLINK.mask(), readWriteFlags);
  }

  /** A write is durable, data-wise, before it completes ({@code RWF_DSYNC}). */
  public RequestOptions dataSync() {
    return withReadWrite(ReadWriteFlags.DATA_SYNC);
  }

  /** A write is durable, metadata included, before it completes ({@code RWF_SYNC}). */
  public RequestOptions sync() {
    return withReadWrite(ReadWriteFlags.SYNC);
  }

  /** Ends with -EAGAIN instead of waiting ({@code RWF_NOWAIT}). */
  public RequestOptions noWait() {
    return withReadWrite(ReadWriteFlags.NO_WAIT);
  }

  /**
   * High priority: polled, on a device that can ({@code RWF_HIPRI}). Of a context with {@link
   * ContextBuilder#polledIo} all are; of any other it is -EINVAL.
   */
  public RequestOptions highPriority() {
    return withReadWrite(ReadWriteFlags.HIGH_PRIORITY);
  }

  /** A write goes to the end of the file ({@code RWF_APPEND}). */
  public RequestOptions append() {
    return withReadWrite(ReadWriteFlags.APPEND);
  }

  /** A write goes where it says, be the file opened for appending ({@code RWF_NOAPPEND}). 6.9. */
  public RequestOptions noAppend() {
    return withReadWrite(ReadWriteFlags.NO_APPEND);
  }

  /**
   * A write is done as a whole or not at all, also if the power fails ({@code RWF_ATOMIC}): of a
   * file opened with {@link OpenFlag#DIRECT}, else -EOPNOTSUPP; of a length and at an offset that
   * its device can, else -EINVAL. 6.11.
   */
  public RequestOptions atomic() {
    return withReadWrite(ReadWriteFlags.ATOMIC);
  }

  /** What is read or written does not stay in the page cache ({@code RWF_DONTCACHE}). 6.14. */
  public RequestOptions uncached() {
    return withReadWrite(ReadWriteFlags.UNCACHED);
  }

  private RequestOptions withReadWrite(int flag) {
    return new RequestOptions(entryFlags, readWriteFlags | flag);
  }

  boolean isLinked() {
    return (entryFlags() & LINKS) != 0;
  }

  int entryFlags() {
    return isNone() ? 0 : entryFlags;
  }

  int readWriteFlags() {
    return isNone() ? 0 : readWriteFlags;
  }

  /** Told without a look at what is in it, which is cold after a wait (10 ns). */
  private boolean isNone() {
    return this == NONE;
  }

  @Override
  public String toString() {
    return "RequestOptions[entry=0x"
        + Integer.toHexString(entryFlags)
        + ", rwf=0x"
        + Integer.toHexString(readWriteFlags)
        + "]";
  }
}
