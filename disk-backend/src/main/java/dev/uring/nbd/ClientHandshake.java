package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.ClientFlag;
import dev.uring.nbd.NbdProtocol.HandshakeFlag;
import dev.uring.nbd.NbdProtocol.Info;
import dev.uring.nbd.NbdProtocol.Magic;
import dev.uring.nbd.NbdProtocol.Option;
import dev.uring.nbd.NbdProtocol.OptionReply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of the fixed newstyle handshake, over a connection that waits.
 *
 * <p>What a server may make us keep is bounded: {@link #MAXIMUM_REPLY_BYTES} a reply, {@link
 * #MAXIMUM_REPLIES} replies to one option.
 */
final class ClientHandshake {

  private static final int MAXIMUM_REPLY_BYTES = 16 * 1024;
  private static final int MAXIMUM_REPLIES = 10_000;

  private final ClientChannel channel;

  /** Meets the server and agrees on fixed newstyle. */
  ClientHandshake(ClientChannel channel) throws IOException {
    this.channel = channel;
    ByteBuffer greeting = channel.input(18);
    boolean newstyle = greeting.getLong() == Magic.SERVER && greeting.getLong() == Magic.OPTION;
    int flags = greeting.getShort();
    if (!newstyle || (flags & HandshakeFlag.FIXED_NEWSTYLE) == 0) {
      throw NbdException.broken(
          "What answers there does not speak NBD's fixed newstyle handshake; check the address.");
    }
    boolean noZeroes = (flags & HandshakeFlag.NO_ZEROES) != 0;
    channel
        .output(Integer.BYTES)
        .putInt(ClientFlag.FIXED_NEWSTYLE | (noZeroes ? ClientFlag.NO_ZEROES : 0));
  }

  /** Enters the transmission phase with the export of this name. */
  RemoteExport go(String name) throws IOException {
    byte[] encoded = NbdStrings.encode(name);
    ByteBuffer option = option(Option.GO, 4 + encoded.length + 8);
    option.putInt(encoded.length).put(encoded);
    option.putShort((short) 3);
    option.putShort((short) Info.NAME).putShort((short) Info.DESCRIPTION);
    option.putShort((short) Info.BLOCK_SIZE);
    channel.flush();
    ExportInfo info = new ExportInfo(name);
    int count = 0;
    ByteBuffer reply = reply(Option.GO, OptionReply.INFO);
    while (reply != null) {
      checkCount(count++);
      info.add(reply);
      reply = reply(Option.GO, OptionReply.INFO);
    }
    return info.toExport();
  }

  /** Names and descriptions of all exports, in the server's order. */
  List<NbdClient.Listing> list() throws IOException {
    option(Option.LIST, 0);
    channel.flush();
    List<NbdClient.Listing> exports = new ArrayList<>();
    ByteBuffer reply = reply(Option.LIST, OptionReply.SERVER);
    while (reply != null) {
      checkCount(exports.size());
      long nameBytes = reply.remaining() < 4 ? -1 : Integer.toUnsignedLong(reply.getInt());
      if (nameBytes < 0 || nameBytes > reply.remaining()) {
        throw NbdException.broken("The NBD server sent a malformed entry of its list.");
      }
      String name = string(reply, (int) nameBytes);
      exports.add(new NbdClient.Listing(name, string(reply, reply.remaining())));
      reply = reply(Option.LIST, OptionReply.SERVER);
    }
    return List.copyOf(exports);
  }

  /** Ends the handshake in the way a server expects. */
  void abort() throws IOException {
    option(Option.ABORT, 0);
    channel.flush();
  }

  private ByteBuffer option(int option, int dataBytes) throws IOException {
    return channel.output(16 + dataBytes).putLong(Magic.OPTION).putInt(option).putInt(dataBytes);
  }

  /**
   * Waits for one reply; its data if the type is the wanted one, null if it is the final success.
   */
  private @Nullable ByteBuffer reply(int option, int wanted) throws IOException {
    ByteBuffer header = channel.input(HandshakeOutput.REPLY_HEADER_BYTES);
    long magic = header.getLong();
    int repliedOption = header.getInt();
    int type = header.getInt();
    int length = header.getInt();
    boolean sane = length >= 0 && length <= MAXIMUM_REPLY_BYTES;
    if (magic != Magic.OPTION_REPLY || repliedOption != option || !sane) {
      throw NbdException.broken("The NBD server sent a malformed reply to an option.");
    }
    ByteBuffer arrived = channel.input(length);
    ByteBuffer data = arrived.slice(arrived.position(), length);
    arrived.position(arrived.position() + length);
    if ((type & OptionReply.ERROR_BIT) != 0) {
      throw NbdException.broken(refusal(type, data));
    }
    if (type != wanted && type != OptionReply.ACK) {
      throw NbdException.broken("The NBD server sent a reply of a kind that was not asked for.");
    }
    return type == wanted ? data : null;
  }

  private static String refusal(int type, ByteBuffer data) throws IOException {
    String cause =
        switch (type) {
          case OptionReply.ERR_UNSUP -> "it does not know what was asked";
          case OptionReply.ERR_POLICY -> "its policy forbids it";
          case OptionReply.ERR_TLS_REQD -> "it insists on TLS, which is not supported here";
          case OptionReply.ERR_UNKNOWN -> "it has no export of that name";
          case OptionReply.ERR_SHUTDOWN -> "it is shutting down";
          default -> "error 0x" + Integer.toHexString(type);
        };
    String message = data.hasRemaining() ? " (" + string(data, data.remaining()) + ")" : "";
    return "The NBD server refused: " + cause + message + ".";
  }

  private static String string(ByteBuffer data, int bytes) throws IOException {
    String text = NbdStrings.take(data, bytes);
    if (text == null) {
      throw NbdException.broken("The NBD server sent a string that is too long or not UTF-8.");
    }
    return text;
  }

  private static void checkCount(int count) throws IOException {
    if (count >= MAXIMUM_REPLIES) {
      throw NbdException.broken("The NBD server does not stop replying to one option.");
    }
  }

  /** What the replies to GO have said so far. */
  private static final class ExportInfo {
    private String name;
    private String description = "";
    private boolean complete;
    private long size;
    private int flags;
    private RemoteExport.BlockSizes blockSizes = RemoteExport.BlockSizes.DEFAULT;

    ExportInfo(String name) {
      this.name = name;
    }

    void add(ByteBuffer reply) throws IOException {
      if (reply.remaining() < Short.BYTES) {
        throw NbdException.broken("The NBD server sent information without saying about what.");
      }
      switch (Short.toUnsignedInt(reply.getShort())) {
        case Info.EXPORT -> {
          requireLength(reply, 10);
          size = reply.getLong();
          flags = Short.toUnsignedInt(reply.getShort());
          complete = true;
        }
        case Info.NAME -> name = string(reply, reply.remaining());
        case Info.DESCRIPTION -> description = string(reply, reply.remaining());
        case Info.BLOCK_SIZE -> {
          requireLength(reply, 12);
          int minimum = reply.getInt();
          int preferred = reply.getInt();
          blockSizes = blockSizes(minimum, preferred, Integer.toUnsignedLong(reply.getInt()));
        }
        default -> {
          // Information that was not asked for is to be ignored.
        }
      }
    }

    private static RemoteExport.BlockSizes blockSizes(int minimum, int preferred, long maximum)
        throws IOException {
      boolean possible =
          minimum > 0
              && minimum <= NbdProtocol.LARGEST_MINIMUM_BLOCK_SIZE
              && Integer.bitCount(minimum) == 1
              && Integer.bitCount(preferred) == 1
              && maximum >= minimum;
      if (!possible) {
        throw NbdException.broken("The NBD server announced block sizes that cannot be.");
      }
      int usable = (int) Math.min(maximum, NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD);
      return new RemoteExport.BlockSizes(minimum, preferred, usable - usable % minimum);
    }

    RemoteExport toExport() throws IOException {
      if (!complete || size < 0) {
        throw NbdException.broken("The NBD server did not say how large its export is.");
      }
      return new RemoteExport(name, description, size, flags, blockSizes);
    }

    private static void requireLength(ByteBuffer reply, int bytes) throws IOException {
      if (reply.remaining() != bytes) {
        throw NbdException.broken("The NBD server sent information of the wrong length.");
      }
    }
  }
}
