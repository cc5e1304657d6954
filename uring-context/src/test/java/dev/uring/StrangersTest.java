package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.MappingCalls;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Completions that others put into a context's ring, with whatever user data they like: they are
 * nobody's. And the counters of what the kernel lost.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StrangersTest {
  private static final int PAGE = 4096;

  private static final int PLACES = 8;
  private static final long IDLE = 1L << 30;
  private static final long HOLDS = 1L << 29;
  private static final long GENERATION = 1L << 32;

  /** That the completion has 32 bytes, which those of this ring have not. */
  private static final int WIDE = 1 << 15;

  private static final long SPAN_OF_PLACES = 1L << 29;

  private static URingContext context(boolean confined) {
    ContextBuilder builder = URingContext.builder(PLACES).completionEntries(PLACES);
    return (confined ? builder.confined() : builder).build();
  }

  /** Everything but what names a request in flight, a wake-up, or nobody. */
  private static Set<Long> hostile(InFlightTable table) {
    Set<Long> values = new LinkedHashSet<>(List.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE));
    values.add(0x8000_0000L);
    values.add(0x7FFF_FFFFL);
    values.add(0xFFFF_FFFDL);
    values.add(SPAN_OF_PLACES - 1);
    for (int place = 0; place < PLACES; place++) {
      long token = table.token(place);
      values.add((long) place);
      values.add(-GENERATION | place);
      values.add(token + GENERATION);
      values.add(token - GENERATION);
      values.add(token ^ Long.MIN_VALUE);
      values.add(token ^ HOLDS);
      values.add(token ^ IDLE);
      // The bit that doubling an index shifts out.
      values.add(token | 1L << 31);
      // A place beyond the last one, and the largest.
      values.add(token + PLACES);
      values.add(token | SPAN_OF_PLACES - 1);
    }
    for (int place = 0; place < PLACES; place++) {
      // Not those that happen to be right: generations start anywhere.
      values.remove(table.token(place));
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_foreign_completion_is_handed_to_nobody_and_counted_as_a_stranger(boolean confined) {
    NativeMemory memory = NativeMemory.allocate(4);
    try (URingContext context = context(confined);
        RingFromOutside outside = RingFromOutside.of(context);
        Pipe pipe = Pipe.open();
        Pipe other = Pipe.open()) {
      // Places of every kind: used and free again, in flight with and without something held.
      for (int request = 0; request < 3; request++) {
        context.addNop(request);
      }
      assertThat(Contexts.take(context, 3)).hasSize(3);
      Contexts.addRead(context, pipe.readEnd(), memory, -7);
      context.addPollFd(other.readEnd(), 1, PollMode.LEVEL, -8);
      context.timeouts().add(Duration.ofDays(1), -9);
      context.submit();
      assertThat(context.toString()).doesNotContain("strangers");

      List<String> taken = new ArrayList<>();
      CompletionHandler note = (userData, result, flags) -> taken.add(userData + ":" + result);
      int sent = 0;
      for (long value : hostile(context.core().table())) {
        for (int flags : new int[] {0, 2, ~WIDE}) {
          outside.send(value, 4, flags);
          sent++;
          assertThat(context.poll(note)).as("0x%x", value).isZero();
          assertThat(context.counters().strangers()).as("0x%x", value).isEqualTo(sent);
        }
      }
      assertThat(taken).isEmpty();
      assertThat(context.toString()).contains("strangers=" + sent);
      // Before one of these the kernel may put a completion of its own, at the end of the queue.
      for (int place = 0; place < PLACES; place++) {
        outside.send(context.core().table().token(place) + GENERATION, 4, WIDE);
        assertThat(context.poll(note)).isZero();
      }
      long strangers = context.counters().strangers();
      assertThat(strangers).isBetween((long) sent + PLACES, (long) sent + 2 * PLACES);
      assertThat(context.inFlight()).as("nothing was ended").isEqualTo(3);

      pipe.write((byte) 1, (byte) 2, (byte) 3, (byte) 4);
      assertThat(Contexts.take(context, 1)).containsExactly("-7:4");
      assertThat(Contexts.bytes(memory)).containsExactly(1, 2, 3, 4);
      other.write((byte) 1);
      assertThat(Contexts.take(context, 1)).containsExactly("-8:1");
      assertThat(context.counters().strangers()).isEqualTo(strangers);
      assertThat(taken).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void foreign_completions_neither_end_a_wait_nor_stand_in_its_count(boolean confined)
      throws Exception {
    WaitingThread waiter;
    URingContext[] made = new URingContext[1];
    try (Pipe pipe = Pipe.open()) {
      waiter =
          WaitingThread.start(
              () -> {
                try (URingContext context = context(confined)) {
                  Contexts.addRead(context, pipe.readEnd(), NativeMemory.allocate(1), 5);
                  context.submit();
                  made[0] = context;
                  List<String> taken = Contexts.take(context, 1);
                  return taken + " " + context.counters().strangers();
                }
              });
      waiter.untilItWaits();
      int strangers = 3 * PLACES;
      try (RingFromOutside outside = RingFromOutside.of(made[0])) {
        for (int stranger = 0; stranger < strangers; stranger++) {
          outside.send(stranger % 2 == 0 ? -1 : 0x8000_0000L, 1, 0);
        }
      }
      waiter.untilItWaits();
      pipe.write((byte) 1);
      assertThat(waiter.result()).isEqualTo("[5:1] " + strangers);
    }
  }

  /** Where a counter stands in a ring of this size, as the kernel tells who makes one. */
  private static int[] placesOfCounters() {
    ByteBuffer parameters = ByteBuffer.allocateDirect(120).order(ByteOrder.nativeOrder());
    int ring = UringCalls.setup(PLACES, RawMemory.addressOf(parameters));
    assertThat(ring).isNotNegative();
    assertThat(UringCalls.close(ring)).isZero();
    // sq_off.dropped and cq_off.overflow of struct io_uring_params.
    return new int[] {parameters.getInt(40 + 20), parameters.getInt(80 + 16)};
  }

  /**
   * The kernel counts these only when it has no memory left, or is given indices that this library
   * never gives. It keeps the counts in memory that is shared with the process; so they are put
   * there, where it would put them.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_the_kernel_says_it_has_lost_is_told_without_a_sign(boolean confined) {
    int[] places = placesOfCounters();
    try (URingContext context = context(confined);
        RingFromOutside outside = RingFromOutside.of(context);
        MappedAgain mapped = MappedAgain.of(outside.descriptor())) {
      ByteBuffer counts = mapped.bytes();
      assertThat(context.counters().overflowed()).isZero();
      assertThat(context.counters().dropped()).isZero();
      counts.putInt(places[0], 3);
      counts.putInt(places[1], 5);
      assertThat(context.counters().dropped()).isEqualTo(3);
      assertThat(context.counters().overflowed()).isEqualTo(5);
      counts.putInt(places[0], -2);
      counts.putInt(places[1], -1);
      assertThat(context.counters().dropped()).isEqualTo(0xFFFF_FFFEL);
      assertThat(context.counters().overflowed()).isEqualTo(0xFFFF_FFFFL);
      context.addNop(1);
      assertThat(Contexts.take(context, 1)).as("it goes on").containsExactly("1:0");
    }
  }

  /** The ring's memory, which {@link SharedMapping} refuses to show. */
  private record MappedAgain(long address) implements AutoCloseable {
    static MappedAgain of(Descriptor ring) {
      int fd = ring.acquire();
      try {
        long address = MappingCalls.share(fd, 0, PAGE);
        Calls.check("mmap", address, errno -> "");
        return new MappedAgain(address);
      } finally {
        ring.release();
      }
    }

    ByteBuffer bytes() {
      return RawMemory.view(address, PAGE).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
      MappingCalls.unmap(address, PAGE);
    }
  }
}
