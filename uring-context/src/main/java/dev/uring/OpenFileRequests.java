package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.FileRequests;
import dev.uring.ring.FileSlot;
import dev.uring.ring.FileSystemRequests;
import dev.uring.ring.FileTableRequests;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Requests on open files beyond reading and writing, of a {@link URingContext}: their length, what
 * of them is written out, and their end. Results are zero, unless a method says otherwise, or minus
 * an errno. Truncating and writing out that fail do not end the chain that they are linked in
 * (6.18).
 */
public final class OpenFileRequests {
  private final SubmitRing submit;
  private final RequestSteps steps;
  private final @Nullable URingAllowlist allowlist;

  OpenFileRequests(SubmitRing submit, RequestSteps steps, @Nullable URingAllowlist allowlist) {
    this.submit = submit;
    this.steps = steps;
    this.allowlist = allowlist;
  }

  /**
   * Sets a file's length, as {@code ftruncate(2)}, by {@code context.files().addTruncate(file,
   * 4096, 1)}; what it gains reads as zeros. -EINVAL if it is not open for writing or not a regular
   * file, -EFBIG, -EPERM for a seal. 6.9.
   *
   * @param length in bytes, 0 or more
   * @throws IllegalArgumentException if it is negative
   */
  public void addTruncate(Target file, long length, long userData) {
    if (length < 0) {
      throw new IllegalArgumentException("length is negative: " + length);
    }
    submit.begin(file, userData);
    FileRequests.ftruncate(submit.entry(), submit.fd(), length);
    submit.end();
  }

  /**
   * Writes a range out of the page cache and waits for it, as {@code sync_file_range(2)} with all
   * its flags, by {@code context.files().addWriteOut(file, 0, 4096, 1)}. Nothing is durable by it:
   * metadata and the device's cache stay as they are. -EIO, -ENOSPC, -ESPIPE for what has no
   * offsets. 5.2.
   *
   * @param offset in bytes, 0 or more
   * @param length in bytes; zero means up to the end of the file
   */
  public void addWriteOut(Target file, long offset, int length, long userData) {
    writeOut(
        file,
        offset,
        length,
        FileRequests.SYNC_WAIT_BEFORE | FileRequests.SYNC_WRITE | FileRequests.SYNC_WAIT_AFTER,
        userData);
  }

  /**
   * Starts writing a range out of the page cache, and does not wait for it, as {@code
   * sync_file_range(2)}, by {@code context.files().addStartWriteOut(file, 0, 0, 1)}. Zero once it
   * has begun: what fails later is told by the next {@link #addWriteOut} or sync. -ESPIPE for what
   * has no offsets. 5.2.
   *
   * @param offset in bytes, 0 or more
   * @param length in bytes; zero means up to the end of the file
   */
  public void addStartWriteOut(Target file, long offset, int length, long userData) {
    writeOut(file, offset, length, FileRequests.SYNC_WRITE, userData);
  }

  private void writeOut(Target file, long offset, int length, int flags, long userData) {
    Transfers.checkRange(offset, length);
    submit.begin(file, userData);
    FileRequests.syncFileRange(submit.entry(), submit.fd(), offset, length, flags);
    submit.end();
  }

  /**
   * Closes a descriptor, as {@code close(2)}, by {@code context.files().addClose(file, 1)}. The
   * object is closed at once, so that nobody uses a number that may soon be another file's; the
   * number goes back when the request runs. If it does not run, because it was cancelled or taken
   * back, the number goes back as by {@link Descriptor#close}; so does that of {@link
   * Descriptor#ofCompletions}, which the kernel refuses with -EBADF. After -EIO or -ENOSPC the file
   * is closed, and what was written to it may be lost. 5.6.
   *
   * @throws IllegalStateException if it is closed, or requests in flight use it
   * @throws IllegalArgumentException if it is borrowed, or the allowlist permits no closing
   */
  public void addClose(Descriptor file, long userData) {
    steps.checkWithoutSlot("closing a descriptor");
    checkPermitted();
    file.checkIdle();
    Closing closing = new Closing();
    int place = submit.begin(userData);
    try {
      closing.number = file.surrender();
    } catch (RuntimeException | Error e) {
      // Somebody began to use it or closed it just now.
      submit.abandon(place);
      throw e;
    }
    // From here on the number is nobody's but this request's.
    submit.hold(place).intercept = closing;
    FileSystemRequests.close(submit.entry(), closing.number);
    submit.end();
  }

  /** A refusal by the ring could not be told from one by the file's own system. */
  private void checkPermitted() {
    if (allowlist != null && !allowlist.permits(UringOperation.CLOSE, entryFlags(allowlist))) {
      throw new IllegalArgumentException(
          "this context's allowlist does not permit CLOSE, or not in a chain: use"
              + " Descriptor.close()");
    }
  }

  private Set<EntryFlag> entryFlags(URingAllowlist permitted) {
    Set<EntryFlag> flags = EnumSet.noneOf(EntryFlag.class);
    flags.addAll(permitted.requiredFlags());
    int added = submit.groupFlags();
    for (EntryFlag flag : EntryFlag.values()) {
      if ((flag.mask() & added) != 0) {
        flags.add(flag);
      }
    }
    return flags;
  }

  /**
   * The number is this request's, until the kernel has run it. Made before it is had: where there
   * is no memory for this, the descriptor keeps it.
   */
  private static final class Closing implements Intercept {
    private int number;
    private final AtomicBoolean ran = new AtomicBoolean();

    @Override
    public long completed(int result, int flags) {
      // After every other error the number is free, and may be another file's.
      boolean open = result == -Errno.ECANCELED || (result == -Errno.EBADF && isRing(number));
      ran.set(!open);
      return result;
    }

    /** The kernel closes no ring by request (io_uring/openclose.c). */
    private static boolean isRing(int number) {
      try {
        Path file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + number));
        return file.toString().equals("anon_inode:[io_uring]");
      } catch (IOException e) {
        // Nothing is open, or nobody can say: one that stays open does less harm than one too few.
        return false;
      }
    }

    @Override
    public void letGo() {
      if (!ran.get()) {
        new DescriptorNumber(number, /* owned= */ true).run();
      }
    }
  }

  /**
   * Empties a slot of the file table, by {@code context.files().addClose(slot, 1)}; requests in
   * flight go on with the file. Zero, or -EBADF if it is empty. 5.15.
   *
   * @throws IllegalArgumentException if it is a slot of another context, or the allowlist requires
   *     registered files, and then the kernel refuses this
   */
  public void addClose(FixedFile slot, long userData) {
    FileSlot number = new FileSlot(steps.checked(slot));
    steps.checkWithoutSlot("emptying a slot");
    submit.begin(userData);
    FileTableRequests.closeSlot(submit.entry(), number);
    submit.end();
  }

  /**
   * Makes a descriptor of a slot's file, like {@code dup(2)}, by {@code
   * context.files().addDescriptor(slot, made, 1)}; close-on-exec. Zero, or -EBADF if the slot is
   * empty, -EMFILE. 6.8.
   *
   * @throws IllegalArgumentException if it is a slot of another context
   */
  public void addDescriptor(FixedFile slot, NewDescriptors into, long userData) {
    FileSlot number = new FileSlot(steps.checked(slot));
    Intercept receiver = into.receiver(submit);
    int place = submit.begin(slot, userData);
    submit.hold(place).intercept = receiver;
    FileTableRequests.install(submit.entry(), number, 0);
    submit.end();
  }
}
