package dev.uring.virtio;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import java.nio.file.Path;

/** An emulated machine with a block device: memory, an interrupt line, a driver. */
final class Machine implements AutoCloseable {
  static final long ALL = -1;
  static final long RAM = 0x8000_0000L;

  final ImageFile image;
  final RawDisk disk;
  final GuestArea area;
  final TestLine line = new TestLine();
  final VirtioMmio device;
  final MmioDriver driver;

  private Machine(ImageFile image, BlockOptions options, GuestArea area, GuestMemory memory) {
    this.image = image;
    this.disk = new RawDisk(image);
    this.area = area;
    this.device = VirtioMmio.open(disk, memory, line, options);
    this.driver = new MmioDriver(device, area, line);
  }

  static Machine make(ImageFile image, BlockOptions options, GuestArea area) {
    return make(image, options, area, area.map());
  }

  static Machine make(ImageFile image, BlockOptions options, GuestArea area, GuestMemory memory) {
    return new Machine(image, options, area, memory);
  }

  static Machine make(Path directory, long size, BlockOptions options) {
    ImageFile image =
        ImageFile.open(directory.resolve("image"), ImageOptions.defaults().withCreate(size));
    return make(image, options, GuestArea.make(RAM, 4 << 20));
  }

  static Machine make(Path directory, long size) {
    return make(directory, size, BlockOptions.defaults());
  }

  Machine boot() {
    driver.boot(ALL, 1, 64);
    return this;
  }

  @Override
  public void close() {
    device.close();
    image.close();
  }
}
