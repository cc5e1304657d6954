package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import dev.uring.sys.SocketAddressBytes;
import dev.uring.sys.SocketCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;

/**
 * Stream sockets that listen, connect or come in pairs. All block and are {@code O_CLOEXEC}; the
 * caller closes them. Any thread may call. Sources: {@code unix(7)}, {@code tcp(7)}, {@code
 * socket(7)}.
 */
public final class Sockets {
  private static final int KEEPALIVE_IDLE_SECONDS = 60;
  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
  private static final int KEEPALIVE_PROBES = 6;

  private static final int STREAM = SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC;
  private static final int PORT_MAXIMUM = 0xffff;

  private Sockets() {}

  /**
   * Listens on a name in the file system.
   *
   * <p>The name never exists with more permissions than {@code mode}, and nobody can connect before
   * it has exactly these. If a socket is there already it is asked whether somebody listens: a dead
   * one is replaced, everything else is left alone. Two callers that find the same dead socket do
   * not replace each other's. Closing the descriptor does not remove the name.
   *
   * @param path 1 to 107 bytes
   * @param mode permission bits of the name, 0 to 0777, whatever the umask; who may write may
   *     connect
   * @param backlog how many connections wait to be accepted, 1 or more
   * @throws UringException if the name is taken, {@code EADDRINUSE}, or the kernel refuses
   * @throws IllegalArgumentException if the path is empty, too long or cannot be encoded, or mode
   *     or backlog are out of range
   */
  public static Descriptor listenUnix(Path path, int mode, int backlog) {
    requireBacklog(backlog);
    return new UnixListening(path, mode, backlog).listen();
  }

  /**
   * Connects to a name in the file system. Waits while the listener's backlog is full.
   *
   * @param path 1 to 107 bytes
   * @throws UringException if the kernel refuses: {@code ENOENT} without such a name, {@code
   *     ECONNREFUSED} without a listener
   * @throws IllegalArgumentException if the path is empty, too long or cannot be encoded
   */
  public static Descriptor connectUnix(Path path) {
    SocketAddressBytes address = UnixListening.address(path);
    Descriptor socket = unixSocket(0);
    try {
      int fd = socket.acquire();
      try {
        // A Unix-domain connect that a signal interrupted has not begun and may be repeated.
        long result = Calls.uninterrupted(() -> SocketCalls.connect(fd, address));
        Calls.check("connect to " + path, result);
      } finally {
        socket.release();
      }
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Listens for TCP connections, which will not delay small segments ({@code TCP_NODELAY}), and end
   * some two minutes after a silent peer has vanished ({@code SO_KEEPALIVE}). A connection of a
   * former listener that is still dying does not keep the port ({@code SO_REUSEADDR}); a living
   * listener does.
   *
   * @param host a name or a numeric address; its first address is used
   * @param port 1 to 65535, or 0 for one that the kernel chooses, see {@link #boundAddress}
   * @param backlog how many connections wait to be accepted, 1 or more
   * @throws UringException if the port is in use, {@code EADDRINUSE}, or the kernel refuses
   * @throws IllegalArgumentException if the host is unknown, or port or backlog are out of range
   */
  public static Descriptor listenTcp(String host, int port, int backlog) {
    requireBacklog(backlog);
    if (port < 0 || port > PORT_MAXIMUM) {
      throw new IllegalArgumentException("port is not between 0 and " + PORT_MAXIMUM + ": " + port);
    }
    SocketAddressBytes address = SocketAddressBytes.internet(resolve(host), port);
    String name = "tcp " + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    Descriptor socket = socket(address.family(), STREAM, name);
    try {
      int fd = socket.acquire();
      try {
        Calls.check(
            "setsockopt(SO_REUSEADDR)",
            SocketCalls.setsockopt(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_REUSEADDR, 1));
        setInherited(fd);
        Calls.check("bind " + name, SocketCalls.bind(fd, address), Sockets::bindRemedy);
        Calls.check("listen on " + name, SocketCalls.listen(fd, backlog), Sockets::bindRemedy);
      } finally {
        socket.release();
      }
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Options that accepted sockets inherit, which saves calls for each. */
  private static void setInherited(int fd) {
    int tcp = SocketCalls.IPPROTO_TCP;
    set(fd, "TCP_NODELAY", tcp, SocketCalls.TCP_NODELAY, 1);
    // A peer that has lost its power says nothing; without asking it would never be noticed.
    set(fd, "SO_KEEPALIVE", SocketCalls.SOL_SOCKET, SocketCalls.SO_KEEPALIVE, 1);
    set(fd, "TCP_KEEPIDLE", tcp, SocketCalls.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
    set(fd, "TCP_KEEPINTVL", tcp, SocketCalls.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
    set(fd, "TCP_KEEPCNT", tcp, SocketCalls.TCP_KEEPCNT, KEEPALIVE_PROBES);
  }

  private static void set(int fd, String name, int level, int option, int value) {
    Calls.check("setsockopt(" + name + ")", SocketCalls.setsockopt(fd, level, option, value));
  }

  private static InetAddress resolve(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "no address is known for host " + host + "; give another name or a numeric address", e);
    }
  }

  private static String bindRemedy(int errno) {
    return switch (errno) {
      case Errno.EADDRINUSE -> "another program listens there; stop it or choose another port";
      case Errno.EADDRNOTAVAIL -> "this machine has no such address";
      case Errno.EACCES ->
          "ports below net.ipv4.ip_unprivileged_port_start (1024) need CAP_NET_BIND_SERVICE;"
              + " choose a higher one";
      default -> "";
    };
  }

  /**
   * The Internet address that a socket is bound to, with the port that the kernel chose.
   *
   * @throws UringException if the kernel refuses
   * @throws IllegalArgumentException if it is a socket of another family
   * @throws IllegalStateException if it is closed
   */
  public static InetSocketAddress boundAddress(Descriptor socket) {
    SocketAddressBytes address = SocketAddressBytes.empty();
    int fd = socket.acquire();
    try {
      Calls.check("getsockname", SocketCalls.getsockname(fd, address));
    } finally {
      socket.release();
    }
    InetSocketAddress internet = address.toInternet();
    if (internet == null) {
      throw new IllegalArgumentException("not an Internet socket: " + socket);
    }
    return internet;
  }

  /**
   * Two Unix-domain sockets that are connected to each other.
   *
   * @throws UringException if the kernel refuses
   */
  public static List<Descriptor> pair() {
    int[] numbers = new int[2];
    Calls.check(
        "socketpair",
        SocketCalls.socketpair(SocketCalls.AF_UNIX, STREAM, numbers),
        Calls::descriptorRemedy);
    return List.of(
        Descriptor.own(numbers[0], "socketpair"), Descriptor.own(numbers[1], "socketpair"));
  }

  /** A Unix-domain stream socket with more type flags. */
  static Descriptor unixSocket(int flags) {
    return socket(SocketCalls.AF_UNIX, STREAM | flags, "unix socket");
  }

  private static Descriptor socket(int family, int type, String description) {
    long result = Calls.check("socket", SocketCalls.socket(family, type), Calls::descriptorRemedy);
    return Descriptor.own((int) result, description);
  }

  private static void requireBacklog(int backlog) {
    if (backlog < 1) {
      throw new IllegalArgumentException("backlog is less than 1: " + backlog);
    }
  }
}
