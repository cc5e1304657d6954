package dev.uring.sys;

import jnr.ffi.Pointer;

/** {@code accept4(2)}, which only tests need: the library accepts through its ring. */
public final class Accepting {
  private static final Binding C = NativeLibrary.bind(Binding.class);

  private Accepting() {}

  /** The next connection of a listening socket, close-on-exec. */
  public static int accept(int fd) {
    return C.accept4(fd, null, null, SocketCalls.SOCK_CLOEXEC);
  }

  public interface Binding {
    int accept4(int fd, Pointer address, Pointer length, int flags);
  }
}
