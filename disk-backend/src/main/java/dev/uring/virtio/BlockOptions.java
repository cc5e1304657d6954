package dev.uring.virtio;

/** How a block device shall be. Immutable; each method gives another one. */
public final class BlockOptions {
  /** The most queues a device may have. */
  public static final int MAXIMUM_QUEUES = 64;

  private static final BlockOptions DEFAULTS = new BlockOptions(1, 1, 256, false, false);

  private final int queues;
  private final int threads;
  private final int queueSize;
  private final boolean writeThrough;
  private final boolean inOrder;

  private BlockOptions(
      int queues, int threads, int queueSize, boolean writeThrough, boolean inOrder) {
    this.queues = queues;
    this.threads = threads;
    this.queueSize = queueSize;
    this.writeThrough = writeThrough;
    this.inOrder = inOrder;
  }

  /** One queue of up to 256 descriptors on one thread, with a write cache, in any order. */
  public static BlockOptions defaults() {
    return DEFAULTS;
  }

  /**
   * How many queues the driver may use.
   *
   * @param count 1 to {@value #MAXIMUM_QUEUES}
   * @throws IllegalArgumentException if it is neither
   */
  public BlockOptions withQueues(int count) {
    check("queues", count, MAXIMUM_QUEUES);
    return new BlockOptions(count, threads, queueSize, writeThrough, inOrder);
  }

  /**
   * How many threads, each with a ring, serve the queues. More than there are queues stay idle.
   *
   * @param count 1 to {@value #MAXIMUM_QUEUES}
   * @throws IllegalArgumentException if it is neither
   */
  public BlockOptions withThreads(int count) {
    check("threads", count, MAXIMUM_QUEUES);
    return new BlockOptions(queues, count, queueSize, writeThrough, inOrder);
  }

  private static void check(String what, int count, int maximum) {
    if (count < 1 || count > maximum) {
      throw new IllegalArgumentException(what + " must be 1 to " + maximum + ", not " + count);
    }
  }

  /**
   * How many descriptors a queue may have; the driver chooses as many or fewer.
   *
   * @param descriptors a power of two from 4 to 32768
   * @throws IllegalArgumentException if it is none
   */
  public BlockOptions withQueueSize(int descriptors) {
    if (descriptors < 4 || !QueueSetup.isSize(descriptors)) {
      throw new IllegalArgumentException(
          "a queue's size is a power of two from 4 to 32768, not " + descriptors);
    }
    return new BlockOptions(queues, threads, descriptors, writeThrough, inOrder);
  }

  /** Whether each write is durable before it completes, until the driver chooses otherwise. */
  public BlockOptions withWriteThrough(boolean wanted) {
    return new BlockOptions(queues, threads, queueSize, wanted, inOrder);
  }

  /**
   * Whether IN_ORDER is offered. A driver that takes it has each request wait for all before it;
   * off by default.
   */
  public BlockOptions withInOrder(boolean wanted) {
    return new BlockOptions(queues, threads, queueSize, writeThrough, wanted);
  }

  /** How many queues there are. */
  public int queues() {
    return queues;
  }

  /** How many threads serve them. */
  public int threads() {
    return threads;
  }

  /** How many descriptors a queue has at most. */
  public int queueSize() {
    return queueSize;
  }

  /** Whether writes are durable when they complete, at first. */
  public boolean isWriteThrough() {
    return writeThrough;
  }

  /** Whether IN_ORDER is offered. */
  public boolean isInOrder() {
    return inOrder;
  }

  @Override
  public String toString() {
    return "BlockOptions["
        + queues
        + (queues == 1 ? " queue of " : " queues of ")
        + queueSize
        + (writeThrough ? ", write-through" : "")
        + (inOrder ? ", in order" : "")
        + "]";
  }
}
