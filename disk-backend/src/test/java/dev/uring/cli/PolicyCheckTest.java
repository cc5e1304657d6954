package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.nbd.NbdExports;
import dev.uring.nbd.NbdServer;
import dev.uring.nbd.NbdServerOptions;
import dev.uring.ring.PolicyObservation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyCheckTest {
  @TempDir Path directory;

  private static PolicyObservation under(URingAllowlist list) {
    return PolicySubjects.bare(list).rings().get(0);
  }

  @Test
  void a_ring_that_does_what_was_wished_passes() {
    for (URingAllowlist preset : URingAllowlist.presets().values()) {
      assertThatCode(() -> PolicyCheck.of(preset).accept(under(preset))).doesNotThrowAnyException();
    }
  }

  @Test
  void one_that_permits_more_or_less_does_not_and_the_sentence_names_what() {
    URingAllowlist wish = URingAllowlist.closedBlockServer();
    URingAllowlist more = URingAllowlist.mutableBlockDevice();

    assertThatThrownBy(() -> PolicyCheck.of(wish).accept(under(more)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("accept: wished permitted, found denied")
        .hasMessageContaining("register_files_update: wished denied, found permitted")
        .hasMessageContaining("nothing is served")
        .hasMessageNotContaining("and more");
    assertThatThrownBy(() -> PolicyCheck.of(wish).accept(under(URingAllowlist.service())))
        .hasMessageContaining("; and more)");
  }

  @Test
  void a_server_whose_rings_are_not_liked_does_not_start_and_leaves_nothing() throws IOException {
    Path file = Files.write(directory.resolve("disk.img"), new byte[1 << 16]);
    NbdServerOptions options = NbdServerOptions.defaults().withThreads(2);
    URingAllowlist otherWish = URingAllowlist.closedBlockServerReadOnly();
    try (ImageFile image = ImageFile.open(file, ImageOptions.defaults())) {
      RawDisk disk = new RawDisk(image);
      NbdExports exports = NbdExports.of(DiskService.export(image, options));

      assertThatThrownBy(
              () -> NbdServer.start(disk, exports, List.of(), options, PolicyCheck.of(otherWish)))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("fsync: wished denied, found permitted");
    }
    // The lock on the image went with the last ring that held it.
    try (ImageFile again = ImageFile.open(file, ImageOptions.defaults())) {
      assertThat(again.size()).isEqualTo(1 << 16);
    }
  }
}
