package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns written and read back by {@code qemu-io}, and looked for in the image itself. */
class QemuIoIT {
  private static final int SIZE = 16 * Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    Tool.require("qemu-io");
    image = Images.random(directory.resolve("disk.img"), SIZE, 7);
  }

  @Test
  void what_was_written_is_read_back_and_is_in_the_image() {
    try (DiskServer server = DiskServer.serve(image)) {
      io(server, "write -P 0xa5 1M 3M", "flush", "read -P 0xa5 1M 3M").succeeded();
    }
    assertThat(Images.read(image, Images.MIB, 3 * Images.MIB))
        .isEqualTo(Images.pattern(0xa5, 3 * Images.MIB));
  }

  @Test
  void a_wrong_pattern_is_noticed() {
    try (DiskServer server = DiskServer.serve(image)) {
      io(server, "write -P 0xa5 1M 64k", "read -P 0xa6 1M 64k").failed();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 1", "1 1", "511 2", "4095 4098", "1048575 65537", "16777215 1"})
  void requests_at_any_byte_touch_no_neighbour(String range) {
    int offset = Integer.parseInt(range.substring(0, range.indexOf(' ')));
    int length = Integer.parseInt(range.substring(range.indexOf(' ') + 1));
    byte[] expected = Images.read(image, 0, SIZE);
    byte[] pattern = Images.pattern(0x3c, length);
    System.arraycopy(pattern, 0, expected, offset, length);
    try (DiskServer server = DiskServer.serve(image)) {
      io(server, "write -P 0x3c " + range, "read -P 0x3c " + range).succeeded();
    }
    assertThat(Images.read(image, 0, SIZE)).isEqualTo(expected);
  }

  @Test
  void a_discarded_range_gives_its_blocks_back_and_its_neighbours_stay() {
    byte[] before = Images.read(image, 0, SIZE);
    long allocated = Images.allocated(image);
    try (DiskServer server = DiskServer.serve(image)) {
      io(server, "discard 4M 4M", "flush").succeeded();
    }
    byte[] after = Images.read(image, 0, SIZE);
    assertThat(after).startsWith(head(before, 4 * Images.MIB));
    assertThat(after).endsWith(tail(before, 8 * Images.MIB));
    assertThat(Images.allocated(image)).isLessThanOrEqualTo(allocated - 3 * Images.MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"write -z", "write -z -u"})
  void a_zeroed_range_reads_as_zeros_to_the_byte(String command) {
    byte[] expected = Images.read(image, 0, SIZE);
    int offset = Images.MIB + 13;
    int length = 2 * Images.MIB + 100;
    System.arraycopy(new byte[length], 0, expected, offset, length);
    try (DiskServer server = DiskServer.serve(image)) {
      String range = " " + offset + " " + length;
      io(server, command + range, "read -P 0" + range).succeeded();
    }
    assertThat(Images.read(image, 0, SIZE)).isEqualTo(expected);
  }

  @Test
  void zeros_that_may_be_a_hole_free_blocks_and_zeros_that_may_not_keep_them() {
    Path holes = Images.random(directory.resolve("holes.img"), SIZE, 8);
    Path blocks = Images.random(directory.resolve("blocks.img"), SIZE, 8);
    long allocated = Images.allocated(holes);
    try (DiskServer server = DiskServer.serve(holes)) {
      io(server, "write -z -u 4M 8M", "flush").succeeded();
    }
    try (DiskServer server = DiskServer.serve(blocks)) {
      io(server, "write -z 4M 8M", "flush").succeeded();
    }
    assertThat(Images.allocated(holes)).isLessThanOrEqualTo(allocated - 7 * Images.MIB);
    assertThat(Images.allocated(blocks)).isGreaterThan(allocated - Images.MIB);
  }

  @Test
  void a_write_with_forced_unit_access_is_answered_and_in_the_image() {
    try (DiskServer server = DiskServer.serve(image)) {
      io(server, "write -f -P 0x77 12345 6789").succeeded();
      assertThat(Images.read(image, 12345, 6789)).isEqualTo(Images.pattern(0x77, 6789));
    }
  }

  @Test
  void many_requests_in_flight_on_one_connection_keep_apart() {
    List<String> commands = new ArrayList<>();
    for (int i = 1; i <= 64; i++) {
      commands.add("aio_write -P " + i + " " + i * 64 * Images.KIB + " 64k");
    }
    commands.add("aio_flush");
    for (int i = 1; i <= 64; i++) {
      commands.add("aio_read -P " + i + " " + i * 64 * Images.KIB + " 64k");
    }
    commands.add("aio_flush");
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.Result result = io(server, commands.toArray(new String[0])).succeeded();
      assertThat(result.words()).doesNotContain("failed");
    }
    for (int i = 1; i <= 64; i++) {
      assertThat(Images.read(image, i * 64L * Images.KIB, 64 * Images.KIB))
          .isEqualTo(Images.pattern(i, 64 * Images.KIB));
    }
  }

  @Test
  void a_read_only_export_is_read_and_never_written() {
    byte[] before = Images.read(image, 0, SIZE);
    try (DiskServer server = DiskServer.serve(image, "--read-only")) {
      Tool.run("qemu-io", "-r", "-f", "raw", "-c", "read 0 1M", server.uri()).succeeded();
      io(server, "write 0 1M").failed();
    }
    assertThat(Images.read(image, 0, SIZE)).isEqualTo(before);
  }

  private static Tool.Result io(DiskServer server, String... commands) {
    List<Object> arguments = new ArrayList<>(List.of("-f", "raw", "-d", "unmap"));
    for (String command : commands) {
      arguments.add("-c");
      arguments.add(command);
    }
    arguments.add(server.uri());
    return Tool.run("qemu-io", arguments.toArray());
  }

  private static byte[] head(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, length);
  }

  private static byte[] tail(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }
}
