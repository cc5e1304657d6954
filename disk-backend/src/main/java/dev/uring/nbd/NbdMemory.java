package dev.uring.nbd;

import dev.uring.BufferPool;
import dev.uring.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one loop use and give back: commands, chunks, buffers. For the loop's
 * thread. After the busiest moment so far nothing new is made.
 */
final class NbdMemory {
  private static final int COMMANDS_AT_ONCE = BufferPool.SMALLEST / NbdReply.SIMPLE_HEADER_BYTES;

  private static final int MADE_AT_FIRST = 40;

  private final BufferPool buffers;
  private final int idleChunkLimit;
  private @Nullable NbdCommand freeCommands;
  private @Nullable ReceiveChunk freeChunks;
  private int idleChunks;

  NbdMemory(BufferPool buffers, int idleChunkLimit) {
    this.buffers = buffers;
    this.idleChunkLimit = idleChunkLimit;
  }

  /**
   * Makes what a client with some forty small requests in flight needs, so that it is not made
   * while the first of them wait: at worst each pins a chunk.
   */
  void prepare() {
    giveCommand(takeCommand());
    ReceiveChunk[] chunks = new ReceiveChunk[MADE_AT_FIRST];
    BufferPool.Buffer[] small = new BufferPool.Buffer[MADE_AT_FIRST];
    for (int count = 0; count < MADE_AT_FIRST; count++) {
      chunks[count] = takeChunk();
      small[count] = buffers.take(BufferPool.SMALLEST);
    }
    for (int count = 0; count < MADE_AT_FIRST; count++) {
      giveChunk(chunks[count]);
      buffers.give(small[count]);
    }
  }

  BufferPool buffers() {
    return buffers;
  }

  NbdCommand takeCommand() {
    NbdCommand command = freeCommands;
    if (command == null) {
      command = makeCommands();
    }
    freeCommands = command.next;
    command.next = null;
    return command;
  }

  private NbdCommand makeCommands() {
    NativeMemory headers = NativeMemory.allocate(BufferPool.SMALLEST);
    ByteBuffer bytes = headers.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
    NbdCommand first = new NbdCommand(headers, bytes, 0);
    NbdCommand last = first;
    for (int index = 1; index < COMMANDS_AT_ONCE; index++) {
      NbdCommand command = new NbdCommand(headers, bytes, index * NbdReply.SIMPLE_HEADER_BYTES);
      last.next = command;
      last = command;
    }
    return first;
  }

  void giveCommand(NbdCommand command) {
    command.end();
    command.next = freeCommands;
    freeCommands = command;
  }

  ReceiveChunk takeChunk() {
    ReceiveChunk chunk = freeChunks;
    if (chunk == null) {
      return new ReceiveChunk(buffers.take(ReceiveChunk.BYTES));
    }
    freeChunks = chunk.next;
    chunk.next = null;
    idleChunks--;
    return chunk;
  }

  void giveChunk(ReceiveChunk chunk) {
    if (idleChunks < idleChunkLimit) {
      idleChunks++;
      chunk.next = freeChunks;
      freeChunks = chunk;
    }
  }
}
