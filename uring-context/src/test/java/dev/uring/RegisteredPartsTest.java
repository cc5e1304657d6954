package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of parts of registered memory, and places that are registered later. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegisteredPartsTest {
  private static final RequestOptions NONE = RequestOptions.NONE;

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void writeFile() throws IOException {
    path = Files.write(directory.resolve("file"), new byte[] {1, 2, 3, 4});
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parts_are_read_into_and_written_from_in_their_order(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      FixedBuffer buffer = context.registerBuffers(NativeMemory.allocate(8))[0];
      FixedFile slot = context.registerFiles(0, file)[0];
      NativeMemory memory = buffer.memory();
      MemoryVector parts = new MemoryVector().add(memory, 6, 1).add(memory.slice(2, 3), 0, 3);
      context.fixedBuffers().addReadv(slot, buffer, parts, 0, 1, NONE);
      parts.clear();
      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
      assertThat(Contexts.bytes(memory)).containsExactly(0, 0, 2, 3, 4, 0, 1, 0);
      parts.add(memory, 4, 2).add(memory, 2, 1);
      context.fixedBuffers().addWritev(file, buffer, parts, 1, 2, NONE.dataSync());
      assertThat(Contexts.take(context, 1)).containsExactly("2:3");
      assertThat(Files.readAllBytes(path)).containsExactly(1, 4, 0, 2);
      MemoryVector one = new MemoryVector().add(memory, 6, 2);
      context.fixedBuffers().addReadv(file, buffer, one, 1, 3, NONE);
      context.fixedBuffers().addWritev(file, buffer, one, 0, 4, NONE.append());
      assertThat(Contexts.take(context, 2)).containsExactly("3:2", "4:2");
      assertThat(Files.readAllBytes(path)).containsExactly(1, 4, 0, 2, 4, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tables_of_empty_places_are_made_with_a_context_that_is_restricted_at_once(boolean confined)
      throws Exception {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.READ_FIXED)
            .allowRegister(RegisterCall.REGISTER_FILES_UPDATE, RegisterCall.REGISTER_BUFFERS_UPDATE)
            .allowFlags(EntryFlag.FIXED_FILE)
            .build();
    List<FixedFile> slots = new ArrayList<>();
    List<FixedBuffer> places = new ArrayList<>();
    ContextBuilder builder =
        URingContext.builder(8)
            .allowlist(list)
            .emptyFiles(3, made -> slots.addAll(List.of(made)))
            .emptyBuffers(2, made -> places.addAll(List.of(made)));
    try (URingContext context = (confined ? builder.confined() : builder).build();
        Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      assertThat(slots).hasSize(3);
      assertThat(places).hasSize(2).allMatch(FixedBuffer::isEmpty);
      context.replaceFile(slots.get(2), file);
      context.fixedBuffers().fill(places.get(1), NativeMemory.allocate(4));
      context.fixedBuffers().addRead(slots.get(2), places.get(1), 0, 4, 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
      assertThat(Contexts.bytes(places.get(1).memory())).containsExactly(1, 2, 3, 4);
      assertThatThrownBy(() -> context.registerFiles(1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1_048_577})
  void there_are_no_tables_of_so_many_places(int count) {
    ContextBuilder builder = URingContext.builder(8);
    assertThatThrownBy(() -> builder.emptyFiles(count, made -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 1048576 places, not " + count);
    assertThatThrownBy(() -> builder.emptyBuffers(count, made -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 16384 places, not " + count);
  }

  /** Options that contradict each other: what the kernel refuses it has seen. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void options_reach_the_kernel_and_links_want_company(int count) throws Exception {
    RequestOptions refused = NONE.append().noAppend().link();
    try (URingContext context = URingContext.create(8);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      FixedBuffer buffer = context.registerBuffers(NativeMemory.allocate(8))[0];
      MemoryVector parts = new MemoryVector();
      for (int part = 0; part < count; part++) {
        parts.add(buffer.memory(), 2 * part, 1);
      }
      context
          .chains()
          .together(
              4,
              () -> {
                context.fixedBuffers().addReadv(file, buffer, parts, 0, 1, refused);
                context.addNop(2);
                context.fixedBuffers().addWritev(file, buffer, parts, 0, 3, refused);
                context.addNop(4);
              });
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder(
              "1:" + -Errno.EINVAL,
              "2:" + -Errno.ECANCELED,
              "3:" + -Errno.EINVAL,
              "4:" + -Errno.ECANCELED);
      assertThat(Files.readAllBytes(path)).containsExactly(1, 2, 3, 4);
      for (Runnable alone :
          List.<Runnable>of(
              () -> context.fixedBuffers().addReadv(file, buffer, parts, 0, 1, NONE.link()),
              () -> context.fixedBuffers().addWritev(file, buffer, parts, 0, 1, NONE.link()))) {
        assertThatThrownBy(alone::run)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("needs one to be linked to");
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void parts_that_do_not_lie_in_the_buffer_are_refused_and_hold_nothing() {
    try (URingContext context = URingContext.create(8);
        Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      NativeMemory whole = NativeMemory.allocate(64);
      NativeMemory middle = whole.slice(16, 16);
      FixedBuffer buffer = context.registerBuffers(middle)[0];
      MemoryVector[] outside = {
        new MemoryVector().add(whole, 15, 1),
        new MemoryVector().add(middle, 0, 1).add(whole, 32, 1),
        new MemoryVector().add(whole, 16, 17),
        new MemoryVector().add(middle, 15, 1).add(NativeMemory.allocate(8), 0, 8),
      };
      for (MemoryVector parts : outside) {
        assertThatThrownBy(() -> context.fixedBuffers().addReadv(file, buffer, parts, 0, 1, NONE))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("does not lie in the registered memory");
        assertThatThrownBy(() -> context.fixedBuffers().addWritev(file, buffer, parts, 0, 1, NONE))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(
              () -> context.fixedBuffers().addReadv(file, buffer, new MemoryVector(), 0, 1, NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("without memory");
      assertThat(context.inFlight()).isZero();
      context.fixedBuffers().addReadv(file, buffer, Contexts.vector(middle), 0, 1, NONE);
      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_place_that_was_left_empty_is_filled_once(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        URingContext other = URingContext.create(8);
        Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      FixedBuffer[] places = context.fixedBuffers().register(2, NativeMemory.allocate(8));
      assertThat(places).hasSize(3);
      assertThat(places[0].isEmpty()).isFalse();
      assertThat(places[2].isEmpty()).isTrue();
      assertThat(places[2]).hasToString("FixedBuffer[2, empty]");
      assertThatThrownBy(() -> context.fixedBuffers().addRead(file, places[2], 0, 4, 0, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("place 2 is empty");
      assertThat(context.inFlight()).isZero();

      NativeMemory late = NativeMemory.allocate(4096);
      assertThatThrownBy(() -> other.fixedBuffers().fill(places[2], late))
          .isInstanceOf(IllegalArgumentException.class);
      context.fixedBuffers().fill(places[2], late);
      context.fixedBuffers().addRead(file, places[2], 4092, 4, 0, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:4");
      assertThat(late.buffer().get(4095)).isEqualTo((byte) 4);
      assertThatThrownBy(() -> context.fixedBuffers().fill(places[2], late))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("filled once");
      assertThatThrownBy(() -> context.fixedBuffers().register(1))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_restricted_context_fills_places_before_it_is_enabled_or_by_permission() {
    URingAllowlist closed = URingAllowlist.closedBlockDevice();
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = Contexts.disabled(8, closed, false)) {
      FixedBuffer[] places = context.fixedBuffers().register(2);
      context.fixedBuffers().fill(places[0], memory);
      context.enable();
      assertThatThrownBy(() -> context.fixedBuffers().fill(places[1], memory))
          .hasMessageContaining("EACCES");
      assertThat(places[1].isEmpty()).isTrue();
    }
    URingAllowlist mutable =
        closed.toBuilder().allowRegister(RegisterCall.REGISTER_BUFFERS_UPDATE).build();
    try (URingContext context = Contexts.disabled(8, mutable, true)) {
      FixedBuffer[] places = context.fixedBuffers().register(1);
      context.enable();
      context.fixedBuffers().fill(places[0], memory);
      assertThat(places[0].memory()).isSameAs(memory);
    }
  }

  @Test
  void a_foreign_thread_fills_nothing_of_a_confined_context() throws Exception {
    URingAllowlist closed = URingAllowlist.closedBlockDevice();
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = Contexts.disabled(8, closed, true)) {
      FixedBuffer[] places = context.fixedBuffers().register(1);
      WaitingThread other =
          WaitingThread.start(
              () -> {
                context.fixedBuffers().fill(places[0], memory);
                return "filled";
              });
      assertThatThrownBy(other::result)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("confined to");
      assertThat(places[0].isEmpty()).isTrue();
    }
  }

  @Test
  void sizes_of_tables_are_checked_before_the_kernel_sees_them() {
    try (URingContext context = URingContext.create(8)) {
      for (int empty : new int[] {-1, 0, 16_385, Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> context.fixedBuffers().register(empty))
            .as("%s", empty)
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(context.fixedBuffers().register(16_384)).hasSize(16_384);
    }
  }
}
