package dev.uring.nbd;

import dev.uring.BufferPool;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.disk.DiskRequest;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client, from its header to its reply; made once, used for many.
 *
 * <p>What it holds while it is under way: memory for the data of a read or the payload of a write,
 * and the chunk that part of a payload lies in.
 */
final class NbdCommand extends DiskRequest {
  private final NativeMemory headers;
  private final ByteBuffer headerBytes;
  private final int headerPosition;

  private @Nullable NbdConnection connection;
  private long cookie;
  private int error;
  @Nullable ReceiveChunk chunk;
  BufferPool.@Nullable Buffer data;
  int charged;
  @Nullable NbdCommand next;

  /**
   * A command whose reply headers are laid out in a place of shared memory.
   *
   * @param headerBytes the same memory in network byte order
   */
  NbdCommand(NativeMemory headers, ByteBuffer headerBytes, int headerPosition) {
    this.headers = headers;
    this.headerBytes = headerBytes;
    this.headerPosition = headerPosition;
  }

  void begin(NbdConnection owner, long requestCookie) {
    connection = owner;
    cookie = requestCookie;
    error = 0;
  }

  /** Ends the command without asking the disk, or after it. */
  void fail(int nbdError) {
    error = nbdError;
  }

  @Override
  protected boolean isWanted() {
    return owner().isWaitedFor();
  }

  @Override
  protected void completed(int errno) {
    error = errno == 0 ? 0 : NbdErrors.fromErrno(errno);
    owner().commandCompleted(this);
  }

  /** Adds the reply to what is to be sent: its header, and the data of a read that succeeded. */
  void addReplyTo(MemoryVector vector) {
    NbdReply.putSimple(headerBytes, headerPosition, error, cookie);
    vector.add(headers, headerPosition, NbdReply.SIMPLE_HEADER_BYTES);
    if (error == 0 && operation() == Operation.READ && data != null) {
      vector.add(data.memory(), 0, (int) length());
    }
  }

  /** Lets go of the connection, when the command is given back. */
  void end() {
    connection = null;
    memory().clear();
  }

  private NbdConnection owner() {
    NbdConnection owner = connection;
    if (owner == null) {
      throw new IllegalStateException("a command completed that no connection waits for");
    }
    return owner;
  }
}
