package dev.uring.nbd;

import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.disk.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connection: one receive and one send under way at most. For the loop's thread.
 *
 * <p>They are reads and writes, as of files, and not receives and sends: what those can do beyond
 * that (pass descriptors, connect elsewhere) the ring shall not be able to. Writing to a broken
 * connection then raises SIGPIPE, which the virtual machine ignores.
 */
final class ConnectionStream {
  /** What {@link #sent} says of a send that goes on. */
  static final int GOES_ON = 0;

  /** What {@link #sent} says of a send that is done. */
  static final int DONE = 1;

  /** A connection has no offsets. */
  private static final long NO_OFFSET = -1;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private final EventLoop loop;
  private final FixedFile slot;
  private final long receiveData;
  private final long sendData;
  private final MemoryVector incoming = new MemoryVector(1);
  private final MemoryVector unsent = new MemoryVector(ReplySender.MAXIMUM_PIECES);
  private @Nullable MemoryVector outgoing;
  private long sentBytes;
  private boolean receiving;

  /**
   * The stream of a slot.
   *
   * @param receiveData user data of the loop for receives
   * @param sendData user data of the loop for sends
   */
  ConnectionStream(EventLoop loop, FixedFile slot, long receiveData, long sendData) {
    this.loop = loop;
    this.slot = slot;
    this.receiveData = receiveData;
    this.sendData = sendData;
  }

  boolean isReceiving() {
    return receiving;
  }

  boolean isSending() {
    return outgoing != null;
  }

  /** Receives what is there, at most so much, unless that is under way already. */
  void receive(NativeMemory memory, int position, int length) {
    if (!receiving) {
      incoming.clear();
      incoming.add(memory, position, length);
      addReceive();
    }
  }

  private void addReceive() {
    receiving = true;
    loop.context().addReadv(slot, incoming, NO_OFFSET, receiveData);
  }

  /** A receive has completed. True if it was for nothing and is under way again. */
  boolean received(int result, boolean again) {
    receiving = false;
    if (again && isNothing(result)) {
      addReceive();
      return true;
    }
    return false;
  }

  /** Sends a list, all of it; it must stay as it is until {@link #sent} says so. */
  void send(MemoryVector vector) {
    outgoing = vector;
    sentBytes = 0;
    addSend(vector);
  }

  private void addSend(MemoryVector vector) {
    loop.context().addWritev(slot, vector, NO_OFFSET, sendData);
  }

  /**
   * A send has completed, in part perhaps.
   *
   * @param again whether the rest is to be sent, if there is one
   * @return {@link #GOES_ON}, {@link #DONE}, or minus an errno
   */
  int sent(int result, boolean again) {
    MemoryVector vector = outgoing;
    if (vector == null) {
      throw new IllegalStateException("a send completed that nobody started");
    }
    sentBytes += Math.max(result, 0);
    boolean unfinished = isNothing(result) || (result > 0 && sentBytes < vector.byteCount());
    if (again && unfinished) {
      unsent.clear();
      addSend(unsent.addRange(vector, sentBytes, vector.byteCount() - sentBytes));
      return GOES_ON;
    }
    outgoing = null;
    return result > 0 ? DONE : result;
  }

  private static boolean isNothing(int result) {
    return result == -EINTR || result == -EAGAIN;
  }
}
