package dev.uring.virtio;

import dev.uring.virtio.RingDriver.Piece;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A random request on a part of the disk that is its own, cut into pieces that lie anywhere in the
 * guest's memory; and what must come of it, by a model of the disk that is an array.
 */
final class RandomRequest {
  private static final int OK = 0;
  private static final int IOERR = 1;
  private static final int UNSUPP = 2;

  private final Random random;
  private final byte[] disk;
  private final int sectors;
  private final boolean ranges;
  private final List<Piece> pieces = new ArrayList<>();
  private byte[] out;
  private int in;
  private int type;
  private long sector;

  private int status = OK;
  private int filled;
  private byte[] filling = {};
  private int discarded = -1;

  int head;

  private RandomRequest(Random random, byte[] disk, boolean ranges) {
    this.random = random;
    this.disk = disk;
    this.sectors = disk.length / 512;
    this.ranges = ranges;
    this.out = new byte[0];
  }

  /**
   * Makes a request whose sectors lie in a slice of the disk, unless they lie nowhere.
   *
   * @param ranges whether discards and writing zeros were negotiated
   */
  static RandomRequest make(
      Random random, byte[] disk, int firstSector, int count, boolean ranges, String serial) {
    RandomRequest request = new RandomRequest(random, disk, ranges);
    int from = random.nextInt(count);
    int length = 1 + random.nextInt(Math.min(count - from, 24));
    request.sector = (long) firstSector + from;
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> request.read(length);
      case 3, 4, 5, 6 -> request.write(length);
      case 7 -> request.type = MmioDriver.FLUSH;
      case 8 -> request.identify(serial);
      case 9 -> request.zero(length);
      case 10 -> request.discard(length);
      default -> request.unknown();
    }
    return request;
  }

  private void misplace() {
    if (random.nextInt(8) == 0) {
      long[] nowhere = {-1, sectors, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 55, (1L << 55) + sector};
      sector = nowhere[random.nextInt(nowhere.length)];
      status = IOERR;
    }
  }

  private int oddly(int bytes) {
    if (random.nextInt(10) == 0) {
      status = IOERR;
      return bytes - 1 - random.nextInt(510);
    }
    return bytes;
  }

  private void read(int length) {
    type = MmioDriver.IN;
    misplace();
    in = oddly(length * 512);
    if (status == OK) {
      filling = Arrays.copyOfRange(disk, (int) sector * 512, (int) sector * 512 + in);
      filled = in;
    }
  }

  private void write(int length) {
    type = MmioDriver.OUT;
    misplace();
    out = new byte[oddly(length * 512)];
    random.nextBytes(out);
    if (status == OK) {
      System.arraycopy(out, 0, disk, (int) sector * 512, out.length);
    }
  }

  private void identify(String serial) {
    type = MmioDriver.GET_ID;
    in = random.nextInt(40);
    filled = Math.min(in, 20);
    filling = Arrays.copyOf(Arrays.copyOf(serial.getBytes(StandardCharsets.US_ASCII), 20), filled);
  }

  private void zero(int length) {
    type = MmioDriver.WRITE_ZEROES;
    range(length, random.nextInt(6) == 0 ? 2 << random.nextInt(30) : random.nextInt(2), 1);
    if (status == OK) {
      Arrays.fill(disk, (int) sector * 512, ((int) sector + length) * 512, (byte) 0);
    }
  }

  private void discard(int length) {
    type = MmioDriver.DISCARD;
    range(length, random.nextInt(6) == 0 ? 1 << random.nextInt(30) : 0, 0);
    if (status == OK) {
      discarded = length;
    }
  }

  private void range(int length, int flags, int known) {
    misplace();
    out =
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(sector)
            .putInt(length)
            .putInt(flags)
            .array();
    if (!ranges || (flags & ~known) != 0) {
      status = UNSUPP;
    }
  }

  private void unknown() {
    int[] types = {2, 3, 5, 9, 10, 12, 14, 100, Integer.MIN_VALUE, -1};
    type = types[random.nextInt(types.length)];
    in = random.nextInt(100);
    status = UNSUPP;
  }

  /** Whether the disk may now have zeros or the old bytes, sector by sector. */
  boolean isDiscard() {
    return discarded > 0;
  }

  int discardedFrom() {
    return (int) sector * 512;
  }

  int discardedTo() {
    return ((int) sector + discarded) * 512;
  }

  /** Cuts header and data, and room for data and status, into so many pieces at most. */
  void place(GuestArea area, int mostPieces) {
    byte[] readable = new byte[16 + out.length];
    ByteBuffer.wrap(readable)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(type)
        .putInt(random.nextInt())
        .putLong(sector)
        .put(out);
    int readPieces = 1 + random.nextInt(Math.max(mostPieces / 2, 1));
    int at = 0;
    for (int length : cut(readable.length, readPieces)) {
      long address = room(area, length);
      area.put(address, Arrays.copyOfRange(readable, at, at + length));
      pieces.add(new Piece(address, length, false));
      at += length;
    }
    for (int length : cut(in + 1, mostPieces - pieces.size())) {
      pieces.add(new Piece(room(area, length), length, true));
    }
  }

  private long room(GuestArea area, int length) {
    area.allocate(random.nextInt(5), 1);
    return area.allocate(length, random.nextInt(4) == 0 ? 512 : 1);
  }

  private List<Integer> cut(int total, int most) {
    int count = 1 + random.nextInt(Math.max(Math.min(most, total), 1));
    int[] cuts = random.ints(count - 1, 1, Math.max(total, 2)).sorted().distinct().toArray();
    List<Integer> lengths = new ArrayList<>();
    int before = 0;
    for (int cut : cuts) {
      if (cut < total) {
        lengths.add(cut - before);
        before = cut;
      }
    }
    lengths.add(total - before);
    return lengths;
  }

  List<Piece> pieces() {
    return pieces;
  }

  int expectedStatus() {
    return status;
  }

  int expectedUsed() {
    return filled == in ? in + 1 : filled;
  }

  /** Puts into a copy of the guest's memory what the device must have put there. */
  void expectIn(byte[] memory, long base) {
    byte[] written = new byte[in + 1];
    int at = 0;
    List<Integer> places = new ArrayList<>();
    for (Piece piece : pieces) {
      for (int index = 0; piece.write() && index < piece.length(); index++) {
        places.add((int) (piece.address() - base) + index);
      }
    }
    System.arraycopy(filling, 0, written, 0, filled);
    for (int place : places) {
      if (at < filled) {
        memory[place] = written[at];
      } else if (at == in) {
        memory[place] = (byte) status;
      }
      at++;
    }
  }

  @Override
  public String toString() {
    return "type " + type + " at " + sector + ", " + out.length + " out, " + in + " in, " + pieces;
  }
}
