package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Indices by which one thread names a ring. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingDescriptorsTest {

  private static int enterByIndex(Ring ring, int index) {
    Queues.nop(ring, 1);
    return UringCalls.enter(index, ring.publish(), 0, EnterFlag.REGISTERED_RING.mask());
  }

  @Test
  void an_index_names_the_ring_until_it_is_given_back() {
    try (Ring ring = Ring.builder(4).build()) {
      int index = ring.registrar().descriptors().register();
      assertThat(enterByIndex(ring, index)).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("1:0");
      ring.registrar().descriptors().unregister(index);
      assertThat(enterByIndex(ring, index)).isEqualTo(-Errno.EBADF);
    }
  }

  @Test
  void an_index_means_nothing_to_another_thread() throws Exception {
    try (Ring ring = Ring.builder(4).build()) {
      int index = ring.registrar().descriptors().register();
      FutureTask<Integer> elsewhere = new FutureTask<>(() -> enterByIndex(ring, index));
      Thread thread = new Thread(elsewhere);
      thread.start();
      assertThat(elsewhere.get()).isNegative();
      thread.join();
      assertThat(enterByIndex(ring, index)).isEqualTo(2);
    }
  }

  @Test
  void a_thread_has_sixteen_and_each_once() {
    try (Ring ring = Ring.builder(4).build()) {
      RingDescriptors descriptors = ring.registrar().descriptors();
      descriptors.registerAt(7);
      assertThatThrownBy(() -> descriptors.registerAt(7)).hasMessageContaining("EBUSY");
      assertThatThrownBy(() -> descriptors.registerAt(16)).hasMessageContaining("EINVAL");
      List<Integer> taken = new ArrayList<>(List.of(7));
      while (taken.size() < 16) {
        taken.add(descriptors.register());
      }
      assertThat(taken).doesNotHaveDuplicates();
      assertThatThrownBy(descriptors::register)
          .hasMessageContaining("EBUSY")
          .hasMessageContaining("16");
      taken.forEach(descriptors::unregister);
      assertThatThrownBy(() -> descriptors.unregister(16)).hasMessageContaining("EINVAL");
    }
  }

  @Test
  void a_half_registers_once_and_is_then_its_threads_own() throws Exception {
    try (Ring ring = Ring.builder(4).build()) {
      RingHalves halves = ring.split();
      halves.submitting().registerDescriptor();
      assertThatThrownBy(() -> halves.submitting().registerDescriptor())
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EEXIST");
      halves.reaping().registerDescriptor();
      FutureTask<Integer> elsewhere = new FutureTask<>(() -> halves.reaping().await(0));
      new Thread(elsewhere).start();
      assertThatThrownBy(elsewhere::get).hasCauseInstanceOf(IllegalStateException.class);
      halves.submitting().unregisterDescriptor();
      halves.reaping().unregisterDescriptor();
      assertThatThrownBy(() -> halves.reaping().unregisterDescriptor())
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_ring_that_was_built_registered_enters_by_its_index_in_every_way() {
    Ring ring = Ring.builder(4).ownedByThisThread().build();
    try {
      // Without its descriptor only the index is left.
      Native.coverDescriptor(ring);
      Queues.nop(ring, 1);
      assertThat(ring.submit()).isEqualTo(1);
      Queues.nop(ring, 2);
      assertThat(ring.submitAndWait(1)).isEqualTo(1);
      Queues.nop(ring, 3);
      assertThat(ring.submitAndWait(1, 1_000_000_000L)).isEqualTo(1);
      Queues.nop(ring, 4);
      assertThat(ring.newTimedWait().enter(ring.publish(), 1, 1_000_000_000L)).isEqualTo(1);
      Queues.nop(ring, 5);
      assertThat(ring.newExtendedWait().enter(ring.publish(), 1)).isEqualTo(1);
      assertThat(ring.flush()).isNotNegative();
      assertThat(Queues.reap(ring)).containsExactly("1:0", "2:0", "3:0", "4:0", "5:0");
    } finally {
      ring.close();
    }
  }
}
