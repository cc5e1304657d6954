package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.SynchronousCancel;

/**
 * Which requests a cancellation is for. Immutable.
 *
 * <p>One key, or several that must all match: user data, descriptor or slot, kind of request. The
 * first match is cancelled, or {@linkplain #all every} one. User data 5.5; all, descriptor and
 * anything 5.19; slot 6.0; kind of request 6.6.
 *
 * <p>A descriptor or slot stands for its file: requests that named the same open file otherwise
 * match too. What a worker thread runs is interrupted and may end with -EINTR; for one match the
 * answer is then -EALREADY (with a polling kernel thread -ENOENT), among all it is not counted.
 * Seen on 6.18; see {@code io_uring_prep_cancel(3)}.
 */
public final class CancelMatch {
  private static final int ALL = 1;
  private static final int FD = 1 << 1;
  private static final int ANY = 1 << 2;
  private static final int FD_FIXED = 1 << 3;
  private static final int USER_DATA = 1 << 4;
  private static final int OPERATION = 1 << 5;

  private final long userData;
  private final int fd;
  private final int operation;
  private final int flags;

  private CancelMatch(long userData, int fd, int operation, int flags) {
    this.userData = userData;
    this.fd = fd;
    this.operation = operation;
    this.flags = flags;
  }

  /** Requests with this user data. */
  public static CancelMatch userData(long userData) {
    return new CancelMatch(userData, -1, 0, 0);
  }

  /** Requests on this descriptor. */
  public static CancelMatch descriptor(int descriptor) {
    return new CancelMatch(0, descriptor, 0, FD);
  }

  /** Requests on this slot of the file table. */
  public static CancelMatch slot(FileSlot slot) {
    return new CancelMatch(0, slot.index(), 0, FD | FD_FIXED);
  }

  /** Requests of this kind. */
  public static CancelMatch operation(UringOperation operation) {
    return new CancelMatch(0, -1, operation.code(), OPERATION);
  }

  /** Every request; the answer counts them as if {@link #all} were said. */
  public static CancelMatch anything() {
    return new CancelMatch(0, -1, 0, ANY);
  }

  /**
   * Those of these that have this user data besides. 6.6.
   *
   * @throws IllegalArgumentException if anything matches: the kernel would not look at the rest
   */
  public CancelMatch andUserData(long value) {
    checkNarrowable();
    return new CancelMatch(value, fd, operation, flags | USER_DATA);
  }

  /**
   * Those of these that are of this kind besides. 6.6.
   *
   * @throws IllegalArgumentException if anything matches: the kernel would not look at the rest
   */
  public CancelMatch andOperation(UringOperation value) {
    checkNarrowable();
    // User data is a key without a flag only as long as it is the only one.
    int implied = (flags & (FD | OPERATION)) == 0 ? USER_DATA : 0;
    return new CancelMatch(userData, fd, value.code(), flags | OPERATION | implied);
  }

  private void checkNarrowable() {
    checkArgument(
        (flags & ANY) == 0, "what matches anything cannot be narrowed: begin with another key");
  }

  /** Not only the first match but every one. */
  public CancelMatch all() {
    return new CancelMatch(userData, fd, operation, flags | ALL);
  }

  int fd() {
    return fd;
  }

  long userDataToMatch() {
    return userData;
  }

  int operationCode() {
    return operation;
  }

  /** {@code IORING_ASYNC_CANCEL_*} bits. */
  int flags() {
    return flags;
  }

  SynchronousCancel toStruct() {
    return new SynchronousCancel(userData, fd, flags, operation);
  }
}
