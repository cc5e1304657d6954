package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.uring.sys.Errno;
import java.nio.file.Path;
import java.util.ConcurrentModificationException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChainsTest {
  @TempDir Path directory;

  private Descriptor file() {
    return Descriptor.open(
        directory.resolve("file"), OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_chain_runs_in_order(boolean confined) {
    NativeMemory written = Contexts.memory((byte) 1, (byte) 2);
    NativeMemory read = NativeMemory.allocate(2);
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = file()) {
      for (int round = 0; round < 50; round++) {
        written.buffer().put(0, (byte) round);
        context
            .chains()
            .linked(
                3,
                () -> {
                  context.addWritev(file, Contexts.vector(written), 0, 1);
                  context.addFsync(file, 2);
                  context.addReadv(file, Contexts.vector(read), 0, 3);
                });
        assertThat(Contexts.take(context, 3)).containsExactly("1:2", "2:0", "3:2");
        assertThat(read.buffer().get(0)).isEqualTo((byte) round);
      }
    }
  }

  @Test
  void a_soft_chain_ends_where_one_fails_and_a_hard_one_goes_on() {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = URingContext.create(8);
        Descriptor file = file();
        Descriptor readOnly = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      Runnable failing =
          () -> {
            context.addNop(1);
            context.addWritev(readOnly, Contexts.vector(memory), 0, 2);
            context.addNop(3);
            context.addFsync(file, 4);
          };
      context.chains().linked(4, failing);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder(
              "1:0", "2:" + -Errno.EBADF, "3:" + -Errno.ECANCELED, "4:" + -Errno.ECANCELED);
      context.chains().hardLinked(4, failing);
      assertThat(Contexts.take(context, 4))
          .containsExactlyInAnyOrder("1:0", "2:" + -Errno.EBADF, "3:0", "4:0");
    }
  }

  @Test
  void a_short_read_breaks_a_soft_chain() {
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      pipe.write((byte) 1);
      context
          .chains()
          .linked(
              2,
              () -> {
                Contexts.addRead(context, pipe.readEnd(), memory, 1);
                context.addNop(2);
              });
      assertThat(Contexts.take(context, 2)).containsExactly("1:1", "2:" + -Errno.ECANCELED);
    }
  }

  @Test
  void the_request_after_a_chain_is_not_part_of_it() {
    NativeMemory memory = NativeMemory.allocate(8);
    try (URingContext context = URingContext.create(8);
        Pipe pipe = Pipe.open()) {
      context
          .chains()
          .linked(
              3,
              () -> {
                context.addNop(1);
                Contexts.addRead(context, pipe.readEnd(), memory, 2);
              });
      context.addNop(3);
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "3:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_action_that_throws_adds_nothing_at_all(boolean confined) {
    Descriptor event = Descriptor.eventFd(0);
    try (URingContext context = Contexts.of(8, confined)) {
      context.addNop(1);
      int room = context.room();
      assertThatThrownBy(
              () ->
                  context
                      .chains()
                      .linked(
                          4,
                          () -> {
                            Contexts.addRead(context, event, NativeMemory.allocate(8), 2);
                            context.addPollFd(event, 1, 3);
                            context.asyncCancel(1, 4);
                            throw new ConcurrentModificationException("by the action");
                          }))
          .isInstanceOf(ConcurrentModificationException.class);
      assertThat(context.room()).isEqualTo(room);
      assertThat(context.counters().added()).isEqualTo(1);
      event.close();
      assertThat(event.toString()).as("not used by anybody").endsWith(", closed]");
      context.addNop(5);
      assertThat(Contexts.take(context, 2)).containsExactly("1:0", "5:0");
      assertThat(context.poll(Contexts.IGNORE)).isZero();
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_request_refused_in_the_middle_of_a_chain_undoes_the_chain(boolean confined) {
    try (URingContext context = Contexts.of(8, confined);
        Descriptor event = Descriptor.eventFd(0)) {
      assertThatThrownBy(
              () ->
                  context
                      .chains()
                      .linked(
                          3,
                          () -> {
                            context.addPollFd(event, 1, 1);
                            context.addReadv(event, new MemoryVector(), -1, 2);
                          }))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(context.inFlight()).isZero();
      assertThat(context.submit()).isZero();
    }
  }

  @Test
  void more_than_announced_are_refused_and_none_is_added() {
    try (URingContext context = URingContext.create(8)) {
      assertThatThrownBy(
              () ->
                  context
                      .chains()
                      .together(
                          1,
                          () -> {
                            context.addNop(1);
                            context.addNop(2);
                          }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("more than the announced 1");
      assertThat(context.inFlight()).isZero();
      assertThat(context.submit()).isZero();
    }
  }

  @Test
  void a_chain_for_which_there_is_no_room_is_refused_before_its_action_runs() {
    try (URingContext context = URingContext.builder(4).completionEntries(4).build()) {
      context.addNop(1);
      assertThatThrownBy(() -> context.chains().linked(4, () -> context.addNop(2)))
          .isInstanceOf(RingFullException.class);
      for (int wrong : List.of(0, -1, 5)) {
        assertThatThrownBy(() -> context.chains().linked(wrong, () -> context.addNop(2)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(context.inFlight()).isEqualTo(1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      context.chains().linked(4, () -> context.addNop(3));
      assertThat(Contexts.take(context, 1)).containsExactly("3:0");
    }
  }

  @Test
  void a_chain_is_submitted_whole_when_the_ring_is_nearly_full() {
    try (URingContext context = URingContext.create(4)) {
      for (int round = 0; round < 20; round++) {
        context.addNop(1);
        context.addNop(2);
        context.addNop(3);
        context
            .chains()
            .linked(
                4,
                () -> {
                  for (int request = 4; request < 8; request++) {
                    context.addNop(request);
                  }
                });
        assertThat(Contexts.take(context, 7))
            .containsExactly("1:0", "2:0", "3:0", "4:0", "5:0", "6:0", "7:0");
      }
    }
  }

  @Test
  void neither_submitting_nor_waiting_nor_nesting_is_possible_within() {
    try (URingContext context = URingContext.create(8)) {
      List<Runnable> wrong =
          List.of(
              context::submit,
              () -> context.await(1, Contexts.IGNORE),
              () -> context.chains().together(1, () -> {}));
      for (Runnable call : wrong) {
        Runnable adding =
            () -> {
              context.addNop(1);
              call.run();
            };
        assertThatThrownBy(() -> context.chains().together(4, adding))
            .isInstanceOf(IllegalStateException.class);
        assertThat(context.inFlight()).isZero();
      }
      context.addNop(2);
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
    }
  }

  @Test
  void links_set_one_by_one_bind_as_the_chain_does() {
    NativeMemory memory = NativeMemory.allocate(8);
    RequestOptions link = RequestOptions.NONE.link();
    try (URingContext context = URingContext.create(8);
        Descriptor file = file()) {
      context
          .chains()
          .together(
              3,
              () -> {
                // At the end of an empty file: short, and so the chain is broken.
                context.addReadv(file, Contexts.vector(memory), 0, 1, link);
                context.addFsync(file, 2);
                context.addNop(3);
              });
      assertThat(Contexts.take(context, 3))
          .containsExactlyInAnyOrder("1:0", "2:" + -Errno.ECANCELED, "3:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_linked_request_by_itself_is_refused_since_anybodys_could_be_the_next(boolean confined) {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = Contexts.of(8, confined);
        Descriptor file = file()) {
      for (RequestOptions linked :
          List.of(RequestOptions.NONE.link(), RequestOptions.NONE.hardLink().async())) {
        assertThatThrownBy(() -> context.addReadv(file, Contexts.vector(memory), 0, 1, linked))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("together");
      }
      assertThat(context.inFlight()).isZero();
    }
  }

  @Test
  void the_link_of_the_last_one_added_together_leads_nowhere() {
    NativeMemory memory = NativeMemory.allocate(1);
    try (URingContext context = URingContext.create(8);
        Descriptor file = file()) {
      context
          .chains()
          .together(
              1,
              () ->
                  // It reads less than it asks for: what was linked to it would be cancelled.
                  context.addReadv(
                      file, Contexts.vector(memory), 0, 1, RequestOptions.NONE.link()));
      context.addNop(2);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:0", "2:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoever_has_added_together_leaves_the_context_to_others(boolean fails) throws Exception {
    try (URingContext context = URingContext.create(8)) {
      Runnable adding =
          () -> {
            context.addNop(1);
            if (fails) {
              throw new ConcurrentModificationException("thrown while adding");
            }
          };
      if (fails) {
        assertThatThrownBy(() -> context.chains().together(2, adding))
            .hasMessageContaining("while");
      } else {
        context.chains().together(2, adding);
      }
      Object added =
          WaitingThread.start(
                  () -> {
                    context.addNop(2);
                    return context.submit();
                  })
              .result();
      assertThat(added).isEqualTo(fails ? 1 : 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void within_a_group_all_can_be_asked_for_that_can_be_elsewhere(boolean confined)
      throws Exception {
    WaitingThread adder =
        WaitingThread.start(
            () -> {
              try (URingContext context = Contexts.of(8, confined)) {
                context
                    .chains()
                    .together(
                        4,
                        () -> {
                          context.addNop(1);
                          context.asyncCancel(77, 2);
                          context.cancels().all(78, 3);
                          assertThat(context.counters().added()).isEqualTo(3);
                          assertThat(context.room()).isPositive();
                          assertThatThrownBy(context::submit)
                              .hasMessageContaining("while requests are added together");
                          assertThatThrownBy(() -> context.await(1, Contexts.IGNORE))
                              .hasMessageContaining("while requests are added together");
                          context.addNop(4);
                        });
                context.addNop(5);
                return Contexts.take(context, 5);
              }
            });
    assertThat(adder.result()).asInstanceOf(LIST).contains("1:0", "4:0", "5:0").hasSize(5);
  }

  @Test
  void after_a_group_and_a_cancel_within_it_others_can_add() throws Exception {
    try (URingContext context = URingContext.create(8)) {
      context.chains().together(2, () -> context.asyncCancel(77, 1));
      WaitingThread other =
          WaitingThread.start(
              () -> {
                context.addNop(2);
                context.asyncCancel(78, 3);
                return Contexts.take(context, 3);
              });
      assertThat(other.result()).asInstanceOf(LIST).contains("2:0").hasSize(3);
    }
  }
}
