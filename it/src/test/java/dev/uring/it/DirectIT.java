package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --direct}: past the page cache, with the alignment that the file system asks for. */
class DirectIT {
  private static final int SIZE = 64 * Images.MIB;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    image = Images.random(directory.resolve("disk.img"), SIZE, 81);
    Tool.Result direct =
        Tool.run("dd", "if=" + image, "of=/dev/null", "bs=1M", "count=1", "iflag=direct");
    if (direct.status() != 0) {
      Assumptions.abort("skipped: no O_DIRECT on the file system of " + directory.getParent());
    }
  }

  @Test
  void the_advertised_minimum_block_size_is_what_the_file_system_asks_for() throws IOException {
    int alignment = alignmentOf(image);
    try (DiskServer server = DiskServer.serve(image, "--direct");
        NbdClient client = NbdClient.ready(server.socket())) {
      assertThat(client.minimumBlockSize()).isEqualTo(alignment);
    }
  }

  @Test
  void a_request_off_the_alignment_is_invalid_and_the_export_goes_on() throws IOException {
    try (DiskServer server = DiskServer.serve(image, "--direct");
        NbdClient client = NbdClient.ready(server.socket())) {
      int block = client.minimumBlockSize();
      assertThat(client.error(0, Nbd.CMD_READ, 1, block)).isEqualTo(Nbd.EINVAL);
      assertThat(client.error(0, Nbd.CMD_READ, 0, block - 1)).isEqualTo(Nbd.EINVAL);
      assertThat(client.write(0, 1, new byte[block])).isEqualTo(Nbd.EINVAL);
      assertThat(client.read(block, block)).isEqualTo(Images.read(image, block, block));
    }
  }

  @Test
  void whole_images_go_out_and_in() {
    Tool.require("nbdcopy");
    Path copy = directory.resolve("copy.img");
    try (DiskServer server = DiskServer.serve(image, "--direct")) {
      Tool.run("nbdcopy", server.uri(), copy).succeeded();
    }
    Images.assertSame(image, copy);
    Path target = Images.sparse(directory.resolve("target.img"), SIZE);
    try (DiskServer server = DiskServer.serve(target, "--direct")) {
      Tool.run("nbdcopy", "--flush", copy, server.uri()).succeeded();
    }
    Images.assertSame(image, target);
  }

  @Test
  void fio_finds_the_right_checksums_at_depth_32() {
    Fio.require();
    try (DiskServer server = DiskServer.serve(image, "--direct")) {
      Fio.run(server, "--rw=randwrite", "--bs=4k", "--size=8m");
    }
  }

  private int alignmentOf(Path file) throws IOException {
    Tool.require("gcc");
    Path source = directory.resolve("alignment.c");
    try (InputStream code =
        Objects.requireNonNull(DirectIT.class.getResourceAsStream("/direct-io-alignment.c"))) {
      Files.copy(code, source);
    }
    Path program = directory.resolve("alignment");
    Tool.run("gcc", "-Wall", "-Werror", "-o", program, source).succeeded();
    try (Running running = Running.start(directory, List.of(program.toString(), file.toString()))) {
      assertThat(running.await(DiskServer.START_LIMIT)).isZero();
      int alignment = Integer.parseInt(running.output().strip());
      if (alignment == 0) {
        Assumptions.abort("skipped: the kernel does not tell the alignment of direct I/O");
      }
      return alignment;
    }
  }
}
