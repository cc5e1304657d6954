package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wait that has what it wants has the kernel bring forth what else is ready. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BroughtForthTest {
  private static final int POLLIN = 1;
  private static final int TURNS = 100;

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void what_is_ready_comes_though_there_is_always_something_else(
      boolean confined, boolean submitting) throws Exception {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, 7);
      context.submit();
      pipe.write((byte) 1);
      List<String> seen = new ArrayList<>();
      for (int turn = 0; turn < TURNS && !seen.contains("7:1"); turn++) {
        context.addNop(1);
        context.submit();
        if (submitting) {
          context.addNop(2);
        }
        seen.addAll(Contexts.take(context, 1));
      }
      assertThat(seen).contains("7:1");
    }
  }
}
