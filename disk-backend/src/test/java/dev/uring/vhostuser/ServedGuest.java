package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.ring.PolicyObservation;
import dev.uring.virtio.BlockOptions;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A server in this process, over an image of its own in a directory of the test's. */
final class ServedGuest implements AutoCloseable {
  static final int SIZE = 4 << 20;

  final ImageFile image;
  final VhostUserServer server;
  final Path path;

  private ServedGuest(ImageFile image, Path path, BlockOptions options, boolean sealedOnly) {
    this(image, path, options, sealedOnly, found -> {});
  }

  private ServedGuest(
      ImageFile image,
      Path path,
      BlockOptions options,
      boolean sealedOnly,
      Consumer<PolicyObservation> observer) {
    this.image = image;
    this.path = path;
    this.server =
        VhostUserServer.start(
            new RawDisk(image),
            VhostListener.open(path),
            new VhostUserServerOptions(options, sealedOnly, true),
            observer);
  }

  static ServedGuest start(Path directory, BlockOptions options, boolean sealedOnly) {
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
    return new ServedGuest(image, directory.resolve("socket"), options, sealedOnly);
  }

  /** One queue, and somebody who hears of each ring that is made. */
  static ServedGuest startObserved(Path directory, Consumer<PolicyObservation> observer) {
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(SIZE));
    return new ServedGuest(
        image, directory.resolve("socket"), BlockOptions.defaults(), false, observer);
  }

  static ServedGuest start(Path directory) {
    return start(directory, BlockOptions.defaults().withQueues(2).withThreads(2), false);
  }

  static ServedGuest startReadOnly(Path image, Path directory) {
    ImageFile open = ImageFile.open(image, ImageOptions.defaults().withReadOnly(true));
    return new ServedGuest(open, directory.resolve("socket"), BlockOptions.defaults(), false);
  }

  /** That a good front end is served, on every queue. */
  void mustServe(int value) {
    try (FrontEnd frontEnd = FrontEnd.ready(path)) {
      for (int index = 0; index < server.device().options().queues(); index++) {
        FrontEndRing ring = frontEnd.startRing(index);
        assertThat(ring.write(8L * index, value + index)).isZero();
        assertThat(ring.read(8L * index)).isEqualTo((value + index) & 0xff);
        assertThat(ring.request(FrontEndRing.FLUSH, 0, 0)).isZero();
      }
    }
  }

  @Override
  public void close() {
    server.close();
    image.close();
  }
}
