package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.virtio.MmioDriver.Outcome;
import dev.uring.virtio.RingDriver.Piece;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What each request is answered with (5.2.6). */
@Timeout(60)
class BlockRequestsTest {
  private static final int SIZE = 8 << 20;
  private static final int SECTORS = SIZE / 512;
  private static final int OK = 0;
  private static final int IOERR = 1;
  private static final int UNSUPP = 2;
  private static final byte[] NOTHING = {};

  @TempDir Path directory;
  private Machine machine;
  private MmioDriver driver;

  @BeforeEach
  void boot() {
    machine =
        Machine.make(
            ImageFile.open(
                directory.resolve("image"),
                ImageOptions.defaults().withCreate(SIZE).withSerial("SERIAL-7")),
            BlockOptions.defaults(),
            GuestArea.make(Machine.RAM, 4 << 20));
    machine.boot();
    driver = machine.driver;
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] ranges(long... sectorCountFlags) {
    ByteBuffer bytes =
        ByteBuffer.allocate(sectorCountFlags.length / 3 * 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int index = 0; index < sectorCountFlags.length; index += 3) {
      bytes.putLong(sectorCountFlags[index]);
      bytes.putInt((int) sectorCountFlags[index + 1]);
      bytes.putInt((int) sectorCountFlags[index + 2]);
    }
    return bytes.array();
  }

  private int status(int type, long sector, byte[] out, int in) throws InterruptedException {
    Outcome outcome = driver.request(type, sector, out, in);
    // Nothing is promised of data that was not read.
    assertThat(outcome.used()).isEqualTo(outcome.status() == OK || in == 0 ? in + 1 : 0);
    return outcome.status();
  }

  @Test
  void reads_and_writes_go_to_the_last_sector_and_no_further() throws Exception {
    assertThat(status(MmioDriver.OUT, SECTORS - 1, filled(512, 1), 0)).isEqualTo(OK);
    assertThat(driver.read(SECTORS - 1, 512)).containsOnly(1);
    assertThat(status(MmioDriver.OUT, SECTORS - 1, filled(1024, 1), 0)).isEqualTo(IOERR);
    assertThat(status(MmioDriver.IN, SECTORS - 1, NOTHING, 1024)).isEqualTo(IOERR);
    assertThat(status(MmioDriver.IN, SECTORS, NOTHING, 512)).isEqualTo(IOERR);
  }

