package dev.uring.nbd;

import dev.uring.BufferPool;
import dev.uring.NativeMemory;
import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.CommandFlag;
import dev.uring.nbd.NbdProtocol.ErrorNumber;
import dev.uring.nbd.NbdProtocol.Magic;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a connection's stream of requests apart and hands them to the disk.
 *
 * <p>Bytes are received into a {@linkplain ReceiveChunk chunk}, many requests at a time. A payload
 * that is there, or will fit behind what is there, is written to the disk from where it lies. Of a
 * larger one, what is there stays there and the rest is received into memory of its own: the disk
 * gets the two pieces. So nothing is copied here, but under direct I/O, where memory must be
 * aligned and a payload in a chunk is not.
 *
 * <p>A request for which the connection's budget has no room is left in the chunk, and nothing more
 * is received until replies have gone out: a client that asks and does not read costs its budget.
 */
final class CommandReceiver {
  /** A chunk with less room than this behind its content is exchanged. */
  private static final int LEAST_ROOM = 4096;

  private final NbdConnection connection;
  private final NbdExport export;
  private final boolean aligned;

  private ReceiveChunk chunk;
  private int parsed;
  private int filled;

  /** The write whose payload is being received. */
  private @Nullable NbdCommand writing;

  private int payload;

  /**
   * How many bytes of the payload are still to come into memory of its own; zero if in the chunk.
   */
  private int direct;

  /** How much of a refused write's payload is still to be thrown away. */
  private long unwanted;

  private boolean stalled;
  private long messages;

  /**
   * Begins with the bytes that the handshake left over.
   *
   * @param chunk becomes this object's
   * @param aligned whether the disk asks for aligned memory
   */
  CommandReceiver(NbdConnection connection, NbdExport export, boolean aligned, ReceiveChunk chunk) {
    this.connection = connection;
    this.export = export;
    this.aligned = aligned;
    this.chunk = chunk;
  }

  /** Takes over the handshake's unread bytes, which lie in the chunk. */
  void begin(int from, int to) {
    parsed = from;
    filled = to;
    proceed();
  }

  /** Bytes have arrived where {@link #receive} asked for them. */
  void received(int count) {
    if (direct > 0) {
      direct -= count;
      if (direct == 0) {
        submitWrite();
      }
    } else {
      filled += count;
    }
    proceed();
  }

  /** Room may have become free: tries again what had to wait for it. */
  void resume() {
    if (stalled) {
      stalled = false;
      proceed();
    }
  }

  /** How many messages have begun; to tell one from the next. */
  long messages() {
    return messages;
  }

  /** Whether a message has begun and is not whole, for no fault of ours. */
  boolean isInMidMessage() {
    return !stalled && (writing != null || unwanted > 0 || filled > parsed);
  }

  private void proceed() {
    parse();
    if (!stalled && connection.isOpen()) {
      receive();
    }
  }

  private void parse() {
    while (connection.isOpen() && !stalled && direct == 0) {
      if (unwanted > 0) {
        int dropped = (int) Math.min(unwanted, filled - parsed);
        parsed += dropped;
        unwanted -= dropped;
        if (unwanted > 0) {
          return;
        }
      } else if (writing != null) {
        if (filled - parsed < payload) {
          return;
        }
        takePayloadFromChunk(payload);
        submitWrite();
      } else if (filled - parsed >= NbdRequest.HEADER_BYTES) {
        parseHeader();
      } else {
        return;
      }
    }
  }

  private void parseHeader() {
    ByteBuffer bytes = chunk.bytes();
    if (NbdRequest.magic(bytes, parsed) != Magic.REQUEST) {
      connection.close("the client sent a request with a wrong magic number");
      return;
    }
    int type = NbdRequest.type(bytes, parsed);
    int flags = NbdRequest.flags(bytes, parsed);
    long offset = NbdRequest.offset(bytes, parsed);
    long length = NbdRequest.length(bytes, parsed);
    if (type == Command.DISC) {
      connection.drain();
      return;
    }
    int error = NbdRules.check(export, type, flags, offset, length);
    if (error != 0 && NbdRules.mustClose(type, length)) {
      connection.close("the client announced a write of " + length + " bytes");
      return;
    }
    int needed = error == 0 ? memoryNeeded(type, (int) length) : 0;
    switch (connection.budget().take(needed)) {
      case GRANTED -> {}
      case LATER -> {
        stalled = true;
        return;
      }
      case REFUSED -> {
        error = ErrorNumber.ENOMEM;
        needed = 0;
      }
    }
    messages++;
    NbdCommand command = connection.takeCommand(NbdRequest.cookie(bytes, parsed));
    command.charged = needed;
    parsed += NbdRequest.HEADER_BYTES;
    if (error != 0) {
      // The reply does not wait for the payload: a client may wait for the reply before it sends
      // it.
      command.prepare(NbdCommand.Operation.DISCARD, 0, 0);
      command.fail(error);
      unwanted = NbdRules.payloadBytes(type, length);
      connection.reply(command);
    } else {
      begin(command, type, flags, offset, length);
    }
  }

