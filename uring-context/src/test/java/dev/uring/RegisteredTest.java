package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registered files and buffers, and what the context says of itself. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegisteredTest {
  private static final int POLLIN = 1;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void registered_memory_is_read_into_and_written_from_in_parts(boolean confined) throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[] {1, 2, 3, 4});
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      FixedBuffer[] buffers =
          context.registerBuffers(NativeMemory.allocate(8), NativeMemory.allocate(8));
      FixedFile slot = context.registerFiles(0, file)[0];
      context.fixedBuffers().addRead(slot, buffers[1], 2, 4, 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
      assertThat(Contexts.bytes(buffers[1].memory())).containsExactly(0, 0, 1, 2, 3, 4, 0, 0);
      assertThat(Contexts.bytes(buffers[0].memory())).containsOnly(0);
      context.fixedBuffers().addWrite(file, buffers[1], 3, 2, 2, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:2");
    }
    assertThat(Files.readAllBytes(path)).containsExactly(1, 2, 2, 3);
  }

  @Test
  void tables_are_filled_once() {
    try (URingContext context = URingContext.create(8);
        Descriptor event = Descriptor.eventFd(0)) {
      context.registerFiles(1, event);
      assertThatThrownBy(() -> context.registerFiles(1, event))
          .isInstanceOf(IllegalStateException.class);
      context.registerBuffers(NativeMemory.allocate(8));
      assertThatThrownBy(() -> context.registerBuffers(NativeMemory.allocate(8)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_slot_works_after_its_descriptor_was_closed_and_not_before_it_was_filled() {
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = URingContext.create(8)) {
      FixedFile[] slots;
      try (Descriptor event = Descriptor.eventFd(5)) {
        slots = context.registerFiles(1, event);
        Contexts.addRead(context, slots[1], memory, 1);
        assertThat(Contexts.take(context, 1)).containsExactly("1:" + -Errno.EBADF);
        context.replaceFile(slots[1], event);
      }
      Contexts.addRead(context, slots[1], memory, 2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:8");
      assertThat(memory.buffer().getLong(0)).isEqualTo(5);
      context.addPollFd(slots[0], POLLIN, 3);
      context.removePollFd(3, 4);
      assertThat(Contexts.take(context, 2)).contains("4:0");
    }
  }

  @Test
  void after_enabling_a_restricted_context_its_table_changes_only_by_permission() {
    URingAllowlist closed = URingAllowlist.closedBlockDevice();
    try (Descriptor event = Descriptor.eventFd(0)) {
      try (URingContext context = URingContext.builder(8).allowlist(closed).disabled().build()) {
        FixedFile[] slots = context.registerFiles(1, event);
        context.replaceFile(slots[1], event);
        context.enable();
        assertThatThrownBy(() -> context.replaceFile(slots[1], event))
            .hasMessageContaining("EACCES");
        assertThatThrownBy(() -> context.registerBuffers(NativeMemory.allocate(8)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("before a restricted context is enabled");
      }
      URingAllowlist mutable =
          closed.toBuilder().allowRegister(RegisterCall.REGISTER_FILES_UPDATE).build();
      try (URingContext context = URingContext.builder(8).allowlist(mutable).disabled().build()) {
        FixedFile[] slots = context.registerFiles(1, event);
        context.enable();
        context.replaceFile(slots[1], event);
        context.addPollFd(slots[1], POLLIN, 1);
        context.removePollFd(1, 2);
        assertThat(Contexts.take(context, 2)).contains("2:0");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void counters_and_room_tell_of_each_step(boolean confined) {
    try (URingContext context = Contexts.of(4, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      assertThat(context.room()).isEqualTo(8);
      context.addNop(1);
      context.addPollFd(event, POLLIN, 2);
      assertThat(context.counters()).isEqualTo(new ContextCounters(2, 0, 0, 2, 0, 0, 0));
      assertThat(context.room()).isEqualTo(6);
      assertThat(context.submit()).isEqualTo(2);
      assertThat(context.submit()).isZero();
      assertThat(context.counters()).isEqualTo(new ContextCounters(2, 2, 0, 2, 0, 0, 0));
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(context.counters()).isEqualTo(new ContextCounters(2, 2, 1, 1, 0, 0, 0));
      assertThat(context.toString()).contains("added=2").contains("inFlight=1");
      assertThat(context.room()).isEqualTo(7);
    }
  }

  @Test
  void as_many_as_there_is_room_for_can_be_added_and_not_one_more() {
    try (URingContext context = URingContext.create(4)) {
      for (int round = 0; round < 3; round++) {
        int room = context.room();
        for (int request = 0; request < room; request++) {
          context.addNop(request);
        }
        assertThat(context.room()).isZero();
        assertThatThrownBy(() -> context.addNop(room)).isInstanceOf(RingFullException.class);
        assertThat(Contexts.take(context, room)).hasSize(room);
        assertThat(context.room()).isEqualTo(room);
      }
    }
  }
}
