package dev.uring;

import dev.uring.ring.BufferGroup;
import dev.uring.ring.CompletionFlags;
import dev.uring.ring.ProvidedBuffers;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Buffers from which the kernel takes one when there is something to put into it, so that requests
 * which wait need none. A completion that has got one says so in its flags; {@link #take} gives
 * what is in it, and closing that gives the buffer back to the kernel.
 *
 * <pre>{@code
 * ReceiveBuffers buffers = ReceiveBuffers.register(context, 64, 4096);
 * context.sockets().addReceiveEach(connection, buffers, 1);
 * context.await(1, (userData, result, flags) -> {
 *   if (ReceiveBuffers.isIn(flags)) {
 *     try (ReceivedBytes received = buffers.take(flags)) {
 *       parse(received.bytes());
 *     }
 *   }
 * });
 * }</pre>
 *
 * <p>When all are taken, requests end with -ENOBUFS: give some back, and add the request again.
 *
 * <p>The memory is held by this, by requests in flight, and by the context until it or this is
 * closed. In a shared context, any thread may take and give back. Source: {@code
 * io_uring_provided_buffers(7)}. 5.19.
 */
public final class ReceiveBuffers implements AutoCloseable {
  /** The most buffers of one of these. */
  public static final int MAXIMUM_COUNT = 32_768;

  private static final int WITH_THE_KERNEL = -1;
  private static final int TAKEN = -2;

  private final URingContext context;
  private final BufferGroup group;
  private final ProvidedBuffers ring;
  private final NativeMemory memory;
  private final int size;

  /** How many bytes came into a buffer that nobody has taken yet, or where it is. */
  private final AtomicIntegerArray states;

  private boolean closed;

  ReceiveBuffers(URingContext context, ProvidedBuffers ring, NativeMemory memory, int size) {
    this.context = context;
    this.group = ring.group();
    this.ring = ring;
    this.memory = memory;
    this.size = size;
    this.states = new AtomicIntegerArray(memory.length() / size);
    synchronized (ring) {
      for (int id = 0; id < states.length(); id++) {
        states.set(id, WITH_THE_KERNEL);
        ring.add(memory.addressOf(id * size, size), size, id);
      }
      ring.publish();
    }
  }

  /**
   * Registers buffers with a context. Before it is enabled, or where its allowlist permits {@code
   * REGISTER_PBUF_RING}; to use them, it must permit the entry flag {@code BUFFER_SELECT}.
   *
   * @param count of the buffers, a power of two up to {@link #MAXIMUM_COUNT}
   * @param size of each, in bytes, above zero; all together less than 1 GiB
   * @throws IllegalArgumentException if count or size are out of range
   * @throws IllegalStateException if the context is closed or confined to another thread, its
   *     allowlist does not permit it, or it has had 65,536 of these
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code EINVAL} before 5.19
   */
  public static ReceiveBuffers register(URingContext context, int count, int size) {
    if (count < 1 || count > MAXIMUM_COUNT || Integer.bitCount(count) != 1) {
      throw new IllegalArgumentException(
          "count is a power of two up to " + MAXIMUM_COUNT + ", not " + count);
    }
    if (size < 1 || size > Integer.MAX_VALUE / 2 / count) {
      throw new IllegalArgumentException(
          count + " buffers of " + size + " bytes are too large, or of no size");
    }
    return context.core().tables().registerGroup(count, size);
  }

  /** Whether a completion's flags say that it got a buffer. */
  public static boolean isIn(int flags) {
    return (flags & CompletionFlags.BUFFER) != 0;
  }

  /**
   * What a completion has put into a buffer. It is the caller's until it is closed.
   *
   * @param flags of a completion of a request that was given these buffers
   * @throws IllegalArgumentException if the completion got none
   * @throws IllegalStateException if what is in that buffer was taken before, or never came
   */
  public ReceivedBytes take(int flags) {
    int id = CompletionFlags.bufferId(flags);
    if (!isIn(flags) || id >= states.length()) {
      throw new IllegalArgumentException(
          "a completion with the flags 0x" + Integer.toHexString(flags) + " got none of these");
    }
    int length = states.get(id);
    if (length < 0 || !states.compareAndSet(id, length, TAKEN)) {
      throw new IllegalStateException("nothing is in buffer " + id + " that was not taken");
    }
    return new ReceivedBytes(this, id, memory.buffer().slice(id * size, length));
  }

  /** Gives a buffer that was taken back to the kernel. */
  void giveBack(int id) {
    synchronized (ring) {
      if (!closed) {
        states.set(id, WITH_THE_KERNEL);
        ring.add(memory.addressOf(id * size, size), size, id).publish();
      }
    }
  }

  /** The group that requests name. */
  BufferGroup group(URingContext user) {
    if (user != context) {
      throw new IllegalArgumentException(this + " are registered with another context");
    }
    synchronized (ring) {
      if (closed) {
        throw new IllegalStateException("the buffers are closed");
      }
    }
    return group;
  }

  /** Looks at the completions of a request that may get these buffers; holds them meanwhile. */
  Intercept receiver() {
    return new Receiver(this);
  }

  private record Receiver(ReceiveBuffers buffers) implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (isIn(flags)) {
        buffers.states.set(CompletionFlags.bufferId(flags), Math.max(result, 0));
      }
      return result;
    }
  }

  /** The number of buffers. */
  public int count() {
    return states.length();
  }

  /** The size of each, in bytes. */
  public int size() {
    return size;
  }

  /**
   * Takes the buffers from the kernel. A request in flight that wants one ends with -ENOBUFS when
   * something comes; what came before can still be taken. Closing the context does this too. A
   * restricted context whose allowlist does not permit UNREGISTER_PBUF_RING cannot do it earlier:
   * the kernel goes on to use the buffers that it has.
   *
   * @throws IllegalStateException if the context is confined to another thread
   */
  @Override
  public void close() {
    context.core().tables().unregisterGroup(this);
  }

  /** To be called where the ring cannot be closed meanwhile. */
  void closeHere() {
    synchronized (ring) {
      closed = true;
      ring.close();
    }
  }

  @Override
  public String toString() {
    synchronized (ring) {
      return "ReceiveBuffers[" + count() + " of " + size + " bytes" + (closed ? ", closed]" : "]");
    }
  }
}
