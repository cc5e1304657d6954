package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import org.junit.jupiter.api.Test;

class CompletionTest {
  @Test
  void a_result_is_had_and_a_failure_says_which_request_and_why() {
    assertThat(new Completion(7, 5, 0).orThrow()).isEqualTo(5);
    assertThatThrownBy(() -> new Completion(7, -Errno.EBADF, 0).orThrow())
        .isInstanceOf(UringException.class)
        .hasMessageStartingWith("request 7: EBADF")
        .hasMessageNotContaining("cancelled");
  }

  @Test
  void one_that_was_cancelled_says_what_may_have_done_that() {
    assertThatThrownBy(() -> new Completion(7, -Errno.ECANCELED, 0).orThrow())
        .isInstanceOf(UringException.class)
        .hasMessageContaining("the thread that submitted it has ended")
        .hasMessageContaining("let threads that live long submit");
  }
}
