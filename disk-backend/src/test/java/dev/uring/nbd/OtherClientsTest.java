package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The handshake and the rules before clients that others wrote. */
@Timeout(120)
class OtherClientsTest {

  private static final int SIZE = 8 << 20;

  @TempDir Path directory;
  private MemoryServer server;

  @BeforeEach
  void serve() throws IOException {
    NbdExport first = export("").description("of the first kind").build();
    NbdExport second = export("zwei").minimumBlockSize(4096).readOnly(true).build();
    server = MemoryServer.unix(directory, first, second);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    assertThat(server.failures()).isEmpty();
  }

  private static NbdExport.Builder export(String name) {
    return NbdExport.builder(name, SIZE)
        .flush(true)
        .fua(true)
        .trim(true)
        .writeZeroes(true)
        .cache(true)
        .multiConn(true);
  }

  private String succeed(String... command) throws Exception {
    Programs.Result result = Programs.run(directory, command);
    assertThat(result.status()).as(result.output()).isZero();
    return result.output();
  }

  private String qemuIo(String... commands) throws Exception {
    String[] all = new String[5 + 2 * commands.length];
    all[0] = "qemu-io";
    all[1] = "-f";
    all[2] = "raw";
    for (int i = 0; i < commands.length; i++) {
      all[3 + 2 * i] = "-c";
      all[4 + 2 * i] = commands[i];
    }
    all[all.length - 2] = "--";
    all[all.length - 1] = server.address().uri();
    return succeed(all);
  }

  @Test
  void nbdinfo_reads_what_the_export_says() throws Exception {
    Programs.require("nbdinfo");
    assertThat(succeed("nbdinfo", "--size", server.address().uri()).strip())
        .isEqualTo(Integer.toString(SIZE));
    assertThat(succeed("nbdinfo", server.address().uri()))
        .contains("newstyle-fixed without TLS", "of the first kind", "can_multi_conn: true")
        .contains("can_trim: true", "can_fua: true", "is_read_only: false");
    assertThat(succeed("nbdinfo", server.address().withExportName("zwei").uri()))
        .contains("is_read_only: true", "can_trim: false", "block_size_minimum: 4096");
  }

  @Test
  void nbdinfo_lists_every_export() throws Exception {
    Programs.require("nbdinfo");
    assertThat(succeed("nbdinfo", "--list", server.address().uri()))
        .contains("export=\"\"", "export=\"zwei\"", "of the first kind");
  }

  @Test
  void nbdinfo_is_told_that_an_export_does_not_exist() throws Exception {
    Programs.require("nbdinfo");
    Programs.Result result =
        Programs.run(directory, "nbdinfo", server.address().withExportName("drei").uri());
    assertThat(result.status()).isNotZero();
    assertThat(result.output()).contains("No such file or directory for export: drei");
  }

  @Test
  void nbdcopy_brings_an_image_in_and_out_again() throws Exception {
    Programs.require("nbdcopy");
    byte[] image = new byte[SIZE];
    new Random(7).nextBytes(image);
    Arrays.fill(image, SIZE / 2, SIZE / 2 + (1 << 20), (byte) 0);
    Path in = Files.write(directory.resolve("in.img"), image);
    Path out = directory.resolve("out.img");
    succeed("nbdcopy", "--flush", in.toString(), server.address().uri());
    succeed("nbdcopy", server.address().uri(), out.toString());
    assertThat(Files.mismatch(in, out)).isEqualTo(-1);
  }

  @Test
  void qemu_io_finds_the_patterns_that_it_wrote() throws Exception {
    Programs.require("qemu-io");
    String output =
        qemuIo(
            "write -P 0x5a 0 1M",
            "write -f -P 0x11 12345 678",
            "write -z 64k 64k",
            "discard 512k 64k",
            "flush",
            "read -P 0x5a 0 12345",
            "read -P 0x11 12345 678",
            "read -P 0 64k 64k",
            "read -P 0x5a 128k 128k");
    assertThat(output).doesNotContain("Pattern verification failed").contains("wrote 678/678");
  }

  @Test
  void qemu_io_cannot_write_to_a_read_only_export() throws Exception {
    Programs.require("qemu-io");
    Programs.Result result =
        Programs.run(
            directory,
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write 0 4k",
            server.address().withExportName("zwei").uri());
    assertThat(result.status()).isNotZero();
    assertThat(server.commands()).doesNotContain(NbdProtocol.Command.WRITE);
  }
}
