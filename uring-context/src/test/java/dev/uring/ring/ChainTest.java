package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Chains: room for all, links between all, one submit. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChainTest {
  private static final int ECANCELED = -Errno.ECANCELED;

  private static void fill(Chain chain, int... results) {
    for (int index = 0; index < results.length; index++) {
      RingRequests.nopWithResult(chain.next(), results[index]).userData(index);
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void a_chain_runs_in_order_and_ends_with_what_fails(Layout layout) {
    try (Ring ring = layout.builder(8).submitAll().build()) {
      Chain chain = Chain.reserve(ring, 4).orElseThrow();
      fill(chain, 7, -5, 7, 7);
      assertThat(chain.submit()).isEqualTo(4);
      assertThat(Queues.reap(ring))
          .containsExactly("0:7", "1:-5", "2:" + ECANCELED, "3:" + ECANCELED);
    }
  }

  @Test
  void a_hard_chain_goes_on() {
    try (Ring ring = Ring.builder(8).submitAll().build()) {
      Chain chain = Chain.reserveHard(ring, 3).orElseThrow();
      fill(chain, -5, 1, 2);
      assertThat(chain.submit()).isEqualTo(3);
      assertThat(Queues.reap(ring)).containsExactly("0:-5", "1:1", "2:2");
    }
  }

  @Test
  void what_comes_after_a_chain_is_not_linked_to_it() {
    try (Ring ring = Ring.builder(8).submitAll().build()) {
      Chain chain = Chain.reserve(ring, 2).orElseThrow();
      fill(chain, -5, 1);
      Queues.nop(ring, 9);
      assertThat(chain.submit()).isEqualTo(3);
      assertThat(Queues.reap(ring)).containsExactlyInAnyOrder("0:-5", "1:" + ECANCELED, "9:0");
    }
  }

  @Test
  void each_request_waits_for_the_one_before_it() {
    ByteBuffer memory = Native.bytes(8);
    try (Ring ring = Ring.builder(8).submitAll().build();
        Pipe pipe = new Pipe()) {
      Chain chain = Chain.reserve(ring, 2).orElseThrow();
      FileRequests.read(chain.next(), pipe.readEnd, NativeAddress.of(memory), 1, 0).userData(1);
      RingRequests.nop(chain.next()).userData(2);
      assertThat(chain.submit()).isEqualTo(2);
      assertThat(ring.completion().available()).isZero();
      pipe.write("x");
      assertThat(Queues.one(ring).userData()).isEqualTo(1);
      assertThat(Queues.one(ring).userData()).isEqualTo(2);
    }
  }

  @Test
  void room_is_made_by_submitting_what_was_there_before() {
    try (Ring ring = Ring.builder(4).submitAll().build()) {
      List<String> expected = new ArrayList<>();
      for (int before = 0; before < 3; before++) {
        Queues.nop(ring, 100 + before);
        expected.add(100 + before + ":0");
      }
      Chain chain = Chain.reserve(ring, 4).orElseThrow();
      assertThat(Queues.reap(ring)).isEqualTo(expected);
      fill(chain, 0, 0, 0, 0);
      assertThat(ring.submission().next()).as("a chain may take it all").isNull();
      assertThat(chain.submit()).isEqualTo(4);
      assertThat(Queues.reap(ring)).hasSize(4);
    }
  }

  @Test
  void an_entry_that_is_refused_in_mid_chain_cancels_the_chain_and_leaves_nothing_behind() {
    try (Ring ring = Ring.builder(8).submitAll().disabled().build()) {
      ring.registrar()
          .restrict(
              URingAllowlist.builder()
                  .allow(UringOperation.NOP)
                  .allowFlags(EntryFlag.IO_LINK)
                  .build());
      ring.registrar().enable();
      Chain chain = Chain.reserve(ring, 3).orElseThrow();
      RingRequests.nop(chain.next()).userData(0);
      FileRequests.fsync(chain.next(), 0).userData(1);
      RingRequests.nop(chain.next()).userData(2);
      assertThat(chain.submit()).isEqualTo(3);
      assertThat(ring.submission().pending()).isZero();
      assertThat(Queues.reap(ring))
          .containsExactlyInAnyOrder("0:" + ECANCELED, "1:" + -Errno.EACCES, "2:" + ECANCELED);
    }
  }

  @Test
  void a_chain_that_is_not_complete_is_not_submitted_and_can_be_taken_back() {
    try (Ring ring = Ring.builder(4).submitAll().build()) {
      Chain chain = Chain.reserve(ring, 3).orElseThrow();
      fill(chain, 0, 0);
      assertThatThrownBy(chain::submit).isInstanceOf(IllegalStateException.class);
      chain.abandon();
      assertThat(ring.submission().pending()).isZero();
      Chain again = Chain.reserve(ring, 1).orElseThrow();
      fill(again, 3);
      assertThatThrownBy(again::next).isInstanceOf(IllegalStateException.class);
      assertThat(again.submit()).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("0:3");
    }
  }

  @Test
  void a_chain_that_can_never_fit_or_could_be_torn_apart_is_refused() {
    try (Ring all = Ring.builder(4).submitAll().build();
        Ring stopping = Ring.builder(4).build()) {
      assertThatThrownBy(() -> Chain.reserve(all, 5)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Chain.reserve(all, 0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Chain.reserve(stopping, 2))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("submitAll()");
    }
  }

  @Test
  void a_polled_ring_has_room_for_a_chain_or_none() {
    try (Ring ring = Ring.builder(4).polledSubmission(100).submitAll().build()) {
      for (int round = 0; round < 500; round++) {
        Chain chain = null;
        while (chain == null) {
          chain = Chain.reserve(ring, 3).orElse(null);
        }
        fill(chain, 1, -5, 2);
        assertThat(chain.submit()).isNotNegative();
        List<String> seen = new ArrayList<>();
        while (seen.size() < 3) {
          seen.addAll(Queues.reap(ring));
        }
        assertThat(seen).containsExactly("0:1", "1:-5", "2:" + ECANCELED);
      }
    }
  }
}
