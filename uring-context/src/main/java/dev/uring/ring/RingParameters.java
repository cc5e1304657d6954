package dev.uring.ring;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct io_uring_params}: what we ask of {@code io_uring_setup(2)} and what it answers.
 *
 * <pre>
 *    0 sq_entries   4 cq_entries   8 flags   12 sq_thread_cpu  16 sq_thread_idle
 *   20 features    24 wq_fd       28 reserved (3 words)
 *   40 sq_off: head tail ring_mask ring_entries flags dropped array resv user_addr(8)
 *   80 cq_off: head tail ring_mask ring_entries overflow cqes flags resv user_addr(8)
 *  120
 * </pre>
 *
 * <p>The offsets of the rings' fields are the kernel's answer and are never assumed.
 */
final class RingParameters {
  private static final int BYTES = 120;
  private static final int SQ_OFFSETS = 40;
  private static final int CQ_OFFSETS = 80;
  private static final int USER_ADDRESS = 32;

  private final ByteBuffer struct = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());

  long address() {
    return RawMemory.addressOf(struct);
  }

  ByteBuffer memory() {
    return struct;
  }

  void completionEntries(int entries) {
    struct.putInt(4, entries);
  }

  void submissionEntries(int entries) {
    struct.putInt(0, entries);
  }

  void flags(int flags) {
    struct.putInt(8, flags);
  }

  void features(int features) {
    struct.putInt(20, features);
  }

  /** Another ring whose workers, and polling thread, are shared. */
  void workersOf(int ringDescriptor) {
    struct.putInt(24, ringDescriptor);
  }

  /** Memory of the caller's own. */
  void memory(long ringAddress, long entriesAddress) {
    struct.putLong(SQ_OFFSETS + USER_ADDRESS, entriesAddress);
    struct.putLong(CQ_OFFSETS + USER_ADDRESS, ringAddress);
  }

  void pollingThread(int processor, int idleMilliseconds) {
    struct.putInt(12, processor);
    struct.putInt(16, idleMilliseconds);
  }

  int submissionEntries() {
    return struct.getInt(0);
  }

  int completionEntries() {
    return struct.getInt(4);
  }

  int flags() {
    return struct.getInt(8);
  }

  int features() {
    return struct.getInt(20);
  }

  /** The offset of the n-th field of {@code sq_off} within the submission ring's mapping. */
  int submissionOffset(SubmissionField field) {
    return struct.getInt(SQ_OFFSETS + field.offset());
  }

  /** The offset of the n-th field of {@code cq_off} within the completion ring's mapping. */
  int completionOffset(CompletionField field) {
    return struct.getInt(CQ_OFFSETS + field.offset());
  }

  /** {@code struct io_sqring_offsets}, in order. */
  enum SubmissionField {
    HEAD(0),
    TAIL(4),
    RING_MASK(8),
    RING_ENTRIES(12),
    FLAGS(16),
    DROPPED(20),
    ARRAY(24);

    private final int offset;

    SubmissionField(int offset) {
      this.offset = offset;
    }

    int offset() {
      return offset;
    }
  }

  /** {@code struct io_cqring_offsets}, in order. */
  enum CompletionField {
    HEAD(0),
    TAIL(4),
    RING_MASK(8),
    RING_ENTRIES(12),
    OVERFLOW(16),
    CQES(20),
    FLAGS(24);

    private final int offset;

    CompletionField(int offset) {
      this.offset = offset;
    }

    int offset() {
      return offset;
    }
  }
}