  /** What a request will take from the pool. A payload that fits into the chunk takes nothing. */
  private int memoryNeeded(int type, int length) {
    if (type == Command.READ) {
      return BufferPool.lent(length);
    }
    if (type != Command.WRITE) {
      return 0;
    }
    int start = parsed + NbdRequest.HEADER_BYTES;
    if (aligned) {
      return BufferPool.lent(length);
    }
    return length <= ReceiveChunk.BYTES - start ? 0 : BufferPool.lent(length - (filled - start));
  }

  private void begin(NbdCommand command, int type, int flags, long offset, long length) {
    boolean durable = (flags & CommandFlag.FUA) != 0;
    switch (type) {
      case Command.READ -> {
        BufferPool.Buffer data = connection.memory().buffers().take((int) length);
        command.data = data;
        command.memory().add(data.memory(), 0, (int) length);
        command.prepareRead(offset);
      }
      case Command.WRITE -> {
        command.prepareWrite(offset);
        command.setDurable(durable);
        beginPayload(command, (int) length);
        return;
      }
      case Command.FLUSH -> command.prepare(NbdCommand.Operation.FLUSH, 0, 0);
      case Command.CACHE -> command.prepare(NbdCommand.Operation.CACHE, offset, length);
      default -> {
        command.prepare(
            type == Command.TRIM ? NbdCommand.Operation.DISCARD : NbdCommand.Operation.WRITE_ZEROES,
            offset,
            length);
        command.setKeepAllocated((flags & CommandFlag.NO_HOLE) != 0);
        command.setOnlyIfFast((flags & CommandFlag.FAST_ZERO) != 0);
        command.setDurable(durable);
      }
    }
    connection.submit(command);
  }

  private void beginPayload(NbdCommand command, int length) {
    writing = command;
    payload = length;
    if (!aligned && length <= ReceiveChunk.BYTES - parsed) {
      return;
    }
    int here = Math.min(filled - parsed, length);
    int elsewhere = aligned ? length : length - here;
    BufferPool.Buffer data = connection.memory().buffers().take(elsewhere);
    command.data = data;
    if (aligned) {
      copyFromChunk(data.memory(), here);
      command.memory().add(data.memory(), 0, length);
    } else {
      takePayloadFromChunk(here);
      command.memory().add(data.memory(), 0, elsewhere);
    }
    direct = length - here;
    if (direct == 0) {
      submitWrite();
    }
  }

  private void takePayloadFromChunk(int length) {
    NbdCommand command = writing;
    if (command != null && length > 0) {
      command.memory().add(chunk.memory(), parsed, length);
      command.chunk = chunk;
      chunk.references++;
      parsed += length;
    }
  }

  private void copyFromChunk(NativeMemory target, int length) {
    target.buffer().put(0, chunk.bytes(), parsed, length);
    parsed += length;
  }

  private void submitWrite() {
    NbdCommand command = writing;
    writing = null;
    if (command != null) {
      connection.submit(command);
    }
  }

  /** Asks for what comes next, unless there is no memory to put it into. */
  private void receive() {
    NbdCommand command = writing;
    if (direct > 0 && command != null && command.data != null) {
      int whole = aligned ? payload : (int) command.memory().byteCount() - chunkBytes(command);
      connection.stream().receive(command.data.memory(), whole - direct, direct);
      return;
    }
    if (command == null && ReceiveChunk.BYTES - filled < LEAST_ROOM && !exchangeChunk()) {
      stalled = true;
      return;
    }
    connection.stream().receive(chunk.memory(), filled, ReceiveChunk.BYTES - filled);
  }

  /** How much of a payload lies in the chunk: its first piece, if there are two. */
  private static int chunkBytes(NbdCommand command) {
    return command.memory().count() == 2 ? command.memory().length(0) : 0;
  }

  private boolean exchangeChunk() {
    ReceiveChunk old = chunk;
    if (old.references > 0) {
      if (connection.budget().take(ReceiveChunk.BYTES) != ConnectionBudget.Answer.GRANTED) {
        return false;
      }
      chunk = connection.memory().takeChunk();
    }
    old.moveTo(chunk, parsed, filled);
    filled -= parsed;
    parsed = 0;
    return true;
  }

  /** A write from a chunk is done. */
  void release(ReceiveChunk used) {
    used.references--;
    if (used.references == 0 && used != chunk) {
      connection.giveChunk(used);
    }
  }

  /** The connection is over and nothing of it is in flight. */
  void release() {
    NbdCommand unfinished = writing;
    writing = null;
    if (unfinished != null) {
      connection.give(unfinished);
    }
    connection.giveChunk(chunk);
  }
}
