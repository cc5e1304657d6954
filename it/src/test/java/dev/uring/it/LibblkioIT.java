package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code serve --vhost-user}, driven by libblkio: another front end that other people wrote. */
class LibblkioIT {
  private static final long SIZE = 16L * Images.MIB;

  @TempDir private Path directory;

  private Path client() {
    Tool.require("gcc");
    Path program = directory.resolve("blkio-verify");
    Path source = Repository.root().resolve("it/src/main/c/blkio-verify.c");
    Tool.Result known =
        Tool.run("sh", "-c", "printf '#include <blkio.h>\\n' | gcc -E - > /dev/null");
    if (known.status() != 0) {
      Assumptions.abort("skipped: libblkio is not installed");
    }
    Tool.run("gcc", "-O2", "-Wall", "-Werror", "-o", program, source, "-lblkio").succeeded();
    return program;
  }

  /** Queues that wait and are called, and queues that only look. */
  @ParameterizedTest
  @CsvSource({"1, 0", "4, 0", "0, 1", "2, 2"})
  void what_libblkio_writes_it_reads_again(int queues, int polled) {
    Path program = client();
    Path socket = directory.resolve("guest.sock");
    Path image = Images.sparse(directory.resolve("disk.img"), SIZE);
    try (DiskServer server = DiskServer.serve(image, "--vhost-user", socket)) {
      for (int round = 0; round < 3; round++) {
        Tool.Result result = Tool.run(program.toString(), socket, queues, polled).succeeded();
        assertThat(result.output()).contains(SIZE + " bytes").contains("all as written");
      }
      assertThat(server.isAlive()).isTrue();
    }
    assertThat(Images.read(image, 3 * 16_384, 8)).isNotEqualTo(new byte[8]);
  }
}
