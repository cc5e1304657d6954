package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where there is no stub for the way into the kernel, all works by way of the C library. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnterByLibraryTest {
  @Test
  void contexts_and_rings_work_without_the_stub() throws Exception {
    String said = ChildJava.said(EnterByLibrary.class, "-Ddev.uring.enterStub=false");
    assertThat(said).isEqualTo(EnterByLibrary.DONE);
  }
}
