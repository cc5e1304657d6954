package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/emulator.md. */
@Timeout(60)
class EmulatorExampleTest {
  private static final int SIZE = 1 << 20;

  @TempDir Path directory;

  @Test
  void a_guest_boots_and_copies_a_sector_and_the_image_has_it() throws Exception {
    Path path = directory.resolve("disk.img");
    try (ImageFile image = ImageFile.open(path, ImageOptions.defaults().withCreate(SIZE));
        TinyEmulator machine = new TinyEmulator(new RawDisk(image), 1 << 20)) {
      TinyGuest guest = new TinyGuest(machine);
      assertThat(guest.boot()).isEqualTo(SIZE / 512);
      machine.store(TinyGuest.DATA + 8, 8, 0x1122_3344_5566_7788L);
      assertThat(guest.write(7, 1)).isZero();
      assertThat(guest.flush()).isZero();
      machine.store(TinyGuest.DATA + 8, 8, 0);
      assertThat(guest.read(7, 1)).isZero();
      assertThat(machine.load(TinyGuest.DATA + 8, 8)).isEqualTo(0x1122_3344_5566_7788L);
      assertThat(guest.read(SIZE / 512, 1)).isEqualTo(1);
    }
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(content.getLong(7 * 512 + 8)).isEqualTo(0x1122_3344_5566_7788L);
  }

  @Test
  void a_guest_goes_on_beyond_the_wrap_of_its_indices() throws Exception {
    Path path = directory.resolve("disk.img");
    try (ImageFile image = ImageFile.open(path, ImageOptions.defaults().withCreate(SIZE));
        TinyEmulator machine = new TinyEmulator(new RawDisk(image), 1 << 20)) {
      TinyGuest guest = new TinyGuest(machine);
      guest.boot();
      for (int request = 0; request < 70_000; request++) {
        assertThat(guest.read(request % 2048, 1)).isZero();
      }
    }
  }
}
