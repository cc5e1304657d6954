package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import org.jspecify.annotations.Nullable;

/** How a half of a ring is entered: by the descriptor, or by an index registered with a thread. */
final class ThreadEntrance {
  private final Ring ring;
  private final ThreadIndices indices;
  private int fd;
  private int flags;
  private @Nullable Thread registeredBy;
  private final int descriptor;

  ThreadEntrance(Ring ring) {
    this.ring = ring;
    this.indices = ring.registrar().descriptors().indices();
    this.descriptor = ring.descriptor();
    this.fd = descriptor;
  }

  void register() {
    if (registeredBy != null) {
      throw new UringException(
          "io_uring_register",
          Errno.EEXIST,
          "this half is registered already, with the thread " + registeredBy.getName());
    }
    fd = RegisterCaller.check(RegisterCall.REGISTER_RING_FDS, indices.register());
    flags = EnterFlag.REGISTERED_RING.mask();
    registeredBy = Thread.currentThread();
  }

  void unregister() {
    if (registeredBy != Thread.currentThread()) {
      throw new IllegalStateException("this half is not registered with this thread");
    }
    int result = indices.giveBack(fd);
    int unused = RegisterCaller.check(RegisterCall.UNREGISTER_RING_FDS, result);
    fd = descriptor;
    flags = 0;
    registeredBy = null;
  }

  int enter(int toSubmit, int minComplete, EnterFlags enterFlags) {
    requireOwnThread();
    if (ring.isClosed()) {
      return -Errno.EBADF;
    }
    return UringCalls.enter(fd, toSubmit, minComplete, enterFlags.mask() | flags);
  }

  /** The number by which the calling thread enters now. */
  int fd() {
    requireOwnThread();
    return fd;
  }

  /** The flags that go with the number. */
  int flags() {
    return flags;
  }

  ExtendedWait newWait() {
    requireOwnThread();
    return new ExtendedWait(ring, this);
  }

  /** In another thread the index may name another ring. */
  private void requireOwnThread() {
    if (registeredBy != null && registeredBy != Thread.currentThread()) {
      throw new IllegalStateException(
          "this half is registered with the thread "
              + registeredBy.getName()
              + " and can be used by no other");
    }
  }
}
