package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The caller drops every reference as soon as a request is added. What the kernel may still write
 * to must stay; a run without retention writes into memory that has new owners by then.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryRetentionTest {
  private static final int PIECE = 1 << 16;
  private static final int REQUESTS = 24;
  private static final byte SENT = 0x5A;
  private static final byte VICTIM = 0x11;

  /** Everything that is dropped: the collector tells through these. */
  private final List<WeakReference<Object>> dropped = new ArrayList<>();

  private void addAndDrop(URingContext context, Pipe pipe, int pieces, long userData) {
    MemoryVector vector = new MemoryVector();
    for (int piece = 0; piece < pieces; piece++) {
      NativeMemory memory = NativeMemory.allocate(PIECE / pieces);
      dropped.add(new WeakReference<>(memory.buffer()));
      vector.add(memory, 0, memory.length());
    }
    dropped.add(new WeakReference<>(pipe.readEnd()));
    context.addReadv(pipe.readEnd(), vector, -1, userData);
  }

  /** Makes the collector free what it may, and gives what it freed to new owners. */
  private static List<ByteBuffer> collectAndReallocate() {
    List<ByteBuffer> victims = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      for (int victim = 0; victim < REQUESTS * 2; victim++) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE + 4096);
        while (buffer.hasRemaining()) {
          buffer.put(VICTIM);
        }
        victims.add(buffer);
      }
    }
    return victims;
  }

  private static void mustBeUntouched(List<ByteBuffer> victims) {
    byte[] bytes = new byte[PIECE + 4096];
    for (ByteBuffer victim : victims) {
      victim.get(0, bytes);
      assertThat(bytes).as("memory of another owner").containsOnly(VICTIM);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void memory_that_everybody_dropped_is_the_requests_until_it_completes(int pieces) {
    List<Descriptor> writeEnds = new ArrayList<>();
    try (URingContext context = URingContext.create(REQUESTS)) {
      for (int request = 0; request < REQUESTS; request++) {
        Pipe pipe = Pipe.open();
        addAndDrop(context, pipe, pieces, request);
        writeEnds.add(pipe.writeEnd());
      }
      context.submit();
      List<ByteBuffer> victims = collectAndReallocate();
      assertThat(dropped).as("held by the requests").noneMatch(one -> one.get() == null);
      byte[] sent = new byte[PIECE];
      java.util.Arrays.fill(sent, SENT);
      int[] read = {0};
      for (Descriptor writeEnd : writeEnds) {
        new Pipe(writeEnd, writeEnd).write(sent);
      }
      while (context.inFlight() > 0) {
        context.await(
            1,
            (userData, result, flags) -> {
              assertThat(result).isPositive();
              read[0] += result;
            });
      }
      assertThat(read[0]).isPositive();
      mustBeUntouched(victims);
    }
    writeEnds.forEach(Descriptor::close);
  }

  @Test
  void the_bytes_are_in_the_memory_that_was_held() {
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      addAndDrop(context, pipe, 1, 1);
      context.submit();
      List<ByteBuffer> victims = collectAndReallocate();
      ByteBuffer held = (ByteBuffer) dropped.get(0).get();
      byte[] sent = new byte[1000];
      java.util.Arrays.fill(sent, SENT);
      pipe.write(sent);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1000");
      byte[] landed = new byte[1000];
      held.get(0, landed);
      assertThat(landed).containsOnly(SENT);
      assertThat(held.get(1000)).isZero();
      mustBeUntouched(victims);
    }
  }

  /** The read itself holds none of it: that is for whoever registered it. */
  private void addFixedAndDrop(URingContext context, List<Pipe> pipes, boolean filledLater) {
    NativeMemory[] pieces = new NativeMemory[pipes.size()];
    for (int piece = 0; piece < pieces.length; piece++) {
      pieces[piece] = NativeMemory.allocate(PIECE);
      dropped.add(new WeakReference<>(pieces[piece].buffer()));
    }
    FixedBufferRequests fixed = context.fixedBuffers();
    FixedBuffer[] places =
        filledLater ? fixed.register(pieces.length) : context.registerBuffers(pieces);
    for (int place = 0; place < places.length; place++) {
      if (filledLater) {
        fixed.fill(places[place], pieces[place]);
      }
      fixed.addRead(pipes.get(place).readEnd(), places[place], 0, PIECE, -1, place);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void registered_memory_that_everybody_dropped_is_the_registrations(boolean filledLater) {
    List<Pipe> pipes = new ArrayList<>();
    byte[] sent = new byte[PIECE];
    java.util.Arrays.fill(sent, SENT);
    try (URingContext context = URingContext.create(REQUESTS)) {
      for (int request = 0; request < REQUESTS; request++) {
        pipes.add(Pipe.open());
      }
      addFixedAndDrop(context, pipes, filledLater);
      context.submit();
      List<ByteBuffer> victims = collectAndReallocate();
      // The kernel has only pinned the pages: once freed they are another's, and written to still.
      assertThat(dropped)
          .as("held by the registration")
          .hasSize(REQUESTS)
          .noneMatch(one -> one.get() == null);
      pipes.forEach(pipe -> pipe.write(sent));
      int[] read = new int[REQUESTS];
      while (context.inFlight() > 0) {
        context.await(1, (userData, result, flags) -> read[(int) userData] = result);
      }
      mustBeUntouched(victims);
      for (int request = 0; request < REQUESTS; request++) {
        assertThat(read[request]).isPositive();
        byte[] landed = new byte[read[request]];
        ((ByteBuffer) dropped.get(request).get()).get(0, landed);
        assertThat(landed).containsOnly(SENT);
      }
    }
    pipes.forEach(Pipe::close);
  }

  @Test
  void after_the_last_completion_the_context_holds_nothing() {
    try (URingContext context = URingContext.create(4)) {
      Descriptor writeEnd = addAndComplete(context, 2);
      Descriptor other = addAndComplete(context, 1);
      while (dropped.stream().anyMatch(one -> one.get() != null)) {
        System.gc();
      }
      assertThat(context.inFlight()).isZero();
      writeEnd.close();
      other.close();
    }
  }

  private Descriptor addAndComplete(URingContext context, int pieces) {
    Pipe pipe = Pipe.open();
    addAndDrop(context, pipe, pieces, 1);
    pipe.write(SENT);
    assertThat(Contexts.take(context, 1)).containsExactly("1:1");
    return pipe.writeEnd();
  }

  @Test
  void a_slice_keeps_the_whole_and_a_keeper_is_kept() {
    try (URingContext context = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      WeakReference<Object> keeper = addVouchedFor(context, pipe);
      context.submit();
      List<ByteBuffer> victims = collectAndReallocate();
      assertThat(keeper.get()).isNotNull();
      pipe.write(SENT);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");
      mustBeUntouched(victims);
      while (keeper.get() != null) {
        System.gc();
      }
    }
  }

  private static WeakReference<Object> addVouchedFor(URingContext context, Pipe pipe) {
    ByteBuffer owner = ByteBuffer.allocateDirect(PIECE);
    long address = dev.uring.sys.RawMemory.addressOf(owner);
    NativeMemory memory = NativeMemory.vouchedFor(address, PIECE, owner).slice(64, 64);
    Contexts.addRead(context, pipe.readEnd(), memory, 1);
    return new WeakReference<>(owner);
  }

  @Test
  void a_context_that_was_dropped_with_requests_in_flight_is_kept_with_their_memory() {
    Pipe pipe = Pipe.open();
    WeakReference<Object> context = addAndDropContext(pipe);
    List<ByteBuffer> victims = collectAndReallocate();
    assertThat(dropped).noneMatch(one -> one.get() == null);
    pipe.write(SENT);
    mustBeUntouched(victims);
    ((URingContext) context.get()).close();
    pipe.close();
  }

  private WeakReference<Object> addAndDropContext(Pipe pipe) {
    URingContext context = URingContext.create(4);
    addAndDrop(context, pipe, 1, 1);
    context.submit();
    return new WeakReference<>(context);
  }

  @Test
  void the_memory_of_a_confined_context_whose_owner_ended_stays_parked() throws Exception {
    Pipe pipe = Pipe.open();
    URingContext[] made = new URingContext[1];
    WaitingThread.start(
            () -> {
              made[0] = Contexts.of(4, true);
              addAndDrop(made[0], pipe, 1, 1);
              return made[0].submit();
            })
        .untilItHasExited();
    made[0].close();
    assertThat(made[0].isClosed()).isTrue();
    made[0] = null;
    List<ByteBuffer> victims = collectAndReallocate();
    assertThat(dropped).noneMatch(one -> one.get() == null);
    pipe.write(SENT);
    mustBeUntouched(victims);
    pipe.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_closed_context_that_was_dropped_is_collected(boolean confined) throws Exception {
    WeakReference<Object> context = makeAndClose(confined);
    // In this thread and in another, which lives on and had waited in it too.
    for (int round = 0; context.get() != null && round < 100; round++) {
      System.gc();
    }
    assertThat(context.get()).isNull();
  }

  private static WeakReference<Object> makeAndClose(boolean confined) {
    URingContext context = Contexts.of(4, confined);
    context.addNop(1);
    try (Completions completions = context.await(1)) {
      assertThat(completions.next().userData()).isEqualTo(1);
    }
    context.close();
    return new WeakReference<>(context);
  }
}
