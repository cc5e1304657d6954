package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.ProtectionInformation;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/**
 * One {@code struct io_uring_sqe} in the ring's own memory: a flyweight that the submission queue
 * moves from entry to entry. It is valid until the next call of {@link SubmissionQueue#next}.
 *
 * <pre>
 *    0 opcode(1) flags(1) ioprio(2)   4 fd
 *    8 off / addr2                   16 addr / splice_off_in
 *   24 len                           28 the request's own flags
 *   32 user_data
 *   40 buf_index or buf_group(2) personality(2)  44 splice_fd_in / file_index / optlen / addr_len(2)
 *   48 addr3 / attr_ptr              56 reserved / attr_type_mask
 *   64
 * </pre>
 */
public final class SubmissionEntry {
  /**
   * In place of a descriptor, for a request {@linkplain #on on a slot}: if that is forgotten, the
   * request ends with -EBADF instead of finding another file.
   */
  public static final int NO_DESCRIPTOR = -1;

  static final int BYTES = 64;

  /** From an offset in bytes to one in words. */
  private static final int WORD_SHIFT = 3;

  private static final int FLAGS = 1;
  private static final int PRIORITY = 2;
  private static final int FD = 4;
  private static final int OFFSET = 8;
  private static final int ADDRESS = 16;
  private static final int LENGTH = 24;
  private static final int OPERATION_FLAGS = 28;
  private static final int USER_DATA = 32;
  private static final int BUFFER_INDEX = 40;
  private static final int PERSONALITY = 42;
  private static final int FILE_INDEX = 44;
  private static final int ADDRESS_LENGTH = 44;
  private static final int ADDRESS_3 = 48;
  private static final int RESERVED = 56;

  /** {@code IORING_RW_ATTR_FLAG_PI}, in what is otherwise reserved. */
  private static final long PROTECTION_INFORMATION = 1;

  /** {@code struct sockaddr_storage}. */
  private static final int SOCKET_ADDRESS_MOST = 128;

  private ByteBuffer entries;
  private LongBuffer words;
  private int base;

  /**
   * How many entries from here on, this one among them, may have something in what follows the user
   * data. In all others it is zero and need not be zeroed once more: few requests use that part,
   * and it is three words of the eight.
   */
  private int lastWordsUsed;

  /** While some may: whether this one has been zeroed there since it was had. */
  private boolean lastWordsZeroed;

  private final int entryCount;

  /** The entry flags that each request begins with which is written into the entry, in place. */
  private int firstFlags;

  /** One entry by itself. */
  SubmissionEntry(ByteBuffer entry) {
    this(entry, 1);
  }

  /** All entries of a queue, one at a time. */
  SubmissionEntry(ByteBuffer entries, int count) {
    this.entries = entries;
    this.entryCount = count;
    this.words = entries.asLongBuffer();
    // A queue that was resized has entries of the former one.
    useLastWords();
  }

  /** Until each entry was had once more, this one at last. */
  void useLastWords() {
    lastWordsUsed = entryCount + 1;
  }

  private void countLastWords() {
    if (lastWordsZeroed) {
      lastWordsUsed--;
    } else {
      // Nothing was written into the former entry: it has what it had, until it comes up again.
      useLastWords();
    }
    lastWordsZeroed = false;
  }

  private void zeroLastWords() {
    int at = base >> WORD_SHIFT;
    words.put(at + (BUFFER_INDEX >> WORD_SHIFT), 0);
    words.put(at + (ADDRESS_3 >> WORD_SHIFT), 0);
    words.put(at + (RESERVED >> WORD_SHIFT), 0);
    lastWordsZeroed = true;
  }

  void moveTo(int newBase, int flags) {
    if (lastWordsUsed > 0) {
      countLastWords();
    }
    base = newBase;
    firstFlags = flags << Words.SECOND_BYTE_SHIFT;
  }

