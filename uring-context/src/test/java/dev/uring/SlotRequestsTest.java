package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.CompletionFlags;
import dev.uring.ring.FallocateMode;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Syncs, allocations and polls of files that have no descriptor any more, only a slot. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlotRequestsTest {
  private static final int BLOCK = 0x1000;
  private static final int POLLIN = 1;
  private static final int POLLOUT = 4;

  @TempDir Path directory;

  /** Slots of files whose descriptors are closed: nothing but the slots refers to them. */
  private static FixedFile[] slots(URingContext context, Descriptor... files) {
    FixedFile[] slots = context.registerFiles(0, files);
    for (Descriptor file : files) {
      file.close();
    }
    return slots;
  }

  private Descriptor file(String name, int blocks) throws Exception {
    Path path = Files.write(directory.resolve(name), new byte[blocks * BLOCK]);
    return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_was_written_is_synced_whole_and_in_ranges(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(16, confined);
        Descriptor zero = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ, OpenFlag.WRITE)) {
      // The number of a slot is no descriptor of a file that could be synced: 0 is a device.
      FixedFile[] slots = slots(context, zero.duplicate(), file("file", 4));
      FixedFile slot = slots[1];
      context.addWritev(slot, Contexts.vector(Contexts.memory((byte) 7)), BLOCK, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");

      context.addFsync(slot, 2);
      context.addFdatasync(slot, 3);
      context.addFdatasync(slot, BLOCK, BLOCK, 4);
      assertThat(Contexts.take(context, 3)).containsExactlyInAnyOrder("2:0", "3:0", "4:0");
      context.addFsync(slots[0], 5);
      assertThat(Contexts.take(context, 1)).as("the other").containsExactly("5:" + -Errno.EINVAL);
      assertThat(Files.readAllBytes(directory.resolve("file"))[BLOCK]).isEqualTo((byte) 7);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_file_in_the_slot_is_allocated_and_no_other(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(16, confined)) {
      FixedFile[] slots = slots(context, file("first", 1), file("second", 1));
      context.addFallocate(slots[1], FallocateMode.ALLOCATE, 0, 3 * BLOCK, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");

      assertThat(directory.resolve("first")).hasSize(BLOCK);
      assertThat(directory.resolve("second")).hasSize(3 * BLOCK);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_kind_of_poll_reports_what_happens_to_the_file_in_the_slot(boolean confined) {
    for (PollMode mode : PollMode.values()) {
      try (URingContext context = Contexts.of(16, confined);
          Pipe silent = Pipe.open();
          Pipe pipe = Pipe.open()) {
        FixedFile[] slots =
            slots(context, silent.readEnd(), pipe.readEnd(), pipe.writeEnd().duplicate());
        context.addPollFd(slots[0], POLLIN, mode, 1);
        context.addPollFd(slots[1], POLLIN, mode, 2);
        context.addPollFd(slots[2], POLLOUT, 3);
        assertThat(Contexts.take(context, 1)).as("there is room").containsExactly("3:" + POLLOUT);
        pipe.write((byte) 1);
        try (Completions completions = context.await(1)) {
          Completion reported = completions.next();
          assertThat(reported.userData()).isEqualTo(2);
          assertThat(reported.result()).isEqualTo(POLLIN);
          assertThat(CompletionFlags.isLast(reported.flags())).isEqualTo(mode == PollMode.ONCE);
        }
        assertThat(context.inFlight()).isEqualTo(mode == PollMode.ONCE ? 1 : 2);
      }
    }
  }

  @Test
  void where_only_slots_are_permitted_they_do_all_of_this_too() throws Exception {
    URingAllowlist slotsOnly =
        URingAllowlist.closedBlockDevice().toBuilder().allow(UringOperation.FALLOCATE).build();
    assertThat(slotsOnly.requiredFlags()).contains(EntryFlag.FIXED_FILE);
    try (URingContext context =
        URingContext.builder(16).allowlist(slotsOnly).disabled().confined().build()) {
      FixedFile[] slots = slots(context, Descriptor.eventFd(1), file("file", 1));
      context.enable();
      context.addFsync(slots[1], 1);
      context.addFdatasync(slots[1], 2);
      context.addFdatasync(slots[1], 0, BLOCK, 3);
      context.addFallocate(slots[1], FallocateMode.ALLOCATE, 0, 2 * BLOCK, 4);
      context.addPollFd(slots[0], POLLIN, 5);
      assertThat(Contexts.take(context, 5))
          .containsExactlyInAnyOrder("1:0", "2:0", "3:0", "4:0", "5:" + POLLIN);
    }
    assertThat(directory.resolve("file")).hasSize(2 * BLOCK);
  }
}
