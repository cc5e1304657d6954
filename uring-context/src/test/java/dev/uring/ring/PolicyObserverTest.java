package dev.uring.ring;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.Permission;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation.Answer;
import dev.uring.sys.RawMemory;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolicyObserverTest {
  private static final int ECANCELED = 125;
  private static final int EOPNOTSUPP = 95;

  /** A time specification that is never reached while a test runs. */
  private static final ByteBuffer HOUR =
      ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).putLong(0, 3600);

  private static final long PATIENCE = 10_000_000_000L;
  private static final long FOREVER = RawMemory.addressOf(HOUR);

  @Provide
  Arbitrary<URingAllowlist> lists() {
    Arbitrary<Set<EntryFlag>> flags = Arbitraries.of(EntryFlag.class).set();
    return Combinators.combine(
            Arbitraries.of(UringOperation.class).set(),
            Arbitraries.of(RegisterCall.class).set(),
            flags,
            Arbitraries.of(EntryFlag.class).set().ofMaxSize(2))
        .as(
            (operations, calls, allowed, required) ->
                URingAllowlist.builder()
                    .allow(operations)
                    .allowRegister(calls)
                    .allowFlags(allowed)
                    .requireFlags(required)
                    .build());
  }

  /**
   * Except where flags are required that only some requests can carry: the others never pass. No
   * request can carry the two that exclude each other.
   */
  @Property(tries = 200)
  void under_any_list_the_finding_is_the_list(@ForAll("lists") URingAllowlist list) {
    Set<UringOperation> carriers =
        EnumSet.of(
            UringOperation.READV,
            UringOperation.READ,
            UringOperation.RECV,
            UringOperation.RECVMSG,
            UringOperation.SEND,
            UringOperation.SENDMSG,
            UringOperation.READ_MULTISHOT,
            UringOperation.URING_CMD);
    try (Ring ring = PolicyRings.restricted(list)) {
      PolicyObservation found = PolicyRings.observe(ring);

      Set<EntryFlag> required = list.requiredFlags();
      if (required.containsAll(Set.of(EntryFlag.IO_DRAIN, EntryFlag.CQE_SKIP_SUCCESS))) {
        assertThat(found.operations().values()).doesNotContain(Answer.PERMITTED);
      } else if (!required.contains(EntryFlag.BUFFER_SELECT)) {
        assertThat(found.differencesFrom(list)).isEmpty();
      } else if (list.operations().stream().anyMatch(carriers::contains)) {
        assertThat(found.differencesFrom(list))
            .allMatch(d -> d.permission() instanceof UringOperation && d.found() == Answer.DENIED);
      } else {
        assertThat(found.operations().values()).doesNotContain(Answer.PERMITTED);
      }
    }
  }

  @Test
  void requests_in_flight_go_on_and_their_completions_are_handed_over_in_order() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      TimeoutRequests.timeout(next(ring), FOREVER, 0, 0).userData(1);
      RingRequests.nop(next(ring)).userData(2);
      RingRequests.nop(next(ring)).userData(3);
      assertThat(ring.submit()).isEqualTo(3);
      List<String> handedOver = new ArrayList<>();

      PolicyObservation found =
          new PolicyObserver(
                  ring,
                  index ->
                      handedOver.add(
                          ring.completion().userData(index)
                              + ":"
                              + ring.completion().result(index)))
              .observe();

      assertThat(handedOver).containsExactly("2:0", "3:0");
      assertThat(found.answer(EntryFlag.IO_DRAIN)).isEqualTo(Answer.UNTOLD);
      assertThat(found.answer(EntryFlag.CQE_SKIP_SUCCESS)).isEqualTo(Answer.UNTOLD);
      assertThat(found.differencesFrom(URingAllowlist.service())).isEmpty();
      assertThat(ring.completion().available()).isZero();
      PollRequests.cancel(next(ring), 1).userData(4);
      assertThat(completions(ring, 2)).containsExactlyInAnyOrder("1:-" + ECANCELED, "4:0");
    }
  }

  @Test
  void what_is_asked_with_requests_in_flight_makes_no_later_one_wait() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      TimeoutRequests.timeout(next(ring), FOREVER, 0, 0).userData(1);
      assertThat(ring.submit()).isEqualTo(1);

      new PolicyObserver(ring, PolicyRings.NOBODY).observe();

      RingRequests.nop(next(ring)).userData(2);
      assertThat(ring.submitAndWait(1, PATIENCE)).isEqualTo(1);
      assertThat(ring.completion().available()).isEqualTo(1);
    }
  }

  @Test
  void a_ring_whose_required_flag_cannot_be_tried_leaves_its_requests_untold() {
    URingAllowlist list =
        URingAllowlist.service().toBuilder().requireFlags(EntryFlag.IO_DRAIN).build();
    try (Ring ring = PolicyRings.restricted(list)) {
      PolicyObservation inUse = new PolicyObserver(ring, PolicyRings.NOBODY).observe();
      PolicyObservation atRest =
          new PolicyObserver(ring, PolicyRings.NOBODY).nothingInFlight().observe();

      assertThat(inUse.operations().values()).containsOnly(Answer.UNTOLD);
      assertThat(inUse.differencesFrom(list)).isEmpty();
      assertThat(atRest.answer(EntryFlag.IO_DRAIN)).isEqualTo(Answer.REQUIRED);
      assertThat(atRest.differencesFrom(list)).isEmpty();
    }
  }

  @Test
  void a_completion_whose_taker_throws_stays_in_the_queue() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      RingRequests.nop(next(ring)).userData(2);
      assertThat(ring.submit()).isEqualTo(1);

      PolicyObserver observer =
          new PolicyObserver(
              ring,
              index -> {
                throw new UnsupportedOperationException("not now");
              });

      assertThatThrownBy(observer::observe).hasMessage("not now");
      assertThat(ring.completion().userData(ring.completion().head())).isEqualTo(2);
    }
  }

  @Test
  void on_a_ring_that_permits_everything_asking_changes_nothing() throws IOException {
    Path file = Files.createTempFile("policy", ".image");
    ByteBuffer memory = ByteBuffer.allocateDirect(8192);
    try (FileChannel lock = FileChannel.open(file, READ, WRITE);
        Ring ring = Ring.builder(8).build()) {
      Registrar registrar = ring.registrar();
      registrar.files().register(new int[] {0, -1, 1});
      registrar.buffers().register(new long[] {RawMemory.addressOf(memory)}, new int[] {8192});
      assertThat(registrar.raw(RegisterCall.REGISTER_PERSONALITY, null, 0)).isPositive();
      int worker = registrar.descriptors().register();
      assertThat(worker).isNotNegative();
      PollRequests.pollAdd(next(ring), ring.descriptor(), 0, 0).userData(77);
      assertThat(ring.submit()).isEqualTo(1);
      List<String> tables = tables(ring);
      Set<String> open = openFiles();

      new PolicyObserver(ring, PolicyRings.NOBODY).observe();

      assertThat(tables(ring)).isEqualTo(tables).anyMatch(line -> line.startsWith("UserFiles:\t3"));
      assertThat(openFiles()).isSubsetOf(open);
      assertThat(lock.size()).isZero();
      assertThat(registrar.raw(RegisterCall.UNREGISTER_PERSONALITY, null, 1)).isZero();
      registrar.descriptors().unregister(worker);
      PollRequests.pollRemove(next(ring), 77).userData(78);
      assertThat(completions(ring, 2)).containsExactlyInAnyOrder("77:-" + ECANCELED, "78:0");
      tables = tables(ring);
      PolicyRings.observe(ring);
      assertThat(tables(ring)).isEqualTo(tables);
      assertThat(openFiles()).isSubsetOf(open);
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> tables(Ring ring) throws IOException {
    List<String> lines =
        new ArrayList<>(Files.readAllLines(Path.of("/proc/self/fdinfo/" + ring.descriptor())));
    lines.removeIf(line -> line.matches("(Cached)?[SC]q(Head|Tail):.*|Sq.*Time:.*"));
    return lines;
  }

  /** What is open, but for what says so, of which the number is any that is free. */
  private static Set<String> openFiles() throws IOException {
    Set<String> open = new HashSet<>();
    for (File entry : Objects.requireNonNull(new File("/proc/self/fd").listFiles())) {
      try {
        Path file = Files.readSymbolicLink(entry.toPath());
        // The virtual machine looks at its own limits there whenever it likes.
        if (!file.startsWith("/sys/fs/cgroup") && !file.startsWith("/proc")) {
          open.add(entry.getName() + " " + file);
        }
      } catch (NoSuchFileException closedMeanwhile) {
        // What is not open any more is not to be listed.
      }
    }
    return open;
  }

  @Test
  void draining_still_works_afterwards_and_what_would_have_ended_it_is_untold() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      PolicyObservation found =
          new PolicyObserver(ring, PolicyRings.NOBODY).nothingInFlight().observe();

      assertThat(found.answer(EntryFlag.IO_DRAIN)).isEqualTo(Answer.PERMITTED);
      assertThat(found.answer(EntryFlag.CQE_SKIP_SUCCESS)).isEqualTo(Answer.UNTOLD);
      assertThat(found.differencesFrom(URingAllowlist.service())).isEmpty();
      RingRequests.nop(next(ring)).flag(EntryFlag.IO_DRAIN).userData(5);
      assertThat(completions(ring, 1)).containsExactly("5:0");
    }
  }

  @Test
  void who_says_that_draining_may_end_is_told_all_and_it_ends() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.service())) {
      PolicyObservation found = PolicyRings.observe(ring);

      assertThat(found.answer(EntryFlag.CQE_SKIP_SUCCESS)).isEqualTo(Answer.PERMITTED);
      RingRequests.nop(next(ring)).flag(EntryFlag.IO_DRAIN).userData(5);
      assertThat(completions(ring, 1)).containsExactly("5:-" + EOPNOTSUPP);
    }
  }

  @Test
  void a_ring_can_be_asked_again_and_says_the_same() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.closedBlockDevice())) {
      PolicyObserver observer = new PolicyObserver(ring, PolicyRings.NOBODY);
      PolicyObservation first = observer.observe();

      assertThat(observer.observe().findings()).isEqualTo(first.findings());
      assertThat(PolicyRings.observe(ring).findings()).containsAllEntriesOf(seen(first));
    }
  }

  @Test
  void rings_of_every_kind_are_asked_alike() {
    URingAllowlist list = URingAllowlist.closedBlockDevice();
    for (RingBuilder builder :
        List.of(
            Ring.builder(1),
            Ring.builder(8).submitAll(),
            Ring.builder(8).singleIssuer(),
            Ring.builder(8).cooperativeTaskRun(),
            Ring.builder(8).polledIo(),
            Ring.builder(8).polledSubmission(50))) {
      try (Ring ring = PolicyRings.enabled(builder, list)) {
        assertThat(PolicyRings.observe(ring).differencesFrom(list)).isEmpty();
      }
    }
  }

  /** Whose kernel thread answers before it counts an entry as taken, most often when it is new. */
  @Test
  void each_ring_with_a_kernel_thread_that_submits_is_asked_to_the_end() {
    URingAllowlist list = URingAllowlist.closedBlockDevice();
    for (int round = 0; round < 200; round++) {
      try (Ring ring = PolicyRings.enabled(Ring.builder(8).polledSubmission(50), list)) {
        assertThat(PolicyRings.observe(ring).differencesFrom(list)).isEmpty();
      }
    }
  }

  @Test
  void a_ring_that_is_disabled_still_cannot_be_asked() {
    try (Ring ring = Ring.builder(8).disabled().build()) {
      assertThatThrownBy(() -> PolicyRings.observe(ring))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("enable it first");
    }
  }

  @Test
  void a_ring_with_entries_that_were_not_submitted_is_not_asked() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.closedBlockDevice())) {
      RingRequests.nop(next(ring)).flag(EntryFlag.FIXED_FILE);

      assertThatThrownBy(() -> PolicyRings.observe(ring))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not submitted");
      assertThat(ring.submission().pending()).isEqualTo(1);
    }
  }

  @Test
  void another_threads_ring_cannot_be_asked() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.closedBlockDevice())) {
      CompletableFuture<PolicyObservation> elsewhere =
          CompletableFuture.supplyAsync(() -> PolicyRings.observe(ring));

      assertThatThrownBy(elsewhere::join)
          .isInstanceOf(CompletionException.class)
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("belongs to another thread");
    }
  }

  @Test
  void what_the_kernel_lacks_is_absent_and_no_difference() {
    KernelNumbers old =
        new KernelNumbers(
            EnumSet.range(UringOperation.NOP, UringOperation.LISTEN),
            EnumSet.range(RegisterCall.REGISTER_BUFFERS, RegisterCall.REGISTER_RESIZE_RINGS));
    URingAllowlist list = URingAllowlist.closedBlockServer();
    try (Ring ring = PolicyRings.restricted(list)) {
      PolicyObservation found =
          new PolicyObserver(ring, PolicyRings.NOBODY, Optional.of(old)).observe();

      assertThat(found.answer(UringOperation.READV_FIXED)).isEqualTo(Answer.ABSENT);
      assertThat(found.answer(RegisterCall.REGISTER_QUERY)).isEqualTo(Answer.ABSENT);
      assertThat(found.answer(UringOperation.READV)).isEqualTo(Answer.PERMITTED);
      assertThat(found.differencesFrom(list)).isEmpty();
    }
  }

  @Test
  void without_knowing_what_the_kernel_has_only_denials_are_believed() {
    URingAllowlist list = URingAllowlist.closedBlockDevice();
    try (Ring ring = PolicyRings.restricted(list)) {
      PolicyObservation found =
          new PolicyObserver(ring, PolicyRings.NOBODY, Optional.empty()).observe();

      assertThat(found.answer(UringOperation.READ)).isEqualTo(Answer.UNTOLD);
      assertThat(found.answer(UringOperation.OPENAT)).isEqualTo(Answer.DENIED);
      assertThat(found.answer(RegisterCall.UNREGISTER_FILES)).isEqualTo(Answer.UNTOLD);
      assertThat(found.differencesFrom(list)).isEmpty();
      assertThat(found.differencesFrom(URingAllowlist.service())).isNotEmpty();
    }
  }

  @Test
  void the_kernels_own_answer_and_a_trial_tell_the_same_numbers() {
    Optional<KernelNumbers> asked = KernelNumbers.ask();
    Optional<KernelNumbers> tried = KernelNumbers.tried();

    assertThat(tried).isPresent();
    assertThat(tried.orElseThrow().operations()).contains(UringOperation.READ);
    Assumptions.assumeTrue(asked.isPresent(), "skipped: the kernel answers no queries");
    assertThat(asked).isEqualTo(tried);
  }

  private static Map<Permission, Answer> seen(PolicyObservation observation) {
    Map<Permission, Answer> seen = new HashMap<>(observation.findings());
    seen.values().removeIf(answer -> answer == Answer.UNTOLD);
    return seen;
  }

  private static List<String> completions(Ring ring, int count) {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      int entered = ring.submitAndWait(1);
      assertThat(entered).isNotNegative();
      for (int head = ring.completion().head(); head != ring.completion().tail(); head++) {
        taken.add(ring.completion().userData(head) + ":" + ring.completion().result(head));
        ring.completion().advance(head + 1);
      }
    }
    return taken;
  }

  private static SubmissionEntry next(Ring ring) {
    return Objects.requireNonNull(ring.submission().next());
  }
}
