package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.DirectAlignment;
import dev.uring.OpenFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that can be served; {@link ImageRefusalTest} has the others. */
class ImageFileTest {
  private static final ImageOptions DEFAULTS = ImageOptions.defaults().withPatience(Duration.ZERO);

  @TempDir Path directory;

  @Test
  void an_image_of_any_size_is_served_at_byte_granularity() throws Exception {
    Path path = Files.write(directory.resolve("odd.img"), new byte[12_345]);
    try (ImageFile image = ImageFile.open(path, DEFAULTS)) {
      assertThat(image.size()).isEqualTo(12_345);
      assertThat(image.minimumBlockSize()).isEqualTo(1);
      assertThat(image.preferredBlockSize()).isGreaterThanOrEqualTo(4096);
      assertThat(image.alignment()).isEqualTo(new DirectAlignment(1, 1));
      assertThat(image.isBlockDevice()).isFalse();
      assertThat(image.device()).isEmpty();
      assertThat(image.path()).isEqualTo(path);
      assertThat(image).hasToString("ImageFile[" + path + ", 12345]");
    }
  }

  @Test
  void a_new_image_is_sparse_private_and_of_its_size() {
    Path path = directory.resolve("new.img");
    try (ImageFile image = ImageFile.open(path, DEFAULTS.withCreate(1L << 30))) {
      assertThat(image.size()).isEqualTo(1L << 30);
      assertThat(image.descriptor().status().allocated()).isLessThan(1 << 20);
      assertThat(image.descriptor().status().permissions()).isEqualTo(0600);
      assertThat(image.isReadOnly()).isFalse();
    }
    assertThat(path).hasSize(1L << 30);
  }

  @Test
  void the_block_size_asked_for_is_the_smallest_and_the_preferred_one_no_less() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
    try (ImageFile image = ImageFile.open(path, DEFAULTS.withBlockSize(512))) {
      assertThat(image.minimumBlockSize()).isEqualTo(512);
      assertThat(image.preferredBlockSize()).isGreaterThanOrEqualTo(4096);
    }
    try (ImageFile image = ImageFile.open(path, DEFAULTS.withBlockSize(65_536))) {
      assertThat(image.minimumBlockSize()).isEqualTo(65_536);
      assertThat(image.preferredBlockSize()).isGreaterThanOrEqualTo(65_536);
    }
  }

  @Test
  void direct_transfers_ask_for_the_alignment_that_the_file_system_tells() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
    DirectAlignment told;
    try (Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      told = file.status().directAlignment().orElse(new DirectAlignment(4096, 4096));
    }
    try (ImageFile image = ImageFile.open(path, DEFAULTS.withDirect(true))) {
      assertThat(image.alignment()).isEqualTo(told);
      assertThat(image.minimumBlockSize()).isEqualTo(told.offset());
      assertThat(image.isDirect()).isTrue();
      assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + number(image))))
          .containsPattern("flags:\\s+0?21?[0-9]*[4-7][0-9]{4}\n");
    }
    try (ImageFile image = ImageFile.open(path, DEFAULTS.withDirect(true).withBlockSize(8192))) {
      assertThat(image.minimumBlockSize()).isEqualTo(8192);
    }
  }

  private static String number(ImageFile image) {
    return image.descriptor().toString().replaceAll("\\D*(\\d+).*", "$1");
  }

  @Test
  void a_symbolic_link_to_an_image_is_as_good_as_the_image() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[4096]);
    Path link = Files.createSymbolicLink(directory.resolve("link.img"), path);
    try (ImageFile throughLink = ImageFile.open(link, DEFAULTS.withReadOnly(true));
        ImageFile image = ImageFile.open(path, DEFAULTS.withReadOnly(true))) {
      assertThat(throughLink.size()).isEqualTo(4096);
      assertThat(throughLink.serial()).isEqualTo(image.serial());
    }
  }

  @Test
  void the_serial_number_is_the_files_own_unless_one_is_given() throws Exception {
    Path first = Files.write(directory.resolve("first.img"), new byte[4096]);
    Path second = Files.write(directory.resolve("second.img"), new byte[4096]);
    String serial;
    try (ImageFile one = ImageFile.open(first, DEFAULTS);
        ImageFile two = ImageFile.open(second, DEFAULTS)) {
      serial = one.serial();
      assertThat(serial).hasSize(ImageOptions.SERIAL_MAXIMUM).isNotEqualTo(two.serial());
    }
    try (ImageFile again = ImageFile.open(first, DEFAULTS)) {
      assertThat(again.serial()).isEqualTo(serial);
    }
    try (ImageFile named = ImageFile.open(first, DEFAULTS.withSerial("vol-7"))) {
      assertThat(named.serial()).isEqualTo("vol-7");
    }
  }

  @Test
  void closing_twice_is_closing_once() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[4096]);
    ImageFile image = ImageFile.open(path, DEFAULTS);
    image.close();
    image.close();
    assertThat(image.descriptor().isClosed()).isTrue();
    ImageFile.open(path, DEFAULTS).close();
  }

  @Test
  void opening_and_closing_leaves_no_descriptor() throws Exception {
    Path path = Files.write(directory.resolve("disk.img"), new byte[4096]);
    OpenDescriptors.mustNotLeak(1_000, () -> ImageFile.open(path, DEFAULTS).close());
  }
}
