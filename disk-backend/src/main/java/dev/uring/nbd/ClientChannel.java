package dev.uring.nbd;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A connected socket with a buffer on each side, both in native memory, so that small messages
 * share a system call and nothing is allocated once it stands.
 *
 * <p>Blocking, and for one thread at a time; {@link #close} from another thread ends a call that
 * waits.
 */
final class ClientChannel implements Closeable {

  private static final int OUTPUT_BYTES = 64 * 1024;
  private static final int INPUT_BYTES = 256 * 1024;

  private final SocketChannel channel;
  private final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);

  /** Always between fills: what is between position and limit has arrived and not been read. */
  private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES).limit(0);

  private final ByteBuffer[] gathered = new ByteBuffer[2];
  private int replyError;

  private ClientChannel(SocketChannel channel) {
    this.channel = channel;
  }

  /** Connects, and tries every address of a host that has several. */
  static ClientChannel connect(NbdAddress address) throws IOException {
    IOException refusal = null;
    for (SocketAddress remote : resolve(address)) {
      SocketChannel channel =
          remote instanceof UnixDomainSocketAddress
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      try {
        channel.connect(remote);
        if (remote instanceof InetSocketAddress) {
          // Small requests must not wait for the acknowledgement of earlier ones.
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        return new ClientChannel(channel);
      } catch (IOException e) {
        channel.close();
        refusal = e;
      }
    }
    throw new IOException(
        "No NBD server can be reached at "
            + address.uri()
            + (refusal == null ? "" : ": " + refusal.getMessage())
            + "; check the address and that the server runs.",
        refusal);
  }

  private static List<SocketAddress> resolve(NbdAddress address) throws IOException {
    if (address instanceof NbdAddress.Unix unix) {
      return List.of(UnixDomainSocketAddress.of(unix.path()));
    }
    NbdAddress.Tcp tcp = (NbdAddress.Tcp) address;
    List<SocketAddress> all = new ArrayList<>();
    try {
      for (InetAddress each : InetAddress.getAllByName(tcp.host())) {
        all.add(new InetSocketAddress(each, tcp.port()));
      }
    } catch (UnknownHostException e) {
      throw new IOException(
          "The host of " + address.uri() + " is unknown; check how it is written.", e);
    }
    return all;
  }

  /** The output buffer with room for a message of {@code bytes}, at most {@link #OUTPUT_BYTES}. */
  ByteBuffer output(int bytes) throws IOException {
    if (output.remaining() < bytes) {
      flush();
    }
    return output;
  }

  /** Sends what the output buffer holds. */
  void flush() throws IOException {
    output.flip();
    try {
      while (output.hasRemaining()) {
        channel.write(output);
      }
    } finally {
      output.clear();
    }
  }

  /** Sends what the output buffer holds, and all of {@code payload} behind it. */
  void send(ByteBuffer payload) throws IOException {
    output.flip();
    gathered[0] = output;
    gathered[1] = payload;
    try {
      while (payload.hasRemaining() || output.hasRemaining()) {
        channel.write(gathered);
      }
    } finally {
      output.clear();
    }
  }

  /**
   * Waits until {@code bytes} have arrived and shows them at the returned buffer's position; the
   * reader moves it.
   *
   * @param bytes at most {@link #INPUT_BYTES}
   * @throws EOFException if the server closes the connection first
   */
  ByteBuffer input(int bytes) throws IOException {
    if (input.remaining() < bytes) {
      input.compact();
      try {
        while (input.position() < bytes) {
          readSome(input);
        }
      } finally {
        input.flip();
      }
    }
    return input;
  }

  /** Fills {@code destination} completely. */
  void receive(ByteBuffer destination) throws IOException {
    int buffered = Math.min(input.remaining(), destination.remaining());
    if (buffered > 0) {
      destination.put(destination.position(), input, input.position(), buffered);
      destination.position(destination.position() + buffered);
      input.position(input.position() + buffered);
    }
    while (destination.hasRemaining()) {
      readSome(destination);
    }
  }

  private void readSome(ByteBuffer destination) throws IOException {
    if (channel.read(destination) < 0) {
      throw new EOFException("The NBD server closed the connection.");
    }
  }

  /** Whether the next reply has arrived, its header at least; its data is then on the way. */
  boolean hasReply() {
    return input.remaining() >= NbdReply.SIMPLE_HEADER_BYTES;
  }

  /**
   * Waits for the header of a simple reply; its error is then {@link #replyError}.
   *
   * @return the reply's cookie
   */
  long readReply() throws IOException {
    ByteBuffer header = input(NbdReply.SIMPLE_HEADER_BYTES);
    int at = header.position();
    if (NbdReply.magic(header, at) != NbdProtocol.Magic.SIMPLE_REPLY) {
      throw broken("The NBD server sent something that is not a reply.");
    }
    replyError = NbdReply.error(header, at);
    header.position(at + NbdReply.SIMPLE_HEADER_BYTES);
    return NbdReply.cookie(header, at);
  }

  int replyError() {
    return replyError;
  }

  /** Closes the connection, whose next byte nobody could interpret, and says why. */
  NbdException broken(String message) {
    NbdException broken = NbdException.broken(message);
    try {
      close();
    } catch (IOException e) {
      broken.addSuppressed(e);
    }
    return broken;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
