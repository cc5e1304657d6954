package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.PolicyObservation.Answer;
import dev.uring.sys.Errno;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Finds out what a live ring permits, by asking it: what is in force, not what was wished.
 *
 * <p>Linux 6.18 does not tell a ring's restrictions ({@code IORING_REGISTER_QUERY} tells what the
 * kernel has, fdinfo what the tables hold). So everything is tried with requests and register calls
 * that cannot take effect even where they are permitted: they are refused before their own code
 * runs. No file, socket, table or buffer of the ring is touched.
 *
 * <p><b>Who, and when.</b> The ring's only submitter and reaper, on an enabled ring on which all
 * added entries have been submitted. Requests may be in flight: completions of theirs that come up
 * are handed on. Restrictions never change after enabling, so once is enough, and the quietest
 * moment is the best: before the first use. Some 150 system calls, a fraction of a millisecond.
 *
 * <p><b>What it leaves behind.</b> The counters of both queues have moved on. Asking for {@link
 * EntryFlag#IO_DRAIN} makes the kernel take the ring's next request by its slow path, and a request
 * of the observer's own, which cancels nothing, is that one; it may start a worker thread of the
 * kernel, which ends by itself. An entry with {@link EntryFlag#CQE_SKIP_SUCCESS} ends draining on
 * the ring for good, denied or not (seen on 6.18), so where draining is permitted that flag is not
 * tried unless {@linkplain #drainingMayEnd allowed}, and remains untold.
 *
 * <p>Not for rings whose entries or completions are of varying size. Linux 5.11 and newer.
 */
public final class PolicyObserver {
  private static final Set<EntryFlag> NONE = Set.of();

  /** Flags that leave nothing behind when a denied or invalid entry carries them. */
  private static final Set<EntryFlag> HARMLESS =
      EnumSet.of(EntryFlag.FIXED_FILE, EntryFlag.IO_LINK, EntryFlag.IO_HARDLINK, EntryFlag.ASYNC);

  private final InvalidRequests requests;
  private final Optional<KernelNumbers> kernel;
  private final Map<UringOperation, Answer> operations = new EnumMap<>(UringOperation.class);
  private final Map<RegisterCall, Answer> calls = new EnumMap<>(RegisterCall.class);
  private final Map<EntryFlag, Answer> flags = new EnumMap<>(EntryFlag.class);
  private boolean drainingMayEnd;

  /**
   * An observer of one ring.
   *
   * @param others gets the index of each completion in {@link Ring#completion} that belongs to
   *     another request of the ring, in order; the index is valid until it returns. What it throws
   *     ends the observation, and the completion stays in the queue
   */
  public PolicyObserver(Ring ring, IntConsumer others) {
    this(ring, others, KernelNumbers.find());
  }

  PolicyObserver(Ring ring, IntConsumer others, Optional<KernelNumbers> kernel) {
    this.requests = new InvalidRequests(ring, others);
    this.kernel = kernel;
  }

  /**
   * Lets {@link EntryFlag#CQE_SKIP_SUCCESS} be tried whatever it costs: on a ring that permits
   * {@link EntryFlag#IO_DRAIN}, every later request with that flag fails with EOPNOTSUPP.
   */
  public PolicyObserver drainingMayEnd() {
    drainingMayEnd = true;
    return this;
  }

  /**
   * Asks for everything.
   *
   * @throws IllegalStateException if the ring is not enabled, belongs to another thread, has
   *     entries that were not submitted, or is reaped by another thread meanwhile
   * @throws UringException if the kernel refuses to be asked at all
   */
  public PolicyObservation observe() {
    Set<EntryFlag> required = required();
    for (EntryFlag flag : required) {
      flags.put(flag, Answer.REQUIRED);
    }
    for (UringOperation operation : UringOperation.values()) {
      boolean known = kernel.map(k -> k.operations().contains(operation)).orElse(true);
      operations.put(operation, known ? told(requests.answer(operation, required)) : Answer.ABSENT);
    }
    observeFlags(required);
    for (RegisterCall call : RegisterCall.values()) {
      boolean known = kernel.map(k -> k.registerCalls().contains(call)).orElse(true);
      calls.put(call, known ? told(requests.answer(call)) : Answer.ABSENT);
    }
    return new PolicyObservation(operations, calls, flags);
  }

  /** Without the kernel's numbers, an invalid entry may be one that the kernel does not know. */
  private Answer told(int result) {
    if (result == -Errno.EACCES || result == -Errno.EOPNOTSUPP) {
      return Answer.DENIED;
    }
    return kernel.isPresent() ? Answer.PERMITTED : Answer.UNTOLD;
  }

  /**
   * The flags without which nothing passes. The smallest set with which anything passes is that
   * one, so sets are tried from the smallest on; those with side effects come last, since a ring on
   * which nothing passes without them has had these effects from its first request on.
   */
  private Set<EntryFlag> required() {
    for (Set<EntryFlag> candidate : candidates()) {
      for (UringOperation operation : UringOperation.values()) {
        if (kernel.map(k -> k.operations().contains(operation)).orElse(true)
            && passes(requests.answer(operation, candidate))) {
          return candidate;
        }
      }
    }
    return NONE;
  }

  private static List<Set<EntryFlag>> candidates() {
    List<Set<EntryFlag>> candidates = new ArrayList<>();
    EntryFlag[] all = EntryFlag.values();
    for (int mask = 0; mask < 1 << all.length; mask++) {
      EnumSet<EntryFlag> candidate = EnumSet.noneOf(EntryFlag.class);
      for (EntryFlag flag : all) {
        if ((mask & flag.mask()) != 0) {
          candidate.add(flag);
        }
      }
      candidates.add(candidate);
    }
    candidates.sort(
        (a, b) -> {
          int byCost = Integer.compare(cost(a), cost(b));
          return byCost != 0 ? byCost : Integer.compare(a.size(), b.size());
        });
    return candidates;
  }

  private static int cost(Set<EntryFlag> candidate) {
    if (candidate.contains(EntryFlag.CQE_SKIP_SUCCESS)) {
      return 3;
    }
    if (candidate.contains(EntryFlag.IO_DRAIN)) {
      return 2;
    }
    return HARMLESS.containsAll(candidate) ? 0 : 1;
  }

  private static boolean passes(int result) {
    return result != -Errno.EACCES && result != -Errno.EOPNOTSUPP;
  }

  private void observeFlags(Set<EntryFlag> required) {
    List<UringOperation> permitted = new ArrayList<>();
    operations.forEach(
        (operation, answer) -> {
          if (answer == Answer.PERMITTED || answer == Answer.UNTOLD) {
            permitted.add(operation);
          }
        });
    for (EntryFlag flag : EntryFlag.values()) {
      if (flag != EntryFlag.CQE_SKIP_SUCCESS && !flags.containsKey(flag)) {
        flags.put(flag, flag(flag, required, permitted));
      }
    }
    if (flags.containsKey(EntryFlag.CQE_SKIP_SUCCESS)) {
      return;
    }
    boolean drains = flags.get(EntryFlag.IO_DRAIN) == Answer.PERMITTED;
    flags.put(
        EntryFlag.CQE_SKIP_SUCCESS,
        drains && !drainingMayEnd
            ? Answer.UNTOLD
            : flag(EntryFlag.CQE_SKIP_SUCCESS, required, permitted));
  }

  /**
   * Whether a flag may be added. A request that cannot take buffers from a group is refused with
   * that flag before its permission is looked at, and draining once it has ended: that is no
   * answer, and another request is asked.
   */
  private Answer flag(EntryFlag flag, Set<EntryFlag> required, List<UringOperation> permitted) {
    EnumSet<EntryFlag> carried = EnumSet.of(flag);
    carried.addAll(required);
    Answer answer = Answer.UNTOLD;
    for (UringOperation operation : permitted) {
      int result = requests.answer(operation, carried);
      if (result != -Errno.EOPNOTSUPP) {
        answer = result == -Errno.EACCES ? Answer.DENIED : Answer.PERMITTED;
        break;
      }
    }
    if (flag == EntryFlag.IO_DRAIN && permitted.contains(UringOperation.ASYNC_CANCEL)) {
      requests.cancelOfNothing(required);
    }
    return answer;
  }
}
