package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What threads allocate on the heap. */
public final class HeapUse {
  /** At most so many rounds: one of them, when all is compiled, has to be free. */
  private static final int ROUNDS = 8;

  /**
   * An object in a thousand requests would be more. The JVM needs a little for itself now and then:
   * 56 and 240 bytes were seen where other programs had the processors, too.
   */
  private static final long REQUESTS_A_BYTE = 100;

  private static final ThreadMXBean BEAN = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private HeapUse() {}

  /** So many requests that these threads serve. */
  public interface Round {
    /** Has them served. */
    void run() throws Exception;
  }

  /** Requests must not take anything, when all is warm. */
  public static void mustBeNone(List<Thread> threads, long requests, Round round) throws Exception {
    List<Long> used = new ArrayList<>();
    long last = Long.MAX_VALUE;
    while (last >= requests / REQUESTS_A_BYTE && used.size() < ROUNDS) {
      long before = allocated(threads);
      round.run();
      last = allocated(threads) - before;
      used.add(last);
    }
    assertThat(last)
        .as("bytes on the heap of %s requests, after rounds of %s", requests, used)
        .isLessThan(requests / REQUESTS_A_BYTE);
  }

  private static long allocated(List<Thread> threads) {
    long bytes = 0;
    for (Thread thread : threads) {
      bytes += BEAN.getThreadAllocatedBytes(thread.getId());
    }
    return bytes;
  }
}
