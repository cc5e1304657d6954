package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A context that closes is closed by the last thread that leaves it, and by none before. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LastOutTest {
  /** In a process of its own, where nothing is compiled: a constant can be another there. */
  @Test
  void who_left_before_another_came_in_does_not_close_though_it_hears_of_the_end_later()
      throws Exception {
    // Java warns of the means by which that is done.
    assertThat(ChildJava.said(LastOut.class, "-Xint")).endsWith(LastOut.DONE);
  }
}
