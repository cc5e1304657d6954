package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code qemu-img} as a client. */
class QemuImgIT {
  private static final int SIZE = 32 * Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    Tool.require("qemu-img");
    image = Images.random(directory.resolve("disk.img"), SIZE, 5);
  }

  @Test
  void info_tells_the_size() {
    try (DiskServer server = DiskServer.serve(image)) {
      String json =
          Tool.run("qemu-img", "info", "-f", "raw", "--output=json", server.uri())
              .succeeded()
              .output();
      assertThat(json).contains("\"virtual-size\": " + SIZE);
    }
  }

  @Test
  void convert_takes_the_image_out() {
    Path copy = directory.resolve("copy.img");
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.run("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(), copy).succeeded();
      Images.assertSame(image, copy);
    }
  }

  @Test
  void convert_through_qcow2_and_back_in_changes_nothing() {
    Path packed = directory.resolve("packed.qcow2");
    Path target = Images.random(directory.resolve("target.img"), SIZE, 6);
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", server.uri(), packed).succeeded();
    }
    try (DiskServer server = DiskServer.serve(target)) {
      Tool.run("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", packed, server.uri())
          .succeeded();
    }
    Images.assertSame(image, target);
  }

  @Test
  void compare_finds_a_copy_identical_and_one_changed_byte_different() {
    Path copy = directory.resolve("copy.img");
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.run("qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri(), copy).succeeded();
      Tool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", server.uri(), copy).succeeded();
      byte[] middle = Images.read(copy, SIZE / 2, 1);
      middle[0] ^= 1;
      Images.write(copy, SIZE / 2, middle);
      Tool.Result different =
          Tool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", server.uri(), copy);
      assertThat(different.status()).as("%s", different).isEqualTo(1);
    }
  }
}
