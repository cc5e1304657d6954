package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A block device as image. */
class BlockDeviceIT {
  private static final int SIZE = 16 * Images.MIB;

  @TempDir private Path directory;
  private Path backing;
  private LoopDevice loop;
  private Path socket;

  @BeforeEach
  void set_up_a_device() {
    backing = Images.random(directory.resolve("backing"), SIZE, 61);
    loop = LoopDevice.over(backing);
    socket = directory.resolve("s");
  }

  @AfterEach
  void detach() {
    if (loop != null) {
      loop.close();
    }
  }

  @Test
  void its_size_is_the_device_s() throws IOException {
    try (DiskServer server = serve();
        NbdClient client = NbdClient.ready(socket)) {
      assertThat(client.exportSize()).isEqualTo(SIZE);
      assertThat(server.output()).contains(loop.path().toString());
    }
  }

  @Test
  void what_is_written_and_flushed_is_in_the_file_beneath() throws IOException {
    byte[] expected = Images.read(backing, 0, SIZE);
    byte[] data = Images.pattern(0x61, 10_001);
    System.arraycopy(data, 0, expected, 4093, data.length);
    try (DiskServer server = serve();
        NbdClient client = NbdClient.ready(socket)) {
      assertThat(client.write(0, 4093, data)).isZero();
      assertThat(client.flush()).isZero();
      assertThat(server.isAlive()).isTrue();
      Tool.run("sync", backing).succeeded();
      assertThat(Images.read(backing, 0, SIZE)).isEqualTo(expected);
    }
  }

  @Test
  void a_trim_reaches_the_device() throws IOException {
    long allocated = Images.allocated(backing);
    try (DiskServer server = serve();
        NbdClient client = NbdClient.ready(socket)) {
      assertThat(client.error(0, Nbd.CMD_TRIM, 4L * Images.MIB, 8 * Images.MIB)).isZero();
      assertThat(client.flush()).isZero();
      assertThat(server.isAlive()).isTrue();
      assertThat(Images.allocated(backing)).isLessThanOrEqualTo(allocated - 7 * Images.MIB);
    }
  }

  @Test
  void zeros_are_written_to_the_byte_whatever_the_device_s_sectors() throws IOException {
    byte[] expected = Images.read(backing, 0, SIZE);
    int offset = Images.MIB + 7;
    int length = 3 * Images.MIB + 1000;
    System.arraycopy(new byte[length], 0, expected, offset, length);
    try (DiskServer server = serve();
        NbdClient client = NbdClient.ready(socket)) {
      for (int flags : new int[] {0, Nbd.FLAG_NO_HOLE}) {
        assertThat(client.error(flags, Nbd.CMD_WRITE_ZEROES, offset, length)).isZero();
      }
      assertThat(client.read(0, SIZE)).isEqualTo(expected);
      assertThat(client.flush()).isZero();
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void nobody_else_can_take_the_device_exclusively_while_it_is_served() {
    try (DiskServer server = serve()) {
      Tool.run("blkdiscard", loop.path()).failed();
      Tool.Result second =
          DiskServer.refusal(loop.path(), "--nbd", "unix:" + directory.resolve("t"));
      CommandLineIT.assertRefusal(second, 1);
      assertThat(server.isAlive()).isTrue();
    }
    Tool.run("blkdiscard", loop.path()).succeeded();
  }

  @Test
  void a_mounted_device_is_refused() throws IOException {
    Tool.run("mke2fs", "-q", "-F", loop.path()).succeeded();
    Path mountPoint = Files.createDirectory(directory.resolve("mounted"));
    Tool.run("mount", loop.path(), mountPoint).succeeded();
    try {
      CommandLineIT.assertRefusal(
          DiskServer.refusal(loop.path(), "--nbd", "unix:" + directory.resolve("t")), 1);
    } finally {
      Tool.run("umount", mountPoint).succeeded();
    }
  }

  @Test
  void a_read_only_device_is_served_read_only_and_refused_otherwise() throws IOException {
    loop.setReadOnly(true);
    CommandLineIT.assertRefusal(
        DiskServer.refusal(loop.path(), "--nbd", "unix:" + directory.resolve("t")), 1);
    try (DiskServer server =
            DiskServer.serve(loop.path(), "--read-only", "--nbd", "unix:" + socket);
        NbdClient client = NbdClient.ready(socket)) {
      assertThat(client.read(0, 4096)).isEqualTo(Images.read(backing, 0, 4096));
      assertThat(server.isAlive()).isTrue();
    }
  }

  private DiskServer serve() {
    return DiskServer.serve(loop.path(), "--nbd", "unix:" + socket);
  }
}
