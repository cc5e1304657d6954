package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks are QEMU's own, so that neither writes to what the other has open. */
class LocksIT {
  @TempDir private Path directory;
  private Path image;
  private Path other;

  @BeforeEach
  void make_an_image() {
    image = Images.random(directory.resolve("disk.img"), Images.MIB, 71);
    other = directory.resolve("other");
  }

  @Test
  void qemu_refuses_an_image_that_is_served() {
    Tool.require("qemu-io", "qemu-img");
    try (DiskServer server = DiskServer.serve(image)) {
      assertThat(qemuIo("write 0 512").failed().words()).contains("lock");
      assertThat(qemuRead().failed().words()).contains("lock");
      assertThat(server.isAlive()).isTrue();
    }
    qemuIo("write 0 512").succeeded();
  }

  @Test
  void the_lock_outlives_clients_that_come_and_go() throws IOException {
    Tool.require("qemu-io");
    try (DiskServer server = DiskServer.serve(image)) {
      for (int i = 0; i < 3; i++) {
        try (NbdClient client = NbdClient.ready(server.socket())) {
          client.read(0, 512);
        }
      }
      assertThat(qemuIo("write 0 512").failed().words()).contains("lock");
    }
  }

  @Test
  void qemu_may_read_what_is_served_read_only_and_may_not_write_it() {
    Tool.require("qemu-io", "qemu-img");
    try (DiskServer server = DiskServer.serve(image, "--read-only")) {
      qemuRead().succeeded();
      assertThat(qemuIo("write 0 512").failed().words()).contains("lock");
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void an_image_that_qemu_has_open_is_refused() {
    try (Running qemu = qemuNbd()) {
      CommandLineIT.assertRefusal(DiskServer.refusal(image), 1);
      CommandLineIT.assertRefusal(DiskServer.refusal(image, "--read-only"), 1);
      assertThat(qemu.isAlive()).isTrue();
    }
    DiskServer.serve(image).close();
  }

  /**
   * Whether it could be written too is QEMU's to say: qemu-nbd shares writing, a guest does not.
   */
  @Test
  void an_image_that_qemu_reads_can_be_served_read_only() throws IOException {
    try (Running qemu = qemuNbd("--read-only")) {
      try (DiskServer server = DiskServer.serve(image, "--read-only");
          NbdClient client = NbdClient.ready(server.socket())) {
        assertThat(client.read(0, 512)).isEqualTo(Images.read(image, 0, 512));
      }
      assertThat(qemu.isAlive()).isTrue();
    }
  }

  @Test
  void two_servers_share_an_image_only_if_both_only_read() throws IOException {
    try (DiskServer first = DiskServer.serve(image, "--read-only")) {
      CommandLineIT.assertRefusal(DiskServer.refusal(image, "--nbd", "unix:" + other), 1);
      try (DiskServer second = DiskServer.serve(image, "--read-only", "--nbd", "unix:" + other);
          NbdClient client = NbdClient.ready(other)) {
        assertThat(client.read(0, 512)).isEqualTo(Images.read(image, 0, 512));
        assertThat(second.isAlive()).isTrue();
      }
      assertThat(first.isAlive()).isTrue();
    }
    try (DiskServer writer = DiskServer.serve(image)) {
      CommandLineIT.assertRefusal(
          DiskServer.refusal(image, "--read-only", "--nbd", "unix:" + other), 1);
      assertThat(writer.isAlive()).isTrue();
    }
  }

  @Test
  void a_killed_server_s_image_and_socket_can_be_taken_over_at_once() throws IOException {
    for (int round = 0; round < 3; round++) {
      DiskServer victim = DiskServer.serve(image);
      victim.kill();
      assertThat(Files.exists(victim.socket())).as("the dead one's socket").isTrue();
      try (DiskServer heir = DiskServer.serve(image);
          NbdClient client = NbdClient.ready(heir.socket())) {
        assertThat(client.read(0, 512)).hasSize(512);
      }
      victim.close();
    }
  }

  private Tool.Result qemuIo(String command) {
    return Tool.run("qemu-io", "-f", "raw", "-c", command, image);
  }

  private Tool.Result qemuRead() {
    Path copy = directory.resolve("copy.img");
    return Tool.run("qemu-img", "convert", "-f", "raw", "-O", "raw", image, copy);
  }

  private Running qemuNbd(String... options) {
    List<Object> arguments =
        new ArrayList<>(List.of("--persistent", "--format=raw", "--socket=" + other));
    arguments.addAll(List.of(options));
    arguments.add(image);
    Running qemu = Tool.start(directory, "qemu-nbd", arguments.toArray());
    Await.until(
        "qemu-nbd listens: " + qemu.describe(), Duration.ofSeconds(20), () -> Files.exists(other));
    return qemu;
  }
}
