package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.SharedMapping;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks and stores that order memory, also in memory that its owner takes away meanwhile. */
class MemoryOrderTest {
  private static final int BYTES = 4096;
  private static final int REPETITIONS = 30_000;
  private static final byte[] COPY = new byte[1000];
  private static final ByteBuffer DIRECT = ByteBuffer.allocateDirect(1000);

  private static final AtomicLong USED = new AtomicLong();

  @TempDir Path directory;

  @Test
  void indices_are_sixteen_little_endian_bits_without_a_sign() {
    ByteBuffer memory = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
    MemoryOrder.release(memory, 2, 0xfffe);
    MemoryOrder.setOpaque(memory, 4, 0x1_0203);
    assertThat(memory.get(2)).isEqualTo((byte) 0xfe);
    assertThat(memory.get(3)).isEqualTo((byte) 0xff);
    assertThat(MemoryOrder.acquire(memory, 2)).isEqualTo(0xfffe);
    assertThat(MemoryOrder.opaque(memory, 4)).isEqualTo(0x0203);
    assertThat(memory.getShort(0)).isZero();
    assertThat(memory.getShort(6)).isZero();
  }

  /** In a process of its own, since it is the process that might die. */
  @ParameterizedTest
  @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation", "-Xmixed"})
  void memory_that_is_gone_is_an_error_and_not_the_end_of_the_process(String mode)
      throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                mode,
                "-XX:ErrorFile=" + directory.resolve("error"),
                "-cp",
                System.getProperty("java.class.path"),
                MemoryOrderTest.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      String printed = Files.readString(output);
      assertThat(process.exitValue()).as(printed).isZero();
      assertThat(printed.lines().filter(line -> line.startsWith("survived"))).hasSize(14);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Touches memory that is there until it is compiled, and then memory that is not. */
  public static void main(String[] arguments) {
    List<Consumer<ByteBuffer>> all =
        List.of(
            memory -> MemoryOrder.release(memory, 2, 7),
            memory -> MemoryOrder.setOpaque(memory, 2, 7),
            memory -> use(MemoryOrder.acquire(memory, 2)),
            memory -> use(MemoryOrder.opaque(memory, 2)),
            // And what else is done to a guest's memory.
            memory -> memory.put(1, (byte) 1),
            memory -> memory.putInt(4, 1),
            memory -> use(memory.get(1)),
            memory -> use(memory.getShort(2)),
            memory -> use(memory.getInt(4)),
            memory -> use(memory.getLong(8)),
            memory -> memory.get(16, COPY, 0, COPY.length),
            memory -> memory.put(16, COPY, 0, COPY.length),
            memory -> memory.put(16, DIRECT, 0, DIRECT.capacity()),
            memory -> DIRECT.put(0, memory, 16, DIRECT.capacity()));
    for (Consumer<ByteBuffer> access : all) {
      try (Descriptor file = Descriptor.memFd("gone", BYTES);
          SharedMapping mapping = SharedMapping.map(file, 0, BYTES)) {
        ByteBuffer memory = mapping.memory().buffer().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
          touch(access, memory);
        }
        file.truncate(0);
        survive(access, memory);
      }
    }
  }

  /** From one place: where it is called for the first time, the interpreter would surface it. */
  private static void touch(Consumer<ByteBuffer> access, ByteBuffer memory) {
    access.accept(memory);
    GuestFault.surface(true);
  }

  private static void survive(Consumer<ByteBuffer> access, ByteBuffer memory) {
    String told = "nobody was told";
    try {
      touch(access, memory);
    } catch (InternalError e) {
      told = "survived: " + e.getMessage();
    }
    System.out.println(told);
  }

  /** What is loaded and not used is not loaded by compiled code. */
  private static void use(long value) {
    USED.addAndGet(value);
  }
}
