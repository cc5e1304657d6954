package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import dev.uring.nbd.NbdProtocol.ClientFlag;
import dev.uring.nbd.NbdProtocol.Magic;
import dev.uring.nbd.NbdProtocol.Option;
import dev.uring.nbd.NbdProtocol.OptionReply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of the fixed newstyle handshake, as a machine of bytes in and bytes out.
 *
 * <p>A new handshake already has its greeting to send. The owner of the connection sends what
 * {@link #drainTo} yields, hands what arrives to {@link #receive}, sends again, and so on until the
 * outcome is no longer {@link Outcome#NEED_MORE}. How the bytes are cut into pieces on their way
 * makes no difference to what is answered.
 *
 * <p>Limits on what a client can cost: {@link #MAXIMUM_OPTIONS} options, {@link
 * HandshakeOutput#MAXIMUM_TOTAL_BYTES} of replies, {@link #INPUT_BYTES} of input kept by the
 * caller, {@link #MAXIMUM_SKIPPED_BYTES} of data thrown away for one option. Time is the caller's
 * to limit.
 *
 * <p>For one thread at a time. Source: proto.md, "Fixed newstyle negotiation" and "Option types".
 */
final class NbdHandshake {

  /** What the owner of the connection does next. */
  enum Outcome {
    /** Send what there is to send, then receive more. */
    NEED_MORE,
    /** Send what there is to send; what follows in the input are requests to {@link #export}. */
    TRANSMISSION,
    /** Send what there is to send, then close the connection; {@link #closeReason} says why. */
    CLOSE
  }

  /** A caller's input buffer of this capacity never fills up without progress. */
  static final int INPUT_BYTES = 8 * 1024;

  /** Options that one handshake may have; nbdinfo needs a few for each export it lists. */
  static final int MAXIMUM_OPTIONS = 1024;

  /**
   * Option data up to this length is parsed: a name of 4,096 bytes and 2,000 information requests.
   */
  static final int MAXIMUM_PARSED_BYTES = INPUT_BYTES;

  /** Option data up to this length is read and thrown away; more closes the connection. */
  static final int MAXIMUM_SKIPPED_BYTES = 256 * 1024;

  private static final int OPTION_HEADER_BYTES = 16;

  private enum State {
    CLIENT_FLAGS,
    OPTION_HEADER,
    OPTION_DATA,
    SKIPPING,
    TRANSMISSION,
    CLOSED
  }

  private final NbdExports exports;
  private final HandshakeOutput output = new HandshakeOutput();
  private State state = State.CLIENT_FLAGS;
  private int clientFlags;
  private int option;
  private int optionCount;

  /** Bytes of the current option's data that are still to come. */
  private int dataBytes;

  private @Nullable NbdExport export;
  private String closeReason = "";

  NbdHandshake(NbdExports exports) {
    this.exports = exports;
    output.greeting();
  }

  /** Bytes that wait to be sent. */
  int pendingOutput() {
    return output.pending();
  }

  /** Moves waiting output into {@code destination}, as much as fits; returns how many bytes. */
  int drainTo(ByteBuffer destination) {
    return output.drainTo(destination);
  }

  /**
   * Least number of bytes that {@link #receive} needs to see at once to get further; never above
   * {@link #INPUT_BYTES}, and 0 when the handshake is over.
   */
  int bytesNeeded() {
    return switch (state) {
      case CLIENT_FLAGS -> Integer.BYTES;
      case OPTION_HEADER -> OPTION_HEADER_BYTES;
      case OPTION_DATA -> dataBytes;
      case SKIPPING -> 1;
      case TRANSMISSION, CLOSED -> 0;
    };
  }

  /**
   * Consumes every complete message in {@code input}; the bytes of an incomplete one stay, and the
   * caller shows them again with what arrives next. After the end of the handshake nothing is
   * consumed.
   *
   * @param input in network byte order
   */
  Outcome receive(ByteBuffer input) {
    checkArgument(input.order() == ByteOrder.BIG_ENDIAN, "NBD is read in network byte order");
    while (!isOver() && input.remaining() >= bytesNeeded()) {
      step(input);
      if (output.exhausted()) {
        close("the client asked for more replies than one handshake may have");
      }
    }
    return switch (state) {
      case TRANSMISSION -> Outcome.TRANSMISSION;
      case CLOSED -> Outcome.CLOSE;
      default -> Outcome.NEED_MORE;
    };
  }

  /**
   * The export that the client chose.
   *
   * @throws IllegalStateException unless the outcome was {@link Outcome#TRANSMISSION}
   */
  NbdExport export() {
    checkState(state == State.TRANSMISSION && export != null, "No export has been chosen.");
    return export;
  }

  /** Whether READ is to be answered by structured replies; they are not offered yet. */
  boolean structuredReplies() {
    return false;
  }

  /**
   * Half a sentence for a log, without bytes of the client's; empty unless the outcome was CLOSE.
   */
  String closeReason() {
    return closeReason;
  }

  private boolean isOver() {
    return state == State.TRANSMISSION || state == State.CLOSED;
  }

  private void step(ByteBuffer input) {
    switch (state) {
      case CLIENT_FLAGS -> acceptClientFlags(input.getInt());
      case OPTION_HEADER -> acceptOptionHeader(input);
      case OPTION_DATA -> acceptOptionData(input);
      case SKIPPING -> skip(input);
      case TRANSMISSION, CLOSED -> throw new AssertionError(state);
    }
  }

  private void acceptClientFlags(int flags) {
    int unknown = flags & ~(ClientFlag.FIXED_NEWSTYLE | ClientFlag.NO_ZEROES);
    if (unknown != 0) {
      close("the client set handshake flags that do not exist: 0x" + Integer.toHexString(unknown));
      return;
    }
    clientFlags = flags;
    state = State.OPTION_HEADER;
  }

  private void acceptOptionHeader(ByteBuffer input) {
    long magic = input.getLong();
    option = input.getInt();
    long length = Integer.toUnsignedLong(input.getInt());
    optionCount++;
    if (magic != Magic.OPTION) {
      close("the client does not speak NBD's newstyle handshake (wrong magic number)");
    } else if (optionCount > MAXIMUM_OPTIONS) {
      close("the client sent more than " + MAXIMUM_OPTIONS + " options");
    } else if (option != Option.EXPORT_NAME && (clientFlags & ClientFlag.FIXED_NEWSTYLE) == 0) {
      close("the client sent an option that needs fixed newstyle without having agreed to it");
    } else if (option == Option.EXPORT_NAME && length > NbdProtocol.MAXIMUM_STRING_BYTES) {
      close("the client chose an export by a name longer than any can be");
    } else if (length > MAXIMUM_SKIPPED_BYTES) {
      output.error(option, OptionReply.ERR_TOO_BIG, "the option's data is too long");
      close("the client announced " + length + " bytes of data for one option");
    } else {
      dataBytes = (int) length;
      state = dataBytes <= MAXIMUM_PARSED_BYTES ? State.OPTION_DATA : State.SKIPPING;
    }
  }

  private void acceptOptionData(ByteBuffer input) {
    ByteBuffer data = input.slice(input.position(), dataBytes);
    input.position(input.position() + dataBytes);
    state = State.OPTION_HEADER;
    answer(data);
  }

  private void skip(ByteBuffer input) {
    int count = Math.min(dataBytes, input.remaining());
    input.position(input.position() + count);
    dataBytes -= count;
    if (dataBytes == 0) {
      state = State.OPTION_HEADER;
      answerUnread();
    }
  }

  /** Every option that is offered has its arm here; all others are refused in one way. */
  private void answer(ByteBuffer data) {
    switch (option) {
      case Option.EXPORT_NAME -> answerExportName(data);
      case Option.ABORT -> answerAbort();
      case Option.LIST -> answerList(data);
      case Option.INFO, Option.GO -> answerInfo(data);
      default -> refuse();
    }
  }

  /** An option whose data was too long to be kept. */
  private void answerUnread() {
    switch (option) {
      case Option.ABORT -> answerAbort();
      case Option.LIST, Option.INFO, Option.GO ->
          output.error(option, OptionReply.ERR_TOO_BIG, "the option's data is too long");
      default -> refuse();
    }
  }

  private void refuse() {
    output.error(option, OptionReply.ERR_UNSUP, "this server does not offer the option");
  }

  private void answerAbort() {
    output.acknowledge(option);
    close("the client ended the handshake");
  }

  private void answerExportName(ByteBuffer data) {
    String name = NbdStrings.take(data, data.remaining());
    NbdExport chosen = name == null ? null : exports.find(name);
    if (chosen == null) {
      // This option knows no error reply.
      close("the client chose an export that does not exist");
      return;
    }
    output.exportNameReply(chosen, (clientFlags & ClientFlag.NO_ZEROES) == 0);
    enterTransmission(chosen);
  }

  private void answerList(ByteBuffer data) {
    if (data.hasRemaining()) {
      output.error(option, OptionReply.ERR_INVALID, "a request for the list carries no data");
      return;
    }
    for (NbdExport listed : exports.list()) {
      output.listEntry(option, listed);
    }
    output.acknowledge(option);
  }

  private void answerInfo(ByteBuffer data) {
    InfoRequest request = InfoRequest.parse(data);
    if (request == null) {
      output.error(option, OptionReply.ERR_INVALID, "the request for information is malformed");
      return;
    }
    NbdExport chosen = exports.find(request.name());
    if (chosen == null) {
      output.error(option, OptionReply.ERR_UNKNOWN, "there is no export of this name");
      return;
    }
    output.infoExport(option, chosen);
    if (request.wantsName()) {
      output.infoText(option, NbdProtocol.Info.NAME, chosen.name());
    }
    if (request.wantsDescription() && !chosen.description().isEmpty()) {
      output.infoText(option, NbdProtocol.Info.DESCRIPTION, chosen.description());
    }
    // A client that did not ask may still heed what is not the default; it will be told by errors.
    if (request.wantsBlockSize() || !chosen.hasDefaultConstraints()) {
      output.infoBlockSize(option, chosen);
    }
    output.acknowledge(option);
    if (option == Option.GO) {
      enterTransmission(chosen);
    }
  }

  private void enterTransmission(NbdExport chosen) {
    export = chosen;
    state = State.TRANSMISSION;
  }

  private void close(String reason) {
    closeReason = reason;
    state = State.CLOSED;
  }
}
