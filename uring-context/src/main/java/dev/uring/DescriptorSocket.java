package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.DescriptorMessage;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.SocketCalls;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connected Unix-domain socket over which descriptors travel with the bytes ({@code SCM_RIGHTS}),
 * by plain system calls: for control channels, whose few messages bring the files that rings then
 * work on.
 *
 * <p>One thread at a time receives, and one sends: others wait for it. Any thread may {@link
 * #shutdown}, which ends a wait.
 */
public final class DescriptorSocket implements AutoCloseable {
  /** The most descriptors that can be sent at once. */
  public static final int MAXIMUM_DESCRIPTORS = DescriptorMessage.MAXIMUM_DESCRIPTORS;

  private static final int F_SEAL_SHRINK = 2;
  private static final int SO_ACCEPTCONN = 30;

  private final Descriptor socket;

  /** Each with the arguments of the calls that are made under its lock. */
  private final DescriptorMessage incoming = new DescriptorMessage();

  private final DescriptorMessage outgoing = new DescriptorMessage();
  private final ReentrantLock receiving = new ReentrantLock();
  private final ReentrantLock sending = new ReentrantLock();

  /** Over a connected stream socket, which becomes this object's to close. */
  public DescriptorSocket(Descriptor socket) {
    this.socket = Objects.requireNonNull(socket, "socket");
  }

  /**
   * Waits for the next connection.
   *
   * @param listener made by {@link Sockets#listenUnix}; {@link #shutdown(Descriptor)} ends the wait
   * @throws UringException if the kernel refuses, {@code EINVAL} after a shutdown
   * @throws IllegalStateException if the listener is closed
   */
  public static DescriptorSocket accept(Descriptor listener) {
    int fd = listener.acquire();
    try {
      long result = Calls.uninterrupted(() -> DescriptorMessage.accept(fd));
      int number = (int) Calls.check("accept", result, Calls::descriptorRemedy);
      return new DescriptorSocket(Descriptor.own(number, "unix connection"));
    } finally {
      listener.release();
    }
  }

  /**
   * Whether a socket listens ({@code SO_ACCEPTCONN} of {@code socket(7)}).
   *
   * @throws UringException if it is no socket
   * @throws IllegalStateException if it is closed
   */
  public static boolean isListening(Descriptor socket) {
    int fd = socket.acquire();
    try {
      int listening = SocketCalls.getsockopt(fd, SocketCalls.SOL_SOCKET, SO_ACCEPTCONN);
      return Calls.check("getsockopt(SO_ACCEPTCONN)", listening) != 0;
    } finally {
      socket.release();
    }
  }

  /**
   * Lets nobody connect any more, and whoever waits in {@link #accept} return with an error.
   *
   * @throws UringException if the kernel refuses, {@code ENOTCONN} for what neither listens nor is
   *     connected, {@code ENOTSOCK} for no socket
   * @throws IllegalStateException if it is closed
   */
  public static void shutdown(Descriptor listener) {
    int fd = listener.acquire();
    try {
      Calls.check("shutdown", SocketCalls.shutdown(fd, SocketCalls.SHUT_RDWR));
    } finally {
      listener.release();
    }
  }

  /**
   * Waits for bytes, and puts what there is at the buffer's position, which moves.
   *
   * @param into a direct buffer with room, as {@link NativeMemory#of} takes it
   * @param received gets the descriptors that came along, which are the caller's to close, also if
   *     there are more than were expected
   * @return how many bytes came; 0 at the end of the connection
   * @throws UringException if the kernel refuses, {@code ECONNRESET} if the peer was lost
   * @throws IllegalArgumentException if the buffer is not direct, read-only, without room, or of an
   *     arena that can be closed
   * @throws IllegalStateException if this is closed
   */
  public int receive(ByteBuffer into, List<Descriptor> received) {
    Objects.requireNonNull(received, "received");
    // Looked at once: the caller's buffer may be moved meanwhile.
    ByteBuffer room = checked(into).duplicate();
    if (into.isReadOnly()) {
      throw new IllegalArgumentException("read-only memory cannot be read into");
    }
    List<Descriptor> came = new ArrayList<>();
    receiving.lock();
    try {
      int fd = socket.acquire();
      try {
        int count =
            (int)
                Calls.check(
                    "recvmsg", Calls.uninterrupted(() -> incoming.receive(fd, room)), errno -> "");
        for (int number : incoming.received()) {
          came.add(Descriptor.own(number, "received"));
        }
        into.position(into.position() + count);
        received.addAll(came);
        came.clear();
        return count;
      } finally {
        socket.release();
      }
    } finally {
      receiving.unlock();
      // Those that the caller did not get.
      came.forEach(Descriptor::close);
    }
  }

  /** The bytes from position to limit of a buffer whose memory nobody can free meanwhile. */
  private static ByteBuffer checked(ByteBuffer bytes) {
    NativeMemory memory = NativeMemory.of(bytes);
    if (memory.length() == 0) {
      throw new IllegalArgumentException("the buffer has neither bytes nor room");
    }
    return memory.buffer();
  }

  /**
   * Sends all of a buffer, from its position to its limit, which it reaches; waits while the peer
   * does not read.
   *
   * @param from a direct buffer that is not empty
   * @param descriptors go with the first byte, and stay the caller's to close; at most {@link
   *     #MAXIMUM_DESCRIPTORS}
   * @throws UringException if the kernel refuses, {@code EPIPE} if the peer is gone; the buffer's
   *     position is then behind what was sent
   * @throws IllegalArgumentException if there are more descriptors, or the buffer is not direct,
   *     empty, or of an arena that can be closed
   * @throws IllegalStateException if this or a descriptor is closed
   */
  public void send(ByteBuffer from, Descriptor... descriptors) {
    if (descriptors.length > MAXIMUM_DESCRIPTORS) {
      throw new IllegalArgumentException(
          "there are at most " + MAXIMUM_DESCRIPTORS + " descriptors, not " + descriptors.length);
    }
    // Looked at once: the caller's buffer may be moved meanwhile, and its array changed.
    ByteBuffer bytes = checked(from).duplicate();
    Descriptor[] files = descriptors.clone();
    int[] numbers = new int[files.length];
    int acquired = 0;
    sending.lock();
    try {
      while (acquired < files.length) {
        numbers[acquired] = files[acquired].acquire();
        acquired++;
      }
      sendAll(bytes, numbers);
    } finally {
      sending.unlock();
      for (int index = 0; index < acquired; index++) {
        files[index].release();
      }
      from.position(from.position() + bytes.position());
    }
  }

  private void sendAll(ByteBuffer bytes, int[] numbers) {
    int fd = socket.acquire();
    try {
      int[] rest = numbers;
      while (bytes.hasRemaining()) {
        int[] now = rest;
        long sent = Calls.uninterrupted(() -> outgoing.send(fd, bytes, now));
        bytes.position(bytes.position() + (int) Calls.check("sendmsg", sent));
        rest = new int[0];
      }
    } finally {
      socket.release();
    }
  }

  /**
   * Sends a buffer without descriptors and without waiting, for peers that may never read.
   *
   * @param from a direct buffer that is not empty; its position moves behind what was sent
   * @return whether all of it was; if not the peer has not read for long, or another thread is in
   *     the midst of sending
   * @throws UringException if the kernel refuses, {@code EPIPE} if the peer is gone
   * @throws IllegalArgumentException if the buffer is not direct, empty, or of an arena that can be
   *     closed
   * @throws IllegalStateException if this is closed
   */
  public boolean offer(ByteBuffer from) {
    ByteBuffer bytes = checked(from).duplicate();
    if (!sending.tryLock()) {
      // Another thread waits for room.
      return false;
    }
    try {
      int fd = socket.acquire();
      try {
        long result = Calls.uninterrupted(() -> outgoing.sendAtOnce(fd, bytes));
        int sent = result == -Errno.EAGAIN ? 0 : (int) Calls.check("sendmsg", result);
        from.position(from.position() + sent);
        return sent == bytes.remaining();
      } finally {
        socket.release();
      }
    } finally {
      sending.unlock();
    }
  }

  /**
   * Whether a file promises never to become shorter ({@code F_SEAL_SHRINK} of {@code fcntl(2)}), as
   * memory that came from another process should: a mapping of it cannot lose its pages then. False
   * also for files that know no seals.
   *
   * @throws IllegalStateException if the descriptor is closed
   */
  public static boolean isSealedAgainstShrinking(Descriptor file) {
    int fd = file.acquire();
    try {
      int seals = FileCalls.fcntl(fd, FileCalls.F_GET_SEALS, 0);
      return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
    } finally {
      file.release();
    }
  }

  /**
   * Ends both directions: a wait in {@link #receive} returns 0. Does nothing on one that is closed,
   * by either side.
   *
   * @throws UringException if the kernel refuses, {@code ENOTSOCK} for no socket
   */
  public void shutdown() {
    try {
      shutdown(socket);
    } catch (IllegalStateException e) {
      // Closed by its own thread meanwhile: there is nothing left to end.
      return;
    } catch (UringException e) {
      if (e.errno() != Errno.ENOTCONN) {
        throw e;
      }
    }
  }

  /** Forbids further use. Ends no wait: {@link #shutdown()} does, and comes first. */
  @Override
  public void close() {
    socket.close();
  }

  @Override
  public String toString() {
    return "DescriptorSocket[" + socket + "]";
  }
}
