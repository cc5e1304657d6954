package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A denied request among others, as it first, last, or in the middle of a batch or a chain. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeniedInBatchTest {
  private static final int EACCES = 13;
  private static final int ECANCELED = 125;

  private static final URingAllowlist NOPS =
      URingAllowlist.builder()
          .allow(UringOperation.NOP)
          .allowFlags(EntryFlag.IO_LINK, EntryFlag.IO_HARDLINK)
          .build();

  private static Ring ring(boolean submitAll) {
    RingBuilder builder = Ring.builder(16);
    return PolicyRings.enabled(submitAll ? builder.submitAll() : builder, NOPS);
  }

  /** Adds one request for each letter: n is allowed, d is denied. */
  private static void add(Ring ring, String batch, EntryFlag... flags) {
    for (int index = 0; index < batch.length(); index++) {
      SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
      if (batch.charAt(index) == 'd') {
        FileRequests.fsync(entry, 0);
      } else {
        RingRequests.nop(entry);
      }
      if (index < batch.length() - 1) {
        for (EntryFlag flag : flags) {
          entry.flag(flag);
        }
      }
      entry.userData(index);
    }
  }

  private static List<String> completions(Ring ring) {
    List<String> taken = new ArrayList<>();
    for (int head = ring.completion().head(); head != ring.completion().tail(); head++) {
      taken.add(ring.completion().userData(head) + ":" + ring.completion().result(head));
      ring.completion().advance(head + 1);
    }
    return taken;
  }

  private static List<String> expected(String batch) {
    List<String> expected = new ArrayList<>();
    for (int index = 0; index < batch.length(); index++) {
      expected.add(index + ":" + (batch.charAt(index) == 'd' ? -EACCES : 0));
    }
    return expected;
  }

  @Test
  void with_submit_all_one_submit_takes_the_whole_batch() {
    for (String batch : List.of("nndnn", "dnnn", "nnnd", "dd", "ndndnd")) {
      try (Ring ring = ring(true)) {
        add(ring, batch);

        assertThat(ring.submit()).isEqualTo(batch.length());

        assertThat(completions(ring)).containsExactlyInAnyOrderElementsOf(expected(batch));
        assertThat(ring.submission().pending()).isZero();
      }
    }
  }

  @Test
  void without_submit_all_the_rest_waits_in_the_ring_for_the_next_submit() {
    for (String batch : List.of("nndnn", "dnnn", "nnnd", "dd", "ndndnd")) {
      try (Ring ring = ring(false)) {
        add(ring, batch);
        List<String> taken = new ArrayList<>();
        int left = batch.length();
        int submits = 0;
        while (left > 0) {
          int untilDenied = batch.indexOf('d', batch.length() - left) + 1;
          int stop = untilDenied == 0 ? batch.length() : untilDenied;
          int result = ring.submit();
          assertThat(result).as(batch).isEqualTo(stop - (batch.length() - left));
          left -= result;
          assertThat(ring.submission().pending()).isEqualTo(left);
          taken.addAll(completions(ring));
          submits++;
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(expected(batch));
        assertThat(submits).isGreaterThanOrEqualTo(batch.endsWith("d") ? 1 : 2);
      }
    }
  }

  @Test
  void in_a_chain_it_ends_the_chain_and_every_link_is_heard_of() {
    for (boolean submitAll : new boolean[] {true, false}) {
      for (EntryFlag link : List.of(EntryFlag.IO_LINK, EntryFlag.IO_HARDLINK)) {
        try (Ring ring = ring(submitAll)) {
          add(ring, "nndn", link);
          RingRequests.nop(Objects.requireNonNull(ring.submission().next())).userData(9);
          int submitted = 0;
          for (int round = 0; round < 5 && submitted < 5; round++) {
            submitted += ring.submit();
          }

          assertThat(submitted).isEqualTo(5);
          assertThat(completions(ring))
              .containsExactlyInAnyOrder(
                  "0:-" + ECANCELED, "1:-" + ECANCELED, "2:-" + EACCES, "3:-" + ECANCELED, "9:0");
        }
      }
    }
  }
}
