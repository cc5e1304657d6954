package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.URingAllowlist;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong in the caller's hands is refused before anything of it reaches the kernel. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
  private static final int POLLIN = 1;

  private URingContext context;
  private Descriptor zero;

  @BeforeEach
  void open() {
    context = URingContext.create(8);
    zero = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ, OpenFlag.WRITE);
  }

  @AfterEach
  void nothing_was_left_behind() {
    assertThat(context.inFlight()).isZero();
    assertThat(context.counters().added()).isZero();
    context.addNop(1);
    assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    context.close();
    zero.close();
    assertThat(zero.toString()).endsWith(", closed]");
  }

  @Test
  void sizes_out_of_range_are_refused() {
    for (int entries : new int[] {0, -1, Integer.MIN_VALUE, 32_769, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> URingContext.create(entries))
          .as("%s entries", entries)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Integer.toString(entries));
    }
    for (int completions : new int[] {-1, 0, 7, 65_537, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> URingContext.builder(8).completionEntries(completions).build())
          .as("%s completion entries", completions)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Integer.toString(completions));
    }
  }

  @Test
  void sizes_out_of_range_are_lowered_where_that_is_asked_for() {
    try (URingContext clamped = URingContext.builder(32_769).clamp().build()) {
      assertThat(clamped.room()).isEqualTo(65_536);
    }
  }

  @Test
  void negative_and_closed_descriptors_are_refused() {
    assertThatThrownBy(() -> Descriptor.borrow(-1)).isInstanceOf(IllegalArgumentException.class);
    Descriptor closed = Descriptor.eventFd(0);
    closed.close();
    NativeMemory memory = NativeMemory.allocate(8);
    List<Runnable> uses =
        List.of(
            () -> Contexts.addRead(context, closed, memory, 1),
            () -> context.addWritev(closed, Contexts.vector(memory), 0, 1),
            () -> context.addFsync(closed, 1),
            () -> context.addPollFd(closed, POLLIN, 1),
            () -> context.addFallocate(closed, 0, 0, 1, 1),
            () -> context.cancels().allOf(closed, 1),
            () -> context.sockets().addReceive(closed, memory, 0, 8, 1),
            () -> context.registerFiles(0, closed));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("descriptor is closed");
    }
  }

  @Test
  void a_refused_request_on_a_closed_descriptor_takes_nothing_from_one_that_is_in_flight()
      throws Exception {
    try (URingContext other = URingContext.create(4);
        Pipe pipe = Pipe.open()) {
      NativeMemory memory = NativeMemory.allocate(1);
      Contexts.addRead(other, pipe.readEnd(), memory, 1);
      pipe.readEnd().close();
      assertThatThrownBy(() -> Contexts.addRead(other, pipe.readEnd(), memory, 2))
          .hasMessage("descriptor is closed");
      assertThat(pipe.readEnd().toString()).contains("closed but in use");
      pipe.write((byte) 3);
      assertThat(Contexts.take(other, 1)).containsExactly("1:1");
      assertThat(pipe.readEnd().toString()).endsWith(", closed]");
    }
  }

  @Test
  void nothing_in_place_of_something_is_refused_and_the_context_goes_on() {
    List<Runnable> uses =
        List.of(
            () -> context.addFsync(null, 1),
            () -> context.addReadv(zero, null, 0, 1),
            () -> context.addReadv(zero, Contexts.vector(NativeMemory.allocate(1)), 0, 1, null),
            () -> context.addPollFd(zero, POLLIN, null, 1),
            () -> context.timeouts().add(null, 1),
            () -> context.timeouts().addLimit(null, 1),
            () -> context.timeouts().update(1, null, 1),
            () -> context.sockets().addReceive(zero, null, 0, 1, 1),
            () -> context.sockets().addSendv(zero, null, 1),
            () -> context.chains().together(1, null));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-2, -4096, Long.MIN_VALUE})
  void offsets_below_minus_one_are_refused(long offset) {
    NativeMemory memory = NativeMemory.allocate(8);
    FixedBuffer fixed = context.registerBuffers(memory)[0];
    MemoryVector vector = Contexts.vector(memory);
    List<Runnable> uses =
        List.of(
            () -> context.addReadv(zero, vector, offset, 1),
            () -> context.addWritev(zero, vector, offset, 1),
            () -> context.addRead(zero, ByteBuffer.allocateDirect(8), offset, 1),
            () -> context.fixedBuffers().addRead(zero, fixed, 0, 8, offset, 1),
            () -> context.fixedBuffers().addWrite(zero, fixed, 0, 8, offset, 1),
            () -> context.addFallocate(zero, 0, offset, 1, 1),
            () -> context.addFdatasync(zero, offset, 1, 1),
            () -> context.hints().addWillNeed(zero, offset, 1, 1));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void ranges_that_do_not_fit_into_a_file_are_refused() {
    List<Runnable> uses =
        List.of(
            () -> context.addFallocate(zero, 0, Long.MAX_VALUE, 1, 1),
            () -> context.addFallocate(zero, 0, 1, Long.MAX_VALUE, 1),
            () -> context.addFallocate(zero, 0, 0, -1, 1),
            () -> context.addFallocate(zero, 0, 0, 0, 1),
            () -> context.addFdatasync(zero, 0, -1, 1));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void lists_of_no_memory_are_refused() {
    ByteBuffer empty = ByteBuffer.allocateDirect(0);
    List<Runnable> uses =
        List.of(
            () -> context.addReadv(zero, new MemoryVector(), 0, 1),
            () -> context.addWritev(zero, new MemoryVector(), 0, 1),
            () -> context.addRead(zero, empty, 0, 1),
            () -> context.addWrite(zero, empty, 0, 1),
            () -> context.sockets().addSendv(zero, new MemoryVector(), 1));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void a_list_of_more_pieces_than_the_kernel_takes_cannot_be_made() {
    NativeMemory memory = NativeMemory.allocate(1);
    MemoryVector vector = new MemoryVector();
    for (int piece = 0; piece < MemoryVector.MAXIMUM_PIECES; piece++) {
      vector.add(memory, 0, 1);
    }
    assertThatThrownBy(() -> vector.add(memory, 0, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("1024");
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int piece = 0; piece <= MemoryVector.MAXIMUM_PIECES; piece++) {
      buffers.add(ByteBuffer.allocateDirect(1));
    }
    assertThatThrownBy(() -> MemoryVector.of(buffers)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_list_of_as_many_pieces_as_the_kernel_takes_is_read_into() {
    MemoryVector vector = new MemoryVector();
    NativeMemory memory = NativeMemory.allocate(2 * MemoryVector.MAXIMUM_PIECES);
    for (int index = 0; index < memory.length(); index++) {
      memory.buffer().put(index, (byte) 7);
    }
    for (int piece = 0; piece < MemoryVector.MAXIMUM_PIECES; piece++) {
      vector.add(memory, 2 * piece, 1);
    }
    try (URingContext other = URingContext.create(1)) {
      other.addReadv(zero, vector, 0, 1);
      assertThat(Contexts.take(other, 1)).containsExactly("1:" + MemoryVector.MAXIMUM_PIECES);
    }
    for (int piece = 0; piece < MemoryVector.MAXIMUM_PIECES; piece++) {
      assertThat(memory.buffer().get(2 * piece)).isZero();
      assertThat(memory.buffer().get(2 * piece + 1)).isEqualTo((byte) 7);
    }
  }

  @Test
  void heap_buffers_are_refused_with_the_way_out() {
    ByteBuffer heap = ByteBuffer.allocate(8);
    List<Runnable> uses =
        List.of(
            () -> context.addRead(zero, heap, 0, 1),
            () -> context.addWrite(zero, heap, 0, 1),
            () -> MemoryVector.of(heap));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("allocateDirect");
    }
  }

  @Test
  void read_only_memory_is_never_read_into() {
    NativeMemory readOnly = NativeMemory.of(ByteBuffer.allocateDirect(8).asReadOnlyBuffer());
    MemoryVector mixed = new MemoryVector().add(NativeMemory.allocate(8), 0, 8).add(readOnly, 0, 8);
    MemoryVector range = new MemoryVector().addRange(mixed, 4, 8);
    FixedBuffer fixed = context.registerBuffers(readOnly)[0];
    List<Runnable> uses =
        List.of(
            () -> context.addReadv(zero, Contexts.vector(readOnly), 0, 1),
            () -> context.addReadv(zero, mixed, 0, 1),
            () -> context.addReadv(zero, range, 0, 1),
            () -> context.addRead(zero, readOnly.buffer(), 0, 1),
            () -> context.fixedBuffers().addRead(zero, fixed, 0, 8, 0, 1),
            () -> context.sockets().addReceive(zero, readOnly, 0, 8, 1),
            () -> context.sockets().addReceiveAll(zero, readOnly, 0, 8, 1));
    for (Runnable use : uses) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("read-only");
    }
  }

  @Test
  void parts_that_do_not_lie_in_the_memory_are_refused() {
    NativeMemory memory = NativeMemory.allocate(8);
    FixedBuffer fixed = context.registerBuffers(memory)[0];
    int[][] wrong = {{-1, 1}, {0, -1}, {0, 9}, {8, 1}, {9, 0}, {1, Integer.MAX_VALUE}};
    for (int[] part : wrong) {
      int position = part[0];
      int length = part[1];
      List<Runnable> uses =
          List.of(
              () -> new MemoryVector().add(memory, position, length),
              () -> context.fixedBuffers().addRead(zero, fixed, position, length, 0, 1),
              () -> context.fixedBuffers().addWrite(zero, fixed, position, length, 0, 1),
              () -> context.sockets().addReceive(zero, memory, position, length, 1));
      for (Runnable use : uses) {
        assertThatThrownBy(use::run).isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 17, Integer.MAX_VALUE})
  void a_wait_for_none_or_for_more_than_fit_is_refused(int minimum) {
    assertThatThrownBy(() -> context.await(minimum, Contexts.IGNORE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 16");
    assertThatThrownBy(() -> context.await(minimum)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void slots_and_buffers_of_another_context_are_refused() {
    try (URingContext other = URingContext.create(4)) {
      FixedFile slot = other.registerFiles(1, zero)[0];
      FixedBuffer buffer = other.registerBuffers(NativeMemory.allocate(8))[0];
      FixedFile own = context.registerFiles(1, zero)[0];
      List<Runnable> uses =
          List.of(
              () -> context.addFsync(slot, 1),
              () -> context.addPollFd(slot, POLLIN, 1),
              () -> context.cancels().allOf(slot, 1),
              () -> context.replaceFile(slot, zero),
              () -> context.sockets().addAccept(own, slot, 1),
              () -> context.fixedBuffers().addRead(zero, buffer, 0, 8, 0, 1));
      for (Runnable use : uses) {
        assertThatThrownBy(use::run)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("another context");
      }
    }
  }

  @Test
  void an_owners_context_refuses_every_other_thread_and_stays_the_owners() throws Exception {
    try (URingContext confined = Contexts.of(8, true);
        URingContext disabled =
            URingContext.builder(8)
                .confined()
                .allowlist(URingAllowlist.closedBlockDevice())
                .disabled()
                .build()) {
      NativeMemory memory = NativeMemory.allocate(8);
      List<Runnable> uses =
          List.of(
              () -> confined.addNop(1),
              () -> Contexts.addRead(confined, zero, memory, 1),
              () -> confined.asyncCancel(1, 1),
              () -> confined.cancels().all(1, 1),
              () -> confined.chains().linked(1, () -> {}),
              confined::submit,
              confined::counters,
              () -> confined.await(1, Contexts.IGNORE),
              () -> confined.poll(Contexts.IGNORE),
              () -> confined.registerFiles(1, zero),
              () -> confined.registerBuffers(memory),
              () -> disabled.registerFiles(1, zero),
              disabled::enable);
      WaitingThread foreign =
          WaitingThread.start(
              () -> {
                for (Runnable use : uses) {
                  assertThatThrownBy(use::run)
                      .isInstanceOf(IllegalStateException.class)
                      .hasMessageContaining("confined to");
                }
                return null;
              });
      assertThat(foreign.result()).isNull();
      confined.addNop(1);
      assertThat(Contexts.take(confined, 1)).containsExactly("1:0");
      FixedFile[] slots = disabled.registerFiles(0, zero);
      disabled.enable();
      disabled.addReadv(slots[0], Contexts.vector(memory), 0, 2);
      assertThat(Contexts.take(disabled, 1)).containsExactly("2:8");
    }
  }

  @Test
  void a_virtual_thread_cannot_own_a_context_and_can_use_a_shared_one() throws Exception {
    AtomicReference<Object> outcome = new AtomicReference<>();
    Thread virtual =
        VirtualThread.start(
            () -> {
              try {
                URingContext.builder(4).confined().build().close();
                outcome.set("a context");
              } catch (IllegalStateException e) {
                outcome.set(e.getMessage());
              }
            });
    assumeTrue(virtual != null, "skipped: no virtual threads before Java 21");
    virtual.join();
    assertThat(outcome.get()).asString().contains("virtual thread");
    try (URingContext shared = URingContext.create(4)) {
      Thread user =
          VirtualThread.start(
              () -> {
                shared.addNop(1);
                outcome.set(Contexts.take(shared, 1));
              });
      user.join();
      assertThat(outcome.get()).isEqualTo(List.of("1:0"));
    }
  }
}
