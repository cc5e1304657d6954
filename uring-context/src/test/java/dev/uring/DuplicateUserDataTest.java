package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Vectored requests that all have the same user data, and whose memory nobody refers to any more. A
 * library that kept either by user data would free what the kernel still uses.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DuplicateUserDataTest {
  private static final int REQUESTS = 48;
  private static final long SAME = 0x7777;
  private static final byte SENT = 0x5A;
  private static final byte UNTOUCHED = 0x22;
  private static final byte VICTIM = 0x11;

  /** Large enough to be a mapping of its own, which goes with its owner. */
  private static final int BLOCK = 1 << 17;

  /** The buffers of each request: the collector tells through these. */
  private final List<List<WeakReference<ByteBuffer>>> dropped = new ArrayList<>();

  /** How many bytes a request reads: no two alike, so that completions tell which they are of. */
  private static int length(int request, int pieces) {
    return pieces * (request + 1);
  }

  private static int total(int pieces) {
    return IntStream.range(0, REQUESTS).map(request -> length(request, pieces)).sum();
  }

  private void addAndDrop(URingContext context, Pipe pipe, int request, int pieces) {
    MemoryVector vector = new MemoryVector();
    List<WeakReference<ByteBuffer>> buffers = new ArrayList<>();
    for (int piece = 0; piece < pieces; piece++) {
      NativeMemory memory = NativeMemory.allocate(BLOCK / pieces);
      byte[] content = new byte[memory.length()];
      Arrays.fill(content, UNTOUCHED);
      memory.buffer().put(0, content);
      buffers.add(new WeakReference<>(memory.buffer()));
      vector.add(memory, 1, request + 1);
    }
    dropped.add(buffers);
    context.addReadv(pipe.readEnd(), vector, -1, SAME);
  }

  /** Makes the collector free what it may, and gives what it freed to new owners. */
  private static void collectAndReallocate(List<ByteBuffer> victims) {
    for (int round = 0; round < 4; round++) {
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      byte[] content = new byte[BLOCK];
      Arrays.fill(content, VICTIM);
      for (int victim = 0; victim < REQUESTS; victim++) {
        victims.add(ByteBuffer.allocateDirect(BLOCK).put(0, content));
      }
    }
  }

  private void mustAllBeHeld() {
    assertThat(dropped)
        .as("held by the requests")
        .allSatisfy(buffers -> assertThat(buffers).noneMatch(one -> one.get() == null));
  }

  /** Of each piece the bytes that were to be read, and no others. */
  private static void mustHaveRead(List<List<ByteBuffer>> held) {
    for (int request = 0; request < REQUESTS; request++) {
      for (ByteBuffer buffer : held.get(request)) {
        byte[] expected = new byte[buffer.capacity()];
        Arrays.fill(expected, UNTOUCHED);
        Arrays.fill(expected, 1, 1 + request + 1, SENT);
        byte[] content = new byte[buffer.capacity()];
        buffer.get(0, content);
        assertThat(content).as("memory of request %s", request).isEqualTo(expected);
      }
    }
  }

  private static void mustBeUntouched(List<ByteBuffer> victims) {
    byte[] expected = new byte[BLOCK];
    Arrays.fill(expected, VICTIM);
    byte[] content = new byte[BLOCK];
    for (ByteBuffer victim : victims) {
      victim.get(0, content);
      assertThat(content).as("memory of another owner").isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,1", "true,3", "false,1", "false,3", "false,12"})
  void each_completes_once_with_its_own_bytes_and_into_its_own_memory(
      boolean confined, int pieces) {
    List<ByteBuffer> victims = new ArrayList<>();
    try (URingContext context = Contexts.of(REQUESTS, confined);
        Pipe pipe = Pipe.open()) {
      for (int request = 0; request < REQUESTS; request++) {
        addAndDrop(context, pipe, request, pieces);
      }
      collectAndReallocate(victims);
      mustAllBeHeld();
      assertThat(context.submit()).isEqualTo(REQUESTS);
      collectAndReallocate(victims);
      mustAllBeHeld();
      // Until the bytes are looked at; the kernel has had the addresses since long.
      List<List<ByteBuffer>> held = strong();

      byte[] sent = new byte[total(pieces)];
      Arrays.fill(sent, SENT);
      pipe.write(sent);
      List<Integer> counts = new ArrayList<>();
      while (counts.size() < REQUESTS) {
        context.await(
            1,
            (userData, result, flags) -> {
              assertThat(userData).isEqualTo(SAME);
              counts.add(result);
            });
      }
      assertThat(counts)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, REQUESTS)
                  .map(request -> length(request, pieces))
                  .boxed()
                  .toList());
      assertThat(context.inFlight()).isZero();
      assertThat(context.poll(Contexts.IGNORE)).as("none comes twice").isZero();
      mustHaveRead(held);
      mustBeUntouched(victims);
      held.clear();
      while (dropped.stream().flatMap(List::stream).anyMatch(one -> one.get() != null)) {
        System.gc();
      }
    }
  }

  private List<List<ByteBuffer>> strong() {
    List<List<ByteBuffer>> strong = new ArrayList<>();
    for (List<WeakReference<ByteBuffer>> buffers : dropped) {
      strong.add(
          new ArrayList<>(buffers.stream().map(one -> Objects.requireNonNull(one.get())).toList()));
    }
    return strong;
  }
}