  /** Whoever forgets to fill it submits a request that does nothing. */
  void clear() {
    words.put(base >> WORD_SHIFT, 0);
    words.put((base + USER_DATA) >> WORD_SHIFT, 0);
    if (lastWordsUsed > 0) {
      zeroLastWords();
    }
  }

  /** The second half of an entry of 128 bytes. */
  void clearSecondHalf() {
    for (int word = BYTES; word < 2 * BYTES; word += Long.BYTES) {
      entries.putLong(base + word, 0);
    }
  }

  void detach(ByteBuffer nothing) {
    entries = nothing;
    words = nothing.asLongBuffer();
  }

  /**
   * Begins the entry anew: the fields that nearly every request has are filled, all others are
   * zero. Flags are those that the entry was had with. User data stays.
   */
  SubmissionEntry prepare(UringOperation operation, int fd, long address, int length, long offset) {
    // Each word once: zeroing them all before costs 3 ns of the 8 that an entry takes.
    LongBuffer to = words;
    int at = base >> WORD_SHIFT;
    to.put(at, Words.of(operation.code() << Words.FIRST_BYTE_SHIFT | firstFlags, fd));
    to.put(at + (OFFSET >> WORD_SHIFT), offset);
    to.put(at + (ADDRESS >> WORD_SHIFT), address);
    to.put(at + (LENGTH >> WORD_SHIFT), Words.of(length, 0));
    if (lastWordsUsed > 0) {
      zeroLastWords();
    }
    return this;
  }

  SubmissionEntry operationFlags(int flags) {
    entries.putInt(base + OPERATION_FLAGS, flags);
    return this;
  }

  /** {@code ioprio}, where network requests keep flags of their own. */
  SubmissionEntry priorityBits(int bits) {
    entries.putShort(base + PRIORITY, (short) bits);
    return this;
  }

  /** A direct slot for the descriptor that the request makes: the slot's number plus one. */
  SubmissionEntry fileIndex(int slotPlusOne) {
    useLastWords();
    entries.putInt(base + FILE_INDEX, slotPlusOne);
    return this;
  }

  /** {@code splice_fd_in}, {@code optlen}, {@code zcrx_ifq_idx}: they share a place. */
  SubmissionEntry secondFile(int value) {
    return fileIndex(value);
  }

  SubmissionEntry address3(long value) {
    useLastWords();
    entries.putLong(base + ADDRESS_3, value);
    return this;
  }

  /** Takes back everything that was filled in. */
  public SubmissionEntry reset() {
    return prepare(UringOperation.NOP, -1, 0, 0, 0).userData(0);
  }

  /** What comes back in the completion, bit for bit. */
  public SubmissionEntry userData(long userData) {
    words.put((base + USER_DATA) >> WORD_SHIFT, userData);
    return this;
  }

  /** The user data of another entry. */
  long userDataAt(int otherBase) {
    return words.get((otherBase + USER_DATA) >> WORD_SHIFT);
  }

  /** Adds one of the flags that every request can carry. */
  public SubmissionEntry flag(EntryFlag flag) {
    return flags(flag.mask());
  }

  /** Adds entry flags by their bits. */
  public SubmissionEntry flags(int mask) {
    if (mask != 0) {
      entries.put(base + FLAGS, (byte) (entries.get(base + FLAGS) | mask));
    }
    return this;
  }

  /** Takes entry flags away by their bits. */
  public SubmissionEntry withoutFlags(int mask) {
    entries.put(base + FLAGS, (byte) (entries.get(base + FLAGS) & ~mask));
    return this;
  }

  /**
   * The request is on this slot of the registered file table, whatever descriptor it was given;
   * {@link #NO_DESCRIPTOR} by custom.
   */
  public SubmissionEntry on(FileSlot slot) {
    entries.putInt(base + FD, slot.index());
    return flag(EntryFlag.FIXED_FILE);
  }

