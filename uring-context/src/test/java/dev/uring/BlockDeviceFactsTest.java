package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.ring.UringException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockDeviceFactsTest {
  @TempDir Path directory;

  @Test
  void a_loop_device_tells_size_blocks_and_that_it_is_read_only() throws Exception {
    Path file = directory.resolve("backing");
    try (Descriptor backing =
        Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      backing.truncate(64 << 20);
    }
    for (boolean readOnly : new boolean[] {false, true}) {
      String device = attach(file, readOnly);
      try (Descriptor descriptor = Descriptor.open(Path.of(device), OpenFlag.READ)) {
        assertThat(descriptor.status().kind()).isEqualTo(FileKind.BLOCK_DEVICE);
        BlockDeviceFacts facts = BlockDeviceFacts.of(descriptor);
        assertThat(facts.size()).isEqualTo(64 << 20);
        assertThat(facts.logicalBlockSize()).isEqualTo(4096);
        assertThat(facts.physicalBlockSize()).isEqualTo(4096);
        assertThat(facts.isReadOnly()).isEqualTo(readOnly);
        assertThat(facts.discardGranularity()).isPresent();
        assertThat(facts.discardMaximum()).isPresent();
      } finally {
        run("losetup", "-d", device);
      }
    }
  }

  private static String attach(Path file, boolean readOnly) throws Exception {
    try {
      String[] command =
          readOnly
              ? new String[] {"losetup", "-r", "-b", "4096", "-f", "--show", file.toString()}
              : new String[] {"losetup", "-b", "4096", "-f", "--show", file.toString()};
      String device = run(command);
      assumeTrue(device.startsWith("/dev/loop"), "skipped: no loop device may be made here");
      return device;
    } catch (IOException e) {
      assumeTrue(false, "skipped: losetup is not installed");
      throw e;
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.trim();
  }

  @Test
  void a_regular_file_is_not_a_block_device() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (Descriptor descriptor = Descriptor.open(file, OpenFlag.READ)) {
      assertThatThrownBy(() -> BlockDeviceFacts.of(descriptor))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("ENOTTY");
    }
  }
}
