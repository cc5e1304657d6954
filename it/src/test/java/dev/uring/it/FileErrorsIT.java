package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors of the file reach the client under the protocol's names, and the export goes on. */
class FileErrorsIT {
  @TempDir private Path directory;

  @Test
  void a_full_file_system_is_no_space_and_the_export_goes_on() throws IOException {
    try (SmallFileSystem small = SmallFileSystem.mount(directory, 2L * Images.MIB)) {
      Path image = Images.sparse(small.path().resolve("disk.img"), 8L * Images.MIB);
      byte[] data = Images.pattern(0x11, Images.MIB);
      try (DiskServer server = DiskServer.serve(image, "--nbd", "unix:" + directory + "/s");
          NbdClient client = NbdClient.ready(directory.resolve("s"))) {
        assertThat(client.write(0, 0, data)).isZero();
        int error = 0;
        for (long offset = Images.MIB; offset < 8 * Images.MIB && error == 0; ) {
          error = client.write(0, offset, data);
          offset += Images.MIB;
        }
        assertThat(error).isEqualTo(Nbd.ENOSPC);
        assertThat(client.read(0, Images.MIB)).isEqualTo(data);
        assertThat(client.write(0, 0, Images.pattern(0x12, 4096))).isZero();
        assertThat(client.read(0, 4096)).isEqualTo(Images.pattern(0x12, 4096));
        assertThat(server.isAlive()).isTrue();
      }
    }
  }

  @Test
  void space_that_a_trim_gives_back_can_be_written_again() throws IOException {
    try (SmallFileSystem small = SmallFileSystem.mount(directory, 2L * Images.MIB)) {
      Path image = Images.sparse(small.path().resolve("disk.img"), 8L * Images.MIB);
      byte[] data = Images.pattern(0x13, Images.MIB);
      try (DiskServer server = DiskServer.serve(image, "--nbd", "unix:" + directory + "/s");
          NbdClient client = NbdClient.ready(directory.resolve("s"))) {
        assertThat(client.write(0, 0, data)).isZero();
        long offset = Images.MIB;
        while (client.write(0, offset, data) == 0) {
          offset += Images.MIB;
        }
        assertThat(client.error(0, Nbd.CMD_TRIM, 0, Images.MIB)).isZero();
        assertThat(client.write(0, 7L * Images.MIB, Images.pattern(0x14, Images.MIB / 2))).isZero();
        assertThat(server.isAlive()).isTrue();
      }
    }
  }

  @Test
  void a_failing_device_is_an_input_output_error_and_the_export_goes_on() throws IOException {
    Path backing = Images.random(directory.resolve("backing"), 8L * Images.MIB, 51);
    byte[] head = Images.read(backing, 0, Images.MIB);
    try (LoopDevice loop = LoopDevice.over(backing)) {
      try (DiskServer server = DiskServer.serve(loop.path(), "--nbd", "unix:" + directory + "/s");
          NbdClient client = NbdClient.ready(directory.resolve("s"))) {
        assertThat(client.read(0, Images.MIB)).isEqualTo(head);
        Tool.run("truncate", "-s", 4 * Images.MIB, backing).succeeded();
        assertThat(client.error(0, Nbd.CMD_READ, 6L * Images.MIB, 4096)).isEqualTo(Nbd.EIO);
        assertThat(client.read(0, Images.MIB)).isEqualTo(head);
        assertThat(server.isAlive()).isTrue();
      }
    }
  }

  @Test
  void an_image_truncated_beneath_the_server_is_an_input_output_error() throws IOException {
    Path image = Images.random(directory.resolve("disk.img"), 8L * Images.MIB, 52);
    byte[] head = Images.read(image, 0, Images.MIB);
    try (DiskServer server = DiskServer.serve(image);
        NbdClient client = NbdClient.ready(server.socket())) {
      Tool.run("truncate", "-s", 4 * Images.MIB, image).succeeded();
      assertThat(client.error(0, Nbd.CMD_READ, 6L * Images.MIB, 4096)).isEqualTo(Nbd.EIO);
      assertThat(client.error(0, Nbd.CMD_READ, 4L * Images.MIB - 2048, 4096)).isEqualTo(Nbd.EIO);
      assertThat(client.read(0, Images.MIB)).isEqualTo(head);
    }
  }

