package dev.uring.allowlist;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * The kernel's form of an allowlist: an array of {@code struct io_uring_restriction}, the argument
 * of {@code IORING_REGISTER_RESTRICTIONS}.
 *
 * <pre>
 *  byte  0        2        3        4                                       16
 *        +--------+--------+--------+---------------------------------------+
 *        | opcode | value  | resv   | resv2[3]                              |
 *        | u16    | u8     | u8 = 0 | u32 x 3 = 0                           |
 *        +--------+--------+--------+---------------------------------------+
 * </pre>
 *
 * <p>{@code opcode} says what kind of entry it is, in the machine's own byte order; {@code value}
 * is a register call's number, a request's number, or a mask of entry flags. The layout is the same
 * on every architecture.
 */
final class RestrictionEncoding {
  static final int BYTES = 16;

  /** At most every register call, every request, and the two masks. */
  static final int MAX_ENTRIES = RegisterCall.values().length + UringOperation.values().length + 2;

  private static final int VALUE_OFFSET = 2;

  private static final short REGISTER_OP = 0;
  private static final short SQE_OP = 1;
  private static final short SQE_FLAGS_ALLOWED = 2;
  private static final short SQE_FLAGS_REQUIRED = 3;

  private RestrictionEncoding() {}

  /**
   * Encodes in the order register calls, requests, allowed flags, required flags, each by its
   * number. Both masks are always there, zero or not: what the list says of flags is then said, not
   * left to a default of the kernel's.
   */
  static byte[] encode(
      Set<RegisterCall> registerCalls,
      Set<UringOperation> operations,
      Set<EntryFlag> allowedFlags,
      Set<EntryFlag> requiredFlags) {
    int entries = registerCalls.size() + operations.size() + 2;
    ByteBuffer array = ByteBuffer.allocate(entries * BYTES).order(ByteOrder.nativeOrder());
    for (RegisterCall call : RegisterCall.values()) {
      if (registerCalls.contains(call)) {
        put(array, REGISTER_OP, call.code());
      }
    }
    for (UringOperation operation : UringOperation.values()) {
      if (operations.contains(operation)) {
        put(array, SQE_OP, operation.code());
      }
    }
    put(array, SQE_FLAGS_ALLOWED, EntryFlag.maskOf(allowedFlags));
    put(array, SQE_FLAGS_REQUIRED, EntryFlag.maskOf(requiredFlags));
    return array.array();
  }

  private static void put(ByteBuffer array, short kind, int value) {
    int start = array.position();
    array.putShort(start, kind);
    array.put(start + VALUE_OFFSET, (byte) value);
    array.position(start + BYTES);
  }

  /** Reads exactly what is written, as the kernel would: of several masks the last counts. */
  static URingAllowlist decode(byte[] encoded) {
    if (encoded.length % BYTES != 0 || encoded.length / BYTES > MAX_ENTRIES) {
      throw new IllegalArgumentException(
          "An encoded allowlist is at most %d entries of %d bytes each, not %d bytes."
              .formatted(MAX_ENTRIES, BYTES, encoded.length));
    }
    ByteBuffer array = ByteBuffer.wrap(encoded).order(ByteOrder.nativeOrder());
    EnumSet<RegisterCall> registerCalls = EnumSet.noneOf(RegisterCall.class);
    EnumSet<UringOperation> operations = EnumSet.noneOf(UringOperation.class);
    int allowed = 0;
    int required = 0;
    for (int start = 0; start < encoded.length; start += BYTES) {
      short kind = array.getShort(start);
      int value = Byte.toUnsignedInt(array.get(start + VALUE_OFFSET));
      requireZeroRest(array, start);
      switch (kind) {
        case REGISTER_OP -> registerCalls.add(registerCall(value));
        case SQE_OP -> operations.add(operation(value));
        case SQE_FLAGS_ALLOWED -> allowed = value;
        case SQE_FLAGS_REQUIRED -> required = value;
        default ->
            throw new IllegalArgumentException(
                "The restriction at byte %d is of the unknown kind %d; Linux 6.18 has 0 to 3."
                    .formatted(start, Short.toUnsignedInt(kind)));
      }
    }
    return URingAllowlist.builder()
        .allow(operations)
        .allowRegister(registerCalls)
        .allowFlags(EntryFlag.ofMask(allowed))
        .requireFlags(EntryFlag.ofMask(required))
        .build();
  }

  private static void requireZeroRest(ByteBuffer array, int start) {
    for (int index = start + VALUE_OFFSET + 1; index < start + BYTES; index++) {
      if (array.get(index) != 0) {
        throw new IllegalArgumentException(
            "The reserved byte %d of an encoded allowlist is not zero.".formatted(index));
      }
    }
  }

  private static RegisterCall registerCall(int code) {
    return RegisterCall.ofCode(code)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "An encoded allowlist names register call %d, which Linux 6.18 does not have."
                        .formatted(code)));
  }

  private static UringOperation operation(int code) {
    return UringOperation.ofCode(code)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "An encoded allowlist names request %d, which Linux 6.18 does not have."
                        .formatted(code)));
  }
}
