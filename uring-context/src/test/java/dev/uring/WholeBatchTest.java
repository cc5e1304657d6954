package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that the kernel refuses does not keep one submit from taking the rest of the batch. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WholeBatchTest {
  private static final URingAllowlist NOPS =
      URingAllowlist.builder().allow(UringOperation.NOP).build();

  /** As everybody builds it. */
  private static URingContext context(boolean confined) {
    ContextBuilder builder = URingContext.builder(16).allowlist(NOPS);
    return (confined ? builder.confined() : builder).build();
  }

  private static List<String> completions(URingContext context) {
    List<String> taken = new ArrayList<>();
    context.poll((userData, result, flags) -> taken.add(userData + ":" + result));
    return taken;
  }

  /** Each letter is a request: n is permitted, d is denied. */
  @ParameterizedTest
  @CsvSource({
    "nndnn,true",
    "nndnn,false",
    "dnnn,true",
    "dnnn,false",
    "ndndnd,true",
    "ndndnd,false",
    "ddn,true",
    "ddn,false"
  })
  void one_submit_takes_all_and_says_so(String batch, boolean confined) {
    try (URingContext context = context(confined);
        Descriptor event = Descriptor.eventFd(0)) {
      List<String> expected = new ArrayList<>();
      for (int number = 0; number < batch.length(); number++) {
        if (batch.charAt(number) == 'd') {
          context.addFsync(event, number);
          expected.add(number + ":-13");
        } else {
          context.addNop(number);
          expected.add(number + ":0");
        }
      }

      assertThat(context.submit()).isEqualTo(batch.length());

      // Without a submit of any kind in between: these complete at once, or not at all.
      assertThat(completions(context)).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(context.counters().submitted()).isEqualTo(batch.length());
      assertThat(context.inFlight()).isZero();
      assertThat(event.toString()).doesNotContain("in use");
    }
  }
}
