package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A poll that reports while something is true is found by an update wherever it is. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LevelUpdateTest {
  private static final int POLLIN = 1;
  private static final int POLLPRI = 2;
  private static final long POLL = 1;
  private static final long UPDATE = 2;

  private final List<String> seen = new ArrayList<>();

  private void taken(long userData, int result, int flags) {
    seen.add(userData + ":" + result);
  }

  /** Until the update has completed, and what was reported before it. */
  private void mustBeUpdated(URingContext context) {
    while (seen.stream().noneMatch(text -> text.startsWith(UPDATE + ":"))) {
      context.await(1, this::taken);
    }
    assertThat(seen).contains(UPDATE + ":0");
    for (long round = 10; round < 13; round++) {
      seen.clear();
      context.addNop(round);
      while (!seen.contains(round + ":0")) {
        context.await(1, this::taken);
      }
    }
    assertThat(seen).as("what it waited for before is true still").containsExactly("12:0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void when_it_has_reported(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1)) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.await(1, this::taken);
      assertThat(seen).containsExactly(POLL + ":" + POLLIN);
      context.updatePollFd(POLL, POLLPRI, UPDATE);
      mustBeUpdated(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void when_it_is_about_to_report(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, POLL);
      context.submit();
      pipe.write((byte) 1);
      context.updatePollFd(POLL, POLLPRI, UPDATE);
      mustBeUpdated(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void and_another_of_its_user_data_stays_as_it_is(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(1);
        Pipe pipe = Pipe.open()) {
      context.addPollFd(event, POLLIN, PollMode.LEVEL, POLL);
      context.await(1, this::taken);
      context.addPollFd(pipe.readEnd(), POLLIN, POLL);
      context.updatePollFd(POLL, POLLPRI, UPDATE);
      mustBeUpdated(context);
      seen.clear();
      pipe.write((byte) 1);
      context.await(1, this::taken);
      assertThat(seen).containsExactly(POLL + ":" + POLLIN);
    }
  }
}
