package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.FallocateMode;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileRequestsTest {
  private static final int BLOCK = 0x1000;
  private static final int POLLIN = 1;

  @TempDir Path directory;

  private Descriptor file(String name, byte[] content) throws Exception {
    Path path = directory.resolve(name);
    Files.write(path, content);
    return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE);
  }

  /** Each block is filled with its own number. */
  private static byte[] numberedBlocks(int blocks) {
    byte[] content = new byte[blocks * BLOCK];
    for (int block = 0; block < blocks; block++) {
      Arrays.fill(content, block * BLOCK, (block + 1) * BLOCK, (byte) (block + 1));
    }
    return content;
  }

  @Test
  void more_reads_than_the_ring_has_entries_all_complete_with_their_own_block() throws Exception {
    int blocks = 10;
    int reads = blocks * 64;
    List<NativeMemory> memory = new ArrayList<>();
    BitSet seen = new BitSet(reads);
    try (URingContext context = URingContext.create(blocks);
        Descriptor file = file("file", numberedBlocks(blocks))) {
      CompletionHandler check =
          (userData, result, flags) -> {
            assertThat(result).isEqualTo(BLOCK);
            assertThat(seen.get((int) userData)).as("seen before").isFalse();
            seen.set((int) userData);
          };
      for (int read = 0; read < reads; read++) {
        while (context.room() == 0) {
          context.await(1, check);
        }
        NativeMemory block = NativeMemory.allocate(BLOCK);
        memory.add(block);
        context.addReadv(file, Contexts.vector(block), (long) read % blocks * BLOCK, read);
      }
      while (seen.cardinality() < reads) {
        context.await(1, check);
      }
    }
    for (int read = 0; read < reads; read++) {
      assertThat(Contexts.bytes(memory.get(read))).containsOnly(read % blocks + 1);
    }
  }

  @Test
  void reads_one_at_a_time_go_on_past_the_size_of_the_ring() throws Exception {
    int entries = 128;
    ByteBuffer first = ByteBuffer.allocateDirect(BLOCK / 2);
    ByteBuffer second = ByteBuffer.allocateDirect(BLOCK / 2);
    try (URingContext context = URingContext.create(entries);
        Descriptor file = file("file", numberedBlocks(2))) {
      for (int round = 0; round < 2 * entries; round++) {
        int block = round % 2;
        if (round % 4 < 2) {
          context.addRead(file, first, (long) block * BLOCK, round);
        } else {
          MemoryVector halves = MemoryVector.of(List.of(first, second));
          context.addReadv(file, halves, (long) block * BLOCK, round);
        }
        int length = round % 4 < 2 ? BLOCK / 2 : BLOCK;
        assertThat(Contexts.take(context, 1)).containsExactly(round + ":" + length);
        assertThat(first.get(BLOCK / 2 - 1)).isEqualTo((byte) (block + 1));
        if (length == BLOCK) {
          assertThat(second.get(0)).isEqualTo((byte) (block + 1));
        }
        assertThat(first.position()).isZero();
      }
    }
  }

  @Test
  void a_vectored_read_fills_its_pieces_in_order() throws Exception {
    NativeMemory[] pieces = {
      NativeMemory.allocate(2 * BLOCK),
      NativeMemory.allocate(2 * BLOCK),
      NativeMemory.allocate(2 * BLOCK)
    };
    MemoryVector vector = new MemoryVector();
    for (NativeMemory piece : pieces) {
      vector.add(piece, 0, piece.length());
    }
    byte[] content = numberedBlocks(12);
    try (URingContext context = URingContext.create(128);
        Descriptor file = file("file", content)) {
      context.addReadv(file, vector, 0, 55);
      assertThat(Contexts.take(context, 1)).containsExactly("55:" + 6 * BLOCK);
    }
    for (int piece = 0; piece < pieces.length; piece++) {
      assertThat(Contexts.bytes(pieces[piece]))
          .isEqualTo(Arrays.copyOfRange(content, piece * 2 * BLOCK, (piece + 1) * 2 * BLOCK));
    }
  }

  @Test
  void a_vectored_write_lands_at_its_offset_and_nowhere_else() throws Exception {
    int length = 2 * BLOCK;
    byte[] values = {(byte) 0xAA, (byte) 0xFF, 0x55};
    MemoryVector vector = new MemoryVector();
    byte[] expected = new byte[8 * BLOCK];
    Arrays.fill(expected, (byte) 1);
    for (int piece = 0; piece < values.length; piece++) {
      NativeMemory memory = NativeMemory.allocate(length);
      for (int index = 0; index < length; index++) {
        memory.buffer().put(index, values[piece]);
      }
      vector.add(memory, 0, length);
      Arrays.fill(expected, (piece + 1) * length, (piece + 2) * length, values[piece]);
    }
    byte[] before = new byte[8 * BLOCK];
    Arrays.fill(before, (byte) 1);
    try (URingContext context = URingContext.create(128);
        Descriptor file = file("file", before)) {
      context.addWritev(file, vector, length, 55);
      assertThat(Contexts.take(context, 1)).containsExactly("55:" + 3 * length);
    }
    byte[] after = Files.readAllBytes(directory.resolve("file"));
    assertThat(after).isEqualTo(expected);
  }

  @Test
  void an_offset_of_minus_one_is_the_files_own_position_which_moves() throws Exception {
    NativeMemory block = NativeMemory.allocate(BLOCK);
    try (URingContext context = URingContext.create(4);
        Descriptor file = file("file", numberedBlocks(3))) {
      for (int number = 1; number <= 3; number++) {
        Contexts.addRead(context, file, block, number);
        assertThat(Contexts.take(context, 1)).containsExactly(number + ":" + BLOCK);
        assertThat(Contexts.bytes(block)).containsOnly(number);
      }
      Contexts.addRead(context, file, block, 4);
      assertThat(Contexts.take(context, 1)).as("at the end").containsExactly("4:0");
    }
  }

  @Test
  void a_file_is_allocated_written_synced_and_punched_and_keeps_its_size() throws Exception {
    int initial = BLOCK;
    int size = initial + 50 * 1024 * 1024;
    NativeMemory block = NativeMemory.allocate(BLOCK);
    block.buffer().put(0, (byte) 9);
    Path path = directory.resolve("file");
    try (URingContext context = URingContext.create(16);
        Descriptor file = file("file", new byte[initial])) {
      context.addFallocate(file, FallocateMode.ALLOCATE, 0, size, 66);
      assertThat(Contexts.take(context, 1)).containsExactly("66:0");
      assertThat(Files.size(path)).isEqualTo(size);
      for (int index = 0; index < 3; index++) {
        context.addWritev(file, Contexts.vector(block), (long) index * BLOCK, 67 + index);
      }
      context.addFsync(file, 70);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder("67:" + BLOCK, "68:" + BLOCK, "69:" + BLOCK, "70:0");
      context.addFallocate(
          file,
          FallocateMode.PUNCH_HOLE | FallocateMode.KEEP_SIZE,
          initial,
          (long) size - initial,
          71);
      assertThat(Contexts.take(context, 1)).containsExactly("71:0");
      assertThat(file.status().allocated()).isLessThan(1024 * 1024);
    }
    assertThat(Files.size(path)).isEqualTo(size);
    try (var bytes = Files.newByteChannel(path)) {
      ByteBuffer head = ByteBuffer.allocate(2 * BLOCK);
      while (head.hasRemaining()) {
        assertThat(bytes.read(head)).isPositive();
      }
      assertThat(head.get(0)).as("kept").isEqualTo((byte) 9);
      assertThat(head.get(BLOCK)).as("punched").isZero();
    }
  }

  @Test
  void a_device_that_is_always_readable_is_reported_readable() {
    try (URingContext context = URingContext.create(16);
        Descriptor zero = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      context.addPollFd(zero, POLLIN, 454);
      assertThat(Contexts.take(context, 1)).containsExactly("454:" + POLLIN);
    }
  }

  @Test
  void more_polls_than_the_completion_ring_holds_are_all_answered_once() {
    int polls = 49;
    Set<Long> answered = new HashSet<>();
    CompletionHandler record =
        (userData, result, flags) -> {
          assertThat(result).isEqualTo(POLLIN);
          assertThat(answered.add(userData)).isTrue();
        };
    int refused = 0;
    try (URingContext context = URingContext.create(16);
        Descriptor zero = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      for (int poll = 0; poll < polls; poll++) {
        try {
          context.addPollFd(zero, POLLIN, poll);
        } catch (RingFullException full) {
          refused++;
          context.await(1, record);
          context.addPollFd(zero, POLLIN, poll);
        }
        if (poll % 16 == 15) {
          context.submit();
        }
      }
      assertThat(refused).as("the ring was full once").isEqualTo(1);
      while (answered.size() < polls) {
        context.await(1, record);
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void under_a_list_of_one_request_that_one_works_and_a_write_changes_nothing() throws Exception {
    URingAllowlist readv = URingAllowlist.builder().allow(UringOperation.READV).build();
    NativeMemory memory = NativeMemory.allocate(4);
    MemoryVector halves = new MemoryVector().add(memory, 0, 2).add(memory, 2, 2);
    byte[] content = {'f', 'o', 'o', '!'};
    try (URingContext context = URingContext.create(128, readv);
        Descriptor file = file("file", content)) {
      context.addReadv(file, halves, 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
      assertThat(Contexts.bytes(memory)).isEqualTo(content);
      try (Descriptor empty = file("other", new byte[4])) {
        context.addWritev(empty, halves, 0, 2);
        context.addWritev(empty, Contexts.vector(memory), 0, 3);
        context.addFsync(empty, 4);
        assertThat(Contexts.take(context, 3))
            .containsExactlyInAnyOrder(
                "2:" + -Errno.EACCES, "3:" + -Errno.EACCES, "4:" + -Errno.EACCES);
      }
    }
    assertThat(Files.readAllBytes(directory.resolve("other"))).containsOnly(0);
  }
}
