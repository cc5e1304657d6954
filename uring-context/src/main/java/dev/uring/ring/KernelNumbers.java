package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which requests and register calls the kernel has a number for, so that a refusal for want of a
 * permission is not mistaken for a want of the thing, nor the other way round.
 *
 * <p>The kernel is asked ({@code IORING_REGISTER_QUERY}, 6.18), which takes no ring and which no
 * ring's restrictions bind. A kernel without that answer is tried, on a ring of its own that denies
 * everything: what it knows it denies (EACCES), what it does not know it finds invalid (EINVAL).
 *
 * <pre>
 *   struct io_uring_query_hdr:     0 next_entry(8)  8 query_data(8)  16 query_op(4)  20 size(4)
 *                                 24 result(4)     28 reserved(12)
 *   struct io_uring_query_opcode:  0 nr_request_opcodes(4)  4 nr_register_opcodes(4)  8 …
 * </pre>
 */
record KernelNumbers(Set<UringOperation> operations, Set<RegisterCall> registerCalls) {
  private static final int HEADER_BYTES = 40;
  private static final int HEADER_DATA = 8;
  private static final int HEADER_SIZE = 20;
  private static final int HEADER_RESULT = 24;
  private static final int ANSWER_BYTES = 48;

  /** Both are permitted on the ring of trial, since an empty half can mean "unrestricted". */
  private static final UringOperation KNOWN_OPERATION = UringOperation.ASYNC_CANCEL;

  private static final RegisterCall KNOWN_CALL = RegisterCall.UNREGISTER_FILES;

  /**
   * By the better way that works here; empty if neither the kernel answers nor a ring is to be had.
   */
  static Optional<KernelNumbers> find() {
    Optional<KernelNumbers> asked = ask();
    return asked.isPresent() ? asked : tried();
  }

  /** By {@code IORING_REGISTER_QUERY}. */
  static Optional<KernelNumbers> ask() {
    ByteBuffer answer = direct(ANSWER_BYTES);
    ByteBuffer header = direct(HEADER_BYTES);
    header.putLong(HEADER_DATA, RawMemory.addressOf(answer));
    header.putInt(HEADER_SIZE, ANSWER_BYTES);
    try {
      int result =
          UringCalls.register(
              -1, RegisterCall.REGISTER_QUERY.code(), RawMemory.addressOf(header), 0);
      if (result < 0 || header.getInt(HEADER_RESULT) < 0) {
        return Optional.empty();
      }
      return Optional.of(below(answer.getInt(0), answer.getInt(Integer.BYTES)));
    } finally {
      Reference.reachabilityFence(answer);
    }
  }

  private static KernelNumbers below(int operationCount, int callCount) {
    EnumSet<UringOperation> operations = EnumSet.allOf(UringOperation.class);
    operations.removeIf(operation -> operation.code() >= operationCount);
    EnumSet<RegisterCall> calls = EnumSet.allOf(RegisterCall.class);
    calls.removeIf(call -> call.code() >= callCount);
    return new KernelNumbers(operations, calls);
  }

  /** On a ring that denies everything but one of each. */
  static Optional<KernelNumbers> tried() {
    try (Ring ring = Ring.builder(2).disabled().build()) {
      byte[] restrictions =
          URingAllowlist.nothing().encodeFor(EnumSet.of(KNOWN_OPERATION), EnumSet.of(KNOWN_CALL));
      ByteBuffer argument = direct(restrictions.length).put(0, restrictions);
      int entries = restrictions.length / URingAllowlist.RESTRICTION_BYTES;
      if (ring.registrar().raw(RegisterCall.REGISTER_RESTRICTIONS, argument, entries) < 0) {
        return Optional.empty();
      }
      ring.registrar().enable();
      return Optional.of(on(ring));
    } catch (UringException e) {
      // No ring is to be had, which the caller's own ring may have been before; then nobody knows.
      return Optional.empty();
    }
  }

  private static KernelNumbers on(Ring ring) {
    InvalidRequests requests = new InvalidRequests(ring, index -> {});
    EnumSet<UringOperation> operations = EnumSet.of(KNOWN_OPERATION);
    for (UringOperation operation : UringOperation.values()) {
      if (requests.answer(operation, EnumSet.noneOf(EntryFlag.class)) == -Errno.EACCES) {
        operations.add(operation);
      }
    }
    EnumSet<RegisterCall> calls = EnumSet.of(KNOWN_CALL);
    for (RegisterCall call : RegisterCall.values()) {
      if (requests.answer(call) == -Errno.EACCES) {
        calls.add(call);
      }
    }
    return new KernelNumbers(operations, calls);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
