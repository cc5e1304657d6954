package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.Sockets;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where front ends come from: a name in the file system, or a socket that was inherited. */
public final class VhostListener implements AutoCloseable {
  private static final Logger LOGGER = System.getLogger(VhostListener.class.getName());

  private static final int BACKLOG = 16;
  private static final int OWNER_ONLY = 0600;
  private static final int ENOTCONN = 107;

  private final String name;
  private final Descriptor socket;
  private final boolean connected;
  private final @Nullable Path path;
  private final @Nullable Object identity;
  private boolean closed;

  private VhostListener(String name, Descriptor socket, boolean connected, @Nullable Path path) {
    this.name = name;
    this.socket = socket;
    this.connected = connected;
    this.path = path;
    this.identity = path == null ? null : identity(path);
  }

  /**
   * Listens at a name, for its owner only (mode 0600); one that a dead server left is replaced.
   *
   * @throws UringException if the name is taken or the kernel refuses
   * @throws IllegalArgumentException if the path is too long
   */
  public static VhostListener open(Path path) {
    Descriptor socket = Sockets.listenUnix(path, OWNER_ONLY, BACKLOG);
    return new VhostListener(path.toString(), socket, false, path);
  }

  /**
   * A socket that the process was started with: one that listens, or one that is connected to its
   * only front end. It stays open when this is closed.
   *
   * @param number of the descriptor
   * @throws UringException if there is none of that number, or it is no socket
   */
  public static VhostListener inherited(int number) {
    Descriptor socket = Descriptor.borrow(number);
    boolean listening = DescriptorSocket.isListening(socket);
    return new VhostListener("descriptor " + number, socket, !listening, null);
  }

  /** What it is called, for people. */
  public String name() {
    return name;
  }

  /** The name in the file system, if it has one. */
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /** Whether there is one front end and no other. */
  boolean isConnected() {
    return connected;
  }

  /** Waits for the next front end. */
  DescriptorSocket next() {
    return connected ? new DescriptorSocket(socket.duplicate()) : DescriptorSocket.accept(socket);
  }

  /** Ends a wait, and lets nobody connect any more. */
  synchronized void shutdown() {
    if (closed) {
      return;
    }
    try {
      DescriptorSocket.shutdown(socket);
    } catch (UringException e) {
      // A front end that has gone already.
      if (e.errno() != ENOTCONN) {
        throw e;
      }
    }
  }

  /** Takes the name out of the file system, unless it has become somebody else's. */
  void removeName() {
    Path listed = path;
    if (listed == null) {
      return;
    }
    try {
      if (Objects.equals(identity, identity(listed))) {
        boolean unused = Files.deleteIfExists(listed);
      }
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "the socket {0} could not be removed: {1}", name, e.getMessage());
    }
  }

  private static @Nullable Object identity(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "{0} cannot be looked at: {1}", path, e.getMessage());
      return null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    removeName();
    socket.close();
  }

  @Override
  public String toString() {
    return "VhostListener[" + name + "]";
  }
}
