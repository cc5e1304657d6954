package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.TaskRestrictions.State;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Newer kernels are played by a function that answers as they do. */
class TaskRestrictionsTest {
  private static final int EPERM = 1;
  private static final int EACCES = 13;
  private static final int EFAULT = 14;
  private static final int EINVAL = 22;

  @ParameterizedTest
  @CsvSource({
    EINVAL + ",ABSENT",
    EACCES + ",NOT_PERMITTED",
    EFAULT + ",AVAILABLE",
    EPERM + ",IN_FORCE"
  })
  void the_answer_to_a_call_without_an_argument_tells_the_state(int errno, State state) {
    List<Integer> calls = new ArrayList<>();
    TaskRestrictions restrictions =
        new TaskRestrictions(
            (call, argument, count) -> {
              calls.add(call);
              assertThat(argument).isNull();
              return -errno;
            });

    assertThat(restrictions.state()).isEqualTo(state);
    assertThat(restrictions.filters()).isEqualTo(state);
    assertThat(calls).containsExactly(11, 37);
    assertThat(state.sentence()).isNotBlank().doesNotEndWith(".");
  }

  @Test
  void where_they_are_to_be_had_they_are_given_once_and_permit_nothing() {
    List<byte[]> given = new ArrayList<>();
    TaskRestrictions restrictions =
        new TaskRestrictions(
            (call, argument, count) -> {
              assertThat(call).isEqualTo(11);
              assertThat(count).isEqualTo(1);
              if (argument == null) {
                return given.isEmpty() ? -EFAULT : -EPERM;
              }
              given.add(bytes(argument));
              return 0;
            });

    assertThat(restrictions.denyFurtherRings()).isEqualTo(State.IN_FORCE);
    assertThat(restrictions.denyFurtherRings()).isEqualTo(State.IN_FORCE);

    assertThat(given).hasSize(1);
    byte[] encoded = URingAllowlist.nothing().encode();
    ByteBuffer header = ByteBuffer.wrap(given.get(0)).order(ByteOrder.nativeOrder());
    assertThat(header.getShort(0)).as("flags").isZero();
    assertThat(header.getShort(2)).as("entries").isEqualTo((short) (encoded.length / 16));
    for (int reserved = 4; reserved < 16; reserved++) {
      assertThat(header.get(reserved)).isZero();
    }
    byte[] entries = new byte[header.capacity() - 16];
    header.get(16, entries);
    assertThat(entries).isEqualTo(encoded);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({EINVAL + ",ABSENT", EACCES + ",NOT_PERMITTED", EPERM + ",IN_FORCE"})
  void where_they_are_not_nothing_is_given(int errno, State state) {
    TaskRestrictions restrictions =
        new TaskRestrictions(
            (call, argument, count) -> {
              assertThat(argument).isNull();
              return -errno;
            });

    assertThat(restrictions.denyFurtherRings()).isEqualTo(state);
  }

  @Test
  void a_refusal_after_all_is_an_error() {
    TaskRestrictions restrictions =
        new TaskRestrictions((call, argument, count) -> argument == null ? -EFAULT : -EINVAL);

    assertThatThrownBy(restrictions::denyFurtherRings)
        .isInstanceOf(UringException.class)
        .hasMessageContaining("for a thread");
  }

  /** On a kernel without them the ring is free; on one with them it is bound by "nothing". */
  @Test
  void what_is_reported_is_so_on_the_running_kernel() throws Exception {
    CompletableFuture<State> reported = new CompletableFuture<>();
    CompletableFuture<PolicyObservation> found = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                reported.complete(TaskRestrictions.ofThisThread().denyFurtherRings());
                try (Ring ring = Ring.builder(8).build()) {
                  found.complete(PolicyRings.observe(ring));
                }
              } catch (RuntimeException | Error e) {
                reported.completeExceptionally(e);
                found.completeExceptionally(e);
              }
            });
    thread.start();
    thread.join();

    assertThat(found.join().isRestricted()).isEqualTo(reported.join() == State.IN_FORCE);
    if (reported.join() == State.IN_FORCE) {
      assertThat(found.join().differencesFrom(URingAllowlist.nothing())).isEmpty();
    }
  }
}
