package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where there is no stub for the way into the kernel, all works by way of the C library. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnterByLibraryTest {
  @Test
  void contexts_and_rings_work_without_the_stub() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Ddev.uring.enterStub=false",
                "-cp",
                System.getProperty("java.class.path"),
                EnterByLibrary.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.strip()).isEqualTo(EnterByLibrary.DONE);
  }
}
