package dev.uring.nbd;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A socket that clients connect to, and its name. */
public final class NbdListener implements AutoCloseable {
  private static final Logger LOGGER = System.getLogger(NbdListener.class.getName());

  private static final int BACKLOG = 128;
  private static final int OWNER_ONLY = 0600;

  private final NbdAddress address;
  private final Descriptor socket;
  private final @Nullable Path name;
  private final @Nullable Object nameIdentity;

  private NbdListener(NbdAddress address, Descriptor socket, @Nullable Path name) {
    this.address = address;
    this.socket = socket;
    this.name = name;
    this.nameIdentity = name == null ? null : identity(name);
  }

  /**
   * Listens at an address. A socket in the file system is for its owner only (mode 0600); one that
   * a dead server left behind is replaced.
   *
   * @throws dev.uring.ring.UringException if the address is taken or the kernel refuses
   * @throws IllegalArgumentException if there is no such host, or the path is too long
   */
  public static NbdListener open(NbdAddress address) {
    if (address instanceof NbdAddress.Unix unix) {
      Path path = Path.of(unix.path());
      return new NbdListener(address, Sockets.listenUnix(path, OWNER_ONLY, BACKLOG), path);
    }
    NbdAddress.Tcp tcp = (NbdAddress.Tcp) address;
    Descriptor socket = Sockets.listenTcp(tcp.host(), tcp.port(), BACKLOG);
    InetSocketAddress bound = Sockets.boundAddress(socket);
    NbdAddress known = new NbdAddress.Tcp(tcp.host(), bound.getPort(), tcp.exportName());
    return new NbdListener(known, socket, null);
  }

  Descriptor socket() {
    return socket;
  }

  /** Where clients connect to, with the port that was chosen. */
  public NbdAddress address() {
    return address;
  }

  /** Takes the name out of the file system, unless it has become somebody else's. */
  void removeName() {
    if (name == null) {
      return;
    }
    try {
      if (Objects.equals(nameIdentity, identity(name))) {
        Files.deleteIfExists(name);
      }
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "the socket {0} could not be removed: {1}", name, e.getMessage());
    }
  }

  private static @Nullable Object identity(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "{0} cannot be looked at: {1}", path, e.getMessage());
      return null;
    }
  }

  @Override
  public void close() {
    removeName();
    socket.close();
  }

  @Override
  public String toString() {
    return "NbdListener[" + address.uri() + "]";
  }
}
