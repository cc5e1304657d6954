package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the running kernel has, by its own answer: its version is never asked. Immutable.
 *
 * <pre>
 *   struct io_uring_probe:     0 last_op(1)  1 ops_len(1)  2 resv(2)  4 resv2(12)  16 ops[]
 *   struct io_uring_probe_op:  0 op(1)  1 resv(1)  2 flags(2)  4 resv2(4)
 * </pre>
 */
public final class KernelProbe {
  private static final int HEADER_BYTES = 16;
  private static final int ENTRY_BYTES = 8;
  private static final int COUNT = 1;
  private static final int ENTRY_FLAGS = 2;
  private static final int SUPPORTED = 1;
  private static final int MOST_ENTRIES = 256;

  private final Set<UringOperation> operations;

  private KernelProbe(Set<UringOperation> operations) {
    this.operations = Collections.unmodifiableSet(operations);
  }

  /**
   * Asks by means of a ring, disabled or not; a restricted one must be allowed to ({@code
   * IORING_REGISTER_PROBE}, 5.6).
   *
   * @throws UringException if the kernel refuses
   */
  public static KernelProbe of(Registrar registrar) {
    ByteBuffer answer =
        ByteBuffer.allocateDirect(HEADER_BYTES + MOST_ENTRIES * ENTRY_BYTES)
            .order(ByteOrder.nativeOrder());
    int result = registrar.raw(RegisterCall.REGISTER_PROBE, answer, MOST_ENTRIES);
    if (result < 0) {
      throw new UringException(
          RegisterCall.REGISTER_PROBE.kernelName(), -result, Unavailability.remedy(-result));
    }
    return read(answer);
  }

  static KernelProbe read(ByteBuffer answer) {
    EnumSet<UringOperation> supported = EnumSet.noneOf(UringOperation.class);
    int count = Byte.toUnsignedInt(answer.get(COUNT));
    for (int index = 0; index < count; index++) {
      int entry = HEADER_BYTES + index * ENTRY_BYTES;
      if ((answer.getShort(entry + ENTRY_FLAGS) & SUPPORTED) != 0) {
        UringOperation.ofCode(Byte.toUnsignedInt(answer.get(entry))).ifPresent(supported::add);
      }
    }
    return new KernelProbe(supported);
  }

  /** The requests that the kernel offers, of those that this library knows. */
  public Set<UringOperation> operations() {
    return operations;
  }

  /** Whether the kernel offers a request. */
  public boolean has(UringOperation operation) {
    return operations.contains(operation);
  }

  /**
   * Whether a small ring with this flag, and what the flag presupposes, can be made. An error that
   * says nothing of the flag, such as a lack of memory, counts as yes.
   */
  public static boolean accepts(SetupFlag flag) {
    return SetupTrial.accepts(flag);
  }

  /** Whether a ring can register its own descriptor with a thread, which saves some 40 ns. 5.18. */
  public static boolean registersDescriptors(Ring ring) {
    RingDescriptors descriptors = ring.registrar().descriptors();
    int index = descriptors.tryRegister();
    if (index >= 0) {
      int unused = descriptors.tryUnregister(index);
    }
    return index >= 0;
  }

  @Override
  public String toString() {
    return "KernelProbe" + operations;
  }
}
