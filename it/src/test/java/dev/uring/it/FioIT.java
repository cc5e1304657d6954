package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code fio} with its own NBD engine: checksums over what comes back. */
class FioIT {
  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() {
    Fio.require();
    image = Images.sparse(directory.resolve("disk.img"), 64 * Images.MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4k", "512", "64k"})
  void random_writes_at_depth_32_are_read_back_with_the_right_checksums(String blockSize) {
    try (DiskServer server = DiskServer.serve(image)) {
      Fio.run(server, "--rw=randwrite", "--bs=" + blockSize, "--io_size=16m", "--size=64m");
    }
  }

  @Test
  void mixed_sizes_and_flushes_keep_the_checksums_right() {
    try (DiskServer server = DiskServer.serve(image)) {
      Fio.run(server, "--rw=randwrite", "--bsrange=512-128k", "--fsync=32", "--size=32m");
    }
  }

  @Test
  void a_byte_changed_behind_its_back_is_noticed() {
    try (DiskServer server = DiskServer.serve(image)) {
      Fio.run(server, "--rw=write", "--bs=4k", "--size=1m");
      byte[] bytes = Images.read(image, 5 * 4 * Images.KIB + 1000, 1);
      bytes[0] ^= 1;
      Images.write(image, 5 * 4 * Images.KIB + 1000, bytes);
      Tool.Result result =
          Fio.result(server, "--rw=write", "--bs=4k", "--size=1m", "--verify_only");
      assertThat(result.status()).as("%s", result).isNotZero();
    }
  }
}
