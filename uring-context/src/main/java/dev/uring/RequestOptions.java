package dev.uring;

import dev.uring.allowlist.EntryFlag;

/**
 * What most requests do not need, by name. Immutable: make one, keep it, pass it often.
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

  private static final int RWF_HIPRI = 1;
  private static final int RWF_DSYNC = 2;
  private static final int RWF_SYNC = 4;
  private static final int RWF_NOWAIT = 8;
  private static final int RWF_APPEND = 16;

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
    return withReadWrite(RWF_DSYNC);
  }

  /** A write is durable, metadata included, before it completes ({@code RWF_SYNC}). */
  public RequestOptions sync() {
    return withReadWrite(RWF_SYNC);
  }

  /** Fails with EAGAIN instead of waiting ({@code RWF_NOWAIT}). */
  public RequestOptions noWait() {
    return withReadWrite(RWF_NOWAIT);
  }

  /** High priority: polled, on a device that can ({@code RWF_HIPRI}). */
  public RequestOptions highPriority() {
    return withReadWrite(RWF_HIPRI);
  }

  /** A write goes to the end of the file ({@code RWF_APPEND}). */
  public RequestOptions append() {
    return withReadWrite(RWF_APPEND);
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
