package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdClient;
import dev.uring.nbd.NbdServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
  @TempDir Path directory;

  @Test
  void the_demonstration_shows_every_step_and_leaves_nothing() throws IOException {
    List<Path> before = leftovers();

    Invocation shown = Invocation.of("demo");

    assertThat(shown.err()).isEmpty();
    assertThat(shown.status()).isZero();
    assertThat(shown.out())
        .contains("Read them back: the same bytes.")
        .contains("it reads as zeroes")
        .containsPattern("open the image by its name +-13: EACCES, refused")
        .contains("requests/s")
        .endsWith("Cleaned up.\n");
    assertThat(shown.out().lines().filter(line -> line.matches("  (read|write) .*[0-9.]+")))
        .hasSize(DemoWorkload.values().length);
    assertThat(leftovers()).isEqualTo(before);
  }

  private static List<Path> leftovers() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(path -> path.getFileName().toString().startsWith("uring-disk-demo-"))
          .sorted()
          .toList();
    }
  }

  @Test
  void a_byte_that_is_not_what_was_written_fails_the_demonstration() throws IOException {
    NbdAddress address = new NbdAddress.Unix(directory.resolve("s").toString());
    ServeRequest request =
        new ServeRequest(
            directory.resolve("disk.img"),
            ImageOptions.defaults().withCreate(1 << 20),
            List.of(address),
            NbdServerOptions.defaults().withThreads(1));
    try (DiskService service = DiskService.start(request);
        NbdClient client = NbdClient.connect(address)) {
      client.write(4711, ByteBuffer.wrap(new byte[] {1}), 0);
      ByteBuffer zeroes = ByteBuffer.allocate(8192);

      assertThatThrownBy(() -> Demo.compare(client, 0, zeroes, ByteBuffer.allocate(8192)))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("first at 4711");
      service.stop();
    }
  }

  @Test
  void a_kernel_that_lets_through_what_is_forbidden_fails_the_demonstration() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    URingAllowlist loose =
        URingAllowlist.closedBlockServer().toBuilder().allow(UringOperation.OPENAT).build();

    assertThatThrownBy(
            () -> new ForbiddenRequest(loose, file).show(new PrintWriter(new StringWriter())))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("openat");
  }

  @Test
  void a_directory_for_temporary_files_that_cannot_be_used_is_named_with_a_way_out() {
    String usual = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", directory.resolve("none").toString());
    try {
      assertThat(Invocation.of("demo").refusesWith(1).err()).contains("set TMPDIR");
    } finally {
      System.setProperty("java.io.tmpdir", usual);
    }
  }
}
