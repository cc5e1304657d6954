package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Direct I/O whose completions are polled for; on a disk, since tmpfs has nothing to poll. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolledIoTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 64;
  private static final int POLLIN = 1;

  private Path path;

  @BeforeEach
  void makeFile() throws IOException {
    path = Files.createTempFile(Files.createDirectories(Path.of("target")), "polled", ".bin");
    byte[] content = new byte[BLOCKS * BLOCK];
    for (int block = 0; block < BLOCKS; block++) {
      content[block * BLOCK] = (byte) block;
    }
    Files.write(path, content);
  }

  @AfterEach
  void removeFile() throws IOException {
    Files.deleteIfExists(path);
  }

  private Descriptor open() {
    try {
      return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.DIRECT);
    } catch (dev.uring.ring.UringException e) {
      assumeTrue(e.errno() != Errno.EINVAL, "skipped: the file system has no direct I/O");
      throw e;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_read_and_written_directly_completes_by_polling(boolean confined) {
    ContextBuilder builder = URingContext.builder(BLOCKS).polledIo();
    NativeMemory memory = NativeMemory.allocate(BLOCKS * BLOCK);
    try (URingContext context = (confined ? builder.confined() : builder).build();
        Descriptor file = open()) {
      for (int block = 0; block < BLOCKS; block++) {
        context.addReadv(
            file,
            new MemoryVector().add(memory, block * BLOCK, BLOCK),
            (long) block * BLOCK,
            block);
      }
      int[] results = new int[BLOCKS];
      context.await(BLOCKS, (userData, result, flags) -> results[(int) userData] = result);
      assumeTrue(
          results[0] != -Errno.EOPNOTSUPP, "skipped: completions of this file are not polled for");
      for (int block = 0; block < BLOCKS; block++) {
        assertThat(results[block]).isEqualTo(BLOCK);
        assertThat(memory.buffer().get(block * BLOCK)).isEqualTo((byte) block);
      }

      memory.buffer().put(0, (byte) 99);
      MemoryVector first = new MemoryVector().add(memory, 0, BLOCK);
      context.addWritev(file, first, BLOCK, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:" + BLOCK);
      memory.buffer().put(0, (byte) 0);
      context.addReadv(file, first, BLOCK, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:" + BLOCK);
      assertThat(memory.buffer().get(0)).isEqualTo((byte) 99);
      assertThat(context.inFlight()).isZero();
    }
  }

  /** Needs no device with queues for it, so that it is seen everywhere that the ring does poll. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_cannot_be_polled_for_is_refused(boolean confined) {
    ContextBuilder builder = URingContext.builder(8).polledIo();
    NativeMemory memory = NativeMemory.allocate(BLOCK);
    try (URingContext context = (confined ? builder.confined() : builder).build();
        Descriptor buffered = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addReadv(buffered, Contexts.vector(memory), 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:" + -Errno.EOPNOTSUPP);
      context.addWritev(buffered, Contexts.vector(memory), 0, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:" + -Errno.EOPNOTSUPP);
      context.addFsync(buffered, 3);
      assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.EINVAL);
      context.addPollFd(buffered, POLLIN, 4);
      assertThat(Contexts.take(context, 1)).containsExactly("4:" + -Errno.EINVAL);
      context.timeouts().add(Duration.ZERO, 5);
      assertThat(Contexts.take(context, 1)).containsExactly("5:" + -Errno.EINVAL);
      context.asyncCancel(1, 6);
      assertThat(Contexts.take(context, 1)).containsExactly("6:" + -Errno.EINVAL);
      context.addNop(7);
      assertThat(Contexts.take(context, 1)).containsExactly("7:0");
      assertThat(context.inFlight()).isZero();
    }
  }
}
