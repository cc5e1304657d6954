package dev.uring.ring.struct;

/**
 * {@code struct io_uring_query_hdr}, and behind it the memory for the answer. 6.18.
 *
 * <pre>
 *    0 next_entry(8)   8 query_data(8)   16 query_op(4)   20 size(4)   24 result(4)
 *   28 __resv(12)   40
 * </pre>
 *
 * <p>Answers: {@code struct io_uring_query_opcode} ({@link #OPCODES})
 *
 * <pre>
 *    0 nr_request_opcodes(4)   4 nr_register_opcodes(4)   8 feature_flags(8)
 *   16 ring_setup_flags(8)   24 enter_flags(8)   32 sqe_flags(8)
 *   40 nr_query_opcodes(4)   44 __pad(4)   48        (the last two: after 6.18)
 * </pre>
 */
public final class QueryEntry extends Struct {
  private static final String HEADER = "linux/io_uring/query.h";
  static final StructLayout LAYOUT = new StructLayout("struct io_uring_query_hdr", HEADER, 40);
  static final StructLayout OPCODES_LAYOUT =
      new StructLayout("struct io_uring_query_opcode", HEADER, 48);
  private static final int NEXT = LAYOUT.field("next_entry", 0);
  private static final int DATA = LAYOUT.field("query_data", 8);
  private static final int QUESTION = LAYOUT.field("query_op", 16);
  private static final int SIZE = LAYOUT.field("size", 20);
  private static final int RESULT = LAYOUT.field("result", 24);
  private static final int ANSWER = LAYOUT.bytes();

  /** The question which requests, calls and flags there are. */
  public static final int OPCODES = 0;

  /** The whole answer to {@link #OPCODES}, in bytes; kernels give as much of it as they know. */
  public static final int OPCODES_BYTES = OPCODES_LAYOUT.bytes();

  /** In the answer to {@link #OPCODES}, an int: how many requests there are. */
  public static final int REQUEST_COUNT = OPCODES_LAYOUT.field("nr_request_opcodes", 0);

  /** In the answer to {@link #OPCODES}, an int: how many register calls there are. */
  public static final int REGISTER_CALL_COUNT = OPCODES_LAYOUT.field("nr_register_opcodes", 4);

  /** In the answer to {@link #OPCODES}, a long: feature bits. */
  public static final int FEATURES = OPCODES_LAYOUT.field("feature_flags", 8);

  /** In the answer to {@link #OPCODES}, a long: set-up flags. */
  public static final int SETUP_FLAGS = OPCODES_LAYOUT.field("ring_setup_flags", 16);

  /** In the answer to {@link #OPCODES}, a long: flags of {@code io_uring_enter(2)}. */
  public static final int ENTER_FLAGS = OPCODES_LAYOUT.field("enter_flags", 24);

  /** In the answer to {@link #OPCODES}, a long: flags of entries. */
  public static final int ENTRY_FLAGS = OPCODES_LAYOUT.field("sqe_flags", 32);

  /** In the answer to {@link #OPCODES}, an int: how many questions there are. After 6.18. */
  public static final int QUESTION_COUNT = OPCODES_LAYOUT.field("nr_query_opcodes", 40);

  /**
   * A question.
   *
   * @param question its number
   * @param answerBytes room for the answer, 0 to 4,096
   */
  public QueryEntry(int question, int answerBytes) {
    super(LAYOUT.bytes() + checked(answerBytes));
    memory.putLong(DATA, address() + ANSWER);
    memory.putInt(QUESTION, question);
    memory.putInt(SIZE, answerBytes);
  }

  private static int checked(int answerBytes) {
    requireRange("the room for an answer", answerBytes, 0, 4096);
    return answerBytes;
  }

  /** Asks another question in the same call; the caller keeps it reachable. */
  public QueryEntry then(QueryEntry next) {
    memory.putLong(NEXT, next.address());
    return this;
  }

  /** Zero, or minus an errno: EOPNOTSUPP for a question that the kernel does not know. */
  public int result() {
    return memory.getInt(RESULT);
  }

  /** How many bytes of the answer the kernel knows and there was room for. */
  public int answered() {
    return memory.getInt(SIZE);
  }

  /** An int of the answer; zero where the kernel gave none. */
  public int answerInt(int offset) {
    requireRange("an offset in the answer", offset, 0, bytes() - (long) ANSWER - Integer.BYTES);
    return memory.getInt(ANSWER + offset);
  }

  /** A long of the answer; zero where the kernel gave none. */
  public long answerLong(int offset) {
    requireRange("an offset in the answer", offset, 0, bytes() - (long) ANSWER - Long.BYTES);
    return memory.getLong(ANSWER + offset);
  }
}
