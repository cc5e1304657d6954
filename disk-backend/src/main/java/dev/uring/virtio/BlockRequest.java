package dev.uring.virtio;

import dev.uring.NativeMemory;
import dev.uring.disk.DiskRequest;
import org.jspecify.annotations.Nullable;

/**
 * One request of a guest on its way through the disk: a transfer between the disk and the guest's
 * memory, one by way of a buffer of our own, a flush, or several ranges one after the other.
 *
 * <p>Made once and used often, on its queue's thread.
 */
final class BlockRequest extends DiskRequest {
  private final BlockQueue owner;
  private final RangeList ranges = new RangeList();

  /** The next in the list that this request is in. */
  @Nullable BlockRequest following;

  /** With IN_ORDER: the next that was made available. */
  @Nullable BlockRequest nextInOrder;

  /** What the guest will be told, or {@link RequestDecoder#PENDING}. */
  int status;

  private int head;
  private @Nullable NativeMemory statusMemory;
  private int statusPosition;
  private long writableData;
  private long filled;
  private @Nullable BouncedTransfer bounced;
  private @Nullable MemoryUse use;

  BlockRequest(BlockQueue owner) {
    this.owner = owner;
  }

  /** Remembers what the end of the request needs of its chain, which has a byte for the status. */
  void open(DescriptorChain chain, int chainHead, MemoryUse memoryUse) {
    head = chainHead;
    statusMemory = chain.lastMemory();
    statusPosition = chain.lastPosition();
    writableData = chain.writableBytes() - 1;
    filled = 0;
    status = RequestDecoder.PENDING;
    use = memoryUse;
    memoryUse.enter();
  }

  int head() {
    return head;
  }

  RangeList ranges() {
    return ranges;
  }

  /** So many bytes from the first writable one on are filled if the request succeeds. */
  void setFilled(long bytes) {
    filled = bytes;
  }

  /** The transfer goes by way of a buffer. */
  void setBounced(BouncedTransfer transfer) {
    bounced = transfer;
  }

  /** Whether its bytes are copied from or to the guest's memory here. */
  boolean isBounced() {
    return bounced != null;
  }

  /**
   * Whether the request wants another turn at the disk; then it has been prepared.
   *
   * @throws InternalError if the guest's memory is not there any more
   */
  boolean prepareNext() {
    BouncedTransfer transfer = bounced;
    return transfer != null ? transfer.prepareNext(this) : ranges.prepareNext(this);
  }

  @Override
  protected void completed(int error) {
    owner.completed(this, error);
  }

  /**
   * Writes the status.
   *
   * @return how many bytes were written from the first writable one on without a gap, which is what
   *     the driver may rely on (2.7.8.2)
   */
  int writeStatus() {
    NativeMemory memory = statusMemory;
    if (memory != null) {
      memory.buffer().put(statusPosition, (byte) status);
    }
    long data = status == BlockFormat.STATUS_OK ? filled : 0;
    return (int) (data == writableData ? data + 1 : data);
  }

  /** Whether the request has been opened and not closed. */
  boolean isOpen() {
    return use != null;
  }

  /** Lets go of the guest's memory and of everything else. */
  void close() {
    memory().clear();
    ranges.clear();
    statusMemory = null;
    BouncedTransfer transfer = bounced;
    if (transfer != null) {
      bounced = null;
      transfer.close();
    }
    MemoryUse used = use;
    if (used != null) {
      use = null;
      used.leave();
    }
  }
}
