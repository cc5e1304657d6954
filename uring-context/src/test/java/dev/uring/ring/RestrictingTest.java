package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Older kernels are played by a function that judges lists as they do: by the highest numbers. */
class RestrictingTest {
  private static final int EINVAL = 22;
  private static final int EBUSY = 16;

  private static final class OldKernel {
    final UringOperation lastOperation;
    final RegisterCall lastCall;
    final List<URingAllowlist> asked = new ArrayList<>();
    boolean probed;

    OldKernel(UringOperation lastOperation, RegisterCall lastCall) {
      this.lastOperation = lastOperation;
      this.lastCall = lastCall;
    }

    int restrict(URingAllowlist wanted) {
      return new Restricting(this::judge, this::probe).restrict(wanted);
    }

    private Set<UringOperation> probe() {
      probed = true;
      return EnumSet.range(UringOperation.NOP, lastOperation);
    }

    private int judge(byte[] encoded) {
      URingAllowlist list = URingAllowlist.decode(encoded);
      asked.add(list);
      boolean known =
          list.effectiveOperations().stream().allMatch(o -> o.compareTo(lastOperation) <= 0)
              && callsOf(encoded).stream().allMatch(c -> c.compareTo(lastCall) <= 0);
      return known ? 0 : -EINVAL;
    }

    /** From the bytes: a decoded list would add what the library adds. */
    static List<RegisterCall> callsOf(byte[] encoded) {
      List<RegisterCall> calls = new ArrayList<>();
      for (int at = 0; at < encoded.length; at += URingAllowlist.RESTRICTION_BYTES) {
        if (encoded[at] == 0 && encoded[at + 1] == 0) {
          calls.add(RegisterCall.ofCode(encoded[at + 2]).orElseThrow());
        }
      }
      return calls;
    }
  }

  @Test
  void a_kernel_that_knows_everything_is_asked_once() {
    OldKernel kernel = new OldKernel(UringOperation.PIPE, RegisterCall.REGISTER_QUERY);

    assertThat(kernel.restrict(URingAllowlist.closedBlockServer())).isZero();

    assertThat(kernel.asked).hasSize(1);
    assertThat(kernel.probed).isFalse();
  }

  @Test
  void requests_that_the_kernel_lacks_are_left_out_and_nothing_else_is() {
    // Linux 6.13 and 6.14: all that the server needs, but no vectored requests on fixed buffers.
    OldKernel kernel = new OldKernel(UringOperation.LISTEN, RegisterCall.REGISTER_RESIZE_RINGS);

    assertThat(kernel.restrict(URingAllowlist.closedBlockServer())).isZero();

    URingAllowlist inForce = kernel.asked.get(kernel.asked.size() - 1);
    EnumSet<UringOperation> expected =
        EnumSet.copyOf(URingAllowlist.closedBlockServer().effectiveOperations());
    expected.remove(UringOperation.READV_FIXED);
    expected.remove(UringOperation.WRITEV_FIXED);
    assertThat(inForce.operations()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(inForce.requiredFlags())
        .isEqualTo(URingAllowlist.closedBlockServer().requiredFlags());
    assertThat(inForce.registerCalls())
        .containsExactlyInAnyOrderElementsOf(
            URingAllowlist.closedBlockServer().effectiveRegisterCalls());
  }

  @Test
  void register_calls_that_the_kernel_lacks_are_left_out_from_the_highest_down() {
    OldKernel kernel = new OldKernel(UringOperation.PIPE, RegisterCall.REGISTER_ENABLE_RINGS);

    assertThat(kernel.restrict(URingAllowlist.closedBlockServer())).isZero();

    URingAllowlist inForce = kernel.asked.get(kernel.asked.size() - 1);
    assertThat(inForce.registerCalls()).containsExactly(RegisterCall.UNREGISTER_FILES);
  }

  @Test
  void a_list_of_which_a_kernel_knows_no_register_call_is_refused_rather_than_emptied() {
    OldKernel kernel = new OldKernel(UringOperation.PIPE, RegisterCall.REGISTER_BUFFERS);

    assertThat(kernel.restrict(URingAllowlist.closedBlockServer())).isEqualTo(-EINVAL);
  }

  @Test
  void a_list_of_which_a_kernel_knows_no_request_is_refused_rather_than_emptied() {
    OldKernel kernel = new OldKernel(UringOperation.NOP, RegisterCall.REGISTER_QUERY);
    URingAllowlist list = URingAllowlist.builder().allow(UringOperation.READ).build();

    assertThat(kernel.restrict(list)).isEqualTo(-EINVAL);
    assertThat(kernel.asked).hasSize(1);
  }

  @Test
  void another_refusal_is_the_kernels_last_word() {
    List<byte[]> asked = new ArrayList<>();
    Restricting restricting =
        new Restricting(
            encoded -> {
              asked.add(encoded);
              return -EBUSY;
            },
            () -> {
              throw new AssertionError("there is nothing to ask");
            });

    assertThat(restricting.restrict(URingAllowlist.nothing())).isEqualTo(-EBUSY);
    assertThat(asked).hasSize(1);
  }
}
