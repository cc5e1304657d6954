package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two disks of one process, each on a ring of its own under a closed profile: through the ring of
 * the one, nothing of the other is read or written, whatever that ring is told.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoDisksTest {
  private static final int SIZE = 4096;
  private static final byte MINE = 'A';
  private static final byte OTHERS = 'B';
  private static final int SLOTS = 4;
  private static final long PATIENCE = 10_000_000_000L;
  private static final int RANDOM_ENTRIES = 20_000;
  private static final int FIXED = 1;

  @TempDir Path directory;
  private final OpenFiles open = new OpenFiles();
  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(2 * SIZE).order(ByteOrder.nativeOrder());
  private final long address = RawMemory.addressOf(memory);
  private Path othersPath;
  private int mine;
  private int others;

  static List<URingAllowlist> closedDevices() {
    return List.of(URingAllowlist.closedBlockDevice(), URingAllowlist.closedBlockDeviceReadOnly());
  }

  private Path disk(String name, byte content) throws IOException {
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, content);
    return Files.write(directory.resolve(name), bytes);
  }

  @BeforeEach
  void make_disks() throws IOException {
    mine = open.file(disk("mine", MINE));
    othersPath = disk("others", OTHERS);
    others = open.file(othersPath);
  }

  @AfterEach
  void close_disks() {
    open.close();
  }

  private Ring ring(URingAllowlist list, int file) {
    Ring ring = Ring.builder(8).ownedByThisThread().submitAll().disabled().build();
    int[] table = new int[SLOTS];
    Arrays.fill(table, -1);
    table[0] = file;
    ring.registrar().files().register(table);
    ring.registrar().buffers().register(new long[] {address}, new int[] {SIZE});
    ring.registrar().restrict(list);
    ring.registrar().enable();
    return ring;
  }

  private static SubmissionEntry next(Ring ring) {
    return Objects.requireNonNull(ring.submission().next());
  }

  private static int result(Ring ring) {
    int entered = ring.submitAndWait(1, PATIENCE);
    assertThat(entered).isNotNegative();
    assertThat(ring.completion().available()).as("completions").isPositive();
    int result = ring.completion().result(ring.completion().head());
    ring.completion().advance(ring.completion().tail());
    return result;
  }

  private void clear() {
    for (int at = 0; at < memory.capacity(); at += Long.BYTES) {
      memory.putLong(at, 0);
    }
  }

  private boolean holdsOthers() {
    for (int at = 0; at < memory.capacity(); at++) {
      if (memory.get(at) == OTHERS) {
        return true;
      }
    }
    return false;
  }

  private void othersMustBeUntouched() throws IOException {
    byte[] content = Files.readAllBytes(othersPath);
    byte[] expected = new byte[SIZE];
    Arrays.fill(expected, OTHERS);
    assertThat(content).isEqualTo(expected);
  }

  /** Every number that is a descriptor of this process, and those that only look like one. */
  private static List<Integer> numbers() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      links.forEach(link -> numbers.add(Integer.parseInt(link.getFileName().toString())));
    }
    for (int slot = 0; slot <= SLOTS; slot++) {
      numbers.add(slot);
    }
    numbers.addAll(
        List.of(-1, -100, SLOTS + 1, 1 << 15, 1 << 16, Integer.MAX_VALUE, Integer.MIN_VALUE));
    return numbers;
  }

  @ParameterizedTest
  @MethodSource("closedDevices")
  void no_request_reaches_the_other_by_any_number(URingAllowlist closed) throws IOException {
    try (Ring ring = ring(closed, mine);
        Ring othersRing = ring(closed, others)) {
      for (int number : numbers()) {
        for (UringOperation operation : UringOperation.values()) {
          for (int flags : new int[] {0, FIXED}) {
            clear();
            next(ring).prepare(operation, number, address, SIZE, 0).flags(flags);
            int result = result(ring);

            assertThat(holdsOthers())
                .as("%s of %d with flags %d ended with %d", operation, number, flags, result)
                .isFalse();
            if (flags == 0 || !closed.effectiveOperations().contains(operation)) {
              assertThat(result).as("%s of %d", operation, number).isEqualTo(-Errno.EACCES);
            }
          }
        }
      }
      othersMustBeUntouched();
      assertThat(readsItsOwn(othersRing)).isEqualTo(OTHERS);
    }
  }

  @ParameterizedTest
  @MethodSource("closedDevices")
  void every_slot_but_the_disks_own_is_empty(URingAllowlist closed) {
    try (Ring ring = ring(closed, mine)) {
      assertThat(readsItsOwn(ring)).isEqualTo(MINE);
      for (int slot = 1; slot <= SLOTS + 1; slot++) {
        FileRequests.read(next(ring), -1, address, SIZE, 0).on(new FileSlot(slot));
        assertThat(result(ring)).as("slot " + slot).isEqualTo(-Errno.EBADF);
      }
    }
  }

  private byte readsItsOwn(Ring ring) {
    clear();
    FileRequests.read(next(ring), 0, address, SIZE, 0).on(new FileSlot(0));
    result(ring);
    return memory.get(SIZE - 1);
  }

  /**
   * Random in all that can name a file. Addresses stay within memory of the test, since a bad one
   * would prove nothing but that a program can overwrite itself.
   */
  @ParameterizedTest
  @MethodSource("closedDevices")
  void random_entries_do_not_either(URingAllowlist closed) throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Integer> numbers = numbers();
    UringOperation[] permitted = closed.operations().toArray(UringOperation[]::new);
    try (Ring ring = ring(closed, mine)) {
      for (int count = 0; count < RANDOM_ENTRIES; count++) {
        clear();
        int number = numbers.get(random.nextInt(numbers.size()));
        UringOperation operation = permitted[random.nextInt(permitted.length)];
        next(ring)
            .prepare(operation, number, address, random.nextInt(SIZE), random.nextInt(2 * SIZE))
            .flags(random.nextInt(4) == 0 ? random.nextInt(128) & ~CHAINS : FIXED)
            .fileIndex(numbers.get(random.nextInt(numbers.size())))
            .bufferIndex(random.nextInt(3))
            .operationFlags(random.nextInt(8) == 0 ? random.nextInt() : 0);
        result(ring);
        assertThat(holdsOthers()).as("seed %d, entry %d", seed, count).isFalse();
      }
    }
    othersMustBeUntouched();
  }

  /** Links would wait for entries to come, drains for completions. */
  private static final int CHAINS = 1 << 1 | 1 << 2 | 1 << 3;
}
