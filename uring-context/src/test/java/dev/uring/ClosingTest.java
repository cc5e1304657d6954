package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.FallocateMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingTest {
  private static final int POLLIN = 1;

  @TempDir Path directory;

  /** Something of every kind, none of which would end soon. */
  private void addMuchThatLasts(
      URingContext context, Pipe pipe, Descriptor event, Descriptor file) {
    Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
    MemoryVector vector = new MemoryVector();
    NativeMemory memory = NativeMemory.allocate(16);
    context.addReadv(event, vector.add(memory, 0, 8).add(memory, 8, 8), -1, 2);
    context.addPollFd(event, POLLIN, 3);
    context.addPollFd(event, POLLIN, PollMode.LEVEL, 4);
    context.timeouts().add(Duration.ofDays(1), 5);
    context.timeouts().addRepeated(Duration.ofDays(1), 0, 6);
    context.chains().linked(2, () -> addLimitedRead(context, pipe));
    context.addWritev(file, Contexts.vector(NativeMemory.allocate(1 << 20)), 0, 9);
    context.addFsync(file, 10);
    context.addFallocate(file, FallocateMode.ALLOCATE, 0, 1 << 22, 11);
    Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 12);
  }

  private static void addLimitedRead(URingContext context, Pipe pipe) {
    Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
    context.timeouts().addLimit(Duration.ofDays(1), 8);
  }

  private Descriptor file() {
    return Descriptor.open(
        directory.resolve("file"), OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_whatever_is_in_flight(boolean confined) {
    try (Pipe pipe = Pipe.open();
        Descriptor event = Descriptor.eventFd(0);
        Descriptor file = file()) {
      URingContext context = Contexts.of(16, confined);
      addMuchThatLasts(context, pipe, event, file);
      context.submit();
      context.close();
      Contexts.mustBeClosed(context);
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_what_was_added_and_never_submitted(boolean confined) {
    try (Pipe pipe = Pipe.open();
        Descriptor event = Descriptor.eventFd(0);
        Descriptor file = file()) {
      URingContext context = Contexts.of(16, confined);
      addMuchThatLasts(context, pipe, event, file);
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void descriptors_that_were_closed_first_are_given_back_by_closing_the_context(boolean confined) {
    URingContext context = Contexts.of(16, confined);
    Pipe pipe = Pipe.open();
    Descriptor event = Descriptor.eventFd(0);
    Descriptor file = file();
    addMuchThatLasts(context, pipe, event, file);
    context.submit();
    pipe.close();
    event.close();
    file.close();
    assertThat(pipe.readEnd().toString()).contains("closed but in use");
    context.close();
    Contexts.mustBeClosed(context);
    assertThat(pipe.readEnd().toString()).endsWith(", closed]");
    assertThat(event.toString()).endsWith(", closed]");
    assertThat(file.toString()).endsWith(", closed]");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_a_chain_of_which_each_request_starts_whatever_becomes_of_the_one_before(
      boolean confined) {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = Contexts.of(16, confined);
      context
          .chains()
          .hardLinked(
              4,
              () -> {
                for (int request = 0; request < 4; request++) {
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), request);
                }
              });
      context.submit();
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_a_request_that_waits_for_all_before_it(boolean confined) {
    try (Pipe pipe = Pipe.open();
        Descriptor file = file()) {
      URingContext context = Contexts.of(16, confined);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
      NativeMemory memory = NativeMemory.allocate(8);
      context.addWritev(file, Contexts.vector(memory), 0, 2, RequestOptions.NONE.drain());
      context.submit();
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_a_cancel_that_has_another_match_to_try(boolean confined) {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = Contexts.of(16, confined);
      // Two reads carry the number: the removal of a poll finds neither, one after the other.
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 7);
      context.removePollFd(7, 1);
      context.submit();
      context.poll(Contexts.IGNORE);
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_while_requests_are_added_together_waits_for_the_end_of_that(boolean confined) {
    URingContext context = Contexts.of(16, confined);
    context
        .chains()
        .together(
            2,
            () -> {
              context.addNop(1);
              context.close();
            });
    Contexts.mustBeClosed(context);
    assertThatThrownBy(() -> context.addNop(2)).hasMessage("the context is closed");
    assertThatThrownBy(context::submit).hasMessage("the context is closed");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_adder_that_closes_and_then_throws_has_closed(boolean confined) {
    URingContext context = Contexts.of(16, confined);
    Runnable closing =
        () -> {
          context.addNop(1);
          context.close();
          throw new IllegalArgumentException("enough");
        };
    assertThatThrownBy(() -> context.chains().together(2, closing)).hasMessage("enough");
    Contexts.mustBeClosed(context);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_group_within_one_that_closed_is_refused_and_the_context_closed(boolean confined) {
    URingContext context = Contexts.of(16, confined);
    Runnable nested =
        () -> {
          context.close();
          context.close();
          assertThatThrownBy(() -> context.chains().together(1, () -> context.addNop(1)))
              .isInstanceOf(IllegalStateException.class);
        };
    context.chains().together(2, nested);
    Contexts.mustBeClosed(context);
  }

  @Test
  void a_confined_context_that_was_closed_while_requests_were_added_together_takes_none() {
    URingContext context = Contexts.of(16, true);
    Runnable closing =
        () -> {
          context.close();
          context.addNop(1);
        };
    assertThatThrownBy(() -> context.chains().together(2, closing))
        .hasMessage("the context is closed");
    Contexts.mustBeClosed(context);
    assertThatThrownBy(() -> context.addNop(2)).hasMessage("the context is closed");
    assertThatThrownBy(context::submit).hasMessage("the context is closed");
  }

  @Test
  void a_waiter_gets_a_clear_exception_when_another_thread_closes() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = URingContext.create(4);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
      WaitingThread one = WaitingThread.start(() -> context.await(1, Contexts.IGNORE));
      WaitingThread other = WaitingThread.start(() -> context.await(2, Contexts.IGNORE));
      one.untilItWaits();
      other.untilItWaits();
      context.close();
      Contexts.mustBeClosed(context);
      for (WaitingThread waiter : new WaitingThread[] {one, other}) {
        assertThatThrownBy(waiter::result)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("the context is closed");
      }
    }
  }

  @Test
  void a_handler_that_closes_ends_the_waits_of_other_threads_too() throws Exception {
    URingContext context = URingContext.create(4);
    AtomicReference<WaitingThread> inHandler = new AtomicReference<>();
    WaitingThread[] waiters = new WaitingThread[2];
    CountDownLatch made = new CountDownLatch(1);
    CompletionHandler closeOnceTheOtherWaits =
        (userData, result, flags) -> {
          boolean first = Thread.currentThread() == waiters[0].thread();
          inHandler.set(waiters[first ? 0 : 1]);
          waiters[first ? 1 : 0].untilItWaits();
          context.close();
        };
    for (int waiter = 0; waiter < 2; waiter++) {
      waiters[waiter] =
          WaitingThread.start(
              () -> {
                made.await();
                return context.await(1, closeOnceTheOtherWaits);
              });
    }
    made.countDown();
    waiters[0].untilItWaits();
    waiters[1].untilItWaits();
    context.addNop(1);
    context.submit();
    for (WaitingThread waiter : waiters) {
      if (waiter != awaitSet(inHandler)) {
        assertThatThrownBy(waiter::result).hasMessage("the context is closed");
      }
    }
    assertThat(awaitSet(inHandler).result()).isEqualTo(1);
    Contexts.mustBeClosed(context);
  }

  private static WaitingThread awaitSet(AtomicReference<WaitingThread> reference) {
    while (reference.get() == null) {
      Thread.onSpinWait();
    }
    return reference.get();
  }

  @Test
  void a_context_in_which_an_exited_thread_left_requests_can_be_closed() throws Exception {
    try (Pipe pipe = Pipe.open();
        Descriptor event = Descriptor.eventFd(0);
        Descriptor file = file()) {
      URingContext context = URingContext.create(16);
      WaitingThread.start(
              () -> {
                addMuchThatLasts(context, pipe, event, file);
                return context.submit();
              })
          .untilItHasExited();
      context.close();
      Contexts.mustBeClosed(context);
    }
  }

  @Test
  void threads_that_close_at_once_close_once() throws Exception {
    for (int round = 0; round < 200; round++) {
      try (Pipe pipe = Pipe.open()) {
        URingContext context = URingContext.create(4);
        Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
        context.submit();
        CountDownLatch start = new CountDownLatch(1);
        WaitingThread[] closers = new WaitingThread[3];
        for (int closer = 0; closer < closers.length; closer++) {
          closers[closer] =
              WaitingThread.start(
                  () -> {
                    start.await();
                    context.close();
                    return null;
                  });
        }
        start.countDown();
        for (WaitingThread closer : closers) {
          Object unused = closer.result();
        }
        Contexts.mustBeClosed(context);
      }
    }
  }

  @Test
  void threads_that_are_adding_and_waiting_when_it_closes_get_the_exception_and_no_crash()
      throws Exception {
    for (int round = 0; round < 200; round++) {
      URingContext context = URingContext.create(8);
      CountDownLatch busy = new CountDownLatch(2);
      WaitingThread adder = WaitingThread.start(() -> addForEver(context, busy));
      WaitingThread waiter = WaitingThread.start(() -> awaitForEver(context, busy));
      busy.await();
      context.close();
      assertThatThrownBy(adder::result).hasMessage("the context is closed");
      assertThatThrownBy(waiter::result).hasMessage("the context is closed");
      Contexts.mustBeClosed(context);
    }
  }

  private static Object addForEver(URingContext context, CountDownLatch busy) {
    for (long number = 0; ; number++) {
      if (context.room() > 0) {
        context.addNop(number);
        context.submit();
      }
      if (number == 100) {
        busy.countDown();
      }
      if (context.room() == 0) {
        context.poll(Contexts.IGNORE);
      }
    }
  }

  private static Object awaitForEver(URingContext context, CountDownLatch busy) {
    for (long number = 0; ; number++) {
      context.await(1, Contexts.IGNORE);
      if (number == 10) {
        busy.countDown();
      }
    }
  }

  @Test
  void an_interrupted_thread_closes_as_any_other_and_stays_interrupted() {
    try (Pipe pipe = Pipe.open()) {
      URingContext context = URingContext.create(4);
      Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(8), 1);
      context.submit();
      Thread.currentThread().interrupt();
      context.close();
      assertThat(Thread.interrupted()).isTrue();
      Contexts.mustBeClosed(context);
    }
  }

  @Test
  void a_closed_context_refuses_everything_and_says_why() {
    URingContext context = URingContext.create(4);
    Descriptor event = Descriptor.eventFd(0);
    Completions open = context.await(1, Duration.ZERO);
    context.close();
    Runnable[] uses = {
      () -> context.addNop(1),
      () -> Contexts.addRead(context, event, NativeMemory.allocate(8), 1),
      () -> context.addPollFd(event, POLLIN, 1),
      () -> context.addFsync(event, 1),
      () -> context.asyncCancel(1, 1),
      () -> context.cancels().all(1, 1),
      () -> context.cancels().everything(1),
      () -> context.timeouts().add(Duration.ZERO, 1),
      () -> context.chains().together(1, () -> {}),
      context::submit,
      () -> context.await(1),
      () -> context.await(1, Contexts.IGNORE),
      () -> context.await(1, Duration.ZERO, Contexts.IGNORE),
      () -> context.poll(Contexts.IGNORE),
      () -> context.registerFiles(1, event),
      () -> context.registerBuffers(NativeMemory.allocate(8)),
      context::counters,
      context::enable,
      () -> assertThat(open.hasNext()).isFalse(),
    };
    for (Runnable use : uses) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the context is closed");
    }
    event.close();
    assertThat(event.toString()).as("nobody was left a user of it").endsWith(", closed]");
  }
}
