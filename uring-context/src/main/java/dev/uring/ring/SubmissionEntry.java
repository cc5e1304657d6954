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

  private static final int FIXED_FILE = EntryFlag.FIXED_FILE.mask();

  /** From a count of words to one of bytes. */
  private static final int WORD_SHIFT = 3;

  /** More words than a queue has. */
  private static final int WORD_MASK = 0x0FFF_FFFF;

  /** An entry's words. */
  static final int WORDS = BYTES >> WORD_SHIFT;

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
  private static final int OFFSET_WORD = OFFSET >> WORD_SHIFT;
  private static final int ADDRESS_WORD = ADDRESS >> WORD_SHIFT;
  private static final int LENGTH_WORD = LENGTH >> WORD_SHIFT;
  private static final int USER_DATA_WORD = USER_DATA >> WORD_SHIFT;
  private static final int BUFFER_INDEX_WORD = BUFFER_INDEX >> WORD_SHIFT;
  private static final int ADDRESS_3_WORD = ADDRESS_3 >> WORD_SHIFT;
  private static final int RESERVED_WORD = RESERVED >> WORD_SHIFT;

  /** {@code IORING_RW_ATTR_FLAG_PI}, in what is otherwise reserved. */
  private static final long PROTECTION_INFORMATION = 1;

  /** {@code struct sockaddr_storage}. */
  private static final int SOCKET_ADDRESS_MOST = 128;

  private ByteBuffer entries;
  private LongBuffer words;

  /** The first word of the entry in the buffer of words. */
  private int first;

  /** The entry flags that each request begins with which is written into the entry, in place. */
  private int firstFlags;

  /** All entries of a queue, one at a time; or one by itself. */
  SubmissionEntry(ByteBuffer entries) {
    this.entries = entries;
    this.words = entries.asLongBuffer();
  }

  /** From here on the entry does nothing: should it never be filled, it is no request of before. */
  void moveTo(int firstWord, int flags) {
    first = firstWord;
    firstFlags = flags << Words.SECOND_BYTE_SHIFT;
    words.put(at(), 0);
  }

  /** The first byte of the entry. */
  private int base() {
    return first << WORD_SHIFT;
  }

  /** The first word, seen not to be negative: JDK 17 asks that for each word else. */
  private int at() {
    return first & WORD_MASK;
  }

  /** Whoever forgets to fill it submits a request that does nothing. */
  void clear() {
    LongBuffer to = words;
    int at = at();
    to.put(at, 0);
    to.put(at + LENGTH_WORD, 0);
    to.put(at + USER_DATA_WORD, 0);
    clearLastWords(to, at);
  }

  private static void clearLastWords(LongBuffer to, int at) {
    to.put(at + BUFFER_INDEX_WORD, 0);
    to.put(at + ADDRESS_3_WORD, 0);
    to.put(at + RESERVED_WORD, 0);
  }

  /** The second half of an entry of 128 bytes. */
  void clearSecondHalf() {
    for (int word = WORDS; word < 2 * WORDS; word++) {
      words.put(first + word, 0);
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
    return prepare(operation.code(), fd, address, length, offset);
  }

  /**
   * As {@link #prepare(UringOperation, int, long, int, long)}, by the operation's number. For those
   * that are made most: the number is a constant, where the operation is an object (10 ns when that
   * is cold, as after each wait).
   */
  SubmissionEntry prepare(int operation, int fd, long address, int length, long offset) {
    // Each word once, and without asking what is there: a branch here makes compilers read anew
    // what the entry's callers know (90 of 170 instructions of an addition).
    LongBuffer to = words;
    int at = at();
    to.put(at, Words.of(operation << Words.FIRST_BYTE_SHIFT | firstFlags, fd));
    to.put(at + OFFSET_WORD, offset);
    to.put(at + ADDRESS_WORD, address);
    to.put(at + LENGTH_WORD, Words.of(length, 0));
    clearLastWords(to, at);
    return this;
  }

  SubmissionEntry operationFlags(int flags) {
    entries.putInt(base() + OPERATION_FLAGS, flags);
    return this;
  }

  /** {@code ioprio}, where network requests keep flags of their own. */
  SubmissionEntry priorityBits(int bits) {
    entries.putShort(base() + PRIORITY, (short) bits);
    return this;
  }

  /** A direct slot for the descriptor that the request makes: the slot's number plus one. */
  SubmissionEntry fileIndex(int slotPlusOne) {
    entries.putInt(base() + FILE_INDEX, slotPlusOne);
    return this;
  }

  /** {@code splice_fd_in}, {@code optlen}, {@code zcrx_ifq_idx}: they share a place. */
  SubmissionEntry secondFile(int value) {
    return fileIndex(value);
  }

  SubmissionEntry address3(long value) {
    entries.putLong(base() + ADDRESS_3, value);
    return this;
  }

  /** Takes back everything that was filled in. */
  public SubmissionEntry reset() {
    return prepare(UringOperation.NOP, -1, 0, 0, 0).userData(0);
  }

  /** What comes back in the completion, bit for bit. */
  public SubmissionEntry userData(long userData) {
    words.put(at() + USER_DATA_WORD, userData);
    return this;
  }

  /** The user data of another entry. */
  long userDataAt(int firstWord) {
    return words.get(firstWord + USER_DATA_WORD);
  }

  /** Adds one of the flags that every request can carry. */
  public SubmissionEntry flag(EntryFlag flag) {
    return flags(flag.mask());
  }

  /** Adds entry flags by their bits. */
  public SubmissionEntry flags(int mask) {
    if (mask != 0) {
      entries.put(base() + FLAGS, (byte) (entries.get(base() + FLAGS) | mask));
    }
    return this;
  }

  /** Takes entry flags away by their bits. */
  public SubmissionEntry withoutFlags(int mask) {
    entries.put(base() + FLAGS, (byte) (entries.get(base() + FLAGS) & ~mask));
    return this;
  }

  /**
   * The request is on this slot of the registered file table, whatever descriptor it was given;
   * {@link #NO_DESCRIPTOR} by custom.
   */
  public SubmissionEntry on(FileSlot slot) {
    entries.putInt(base() + FD, slot.index());
    return flags(FIXED_FILE);
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
    words.put(first + ADDRESS_3_WORD, information.address());
    words.put(first + RESERVED_WORD, PROTECTION_INFORMATION);
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
        base() + OPERATION_FLAGS,
        entries.getInt(base() + OPERATION_FLAGS) | TransferRequests.SOURCE_IS_SLOT);
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
    checkArgument(
        length > 0 && length <= SOCKET_ADDRESS_MOST,
        "a socket address has from 1 to 128 bytes, not %s",
        length);
    words.put(first + OFFSET_WORD, address);
    entries.putShort(base() + ADDRESS_LENGTH, (short) length);
    return this;
  }

  /** The registered buffer that the address lies in. */
  public SubmissionEntry bufferIndex(int index) {
    entries.putShort(base() + BUFFER_INDEX, (short) index);
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
    entries.putShort(base() + PERSONALITY, (short) personality);
    return this;
  }

  /** The request's number, for messages. */
  int operationCode() {
    return Byte.toUnsignedInt(entries.get(base()));
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
        + Integer.toHexString(Byte.toUnsignedInt(entries.get(base() + FLAGS)))
        + " fd="
        + entries.getInt(base() + FD)
        + " offset="
        + entries.getLong(base() + OFFSET)
        + " length="
        + entries.getInt(base() + LENGTH)
        + " userData=0x"
        + Long.toHexString(entries.getLong(base() + USER_DATA))
        + "]";
  }
}
