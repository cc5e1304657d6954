package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VisitorsTest {
  /** Says of each of its kind that it is the same. */
  private static final class LikeAnyOther extends Thread {
    LikeAnyOther(Runnable action) {
      super(action);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof LikeAnyOther;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @Test
  void a_thread_that_claims_to_be_another_has_a_visitor_of_its_own() throws Exception {
    Visitors visitors = new Visitors(TestVisitors::alone);
    ExecutorService one = Executors.newSingleThreadExecutor(LikeAnyOther::new);
    ExecutorService other = Executors.newSingleThreadExecutor(LikeAnyOther::new);
    try {
      WeakReference<Visitor> first =
          one.submit(() -> new WeakReference<>(visitors.current())).get();
      WeakReference<Visitor> second =
          other.submit(() -> new WeakReference<>(visitors.current())).get();

      collect();

      assertThat(one.submit(() -> first.refersTo(visitors.current())).get()).isTrue();
      assertThat(other.submit(() -> second.refersTo(visitors.current())).get()).isTrue();
    } finally {
      one.shutdown();
      other.shutdown();
    }
  }

  private static void collect() {
    WeakReference<Object> canary = new WeakReference<>(new Object());
    while (canary.get() != null) {
      System.gc();
    }
  }
}
