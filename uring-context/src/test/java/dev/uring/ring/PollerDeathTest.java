package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ring whose polling kernel thread is dead. It lives as long as the process that made the ring,
 * so that is another one, which the ring was taken from with {@code pidfd_getfd(2)}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollerDeathTest {
  private static final int SQPOLL_IDLE_MILLISECONDS = 10;

  private static final String LIBRARY =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <linux/io_uring.h>
      #include <signal.h>
      #include <string.h>
      #include <sys/mman.h>
      #include <sys/prctl.h>
      #include <sys/syscall.h>
      #include <sys/wait.h>
      #include <unistd.h>

      struct shared {
          struct io_uring_params params;
          volatile int ring;
      };

      static void hold_ring(struct shared *shared) {
          /* It does not outlive the test, whatever becomes of that. */
          prctl(PR_SET_PDEATHSIG, SIGKILL);
          int ring = syscall(SYS_io_uring_setup, 4, &shared->params);
          shared->ring = ring < 0 ? -errno : ring;
          for (;;)
              pause();
      }

      static int take(pid_t child, struct shared *shared) {
          while (!shared->ring)
              usleep(100);
          if (shared->ring < 0)
              return shared->ring;
          int pidfd = syscall(SYS_pidfd_open, child, 0);
          int taken = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, shared->ring, 0);
          int result = taken < 0 ? -errno : taken;
          if (pidfd >= 0)
              close(pidfd);
          return result;
      }

      /* A ring that a child made; whose number, and the ring's parameters, are filled in. */
      int childs_ring(long params, int *child) {
          struct shared *shared = mmap(0, 4096, PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
          if (shared == MAP_FAILED)
              return -errno;
          memcpy(&shared->params, (void *)params, sizeof(shared->params));
          *child = fork();
          if (*child == 0)
              hold_ring(shared);
          int ring = *child < 0 ? -errno : take(*child, shared);
          memcpy((void *)params, &shared->params, sizeof(shared->params));
          munmap(shared, 4096);
          return ring;
      }

      /* Ends the child and all of its threads. */
      void end(int child) {
          int status;
          kill(child, SIGKILL);
          while (waitpid(child, &status, 0) < 0 && errno == EINTR)
              ;
      }
      """;

  @TempDir static Path directory;

  private static Children children;

  /** The library. */
  public interface Children {
    int childs_ring(long parameters, @Out int[] child);

    void end(int child);
  }

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    children = CLibrary.load(Children.class, directory, LIBRARY);
  }

  @Test
  void submitting_says_that_the_thread_is_dead_and_what_was_submitted_stays() {
    RingParameters parameters = new RingParameters();
    parameters.flags(SetupFlag.SQPOLL.mask());
    parameters.pollingThread(0, SQPOLL_IDLE_MILLISECONDS);
    int[] child = new int[1];
    int fd = children.childs_ring(parameters.address(), child);
    assumeFalse(fd == -Errno.EPERM, "skipped: no descriptor may be taken from a child");
    assertThat(fd).isPositive();
    try (Ring ring =
        new Ring(
            new RegisterCaller(fd, false), parameters, RingMapping.map(fd, parameters), false)) {
      Queues.nop(ring, 1);
      assertThat(Queues.take(ring, 1)).as("while it lives").containsExactly("1:0");
      children.end(child[0]);
      Queues.nop(ring, 2);
      assertThat(ring.submit()).isEqualTo(-Errno.EOWNERDEAD);
      assertThat(ring.submitAndWait(1)).isEqualTo(-Errno.EOWNERDEAD);
      assertThat(ring.awaitRoom()).isEqualTo(-Errno.EOWNERDEAD);
      assertThat(ring.submission().pending()).isEqualTo(1);
      assertThat(Queues.reap(ring)).isEmpty();
    }
  }
}
