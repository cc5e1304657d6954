package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for words of memory and for child processes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FutexAndChildRequestsTest {
  private static final int ECHILD = 10;
  private static final int SIGKILL = 9;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private URingContext context;
  private FutexRequests futexes;

  @BeforeEach
  void open() {
    context = URingContext.create(8);
    futexes = context.futexes();
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  @Test
  void a_waiter_wakes_if_the_word_and_the_mask_are_its_own() {
    NativeMemory memory = NativeMemory.allocate(8);
    memory.buffer().putInt(4, -2);
    Futex first = Futex.of(memory, 0);
    Futex second = Futex.of(memory, 4);
    futexes.addWait(second, 7, 1);
    assertThat(Contexts.take(context, 1)).as("it holds -2").containsExactly("1:" + -Errno.EAGAIN);
    futexes.addWaitMasked(second, -2, Integer.MIN_VALUE, 1);
    futexes.addWait(second, -2, 2);
    context.submit();
    try (URingContext other = URingContext.create(4)) {
      other.futexes().addWake(first, 9, 3);
      assertThat(Contexts.take(other, 1)).as("another word").containsExactly("3:0");
      other.futexes().addWakeMasked(second, 9, 1, 4);
      assertThat(Contexts.take(other, 1)).as("another mask").containsExactly("4:1");
      assertThat(Contexts.take(context, 1)).containsExactly("2:0");
      futexes.addWait(second, -2, 5);
      context.submit();
      other.futexes().addWakeMasked(second, 1, Integer.MIN_VALUE, 6);
      assertThat(Contexts.take(other, 1)).containsExactly("6:1");
      assertThat(Contexts.take(context, 1)).as("the first that waited").containsExactly("1:0");
      other.futexes().addWake(second, 1, 7);
      assertThat(Contexts.take(other, 1)).containsExactly("7:1");
      assertThat(Contexts.take(context, 1)).containsExactly("5:0");
    }
  }

  @Test
  void who_waits_for_several_is_told_which_one_was_woken() {
    NativeMemory memory = NativeMemory.allocate(12);
    List<Futex> words = List.of(Futex.of(memory, 0), Futex.of(memory, 4), Futex.of(memory, 8));
    futexes.addWaitAny(words, new int[] {0, 0, 0}, 1);
    context.submit();
    futexes.addWake(words.get(2), 1, 2);
    assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("2:1", "1:2");
    futexes.addWaitAny(words, new int[] {0, 1, 0}, 3);
    assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.EAGAIN);
  }

  @Test
  void mappings_of_the_same_file_share_their_words() {
    try (Descriptor memory = Descriptor.memFd("futex", 4096);
        SharedMapping one = SharedMapping.map(memory, 0, 4096);
        SharedMapping other = SharedMapping.map(memory, 0, 4096)) {
      futexes.addWait(Futex.shared(one.memory(), 64), 0, 1);
      context.submit();
      futexes.addWake(Futex.of(other.memory(), 64), 1, 2);
      assertThat(Contexts.take(context, 1)).as("of this process's own").containsExactly("2:0");
      futexes.addWake(Futex.shared(other.memory(), 64), 1, 3);
      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("3:1", "1:0");
    }
  }

  @Test
  void the_memory_of_words_that_are_waited_on_is_held() {
    WeakReference<Object> single = waitAndDrop(false);
    WeakReference<Object> ofSeveral = waitAndDrop(true);
    context.submit();
    for (int round = 0; round < 10; round++) {
      System.gc();
    }
    assertThat(single.get()).isNotNull();
    assertThat(ofSeveral.get()).isNotNull();
    context.cancels().everything(9);
    assertThat(Contexts.take(context, 3)).hasSize(3);
    while (single.get() != null || ofSeveral.get() != null) {
      System.gc();
    }
  }

  private WeakReference<Object> waitAndDrop(boolean several) {
    NativeMemory memory = NativeMemory.allocate(4);
    if (several) {
      futexes.addWaitAny(List.of(Futex.of(memory, 0)), new int[] {0}, 1);
    } else {
      futexes.addWait(Futex.of(memory, 0), 0, 1);
    }
    return new WeakReference<>(memory.buffer());
  }

  @Test
  void words_and_counts_that_make_no_sense_are_refused() {
    NativeMemory memory = NativeMemory.allocate(8);
    Futex word = Futex.of(memory, 0);
    for (Runnable use :
        List.<Runnable>of(
            () -> Futex.of(memory, 2),
            () -> Futex.shared(memory, 1),
            () -> futexes.addWaitMasked(word, 0, 0, 1),
            () -> futexes.addWakeMasked(word, 1, 0, 1),
            () -> futexes.addWake(word, 0, 1),
            () -> futexes.addWaitAny(List.of(), new int[0], 1),
            () -> futexes.addWaitAny(List.of(word), new int[2], 1),
            () -> futexes.addWaitAny(Collections.nCopies(129, word), new int[129], 1))) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Futex.of(memory, 8)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Futex.of(memory, -4)).isInstanceOf(IndexOutOfBoundsException.class);
    for (Runnable use :
        List.<Runnable>of(
            () -> Futex.of(null, 0),
            () -> futexes.addWait(null, 0, 1),
            () -> futexes.addWaitAny(null, new int[1], 1),
            () -> futexes.addWaitAny(List.of(word), null, 1))) {
      assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
    }
    assertThat(context.counters().added()).isZero();
  }

  @Test
  void what_happens_to_a_child_is_told() throws Exception {
    Process child = new ProcessBuilder("cat").start();
    try {
      int pid = Math.toIntExact(child.pid());
      Outcome<ChildChange> change = new Outcome<>();
      Set<ChildEvent> events = EnumSet.of(ChildEvent.STOPPED, ChildEvent.CONTINUED);
      context.processes().addWait(child.toHandle(), events, change, 1);
      context.submit();
      assertThat(LinuxCalls.C.tgkill(pid, pid, SIGSTOP)).isZero();
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(change.get()).isEqualTo(new ChildChange(pid, ChildEvent.STOPPED, SIGSTOP, true));
      context.processes().addWait(child.toHandle(), events, change, 1);
      assertThat(LinuxCalls.C.tgkill(pid, pid, SIGCONT)).isZero();
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(change.get()).isEqualTo(new ChildChange(pid, ChildEvent.CONTINUED, SIGCONT, true));
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void the_end_of_a_child_is_told_and_left_to_java() throws Exception {
    Process child = new ProcessBuilder("cat").start();
    int pid = Math.toIntExact(child.pid());
    Outcome<ChildChange> change = new Outcome<>();
    Set<ChildEvent> events = EnumSet.of(ChildEvent.EXITED, ChildEvent.STOPPED);
    assertThat(LinuxCalls.C.tgkill(pid, pid, SIGSTOP)).isZero();
    for (int round = 0; round < 2; round++) {
      // Told twice: waiting for the end leaves what is told to whoever waits too.
      context.processes().addWait(child.toHandle(), events, change, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
      assertThat(change.get().event()).isEqualTo(ChildEvent.STOPPED);
    }
    assertThat(LinuxCalls.C.tgkill(pid, pid, SIGCONT)).isZero();
    context.processes().addWait(child.toHandle(), EnumSet.of(ChildEvent.EXITED), change, 1);
    context.submit();
    assertThat(LinuxCalls.C.tgkill(pid, pid, SIGKILL)).isZero();
    String told = Contexts.take(context, 1).get(0);
    assertThat(told).isIn("1:0", "1:" + -ECHILD);
    if (told.equals("1:0")) {
      assertThat(change.get()).isEqualTo(new ChildChange(pid, ChildEvent.EXITED, SIGKILL, true));
    }
    assertThat(child.waitFor()).as("Java knows too").isEqualTo(128 + SIGKILL);
  }

  @Test
  void who_is_no_child_and_what_is_no_event_is_refused() {
    Outcome<ChildChange> change = new Outcome<>();
    ProcessHandle self = ProcessHandle.current();
    Set<ChildEvent> stopped = EnumSet.of(ChildEvent.STOPPED);
    context.processes().addWait(self, stopped, change, 1);
    assertThat(Contexts.take(context, 1)).containsExactly("1:" + -ECHILD);
    assertThatThrownBy(
            () -> context.processes().addWait(self, EnumSet.noneOf(ChildEvent.class), change, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> context.processes().addWait(self, stopped, null, 1))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> context.processes().addWait(null, stopped, change, 1))
        .isInstanceOf(NullPointerException.class);
    assertThat(context.counters().added()).isOne();
  }

  @Test
  void a_restricted_context_waits_if_its_allowlist_says_so() {
    URingAllowlist allowlist = URingAllowlist.builder().allow(UringOperation.FUTEX_WAKE).build();
    Futex word = Futex.of(NativeMemory.allocate(4), 0);
    try (URingContext restricted = URingContext.create(4, allowlist)) {
      futexes.addWait(word, 0, 1);
      context.submit();
      restricted.futexes().addWait(word, 0, 2);
      assertThat(Contexts.take(restricted, 1)).containsExactly("2:" + -Errno.EACCES);
      restricted.futexes().addWake(word, 1, 3);
      assertThat(Contexts.take(restricted, 1)).containsExactly("3:1");
      assertThat(Contexts.take(context, 1)).containsExactly("1:0");
    }
  }
}
