package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The entries of cancels: the flags of those that name a target, and where they stand. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelEntriesTest {
  private static final int POLLIN = 1;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_carries_what_the_allowlist_requires(boolean confined) {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(UringOperation.POLL_ADD, UringOperation.ASYNC_CANCEL)
            .requireFlags(EntryFlag.FIXED_FILE)
            .build();
    try (URingContext context = Contexts.disabled(8, list, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      FixedFile slot = context.registerFiles(0, event)[0];
      context.enable();
      context.addPollFd(slot, POLLIN, 1);
      context.addPollFd(slot, POLLIN, 2);
      context.submit();
      context.cancels().allOf(slot, 3);
      assertThat(Contexts.take(context, 3)).containsExactlyInAnyOrder("1:-125", "2:-125", "3:2");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_does_not_part_the_chain_that_it_is_in(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(0);
        Descriptor directory = Descriptor.open(Path.of("/"), OpenFlag.READ)) {
      FixedFile slot = context.registerFiles(0, event)[0];
      ByteBuffer bytes = ByteBuffer.allocateDirect(8);
      for (Target target : new Target[] {event, slot}) {
        context
            .chains()
            .linked(
                3,
                () -> {
                  context.addRead(directory, bytes, 0, 1);
                  context.cancels().oneOf(target, 2);
                  context.addNop(3);
                });
        assertThat(Contexts.take(context, 3)).containsExactly("1:-21", "2:-125", "3:-125");
      }
    }
  }

  @Test
  void it_needs_no_flag_that_the_allowlist_does_not_permit() {
    ContextBuilder builder = URingContext.builder(8).allowlist(URingAllowlist.nothing());
    try (URingContext context = builder.disabled().build();
        Descriptor event = Descriptor.eventFd(0)) {
      FixedFile slot = context.registerFiles(0, event)[0];
      context.enable();
      context.cancels().allOf(slot, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_stands_behind_a_poll_that_is_to_be_made_again(boolean confined) throws Exception {
    try (URingContext context = Contexts.of(8, confined);
        Pipe pipe = Pipe.open();
        URingContext reader = URingContext.create(1)) {
      pipe.write((byte) 1);
      context.addPollFd(pipe.readEnd(), POLLIN, PollMode.LEVEL, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:1");
      Contexts.addRead(reader, pipe.readEnd(), NativeMemory.allocate(1), 5);
      assertThat(Contexts.take(reader, 1)).containsExactly("5:1");
      context.asyncCancel(1, 2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:-125", "2:0");
    }
  }
}
