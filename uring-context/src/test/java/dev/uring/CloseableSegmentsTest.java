package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory that somebody can free beneath a request is refused, whatever Java calls it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseableSegmentsTest {
  @Test
  void buffers_of_what_can_be_closed_are_refused_and_others_are_not() throws Exception {
    int version = Runtime.version().feature();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (version < 19) {
      command.addAll(List.of("--add-modules", "jdk.incubator.foreign"));
    } else if (version < 22) {
      command.add("--enable-preview");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CloseableSegments.class.getName());

    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains(CloseableSegments.DONE);
  }
}