  /** {@code RWF_*} bits of a read or a write, as in {@code preadv2(2)}. */
  public SubmissionEntry readWriteFlags(int flags) {
    return operationFlags(flags);
  }

  /**
   * Checksums that a read or a write carries beside its data; direct I/O on a device that has them,
   * else -EINVAL. 6.14.
   *
   * @param information read when the entry is submitted
   */
  public SubmissionEntry protection(ProtectionInformation information) {
    useLastWords();
    words.put((base + ADDRESS_3) >> WORD_SHIFT, information.address());
    words.put((base + RESERVED) >> WORD_SHIFT, PROTECTION_INFORMATION);
    return this;
  }

  /**
   * {@code SPLICE_F_*} bits of a {@linkplain TransferRequests#splice splice} or a {@linkplain
   * TransferRequests#tee tee}, as in {@code splice(2)}. Before {@link #source}, which adds to them.
   */
  public SubmissionEntry spliceFlags(int flags) {
    return operationFlags(flags);
  }

  /**
   * A splice or tee takes from this slot of the registered file table, whatever descriptor it was
   * given to take from.
   */
  public SubmissionEntry source(FileSlot slot) {
    entries.putInt(
        base + OPERATION_FLAGS,
        entries.getInt(base + OPERATION_FLAGS) | TransferRequests.SOURCE_IS_SLOT);
    return secondFile(slot.index());
  }

  /**
   * A send, plain or with zero copy, goes to this peer, as in {@code sendto(2)}. 6.1; with zero
   * copy 6.0.
   *
   * @param address of a {@code struct sockaddr}, the kernel's until the completion
   * @param length of it in bytes, 1 to 128
   */
  public SubmissionEntry peer(long address, int length) {
    useLastWords();
    checkArgument(
        length > 0 && length <= SOCKET_ADDRESS_MOST,
        "a socket address has from 1 to 128 bytes, not %s",
        length);
    words.put((base + OFFSET) >> WORD_SHIFT, address);
    entries.putShort(base + ADDRESS_LENGTH, (short) length);
    return this;
  }

  /** The registered buffer that the address lies in. */
  public SubmissionEntry bufferIndex(int index) {
    useLastWords();
    entries.putShort(base + BUFFER_INDEX, (short) index);
    return this;
  }

  /** The registered buffer that the address lies in. */
  public SubmissionEntry buffer(BufferIndex buffer) {
    return bufferIndex(buffer.index());
  }

  /** The kernel takes a buffer of this group when there is something to put into it. 5.7. */
  public SubmissionEntry buffers(BufferGroup group) {
    return bufferIndex(group.id()).flag(EntryFlag.BUFFER_SELECT);
  }

  /** Where the file goes that the request makes, instead of becoming a descriptor. 5.15. */
  public SubmissionEntry destination(DestinationSlot destination) {
    return fileIndex(destination.encoded());
  }

  /** The registered credentials that the request runs with. */
  public SubmissionEntry personality(int personality) {
    useLastWords();
    entries.putShort(base + PERSONALITY, (short) personality);
    return this;
  }

  /** The request's number, for messages. */
  int operationCode() {
    return Byte.toUnsignedInt(entries.get(base));
  }

  @Override
  public String toString() {
    if (entries.capacity() == 0) {
      return "SubmissionEntry[ring closed]";
    }
    return "SubmissionEntry["
        + UringOperation.ofCode(operationCode())
            .map(Enum::name)
            .orElse("request " + operationCode())
        + " flags=0x"
        + Integer.toHexString(Byte.toUnsignedInt(entries.get(base + FLAGS)))
        + " fd="
        + entries.getInt(base + FD)
        + " offset="
        + entries.getLong(base + OFFSET)
        + " length="
        + entries.getInt(base + LENGTH)
        + " userData=0x"
        + Long.toHexString(entries.getLong(base + USER_DATA))
        + "]";
  }
}
