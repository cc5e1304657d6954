package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.HandshakeFlag;
import dev.uring.nbd.NbdProtocol.Info;
import dev.uring.nbd.NbdProtocol.Magic;
import dev.uring.nbd.NbdProtocol.OptionReply;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a handshake has to send, encoded and waiting to be taken.
 *
 * <p>It grows as replies come, and refuses to send more than {@link #MAXIMUM_TOTAL_BYTES} in the
 * whole handshake: a client that asks and never reads costs that much and no more.
 */
final class HandshakeOutput {

  /** Room for three complete listings of the largest kind and everything else a client may ask. */
  static final int MAXIMUM_TOTAL_BYTES = 1024 * 1024;

  /** Magic, option, reply type, length of the data ("Fixed newstyle negotiation"). */
  static final int REPLY_HEADER_BYTES = 20;

  private static final int RESERVED_ZEROES = 124;

  /** Always between takers: position is where to write, {@code taken} where to read. */
  private ByteBuffer bytes = ByteBuffer.allocate(256);

  private int taken;
  private int total;
  private boolean exhausted;

  /** Whether a message was left out because the limit was reached. */
  boolean exhausted() {
    return exhausted;
  }

  int pending() {
    return bytes.position() - taken;
  }

  /** Copies as much as fits; returns how many bytes that was. */
  int drainTo(ByteBuffer destination) {
    int count = Math.min(pending(), destination.remaining());
    destination.put(bytes.array(), taken, count);
    taken += count;
    if (pending() == 0) {
      bytes.clear();
      taken = 0;
    }
    return count;
  }

  void greeting() {
    if (reserve(18)) {
      bytes.putLong(Magic.SERVER).putLong(Magic.OPTION);
      bytes.putShort((short) (HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES));
    }
  }

  /** The answer to NBD_OPT_EXPORT_NAME, which has no header. */
  void exportNameReply(NbdExport export, boolean withZeroes) {
    if (reserve(10 + RESERVED_ZEROES)) {
      bytes.putLong(export.size()).putShort((short) export.transmissionFlags());
      if (withZeroes) {
        bytes.put(new byte[RESERVED_ZEROES]);
      }
    }
  }

  void acknowledge(int option) {
    header(option, OptionReply.ACK, 0);
  }

  /**
   * @param message for a person to read; ours, never a client's bytes
   */
  void error(int option, int replyType, String message) {
    byte[] text = NbdStrings.encode(message);
    if (header(option, replyType, text.length)) {
      bytes.put(text);
    }
  }

  void listEntry(int option, NbdExport export) {
    byte[] name = NbdStrings.encode(export.name());
    byte[] description = NbdStrings.encode(export.description());
    if (header(option, OptionReply.SERVER, 4 + name.length + description.length)) {
      bytes.putInt(name.length).put(name).put(description);
    }
  }

  static int listEntryBytes(NbdExport export) {
    return REPLY_HEADER_BYTES
        + 4
        + NbdStrings.encode(export.name()).length
        + NbdStrings.encode(export.description()).length;
  }

  void infoExport(int option, NbdExport export) {
    if (header(option, OptionReply.INFO, 12)) {
      bytes.putShort((short) Info.EXPORT).putLong(export.size());
      bytes.putShort((short) export.transmissionFlags());
    }
  }

  void infoText(int option, int info, String text) {
    byte[] encoded = NbdStrings.encode(text);
    if (header(option, OptionReply.INFO, 2 + encoded.length)) {
      bytes.putShort((short) info).put(encoded);
    }
  }

  void infoBlockSize(int option, NbdExport export) {
    if (header(option, OptionReply.INFO, 14)) {
      bytes.putShort((short) Info.BLOCK_SIZE).putInt(export.minimumBlockSize());
      bytes.putInt(export.preferredBlockSize()).putInt(export.maximumBlockSize());
    }
  }

  private boolean header(int option, int replyType, int dataBytes) {
    if (!reserve(REPLY_HEADER_BYTES + dataBytes)) {
      return false;
    }
    bytes.putLong(Magic.OPTION_REPLY).putInt(option).putInt(replyType).putInt(dataBytes);
    return true;
  }

  /** Makes room for a message, or marks the output exhausted; after that nothing more is added. */
  private boolean reserve(int count) {
    exhausted |= count > MAXIMUM_TOTAL_BYTES - total;
    if (exhausted) {
      return false;
    }
    total += count;
    if (bytes.remaining() < count) {
      int needed = bytes.position() + count;
      byte[] larger = Arrays.copyOf(bytes.array(), Math.max(needed, 2 * bytes.capacity()));
      bytes = ByteBuffer.wrap(larger).position(bytes.position());
    }
    return true;
  }
}
