package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory that somebody can free beneath a request is refused, whatever Java calls it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseableSegmentsTest {
  @Test
  void buffers_of_what_can_be_closed_are_refused_and_others_are_not() throws Exception {
    String said = ChildJava.said(CloseableSegments.class, optionsToHaveThem());
    // Java warns of modules and features that are on trial.
    assertThat(said).endsWith(CloseableSegments.DONE);
  }

  private static String[] optionsToHaveThem() {
    int version = Runtime.version().feature();
    if (version < 19) {
      return new String[] {"--add-modules", "jdk.incubator.foreign"};
    }
    return version < 22 ? new String[] {"--enable-preview"} : new String[0];
  }
}
