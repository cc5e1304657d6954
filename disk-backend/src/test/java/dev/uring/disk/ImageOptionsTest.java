package dev.uring.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageOptionsTest {
  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -512, 0, 3, 513, 131_072})
  void a_block_size_is_a_power_of_two_that_nbd_knows(int bytes) {
    assertUsage(() -> ImageOptions.defaults().withBlockSize(bytes), "--block-size " + bytes);
  }

  @Test
  void an_image_without_room_is_not_made() {
    assertUsage(() -> ImageOptions.defaults().withCreate(0), "--create 0");
    assertUsage(() -> ImageOptions.defaults().withCreate(-5), "--create -5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "123456789012345678901", "ü", "a\nb", "a\0"})
  void a_serial_number_is_short_and_printable(String text) {
    assertUsage(() -> ImageOptions.defaults().withSerial(text), "--serial");
  }

  private static void assertUsage(Runnable wrong, String option) {
    assertThatThrownBy(wrong::run)
        .hasMessageContaining(option)
        .asInstanceOf(InstanceOfAssertFactories.type(DiskException.class))
        .returns(true, DiskException::isUsage)
        .returns(2, DiskException::exitStatus);
  }

  @Test
  void each_option_is_kept_and_the_others_with_it() {
    ImageOptions all =
        ImageOptions.defaults()
            .withReadOnly(true)
            .withDirect(true)
            .withBlockSize(512)
            .withCreate(1 << 20)
            .withSerial("S1");
    assertThat(all)
        .hasToString("ImageOptions[read-only, direct, block size 512, create 1M, serial S1]");
    assertThat(ImageOptions.defaults()).hasToString("ImageOptions[read-write]");
  }
}
