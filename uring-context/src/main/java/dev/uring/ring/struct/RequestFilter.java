package dev.uring.ring.struct;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;

/**
 * {@code struct io_uring_bpf}: a program of classic BPF that lets requests of one kind pass, or
 * does not. 7.0; see {@code io_uring_register_bpf_filter(3)}.
 *
 * <pre>
 *    0 cmd_type(2)   2 cmd_flags(2)   4 resv(4)   8 filter: opcode(4)   12 flags(4)
 *   16 filter_len(4)   20 pdu_size(1)   21 resv(3)   24 filter_ptr(8)   32 resv2(40)   72
 * </pre>
 *
 * <p>The program sees a {@code struct io_uring_bpf_ctx}: user data (8 bytes), request (1), entry
 * flags (1), size of the payload (1), 5 unused, and then the payload: of SOCKET family, type and
 * protocol (4 each), of OPENAT and OPENAT2 flags, mode and resolve (8 each). It returns zero to
 * deny the request, which ends with -EACCES, or anything else.
 */
public final class RequestFilter extends Struct {
  /** One {@code struct sock_filter}. */
  public static final int INSTRUCTION_BYTES = 8;

  /** The most instructions of one program ({@code BPF_MAXINSNS}). */
  public static final int MOST_INSTRUCTIONS = 4096;

  static final StructLayout LAYOUT =
      new StructLayout("struct io_uring_bpf", "linux/io_uring/bpf_filter.h", 72);
  private static final int COMMAND = LAYOUT.field("cmd_type", 0);
  private static final int OPERATION = LAYOUT.field("filter.opcode", 8);
  private static final int FLAGS = LAYOUT.field("filter.flags", 12);
  private static final int LENGTH = LAYOUT.field("filter.filter_len", 16);
  private static final int PAYLOAD_BYTES = LAYOUT.field("filter.pdu_size", 20);
  private static final int PROGRAM = LAYOUT.field("filter.filter_ptr", 24);
  private static final short FILTER = 1;
  private static final int DENY_REST = 1;
  private static final int STRICT = 1 << 1;

  /** The kernel reads it when the filter is registered. */
  private final ByteBuffer program;

  /**
   * A filter of one kind of request.
   *
   * @param operation the request's number, as {@code UringOperation.code()} tells it
   * @param instructions {@code struct sock_filter}s in the machine's byte order, in direct memory,
   *     from the position to the limit
   * @param payloadBytes that the program takes the request's payload to have: 12 for SOCKET, 24 for
   *     OPENAT and OPENAT2, else zero
   */
  public RequestFilter(int operation, ByteBuffer instructions, int payloadBytes) {
    super(LAYOUT);
    int bytes = instructions.remaining();
    if (!instructions.isDirect() || bytes % INSTRUCTION_BYTES != 0) {
      throw new IllegalArgumentException(
          "a program is instructions of 8 bytes in direct memory, not " + bytes + " bytes");
    }
    int count = bytes / INSTRUCTION_BYTES;
    requireRange("the number of instructions", count, 1, MOST_INSTRUCTIONS);
    requireRange("the size of a payload", payloadBytes, 0, 255);
    program = instructions.slice();
    memory.putShort(COMMAND, FILTER);
    memory.putInt(OPERATION, operation);
    memory.putInt(LENGTH, count);
    memory.put(PAYLOAD_BYTES, (byte) payloadBytes);
    memory.putLong(PROGRAM, RawMemory.addressOf(program));
  }

  /** Requests that no filter is for are denied from then on. */
  public RequestFilter denyingTheRest() {
    memory.putInt(FLAGS, memory.getInt(FLAGS) | DENY_REST);
    return this;
  }

  /** A kernel with another size of payload refuses the filter, also if it could serve it. */
  public RequestFilter strict() {
    memory.putInt(FLAGS, memory.getInt(FLAGS) | STRICT);
    return this;
  }

  /** The program, which this object holds on to. */
  public ByteBuffer program() {
    return program.duplicate().order(program.order());
  }
}