  /**
   * The kernel tells of lost data once and then forgets (Linux reports a write-back error once per
   * open file description), so the second flush is the one that shows who remembers.
   */
  @Test
  void a_failed_flush_fails_every_later_flush_until_the_image_is_opened_anew() throws IOException {
    try (SmallFileSystem small = SmallFileSystem.mount(directory, Images.MIB)) {
      Path backing = Images.sparse(small.path().resolve("backing"), 8L * Images.MIB);
      try (LoopDevice loop = LoopDevice.over(backing)) {
        DiskServer server = DiskServer.serve(loop.path(), "--nbd", "unix:" + directory + "/s");
        try (NbdClient client = NbdClient.ready(directory.resolve("s"));
            NbdClient other = NbdClient.ready(directory.resolve("s"))) {
          assertThat(client.flush()).isZero();
          for (long offset = 0; offset < 4 * Images.MIB; offset += Images.MIB) {
            client.write(0, offset, Images.pattern(0x15, Images.MIB));
          }
          assertThat(client.flush()).as("the flush that fails").isIn(Nbd.EIO, Nbd.ENOSPC);
          assertThat(client.flush()).as("the next flush").isIn(Nbd.EIO, Nbd.ENOSPC);
          assertThat(other.flush()).as("another client's flush").isIn(Nbd.EIO, Nbd.ENOSPC);
          assertThat(client.write(Nbd.FLAG_FUA, 0, new byte[512]))
              .as("a write with forced unit access")
              .isIn(Nbd.EIO, Nbd.ENOSPC);
          assertThat(client.read(0, 512)).hasSize(512);
        } finally {
          server.kill();
          server.close();
        }
        Tool.run("blockdev", "--flushbufs", loop.path());
        try (DiskServer anew = DiskServer.serve(loop.path(), "--nbd", "unix:" + directory + "/t");
            NbdClient client = NbdClient.ready(directory.resolve("t"))) {
          assertThat(client.flush()).as("opened anew").isZero();
          assertThat(anew.isAlive()).isTrue();
        }
      }
    }
  }

  @Test
  void a_write_to_a_read_only_export_is_not_permitted_and_the_export_goes_on() throws IOException {
    Path image = Images.random(directory.resolve("disk.img"), Images.MIB, 53);
    byte[] before = Images.read(image, 0, Images.MIB);
    try (DiskServer server = DiskServer.serve(image, "--read-only");
        NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.exportFlags() & 2).as("READ_ONLY").isNotZero();
      assertThat(client.write(0, 0, new byte[4096])).isEqualTo(Nbd.EPERM);
      assertThat(client.error(0, Nbd.CMD_TRIM, 0, 4096)).isEqualTo(Nbd.EPERM);
      assertThat(client.error(0, Nbd.CMD_WRITE_ZEROES, 0, 4096)).isEqualTo(Nbd.EPERM);
      assertThat(client.read(0, Images.MIB)).isEqualTo(before);
    }
    assertThat(Images.read(image, 0, Images.MIB)).isEqualTo(before);
  }

  @Test
  void a_device_made_read_only_beneath_the_server_refuses_writes_and_the_export_goes_on()
      throws IOException {
    Path backing = Images.random(directory.resolve("backing"), 4L * Images.MIB, 54);
    try (LoopDevice loop = LoopDevice.over(backing)) {
      try (DiskServer server = DiskServer.serve(loop.path(), "--nbd", "unix:" + directory + "/s");
          NbdClient client = NbdClient.ready(directory.resolve("s"))) {
        loop.setReadOnly(true);
        assertThat(client.write(0, 0, new byte[4096])).isEqualTo(Nbd.EPERM);
        assertThat(client.read(0, 4096)).hasSize(4096);
        loop.setReadOnly(false);
        assertThat(client.write(0, 0, new byte[4096])).isZero();
        assertThat(server.isAlive()).isTrue();
      }
    }
  }
}
