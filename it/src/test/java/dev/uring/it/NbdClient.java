package dev.uring.it;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that sends what it is told, sense or nonsense. It blocks; the time limit of the test
 * that uses it interrupts it, which closes its socket.
 */
final class NbdClient implements AutoCloseable {
  private final SocketChannel channel;
  private long exportSize;
  private int exportFlags;
  private int minimumBlockSize = 1;

  private NbdClient(SocketChannel channel) {
    this.channel = channel;
  }

  /** One reply of option haggling. */
  record OptionReply(int option, int type, ByteBuffer data) {
    boolean isError() {
      return (type & Nbd.REP_ERROR) != 0;
    }
  }

  /** One reply of the transmission phase, without its payload. */
  record Reply(int error, long cookie) {}

  /** Connected, and nothing read or sent yet. */
  static NbdClient connected(Path socket) throws IOException {
    return connected(UnixDomainSocketAddress.of(socket));
  }

  static NbdClient connected(int loopbackPort) throws IOException {
    return connected(new InetSocketAddress(InetAddress.getLoopbackAddress(), loopbackPort));
  }

  private static NbdClient connected(SocketAddress address) throws IOException {
    SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    try {
      channel.connect(address);
      return new NbdClient(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The greetings have been exchanged: options come next. */
  static NbdClient greeted(Path socket) throws IOException {
    NbdClient client = connected(socket);
    client.greet(3);
    return client;
  }

  /** The export is chosen: requests come next. */
  static NbdClient ready(Path socket) throws IOException {
    NbdClient client = greeted(socket);
    client.go();
    return client;
  }

  /** Reads the server's greeting and answers with these client flags. */
  void greet(int flags) throws IOException {
    ByteBuffer greeting = receive(18);
    expect("greeting", Nbd.GREETING, greeting.getLong());
    expect("option magic", Nbd.OPTION, greeting.getLong());
    expect("fixed newstyle", 1, greeting.getShort() & 1);
    send(ByteBuffer.allocate(4).putInt(flags).flip());
  }

  /** Asks for the default export with its block sizes. */
  void go() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(8).putInt(0).putShort((short) 1);
    sendOption(Nbd.OPT_GO, data.putShort((short) Nbd.INFO_BLOCK_SIZE).flip());
    for (OptionReply reply : receiveOptionReplies()) {
      if (reply.isError()) {
        throw new IOException("The server refused GO: " + Integer.toHexString(reply.type()));
      }
      if (reply.type() == Nbd.REP_INFO) {
        takeInfo(reply.data());
      }
    }
  }

  private void takeInfo(ByteBuffer info) {
    int kind = info.getShort();
    if (kind == Nbd.INFO_EXPORT) {
      exportSize = info.getLong();
      exportFlags = info.getShort() & 0xffff;
    } else if (kind == Nbd.INFO_BLOCK_SIZE) {
      minimumBlockSize = info.getInt();
    }
  }

  long exportSize() {
    return exportSize;
  }

  int exportFlags() {
    return exportFlags;
  }

  int minimumBlockSize() {
    return minimumBlockSize;
  }

  void sendOption(int option, ByteBuffer data) throws IOException {
    sendOptionHeader(Nbd.OPTION, option, data.remaining());
    send(data);
  }

  /** A header alone, whose length may be a lie. */
  void sendOptionHeader(long magic, int option, int length) throws IOException {
    send(ByteBuffer.allocate(16).putLong(magic).putInt(option).putInt(length).flip());
  }

  OptionReply receiveOptionReply() throws IOException {
    ByteBuffer header = receive(20);
    expect("option reply magic", Nbd.OPTION_REPLY, header.getLong());
    int option = header.getInt();
    int type = header.getInt();
    int length = header.getInt();
    if (length < 0 || length > Images.MIB) {
      throw new IOException("A reply of " + Integer.toUnsignedString(length) + " bytes");
    }
    return new OptionReply(option, type, receive(length));
  }

  /** All replies to one option: they end with an acknowledgement or an error. */
  List<OptionReply> receiveOptionReplies() throws IOException {
    List<OptionReply> replies = new ArrayList<>();
    OptionReply last;
    do {
      last = receiveOptionReply();
      replies.add(last);
    } while (last.type() != Nbd.REP_ACK && !last.isError());
    return replies;
  }

  /** A request's header alone. */
  void sendRequest(int flags, int type, long cookie, long offset, int length) throws IOException {
    send(request(flags, type, cookie, offset, length).flip());
  }

  /** A request's header, in a buffer that the caller may spoil, cut or extend. */
  static ByteBuffer request(int flags, int type, long cookie, long offset, int length) {
    return ByteBuffer.allocate(28)
        .putInt(Nbd.REQUEST)
        .putShort((short) flags)
        .putShort((short) type)
        .putLong(cookie)
        .putLong(offset)
        .putInt(length);
  }

  Reply receiveReply() throws IOException {
    ByteBuffer header = receive(16);
    expect("reply magic", Nbd.REPLY, header.getInt());
    return new Reply(header.getInt(), header.getLong());
  }

  /** Sends one request without payload and returns the error it was answered with. */
  int error(int flags, int type, long offset, int length) throws IOException {
    long cookie = 0x5ca1ab1e00000000L ^ offset ^ type;
    sendRequest(flags, type, cookie, offset, length);
    Reply reply = receiveReply();
    expect("cookie", cookie, reply.cookie());
    return reply.error();
  }

  /** Writes and returns the error it was answered with. */
  int write(int flags, long offset, byte[] data) throws IOException {
    sendRequest(flags, Nbd.CMD_WRITE, offset, offset, data.length);
    send(ByteBuffer.wrap(data));
    Reply reply = receiveReply();
    expect("cookie", offset, reply.cookie());
    return reply.error();
  }

  /** Reads what must be readable. */
  byte[] read(long offset, int length) throws IOException {
    int error = error(0, Nbd.CMD_READ, offset, length);
    expect("error of a read at " + offset, 0, error);
    return receive(length).array();
  }

  int flush() throws IOException {
    return error(0, Nbd.CMD_FLUSH, 0, 0);
  }

  void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  void sendText(String text) throws IOException {
    send(StandardCharsets.US_ASCII.encode(text));
  }

  ByteBuffer receive(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("The server closed the connection.");
      }
    }
    return bytes.flip();
  }

  /** Throws away whatever the server still sends and returns when it has closed. */
  void awaitClosedByServer() {
    ByteBuffer bytes = ByteBuffer.allocate(64 * Images.KIB);
    try {
      while (channel.read(bytes.clear()) >= 0) {
        if (Thread.currentThread().isInterrupted()) {
          throw new AssertionError("The server keeps the connection open.");
        }
      }
    } catch (IOException reset) {
      if (!channel.isOpen()) {
        throw new AssertionError("The server did not close the connection in time.", reset);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static void expect(String what, long expected, long actual) throws IOException {
    if (expected != actual) {
      throw new IOException(String.format("Expected %s %#x and got %#x", what, expected, actual));
    }
  }
}
