package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread whose requests were all served at once expects that of the next, and may be wrong. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServedAtOnceTest {
  private static final int MANY = 200;
  private static final int POLLIN = 1;

  private static void serveMany(URingContext context) {
    for (int turn = 0; turn < MANY; turn++) {
      context.addNop(turn);
      assertThat(Contexts.take(context, 1)).containsExactly(turn + ":0");
    }
  }

  /** A thread that was served at once often, and then waits for a pipe in which nothing is. */
  private static WaitingThread waiting(
      boolean confined, Pipe pipe, Function<URingContext, Object> waiting) {
    return WaitingThread.start(
            () -> {
              try (URingContext context = Contexts.of(4, confined)) {
                serveMany(context);
                Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
                return waiting.apply(context);
              }
            })
        .untilItWaits();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_not_served_at_once_is_waited_for(boolean confined) throws Exception {
    try (Pipe pipe = Pipe.open()) {
      WaitingThread waiter = waiting(confined, pipe, context -> Contexts.take(context, 1));
      pipe.write(new byte[] {1, 2, 3});
      assertThat(waiter.result()).hasToString("[7:3]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void of_two_the_slower_is_waited_for_too(boolean confined) throws Exception {
    try (Pipe pipe = Pipe.open()) {
      WaitingThread waiter =
          waiting(
              confined,
              pipe,
              context -> {
                context.addNop(8);
                return Contexts.take(context, 2);
              });
      pipe.write(new byte[] {1, 2, 3});
      assertThat(waiter.result()).hasToString("[8:0, 7:3]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_interrupt_ends_the_wait(boolean confined) throws Exception {
    try (Pipe pipe = Pipe.open()) {
      WaitingThread waiter =
          waiting(
              confined,
              pipe,
              context -> {
                int count = context.await(1, Contexts.IGNORE);
                return count + " " + Thread.currentThread().isInterrupted();
              });
      waiter.thread().interrupt();
      assertThat(waiter.result()).isEqualTo("0 true");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_deadline_ends_the_wait(boolean confined) throws Exception {
    try (Pipe pipe = Pipe.open();
        URingContext context = Contexts.of(4, confined)) {
      serveMany(context);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
      assertThat(context.await(1, Duration.ofMillis(1), Contexts.IGNORE)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_else_is_ready_comes_with_the_next_that_is_served_at_once(boolean confined) {
    try (Pipe pipe = Pipe.open();
        URingContext context = Contexts.of(4, confined)) {
      serveMany(context);
      context.addPollFd(pipe.readEnd(), POLLIN, 7);
      context.submit();
      pipe.write((byte) 1);
      context.addNop(1);
      List<String> seen = Contexts.take(context, 1);
      context.addNop(2);
      seen.addAll(Contexts.take(context, 1));
      assertThat(seen).containsExactlyInAnyOrder("1:0", "2:0", "7:1");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_chain_does_next_is_begun_before_the_wait_ends(boolean confined) {
    try (Pipe pipe = Pipe.open();
        URingContext context = Contexts.of(4, confined)) {
      serveMany(context);
      for (byte round = 0; round < 3; round++) {
        MemoryVector oneByte = Contexts.vector(Contexts.memory(round));
        context
            .chains()
            .linked(
                2,
                () -> {
                  context.addNop(8);
                  context.addWritev(pipe.writeEnd(), oneByte, -1, 7);
                });
        List<String> seen = Contexts.take(context, 1);
        // By one who does not come back to the context before it has it.
        assertThat(pipe.read()).isEqualTo(round);
        seen.addAll(seen.size() == 2 ? List.of() : Contexts.take(context, 1));
        assertThat(seen).containsExactly("8:0", "7:1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_drained_is_begun_before_the_wait_ends(boolean confined) {
    try (Pipe pipe = Pipe.open();
        URingContext context = Contexts.of(4, confined)) {
      serveMany(context);
      context.addNop(8);
      MemoryVector oneByte = Contexts.vector(Contexts.memory((byte) 5));
      context.addWritev(pipe.writeEnd(), oneByte, -1, 7, RequestOptions.NONE.drain());
      List<String> seen = Contexts.take(context, 1);
      assertThat(pipe.read()).isEqualTo((byte) 5);
      seen.addAll(seen.size() == 2 ? List.of() : Contexts.take(context, 1));
      assertThat(seen).containsExactly("8:0", "7:1");
    }
  }

  @Test
  void who_had_something_held_back_asks_for_it_for_a_while() {
    Visitor visitor = TestVisitors.alone();
    assertThat(visitor.mayBeHeldBack()).isFalse();
    visitor.wasHeldBack();
    int asked = 0;
    while (visitor.mayBeHeldBack()) {
      asked++;
    }
    assertThat(asked).isEqualTo(64);
  }

  @Test
  void after_a_try_in_vain_there_is_none_for_a_while() {
    Visitor visitor = TestVisitors.alone();
    for (int tries = 0; tries < 3; tries++) {
      int without = 0;
      while (!visitor.mayBeServedAtOnce()) {
        without++;
      }
      assertThat(without).isEqualTo(64);
      visitor.wasServed(1);
      assertThat(visitor.mayBeServedAtOnce()).as("after one that was not in vain").isTrue();
      visitor.wasServed(1);
      visitor.wasServed(0);
      assertThat(visitor.mayBeServedAtOnce()).as("after a wait in vain").isTrue();
      visitor.wasServed(0);
    }
  }
}
