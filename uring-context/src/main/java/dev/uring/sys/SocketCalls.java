package dev.uring.sys;

import java.lang.ref.Reference;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Sockets. Each method is the call of the same name in section 2 of the manual; the result is zero
 * or more, or minus the errno.
 */
public final class SocketCalls {
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;

  public static final int SOCK_STREAM = 1;
  public static final int SOCK_NONBLOCK = FileCalls.O_NONBLOCK;
  public static final int SOCK_CLOEXEC = FileCalls.O_CLOEXEC;

  public static final int SOL_SOCKET = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_KEEPALIVE = 9;
  public static final int IPPROTO_TCP = 6;
  public static final int TCP_NODELAY = 1;
  public static final int TCP_KEEPIDLE = 4;
  public static final int TCP_KEEPINTVL = 5;
  public static final int TCP_KEEPCNT = 6;

  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;

  private static final Binding C = NativeLibrary.bind(Binding.class);
  private static final Runtime RUNTIME = Runtime.getRuntime(C);

  private SocketCalls() {}

  /** A socket. Callers add {@link #SOCK_CLOEXEC} to the type. */
  public static int socket(int family, int type) {
    return check(C.socket(family, type, 0));
  }

  /** Two connected sockets, into {@code pair}. Callers add {@link #SOCK_CLOEXEC} to the type. */
  public static int socketpair(int family, int type, int[] pair) {
    Pointer numbers = FileCalls.allocate(2 * Integer.BYTES);
    int result = check(C.socketpair(family, type, 0, numbers), numbers);
    if (result >= 0) {
      numbers.get(0, pair, 0, 2);
    }
    return result;
  }

  /** Gives a socket its address. */
  public static int bind(int fd, SocketAddressBytes address) {
    return check(C.bind(fd, address.memory(), address.length()), address);
  }

  /** Lets a socket take connections; {@code backlog} of them wait to be accepted. */
  public static int listen(int fd, int backlog) {
    return check(C.listen(fd, backlog));
  }

  /** Connects. After {@code EINTR} the attempt goes on by itself. */
  public static int connect(int fd, SocketAddressBytes address) {
    return check(C.connect(fd, address.memory(), address.length()), address);
  }

  /** Ends one or both directions of a connection, by {@code SHUT_*}. */
  public static int shutdown(int fd, int how) {
    return check(C.shutdown(fd, how));
  }

  /** The address that a socket is bound to, into {@code address}. */
  public static int getsockname(int fd, SocketAddressBytes address) {
    Pointer length = FileCalls.allocate(Integer.BYTES);
    length.putInt(0, address.length());
    return check(C.getsockname(fd, address.memory(), length), address, length);
  }

  /** Sets an option that is an {@code int} in C. */
  public static int setsockopt(int fd, int level, int option, int value) {
    Pointer memory = FileCalls.allocate(Integer.BYTES);
    memory.putInt(0, value);
    return check(C.setsockopt(fd, level, option, memory, Integer.BYTES), memory);
  }

  /** Reads an option that is an {@code int} in C and never negative. */
  public static int getsockopt(int fd, int level, int option) {
    Pointer memory = FileCalls.allocate(Integer.BYTES);
    Pointer length = FileCalls.allocate(Integer.BYTES);
    length.putInt(0, Integer.BYTES);
    int result = check(C.getsockopt(fd, level, option, memory, length), memory, length);
    return result < 0 ? result : memory.getInt(0);
  }

  /** Memory that only the call used must not be collected, and so freed, while the call runs. */
  private static int check(int result, Object... held) {
    try {
      return (int) NativeLibrary.check(RUNTIME, result);
    } finally {
      Reference.reachabilityFence(held);
    }
  }

  /** The functions of the C library. */
  public interface Binding {
    int socket(int family, int type, int protocol);

    int socketpair(int family, int type, int protocol, Pointer pair);

    int bind(int fd, Pointer address, int length);

    int listen(int fd, int backlog);

    int connect(int fd, Pointer address, int length);

    int shutdown(int fd, int how);

    int getsockname(int fd, Pointer address, Pointer length);

    int setsockopt(int fd, int level, int option, Pointer value, int length);

    int getsockopt(int fd, int level, int option, Pointer value, Pointer length);
  }
}
