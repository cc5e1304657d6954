package dev.uring.it;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole images through libnbd's {@code nbdcopy}, which uses many connections at once. */
class NbdcopyIT {
  private static final long SIZE = 256L * Images.MIB;

  @TempDir private Path directory;

  @BeforeEach
  void need_nbdcopy() {
    Tool.require("nbdcopy");
  }

  @Test
  void an_image_copied_out_is_the_same_to_the_byte() {
    Path image = Images.random(directory.resolve("disk.img"), SIZE, 1);
    Path copy = directory.resolve("copy.img");
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.run("nbdcopy", server.uri(), copy).succeeded();
      Images.assertSame(image, copy);
    }
  }

  @Test
  void an_image_copied_in_is_the_same_to_the_byte() {
    Path source = Images.random(directory.resolve("source.img"), SIZE, 2);
    Path image = Images.sparse(directory.resolve("disk.img"), SIZE);
    try (DiskServer server = DiskServer.serve(image)) {
      Tool.run("nbdcopy", "--flush", source, server.uri()).succeeded();
    }
    Images.assertSame(source, image);
  }

  @Test
  void an_image_with_holes_comes_out_and_goes_in_again() {
    Path image = Images.random(directory.resolve("disk.img"), 4 * Images.MIB + 3, 3);
    Tool.run("truncate", "-s", 16 * Images.MIB + 5, image).succeeded();
    Path target = Images.random(directory.resolve("target.img"), 16 * Images.MIB + 5, 4);
    try (DiskServer from = DiskServer.serve(image, "--read-only");
        DiskServer to = DiskServer.serve(target)) {
      Tool.run("nbdcopy", "--flush", from.uri(), to.uri()).succeeded();
    }
    Images.assertSame(image, target);
  }
}
