package dev.uring.nbd;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A server in this process, over an image of its own in a directory of the test's. */
final class ServedDisk implements AutoCloseable {
  final ImageFile image;
  final NbdServer server;
  final NbdAddress address;

  private ServedDisk(ImageFile image, NbdServer server) {
    this.image = image;
    this.server = server;
    this.address = server.addresses().get(0);
  }

  static ServedDisk start(
      Path directory, long size, ImageOptions imageOptions, NbdServerOptions options) {
    ImageFile image = ImageFile.open(directory.resolve("image"), imageOptions.withCreate(size));
    return serve(directory, image, options);
  }

  static ServedDisk serve(Path directory, ImageFile image, NbdServerOptions options) {
    NbdExport export =
        NbdExport.builder("", image.size())
            .minimumBlockSize(image.minimumBlockSize())
            .preferredBlockSize(image.preferredBlockSize())
            .maximumBlockSize(options.maximumRequest())
            .readOnly(image.isReadOnly())
            .flush(true)
            .fua(true)
            .trim(true)
            .writeZeroes(true)
            .fastZero(true)
            .cache(true)
            .multiConn(true)
            .build();
    NbdListener listener =
        NbdListener.open(new NbdAddress.Unix(directory.resolve("socket").toString()));
    return new ServedDisk(
        image,
        NbdServer.start(new RawDisk(image), NbdExports.of(export), List.of(listener), options));
  }

  static ServedDisk start(Path directory, long size) {
    return start(directory, size, ImageOptions.defaults(), NbdServerOptions.defaults());
  }

  NbdClient client() throws IOException {
    return NbdClient.connect(address);
  }

  @Override
  public void close() {
    server.close();
    image.close();
  }
}
