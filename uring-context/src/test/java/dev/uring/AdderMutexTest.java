package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lock of the adders: one at a time, and whoever sleeps for it gets it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdderMutexTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 100_000;

  /** Longer than any test: who sleeps so long was not woken. */
  private static final long FOR_EVER = Long.MAX_VALUE;

  private static final long SHORT = 1_000_000;

  private long counter;

  private static WaitingThread locker(AdderMutex mutex, Runnable inside) {
    return WaitingThread.start(
        () -> {
          mutex.lock();
          try {
            inside.run();
          } finally {
            mutex.unlock();
          }
          return Thread.currentThread().isInterrupted();
        });
  }

  private static void untilItSleeps(WaitingThread thread) {
    while (thread.thread().getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void one_thread_at_a_time_has_it() throws Exception {
    AdderMutex mutex = new AdderMutex();
    List<WaitingThread> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      threads.add(
          WaitingThread.start(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  mutex.lock();
                  counter++;
                  mutex.unlock();
                }
                return null;
              }));
    }
    for (WaitingThread thread : threads) {
      Object unused = thread.result();
    }
    assertThat(counter).isEqualTo((long) THREADS * ROUNDS);
  }

  @Test
  void all_who_sleep_are_woken_one_after_the_other() throws Exception {
    AdderMutex mutex = new AdderMutex(FOR_EVER);
    List<WaitingThread> threads = new ArrayList<>();
    mutex.lock();
    for (int thread = 0; thread < THREADS; thread++) {
      threads.add(locker(mutex, () -> counter++));
      untilItSleeps(threads.get(thread));
    }
    assertThat(counter).isZero();
    mutex.unlock();
    for (WaitingThread thread : threads) {
      assertThat(thread.result()).isEqualTo(false);
    }
    assertThat(counter).isEqualTo(THREADS);
  }

  @Test
  void who_was_missed_looks_again_by_itself() throws Exception {
    AdderMutex mutex = new AdderMutex(SHORT);
    mutex.lock();
    WaitingThread other = locker(mutex, () -> counter++);
    untilItSleeps(other);
    // As if the holder had not seen that somebody waits: it gives back without waking anybody.
    Field state = AdderMutex.class.getDeclaredField("state");
    state.setAccessible(true);
    state.setInt(mutex, 0);
    assertThat(other.result()).isEqualTo(false);
    assertThat(counter).isOne();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void who_finds_that_it_waits_in_vain_goes_without_it(boolean atOnce) throws Exception {
    AdderMutex mutex = new AdderMutex();
    AtomicBoolean inVain = new AtomicBoolean(atOnce);
    mutex.lock();
    WaitingThread other = WaitingThread.start(() -> mutex.lockUnless(inVain::get));
    if (!atOnce) {
      untilItSleeps(other);
      inVain.set(true);
    }
    assertThat(other.result()).isEqualTo(false);
    mutex.unlock();
    assertThat(mutex.lockUnless(() -> true)).isTrue();
    assertThat(mutex.tryLock()).isFalse();
  }

  @Test
  void who_would_go_without_it_gets_it_when_it_is_free() throws Exception {
    AdderMutex mutex = new AdderMutex();
    mutex.lock();
    WaitingThread other = WaitingThread.start(() -> mutex.lockUnless(() -> false));
    untilItSleeps(other);
    mutex.unlock();
    assertThat(other.result()).isEqualTo(true);
    assertThat(mutex.tryLock()).isFalse();
  }

  @Test
  void an_interrupt_neither_ends_the_wait_nor_is_lost() throws Exception {
    AdderMutex mutex = new AdderMutex(FOR_EVER);
    mutex.lock();
    WaitingThread other = locker(mutex, () -> counter++);
    untilItSleeps(other);
    other.thread().interrupt();
    while (other.thread().isInterrupted()) {
      Thread.onSpinWait();
    }
    untilItSleeps(other);
    assertThat(counter).isZero();
    mutex.unlock();
    assertThat(other.result()).as("still interrupted").isEqualTo(true);
    assertThat(counter).isOne();
  }

  /** One whose methods are its own, and fail when they are called by itself. */
  private static final class Stubborn extends Thread {
    Stubborn(Runnable action) {
      super(action);
      setDaemon(true);
      setUncaughtExceptionHandler((thread, thrown) -> {});
    }

    @Override
    public boolean equals(Object other) {
      throw new IllegalStateException("equals");
    }

    @Override
    public int hashCode() {
      throw new IllegalStateException("hashCode");
    }

    @Override
    public void interrupt() {
      if (Thread.currentThread() == this) {
        throw new IllegalStateException("interrupt");
      }
      super.interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_thread_of_its_own_mind_that_had_to_wait_keeps_nobody_out(boolean interrupted)
      throws Exception {
    AdderMutex mutex = new AdderMutex(SHORT);
    mutex.lock();
    Thread stubborn =
        new Stubborn(
            () -> {
              mutex.lock();
              counter++;
              mutex.unlock();
            });
    stubborn.start();
    while (stubborn.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    if (interrupted) {
      stubborn.interrupt();
      while (stubborn.isInterrupted()) {
        Thread.onSpinWait();
      }
    }
    mutex.unlock();
    stubborn.join();
    assertThat(locker(mutex, () -> counter += 10).result()).isEqualTo(false);
    assertThat(counter).isEqualTo(interrupted ? 10 : 11);
  }
}
