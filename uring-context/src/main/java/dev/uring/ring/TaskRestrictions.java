package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Restrictions of a task instead of a ring (kernels of 2026): every ring that a thread makes from
 * then on, and every ring of the threads that it starts, is born with them.
 *
 * <p>They close what a ring's own restrictions leave open, that the thread makes another ring. A
 * ring that exists already is not touched, and a ring that is born with them cannot be restricted
 * again, so they come last. They bind the calling thread and not its process; other threads can
 * still make rings.
 *
 * <p>The kernel takes them from a thread that has {@code no_new_privs} or CAP_SYS_ADMIN, once.
 *
 * <pre>
 *   struct io_uring_task_restriction:  0 flags(2)  2 nr_res(2)  4 reserved(12)  16 restrictions[]
 * </pre>
 *
 * <p>Beside them those kernels have filters that look at single requests ({@code
 * IORING_REGISTER_BPF_FILTER}, {@link Registrar#filter}). The profiles of this library do not use
 * them: the requests whose arguments they can see, such as opening a file and making a socket, the
 * profiles for disks deny.
 */
public final class TaskRestrictions {
  private static final int NO_RING = -1;
  private static final int HEADER_BYTES = 16;
  private static final int HEADER_COUNT = 2;

  /** Whether a thing of newer kernels is there, and whether this thread may use it. */
  public enum State {
    /** The kernel does not have it. */
    ABSENT("this kernel does not have them (kernels of 2026 and later do)"),
    /** The kernel has it, and this thread may not use it. */
    NOT_PERMITTED("this kernel has them, for threads with no_new_privs or CAP_SYS_ADMIN only"),
    /** The kernel has it, and it is not in force. */
    AVAILABLE("this kernel has them, and none are in force for this thread"),
    /** It is in force for this thread. */
    IN_FORCE("in force for this thread");

    private final String sentence;

    State(String sentence) {
      this.sentence = sentence;
    }

    /** The state in words, without a full stop. */
    public String sentence() {
      return sentence;
    }
  }

  /** How the kernel is reached; tests play newer kernels. */
  @FunctionalInterface
  interface Kernel {
    /** {@code io_uring_register(2)} without a ring: zero or minus an errno. */
    int register(int call, @Nullable ByteBuffer argument, int count);
  }

  private final Kernel kernel;

  TaskRestrictions(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Those of the calling thread. */
  public static TaskRestrictions ofThisThread() {
    return new TaskRestrictions(
        (call, argument, count) -> {
          try {
            long address = argument == null ? 0 : RawMemory.addressOf(argument);
            return UringCalls.register(NO_RING, call, address, count);
          } finally {
            Reference.reachabilityFence(argument);
          }
        });
  }

  /** Whether the thread has restrictions, or could have; asking changes nothing. */
  public State state() {
    // Without an address: a kernel that gets as far as reading it would have taken them.
    return state(kernel.register(RegisterCall.REGISTER_RESTRICTIONS.code(), null, 1));
  }

  /** Whether the thread could have filters on its requests; asking changes nothing. */
  public State filters() {
    return state(kernel.register(LaterNames.REQUEST_FILTER.number(), null, 1));
  }

  private static State state(int result) {
    return switch (-result) {
      case Errno.EFAULT -> State.AVAILABLE;
      case Errno.EACCES -> State.NOT_PERMITTED;
      case Errno.EPERM -> State.IN_FORCE;
      default -> State.ABSENT;
    };
  }

  /**
   * Where the kernel can, has every ring that this thread makes from now on permit nothing but what
   * {@link URingAllowlist#nothing} does: for a thread whose ring is made and enabled.
   *
   * @return what is so afterwards; {@link State#IN_FORCE} if it was done, now or before
   */
  public State denyFurtherRings() {
    State before = state();
    if (before != State.AVAILABLE) {
      return before;
    }
    byte[] restrictions = URingAllowlist.nothing().encode();
    ByteBuffer argument =
        ByteBuffer.allocateDirect(HEADER_BYTES + restrictions.length)
            .order(ByteOrder.nativeOrder());
    int count = restrictions.length / URingAllowlist.RESTRICTION_BYTES;
    argument.putShort(HEADER_COUNT, (short) count);
    argument.put(HEADER_BYTES, restrictions);
    int result = kernel.register(RegisterCall.REGISTER_RESTRICTIONS.code(), argument, 1);
    if (result < 0) {
      throw new UringException(
          RegisterCall.REGISTER_RESTRICTIONS.kernelName() + " for a thread", -result);
    }
    return State.IN_FORCE;
  }
}
