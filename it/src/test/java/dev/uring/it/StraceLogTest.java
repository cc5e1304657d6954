package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reading of strace's log, since a log misread would let any call pass. */
class StraceLogTest {
  private static final String LOG =
      """
      101 io_uring_enter(7, 1, 1, IORING_ENTER_GETEVENTS, NULL, 8) = 1
      102 futex(0x7f00, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
      101 io_uring_enter(7, 2, 1, IORING_ENTER_GETEVENTS, NULL, 8 <unfinished ...>
      101 <... io_uring_enter resumed>)         = 2
      102 <... futex resumed>)              = 0
      103 <... read resumed>"x", 1)         = 1
      101 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x7f11} ---
      101 +++ exited with 0 +++
      101   madvise(0x7f00, 4096, MADV_DONTNEED) = 0
      """;

  @Test
  void calls_of_the_named_threads_are_counted_once_each() {
    assertThat(StraceLog.calls(LOG, List.of(101L)))
        .containsExactlyInAnyOrderEntriesOf(Map.of("io_uring_enter", 2, "madvise", 1));
  }

  @Test
  void a_call_whose_beginning_was_not_seen_is_named_all_the_same() {
    assertThat(StraceLog.calls(LOG, List.of(103L))).containsOnlyKeys("read");
  }

  @Test
  void other_threads_do_not_count() {
    assertThat(StraceLog.calls(LOG, List.of(104L))).isEmpty();
  }
}
