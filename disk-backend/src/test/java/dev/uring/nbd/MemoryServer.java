package dev.uring.nbd;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.Magic;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A disk in memory behind the handshake and the rules, one thread a connection, one request at a
 * time: just enough of a server for other people's clients to judge those two.
 */
final class MemoryServer implements AutoCloseable {

  private final NbdExports exports;
  private final byte[] disk;
  private final ServerSocketChannel listener;
  private final NbdAddress address;
  private final Thread acceptor;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Integer> commands = new LinkedBlockingQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private MemoryServer(NbdExports exports, ServerSocketChannel listener, NbdAddress address) {
    this.exports = exports;
    this.listener = listener;
    this.address = address;
    long largest = exports.list().stream().mapToLong(NbdExport::size).max().orElse(0);
    disk = new byte[Math.toIntExact(largest)];
    acceptor = startThread(this::accept);
  }

  static MemoryServer unix(Path directory, NbdExport... exports) throws IOException {
    Path socket = directory.resolve("nbd.sock");
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    return new MemoryServer(
        NbdExports.of(exports), listener, new NbdAddress.Unix(socket.toString()));
  }

  static MemoryServer tcp(NbdExport... exports) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    return new MemoryServer(
        NbdExports.of(exports), listener, new NbdAddress.Tcp(NbdAddress.LOOPBACK, port));
  }

  NbdAddress address() {
    return address;
  }

  /** The commands that arrived, in order; -1 stands for what is no request. */
  BlockingQueue<Integer> commands() {
    return commands;
  }

  /** What no client should have been able to cause. */
  Queue<Throwable> failures() {
    return failures;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    // The socket goes away only when the thread that waits in it has left.
    Uninterruptibles.joinUninterruptibly(acceptor);
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }

  private Thread startThread(Runnable work) {
    Thread thread = new Thread(work, "memory-server");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((dead, cause) -> failures.add(cause));
    thread.start();
    return thread;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = listener.accept();
        connections.add(connection);
        startThread(() -> serve(connection));
      }
    } catch (IOException closed) {
      // The end of the test.
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      ByteBuffer input = ByteBuffer.allocate(64 * 1024).limit(0);
      NbdExport export = shakeHands(connection, input);
      if (export != null) {
        transmit(connection, input, export);
      }
    } catch (IOException gone) {
      // A client may leave when it likes.
    } finally {
      connections.remove(connection);
    }
  }

  private NbdExport shakeHands(SocketChannel connection, ByteBuffer input) throws IOException {
    NbdHandshake handshake = new NbdHandshake(exports);
    while (true) {
      NbdHandshake.Outcome outcome = handshake.receive(input);
      writeAll(connection, ByteBuffer.wrap(HandshakeTalk.drain(handshake)));
      if (outcome != NbdHandshake.Outcome.NEED_MORE) {
        return outcome == NbdHandshake.Outcome.TRANSMISSION ? handshake.export() : null;
      }
      fill(connection, input, handshake.bytesNeeded());
    }
  }

  private void transmit(SocketChannel connection, ByteBuffer input, NbdExport export)
      throws IOException {
    while (true) {
      fill(connection, input, NbdRequest.HEADER_BYTES);
      int at = input.position();
      int type = NbdRequest.type(input, at);
      long cookie = NbdRequest.cookie(input, at);
      long offset = NbdRequest.offset(input, at);
      long length = NbdRequest.length(input, at);
      int error = NbdRules.check(export, type, NbdRequest.flags(input, at), offset, length);
      boolean inStep = NbdRequest.magic(input, at) == Magic.REQUEST;
      input.position(at + NbdRequest.HEADER_BYTES);
      if (!inStep || type == Command.DISC || NbdRules.mustClose(type, length)) {
        commands.add(inStep ? type : -1);
        return;
      }
      byte[] payload = new byte[(int) NbdRules.payloadBytes(type, length)];
      for (int done = 0; done < payload.length; ) {
        fill(connection, input, 1);
        int count = Math.min(input.remaining(), payload.length - done);
        input.get(payload, done, count);
        done += count;
      }
      commands.add(type);
      ByteBuffer data = error == 0 ? execute(type, (int) offset, length, payload) : null;
      ByteBuffer reply = ByteBuffer.allocate(16 + (data == null ? 0 : data.remaining()));
      NbdReply.putSimple(reply, 0, error, cookie);
      if (data != null) {
        reply.position(16).put(data).rewind();
      }
      writeAll(connection, reply);
    }
  }

  private ByteBuffer execute(int type, int offset, long length, byte[] payload) {
    switch (type) {
      case Command.READ -> {
        return ByteBuffer.wrap(disk, offset, (int) length);
      }
      case Command.WRITE -> System.arraycopy(payload, 0, disk, offset, payload.length);
      case Command.WRITE_ZEROES, Command.TRIM ->
          Arrays.fill(disk, offset, offset + (int) length, (byte) 0);
      default -> {
        // Nothing to flush and nothing to cache.
      }
    }
    return null;
  }

  private static void fill(SocketChannel connection, ByteBuffer input, int needed)
      throws IOException {
    if (input.remaining() < needed) {
      input.compact();
      while (input.position() < needed) {
        if (connection.read(input) < 0) {
          throw new EOFException();
        }
      }
      input.flip();
    }
  }

  private static void writeAll(SocketChannel connection, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      connection.write(bytes);
    }
  }
}
