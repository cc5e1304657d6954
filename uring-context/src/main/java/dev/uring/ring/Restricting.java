package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Puts an allowlist into force, also on a kernel that does not know all of it.
 *
 * <p>Such a kernel refuses the whole list with EINVAL. What it does not have it cannot do, so the
 * list means the same without that. Requests can be asked for; register calls cannot, but a kernel
 * knows those below some number, and so the highest are left out one by one until it is content. A
 * refusal changes nothing, and the ring can be asked again.
 */
final class Restricting {
  private final ToIntFunction<byte[]> kernel;
  private final Supplier<Set<UringOperation>> kernelOperations;

  /**
   * How the kernel is reached.
   *
   * @param kernel given an encoded list, zero or minus an errno
   * @param kernelOperations asks for the requests that the kernel has
   */
  Restricting(ToIntFunction<byte[]> kernel, Supplier<Set<UringOperation>> kernelOperations) {
    this.kernel = kernel;
    this.kernelOperations = kernelOperations;
  }

  /** Zero, or minus the errno of the kernel's last word. */
  int restrict(URingAllowlist allowlist) {
    int result = kernel.applyAsInt(allowlist.encode());
    if (result != -Errno.EINVAL) {
      return result;
    }
    Set<UringOperation> operations = kernelOperations.get();
    EnumSet<RegisterCall> calls = EnumSet.allOf(RegisterCall.class);
    RegisterCall[] descending = RegisterCall.values();
    for (int last = descending.length - 1; last > 0 && result == -Errno.EINVAL; last--) {
      if (isEmptyHalf(allowlist, operations, calls)) {
        return result;
      }
      result = kernel.applyAsInt(allowlist.encodeFor(operations, calls));
      calls.remove(descending[last]);
    }
    return result;
  }

  /** An empty half can mean "unrestricted" to a kernel; rather no ring than that. */
  private static boolean isEmptyHalf(
      URingAllowlist allowlist, Set<UringOperation> operations, Set<RegisterCall> calls) {
    return allowlist.effectiveOperations().stream().noneMatch(operations::contains)
        || allowlist.effectiveRegisterCalls().stream().noneMatch(calls::contains);
  }
}