  @Test
  void sectors_whose_bytes_overflow_are_errors() throws Exception {
    for (long sector :
        new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 55, (1L << 55) - 1, -SECTORS}) {
      assertThat(status(MmioDriver.IN, sector, NOTHING, 512)).isEqualTo(IOERR);
      assertThat(status(MmioDriver.OUT, sector, filled(512, 9), 0)).isEqualTo(IOERR);
      byte[] range = ranges(sector, 1, 0);
      assertThat(status(MmioDriver.DISCARD, 0, range, 0)).isEqualTo(IOERR);
      assertThat(status(MmioDriver.WRITE_ZEROES, 0, range, 0)).isEqualTo(IOERR);
    }
    assertThat(driver.read(0, SIZE / 4)).containsOnly(0);
  }

  @Test
  void lengths_that_are_no_whole_sectors_are_errors_and_none_at_all_is_fine() throws Exception {
    for (int length : new int[] {1, 511, 513, 1000}) {
      assertThat(status(MmioDriver.IN, 0, NOTHING, length)).isEqualTo(IOERR);
      assertThat(status(MmioDriver.OUT, 0, filled(length, 1), 0)).isEqualTo(IOERR);
    }
    assertThat(status(MmioDriver.IN, 0, NOTHING, 0)).isEqualTo(OK);
    assertThat(status(MmioDriver.OUT, 0, NOTHING, 0)).isEqualTo(OK);
    assertThat(status(MmioDriver.IN, SECTORS, NOTHING, 0)).isEqualTo(OK);
    assertThat(status(MmioDriver.IN, SECTORS + 1, NOTHING, 0)).isEqualTo(IOERR);
    assertThat(driver.read(0, 512)).containsOnly(0);
  }

  @Test
  void requests_that_nobody_knows_are_unsupported() throws Exception {
    for (int type : new int[] {2, 3, 5, 10, 14, 15, 1 << 31, -1}) {
      assertThat(status(type, 0, NOTHING, 0)).isEqualTo(UNSUPP);
    }
  }

  @Test
  void the_identity_is_the_serial_number_with_zeros_behind() throws Exception {
    Outcome outcome = driver.request(MmioDriver.GET_ID, 0, NOTHING, 20);
    assertThat(outcome.status()).isZero();
    assertThat(outcome.used()).isEqualTo(21);
    assertThat(outcome.data()).startsWith("SERIAL-7".getBytes(StandardCharsets.US_ASCII));
    assertThat(Arrays.copyOfRange(outcome.data(), 8, 20)).containsOnly(0);
    Outcome large = driver.request(MmioDriver.GET_ID, 0, NOTHING, 30);
    assertThat(large.used()).isEqualTo(20);
    Outcome small = driver.request(MmioDriver.GET_ID, 0, NOTHING, 4);
    assertThat(small.used()).isEqualTo(5);
    assertThat(new String(small.data(), StandardCharsets.US_ASCII)).isEqualTo("SERI");
  }

  @Test
  void zeroes_are_written_over_several_ranges_whether_unmapped_or_not() throws Exception {
    driver.write(0, filled(64 * 512, 5));
    byte[] ranges = ranges(1, 2, 0, 8, 8, 1, 20, 0, 0, 30, 1, 0);
    assertThat(status(MmioDriver.WRITE_ZEROES, 0, ranges, 0)).isEqualTo(OK);
    byte[] content = driver.read(0, 64 * 512);
    for (int sector = 0; sector < 64; sector++) {
      boolean zero = sector == 1 || sector == 2 || (sector >= 8 && sector < 16) || sector == 30;
      assertThat(Arrays.copyOfRange(content, sector * 512, sector * 512 + 512))
          .as("sector %d", sector)
          .containsOnly(zero ? 0 : 5);
    }
  }

  @Test
  void unmapping_gives_the_room_back_and_not_unmapping_keeps_it() throws Exception {
    driver.write(0, filled(1 << 20, 5));
    driver.flush();
    long full = allocated();
    assertThat(status(MmioDriver.WRITE_ZEROES, 0, ranges(0, 1024, 0), 0)).isEqualTo(OK);
    driver.flush();
    assertThat(allocated()).isEqualTo(full);
    assertThat(status(MmioDriver.WRITE_ZEROES, 0, ranges(0, 1024, 1), 0)).isEqualTo(OK);
    long half = allocated();
    assertThat(half).isLessThanOrEqualTo(full - (512 << 10));
    assertThat(status(MmioDriver.DISCARD, 0, ranges(1024, 1024, 0), 0)).isEqualTo(OK);
    assertThat(allocated()).isLessThan(half);
  }

  private long allocated() {
    return machine.image.descriptor().status().allocated();
  }

  @Test
  void flags_that_nobody_knows_are_unsupported_before_anything_is_done() throws Exception {
    driver.write(0, filled(512, 5));
    for (long flag : new long[] {2, 4, 0x8000_0000L, 0xffff_fffeL}) {
      assertThat(status(MmioDriver.WRITE_ZEROES, 0, ranges(0, 1, 0, 8, 1, flag), 0))
          .isEqualTo(UNSUPP);
      assertThat(status(MmioDriver.DISCARD, 0, ranges(0, 1, 0, -1, 1, flag), 0)).isEqualTo(UNSUPP);
    }
    assertThat(status(MmioDriver.DISCARD, 0, ranges(0, 1, 1), 0)).isEqualTo(UNSUPP);
    assertThat(driver.read(0, 512)).containsOnly(5);
  }

  @Test
  void ranges_that_are_too_many_too_long_cut_off_or_missing_are_errors() throws Exception {
    driver.write(0, filled(512, 5));
    for (int type : new int[] {MmioDriver.DISCARD, MmioDriver.WRITE_ZEROES}) {
      assertThat(status(type, 0, new byte[16 * 17], 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, new byte[15], 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, new byte[17], 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, NOTHING, 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, ranges(0, (1 << 21) + 1, 0), 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, ranges(0, 0xffff_ffffL, 0), 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, ranges(0, 1, 0, SECTORS, 1, 0), 0)).isEqualTo(IOERR);
      assertThat(status(type, 0, new byte[16 * 16], 0)).isEqualTo(OK);
    }
    assertThat(driver.read(0, 512)).containsOnly(5);
  }

  @Test
  void what_was_not_negotiated_is_unsupported() throws Exception {
    driver.boot(MmioDriver.VERSION_1, 1, 16);
    assertThat(status(MmioDriver.DISCARD, 0, ranges(0, 1, 0), 0)).isEqualTo(UNSUPP);
    assertThat(status(MmioDriver.WRITE_ZEROES, 0, ranges(0, 1, 0), 0)).isEqualTo(UNSUPP);
  }

  @Test
  void headers_data_and_status_may_be_cut_anywhere() throws Exception {
    byte[] data = new byte[1024];
    for (int index = 0; index < data.length; index++) {
      data[index] = (byte) (index * 31);
    }
    long out = machine.area.allocate(16 + data.length, 1);
    machine.area.put(out, header(MmioDriver.OUT, 3));
    machine.area.put(out + 16, data);
    // The header in pieces of 1, 7, 5 and 3 bytes; the last together with the data's beginning.
    int[] cuts = {1, 8, 13, 16 + 100, 16 + 101, 16 + 613};
    long status = machine.area.allocate(1, 1);
    List<Piece> pieces = new ArrayList<>(cut(out, 16 + data.length, cuts, false));
    pieces.add(new Piece(status, 1, true));
    machine.area.putByte(status, 0xee);
    assertThat(exchange(pieces)).isEqualTo(1);
    assertThat(machine.area.getByte(status)).isEqualTo(OK);
    assertThat(driver.read(3, data.length)).isEqualTo(data);

    // Read back with the status in the same piece as the data's end.
    long in = machine.area.allocate(data.length + 1, 1);
    machine.area.putByte(in + data.length, 0xee);
    pieces = new ArrayList<>();
    pieces.add(new Piece(driver.header(MmioDriver.IN, 3), 16, false));
    pieces.addAll(cut(in, data.length + 1, new int[] {3, 700}, true));
    assertThat(exchange(pieces)).isEqualTo(data.length + 1);
    assertThat(machine.area.get(in, data.length)).isEqualTo(data);
    assertThat(machine.area.getByte(in + data.length)).isEqualTo(OK);
  }

  private static byte[] header(int type, long sector) {
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putInt(type).putInt(0).putLong(sector).array();
  }

  static List<Piece> cut(long address, int length, int[] cuts, boolean write) {
    List<Piece> pieces = new ArrayList<>();
    int from = 0;
    for (int cut : cuts) {
      pieces.add(new Piece(address + from, cut - from, write));
      from = cut;
    }
    pieces.add(new Piece(address + from, length - from, write));
    return pieces;
  }

  private int exchange(List<Piece> pieces) throws InterruptedException {
    RingDriver ring = driver.rings.get(0);
    ring.add(pieces);
    if (ring.show()) {
      driver.notifyQueue(0);
    }
    return driver.await(0).length();
  }

  @Test
  void more_pieces_than_the_disk_takes_are_an_error_of_that_request_alone() throws Exception {
    machine.close();
    machine =
        Machine.make(
            ImageFile.open(directory.resolve("image"), ImageOptions.defaults()),
            BlockOptions.defaults().withQueueSize(2048),
            GuestArea.make(Machine.RAM, 4 << 20));
    driver = machine.driver;
    driver.boot(Machine.ALL, 1, 2048);
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(driver.header(MmioDriver.IN, 0), 16, false));
    long in = machine.area.allocate(2048, 1);
    for (int index = 0; index < 1536; index++) {
      pieces.add(new Piece(in + index, 1, true));
    }
    long status = machine.area.allocate(1, 1);
    machine.area.putByte(status, 0xee);
    pieces.add(new Piece(status, 1, true));
    assertThat(exchange(pieces)).isZero();
    assertThat(machine.area.getByte(status)).isEqualTo(IOERR);
    driver.read(0, 512);
  }
}
