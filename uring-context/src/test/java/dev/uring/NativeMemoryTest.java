package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.UringException;
import dev.uring.sys.FileCalls;
import dev.uring.sys.MappingCalls;
import dev.uring.sys.RawMemory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where native memory lies, and memory of others that requests write from and read into. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NativeMemoryTest {
  private static final int PAGE = RawMemory.pageSize();

  @TempDir Path directory;

  @Test
  void what_is_allocated_begins_with_a_page_has_its_length_and_is_empty() {
    // All of it is held meanwhile: memory that is given back comes back with the same address.
    List<NativeMemory> held = new ArrayList<>();
    for (int length :
        new int[] {1, 7, 64, 512, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 100, 1 << 20}) {
      for (int turn = 0; turn < 8; turn++) {
        NativeMemory memory = NativeMemory.allocate(length);
        held.add(memory);
        assertThat(memory.addressOf(0, length) % PAGE).as("of %s bytes", length).isZero();
        assertThat(RawMemory.addressOf(memory.buffer())).isEqualTo(memory.addressOf(0, length));
        assertThat(memory.length()).isEqualTo(length);
        assertThat(memory.buffer().capacity()).isEqualTo(length);
        assertThat(memory.buffer().order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(memory.isReadOnly()).isFalse();
        assertThat(Contexts.bytes(memory)).containsOnly(0);
        memory.buffer().put(length - 1, (byte) 1);
      }
    }
    assertThat(held).allMatch(memory -> memory.buffer().get(memory.length() - 1) == 1);
  }

  @Test
  void direct_transfers_take_it_as_it_is() throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[2 * PAGE]);
    NativeMemory memory = NativeMemory.allocate(PAGE);
    memory.buffer().put(0, (byte) 5);
    try (URingContext context = URingContext.create(4)) {
      Descriptor direct;
      try {
        direct = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.DIRECT);
      } catch (UringException e) {
        // A file system without direct I/O, such as a tmpfs of an older kernel.
        assertThat(e).hasMessageContaining("EINVAL");
        return;
      }
      try (direct) {
        context.addWritev(direct, Contexts.vector(memory), PAGE, 1);
        assertThat(Contexts.take(context, 1)).containsExactly("1:" + PAGE);
      }
    }
    assertThat(Files.readAllBytes(path)[PAGE]).isEqualTo((byte) 5);
  }

  /** Memory that Java knows nothing of: a file in memory, mapped. */
  private record Mapped(Descriptor file, long address) implements AutoCloseable {
    static Mapped of(String text) throws Exception {
      Descriptor file = Descriptor.memFd("mapped", PAGE);
      int fd = file.acquire();
      try {
        Files.writeString(Path.of("/proc/self/fd/" + fd), text);
        assertThat(FileCalls.ftruncate(fd, PAGE)).isZero();
        long address = MappingCalls.share(fd, 0, PAGE);
        assertThat(address).isPositive();
        return new Mapped(file, address);
      } finally {
        file.release();
      }
    }

    /** By the file, not by the mapping. */
    String text(int length) throws Exception {
      int fd = file.acquire();
      try {
        byte[] all = Files.readAllBytes(Path.of("/proc/self/fd/" + fd));
        return new String(all, 0, length, StandardCharsets.US_ASCII);
      } finally {
        file.release();
      }
    }

    @Override
    public void close() {
      assertThat(MappingCalls.unmap(address, PAGE)).isZero();
      file.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memory_that_was_vouched_for_is_written_from_in_all_ways(boolean confined) throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "................");
    try (Mapped mapped = Mapped.of("0123456789abcdef");
        URingContext context = Contexts.of(8, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      NativeMemory memory = NativeMemory.vouchedFor(mapped.address + 4, 8, mapped);
      assertThat(memory.length()).isEqualTo(8);
      context.addWritev(file, Contexts.vector(memory), 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:8");
      assertThat(path).hasContent("456789ab........");

      MemoryVector pieces = new MemoryVector().add(memory, 6, 2).add(memory.slice(1, 3), 1, 2);
      context.addWritev(file, pieces, 9, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:4");
      assertThat(path).hasContent("456789ab.ab67...");

      ByteBuffer buffer = memory.buffer().duplicate().position(2).limit(5);
      context.addWrite(file, buffer, 13, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:3");
      assertThat(path).hasContent("456789ab.ab67678");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memory_that_was_vouched_for_is_read_into_and_nothing_beside_it(boolean confined)
      throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "WXYZ");
    try (Mapped mapped = Mapped.of("0123456789abcdef");
        URingContext context = Contexts.of(8, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      NativeMemory memory = NativeMemory.vouchedFor(mapped.address + 4, 3, mapped);
      context.addReadv(file, Contexts.vector(memory), 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:3");
      assertThat(mapped.text(16)).isEqualTo("0123WXY789abcdef");
      context.addRead(file, memory.slice(1, 2).buffer(), 2, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:2");
      assertThat(mapped.text(16)).isEqualTo("0123WYZ789abcdef");
    }
  }

  @Test
  void who_vouched_is_kept_until_what_is_written_from_its_memory_is_written() throws Exception {
    int bytes = 1 << 20;
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      // More than a pipe holds: the write waits for readers, for ever if need be.
      pipe.write(new byte[1 << 16]);
      WeakReference<Object> keeper = addWriteOfVouched(context, pipe, bytes);
      context.submit();
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      assertThat(keeper.get()).as("while it is in flight").isNotNull();
      assertThat(context.inFlight()).isOne();

      NativeMemory emptied = NativeMemory.allocate(1 << 16);
      boolean[] written = {false};
      while (!written[0]) {
        Contexts.addRead(context, pipe.readEnd(), emptied, 2);
        context.await(
            1,
            (userData, result, flags) -> {
              assertThat(result).isPositive();
              written[0] |= userData == 1;
            });
      }
      while (keeper.get() != null) {
        System.gc();
      }
    }
  }

  private static WeakReference<Object> addWriteOfVouched(
      URingContext context, Pipe pipe, int bytes) {
    ByteBuffer owner = ByteBuffer.allocateDirect(bytes);
    NativeMemory memory = NativeMemory.vouchedFor(RawMemory.addressOf(owner), bytes, owner);
    context.addWritev(pipe.writeEnd(), Contexts.vector(memory), -1, 1);
    return new WeakReference<>(owner);
  }
}
