package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.ring.UringException;
import dev.uring.virtio.BlockOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sockets that a back end was started with. */
@Timeout(60)
class VhostListenerTest {
  @TempDir Path directory;

  private static int number(Descriptor descriptor) {
    return Integer.parseInt(descriptor.toString().replaceFirst("^Descriptor\\[([0-9]+) .*", "$1"));
  }

  private ImageFile image() {
    return ImageFile.open(
        directory.resolve("image"), ImageOptions.defaults().withCreate(ServedGuest.SIZE));
  }

  private static VhostUserServer serve(ImageFile image, Descriptor inherited) {
    return VhostUserServer.start(
        new RawDisk(image),
        VhostListener.inherited(number(inherited)),
        VhostUserServerOptions.of(BlockOptions.defaults()),
        found -> {});
  }

  @Test
  void a_connected_socket_serves_its_only_front_end_and_ends_with_it() throws Exception {
    List<Descriptor> pair = Sockets.pair();
    try (ImageFile image = image();
        VhostUserServer server = serve(image, pair.get(1))) {
      try (FrontEnd frontEnd = new FrontEnd(pair.get(0))) {
        frontEnd.negotiate(FrontEnd.FEATURES).shareMemory();
        FrontEndRing ring = frontEnd.startRing(0);
        assertThat(ring.write(0, 7)).isZero();
        assertThat(ring.read(0)).isEqualTo(7);
        assertThat(server.ended()).isNotDone();
      }
      server.ended().get(30, TimeUnit.SECONDS);
    }
    pair.get(1).close();
  }

  @Test
  void a_connected_socket_whose_front_end_stays_does_not_keep_the_server() {
    List<Descriptor> pair = Sockets.pair();
    try (ImageFile image = image();
        VhostUserServer server = serve(image, pair.get(1));
        FrontEnd frontEnd = new FrontEnd(pair.get(0))) {
      frontEnd.negotiate(FrontEnd.FEATURES);
      assertThat(server.stop()).isZero();
      assertThat(frontEnd.isCutOff()).isTrue();
    }
    pair.get(1).close();
  }

  @Test
  void a_listening_socket_serves_one_front_end_after_the_other() {
    Path path = directory.resolve("socket");
    try (Descriptor listening = Sockets.listenUnix(path, 0600, 4);
        ImageFile image = image();
        VhostUserServer server = serve(image, listening)) {
      for (int round = 0; round < 3; round++) {
        try (FrontEnd frontEnd = FrontEnd.ready(path)) {
          assertThat(frontEnd.startRing(0).write(0, round)).isZero();
        }
      }
      assertThat(server.ended()).isNotDone();
    }
    // The name is that of whoever made it.
    assertThat(path).exists();
  }

  @Test
  void what_is_no_socket_is_refused() {
    try (Descriptor counter = Descriptor.eventFd(0)) {
      assertThatThrownBy(() -> VhostListener.inherited(number(counter)))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("ENOTSOCK");
      assertThatThrownBy(() -> VhostListener.inherited(999_999)).isInstanceOf(UringException.class);
    }
  }
}
