package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import dev.uring.sys.SocketAddressBytes;
import dev.uring.sys.SocketCalls;
import dev.uring.sys.Statx;
import java.nio.file.Path;
import java.time.Duration;

/** The steps from a path to a socket that listens there; see {@link Sockets#listenUnix}. */
final class UnixListening {
  private static final int PERMISSION_BITS = 0777;
  // A name may come and go between two looks at it; a living server settles it at once.
  private static final int ATTEMPTS = 10;
  private static final Duration DIRECTORY_PATIENCE = Duration.ofSeconds(1);

  private final Path path;
  private final byte[] name;
  private final SocketAddressBytes address;
  private final int mode;
  private final int backlog;

  UnixListening(Path path, int mode, int backlog) {
    if ((mode & ~PERMISSION_BITS) != 0) {
      throw new IllegalArgumentException("mode is not of permission bits: " + mode);
    }
    this.path = path;
    this.name = NativePath.bytes(path);
    this.address = address(path);
    this.mode = mode;
    this.backlog = backlog;
  }

  /**
   * The address of a path.
   *
   * @throws IllegalArgumentException if the path is too long or empty
   */
  static SocketAddressBytes address(Path path) {
    byte[] name = NativePath.bytes(path);
    int length = name.length - 1;
    if (length == 0) {
      throw new IllegalArgumentException("a socket's path is empty; give it a name");
    }
    if (length > SocketAddressBytes.UNIX_PATH_MAXIMUM) {
      throw new IllegalArgumentException(
          "the socket's path has "
              + length
              + " bytes and the kernel takes at most "
              + SocketAddressBytes.UNIX_PATH_MAXIMUM
              + "; choose a shorter one, such as a relative path: "
              + path);
    }
    return SocketAddressBytes.unix(name);
  }

  Descriptor listen() {
    Descriptor socket = Sockets.unixSocket(0);
    try {
      // Between bind and listen a socket looks dead, and between the look and the removal of a dead
      // one it may have been replaced: whoever keeps to this lock sees neither.
      Descriptor directory = DirectoryLock.take(directory(), DIRECTORY_PATIENCE);
      try {
        bind(socket);
      } finally {
        if (directory != null) {
          directory.close();
        }
      }
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private Path directory() {
    Path parent = path.getParent();
    return parent == null ? Path.of(".") : parent;
  }

  private void bind(Descriptor socket) {
    int fd = socket.acquire();
    try {
      // The kernel gives the new name the mode of the socket's own inode, less the umask.
      Calls.check("fchmod of a socket", FileCalls.fchmod(fd, mode));
      int result = SocketCalls.bind(fd, address);
      for (int attempt = 1; result == -Errno.EADDRINUSE && attempt < ATTEMPTS; attempt++) {
        removeIfDead();
        result = SocketCalls.bind(fd, address);
      }
      Calls.check("bind " + path, result, this::remedy);
      try {
        undoUmask();
        Calls.check("listen on " + path, SocketCalls.listen(fd, backlog));
      } catch (RuntimeException e) {
        FileCalls.unlink(name);
        throw e;
      }
    } finally {
      socket.release();
    }
  }

  private void undoUmask() {
    Statx statx = new Statx();
    Calls.check("statx of " + path, statx.ofName(name));
    // Only ever widens: what the name has too much it would have had from its first moment on.
    if ((mode & ~statx.mode()) != 0) {
      Calls.check("chmod of " + path, FileCalls.chmod(name, mode));
    }
  }

  private void removeIfDead() {
    Statx statx = new Statx();
    int found = statx.ofName(name);
    if (found == -Errno.ENOENT) {
      return;
    }
    Calls.check("statx of " + path, found);
    if (FileKind.of(statx.mode() & Statx.KIND_MASK) != FileKind.SOCKET) {
      throw taken("there is something else than a socket; remove it or choose another path");
    }
    int answer = knock();
    if (answer == -Errno.ECONNREFUSED) {
      int removed = FileCalls.unlink(name);
      if (removed != -Errno.ENOENT) {
        Calls.check("unlink of the dead socket " + path, removed);
      }
    } else if (answer != -Errno.ENOENT) {
      throw taken(
          answer == -Errno.EACCES || answer == -Errno.EPERM
              ? "there is a socket that this user may not connect to, so it may be in use; remove"
                  + " it or choose another path"
              : "a server is listening there; stop it or choose another path");
    }
  }

  /** Connects and hangs up: what the kernel said. */
  private int knock() {
    // Not blocking: a living server with a full backlog answers EAGAIN instead of keeping us.
    try (Descriptor visitor = Sockets.unixSocket(SocketCalls.SOCK_NONBLOCK)) {
      int fd = visitor.acquire();
      try {
        return (int) Calls.uninterrupted(() -> SocketCalls.connect(fd, address));
      } finally {
        visitor.release();
      }
    }
  }

  private UringException taken(String remedy) {
    return new UringException("bind " + path, Errno.EADDRINUSE, remedy);
  }

  private String remedy(int errno) {
    return switch (errno) {
      case Errno.EADDRINUSE ->
          "the path is taken and given up again faster than can be followed; choose another";
      case Errno.ENOENT -> "its directory does not exist; make it or choose another path";
      case Errno.EACCES, Errno.EPERM, Errno.EROFS ->
          "this user may not make a socket in that directory; choose another path";
      default -> "";
    };
  }
}
