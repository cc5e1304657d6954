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
 * <p><b>What it leaves behind.</b> The counters of both queues have moved on, and an eventfd that
 * is registered with the ring has been signalled, as by any completion. Two flags cost more (seen
 * on 6.18, where the kernel obeys them before it looks whether they are permitted):
 *
 * <ul>
 *   <li>After a refused entry with {@link EntryFlag#IO_DRAIN} the ring's next request waits for all
 *       that is in flight. That flag is tried only if {@linkplain #nothingInFlight nothing is}; the
 *       next request is then one of the observer's own, which cancels nothing, and may start a
 *       worker thread of the kernel that ends by itself.
 *   <li>An entry with {@link EntryFlag#CQE_SKIP_SUCCESS} ends draining on the ring for good. That
 *       flag is tried only if draining is denied, or {@linkplain #drainingMayEnd may end}.
 * </ul>
 *
 * <p>Where they are not tried they remain {@link Answer#UNTOLD}.
 *
 * <p>Not for rings whose entries or completions are of varying size. Linux 5.11 and newer.
 */
public final class PolicyObserver {
  /** What trying a set of flags costs; see {@link #cost}. */
  private static final int DRAINS = 2;

  private static final int ENDS_DRAINING = 3;

  /** Flags that leave nothing behind when a denied or invalid entry carries them. */
  private static final Set<EntryFlag> HARMLESS =
      EnumSet.of(EntryFlag.FIXED_FILE, EntryFlag.IO_LINK, EntryFlag.IO_HARDLINK, EntryFlag.ASYNC);

  private final InvalidRequests requests;
  private final Optional<KernelNumbers> kernel;
  private final Map<UringOperation, Answer> operations = new EnumMap<>(UringOperation.class);
  private final Map<RegisterCall, Answer> calls = new EnumMap<>(RegisterCall.class);
  private final Map<EntryFlag, Answer> flags = new EnumMap<>(EntryFlag.class);
  private boolean nothingInFlight;
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

  /** Vouches that the ring has no request in flight, so that IO_DRAIN can be tried. */
  public PolicyObserver nothingInFlight() {
    nothingInFlight = true;
    return this;
  }

  /**
   * Lets CQE_SKIP_SUCCESS be tried whatever it costs: on a ring that permits IO_DRAIN, every later
   * request with that flag fails with EOPNOTSUPP.
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
    requests.checkOwner();
    Optional<Set<EntryFlag>> passing = smallestPassing();
    for (UringOperation operation : UringOperation.values()) {
      operations.put(operation, operation(operation, passing));
    }
    flags.clear();
    for (EntryFlag flag : EntryFlag.values()) {
      // In the order of their numbers, so that of the two that cost something draining comes first.
      flags.put(flag, passing.map(required -> flag(flag, required)).orElse(Answer.UNTOLD));
    }
    for (RegisterCall call : RegisterCall.values()) {
      calls.put(call, has(call) ? told(requests.answer(call)) : Answer.ABSENT);
    }
    return new PolicyObservation(operations, calls, flags);
  }

  private Answer operation(UringOperation operation, Optional<Set<EntryFlag>> passing) {
    if (!has(operation)) {
      return Answer.ABSENT;
    }
    if (passing.isPresent()) {
      return told(requests.answer(operation, passing.get()));
    }
    // With every set of flags nothing passed; or a flag that was not tried is required.
    return nothingInFlight ? Answer.DENIED : Answer.UNTOLD;
  }

  private boolean has(UringOperation operation) {
    return kernel.map(numbers -> numbers.operations().contains(operation)).orElse(true);
  }

  private boolean has(RegisterCall call) {
    return kernel.map(numbers -> numbers.registerCalls().contains(call)).orElse(true);
  }

  /** Without the kernel's numbers, an invalid entry may be one that the kernel does not know. */
  private Answer told(int result) {
    if (!passes(result)) {
      return Answer.DENIED;
    }
    return kernel.isPresent() ? Answer.PERMITTED : Answer.UNTOLD;
  }

  /** A flag that the request cannot carry is refused before the permission is looked at. */
  private static boolean passes(int result) {
    return result != -Errno.EACCES && result != -Errno.EOPNOTSUPP;
  }

  /**
   * The flags without which nothing passes: the smallest set with which anything does. Those with
   * side effects come last, since a ring on which nothing passes without them has had these effects
   * from its first request on.
   */
  private Optional<Set<EntryFlag>> smallestPassing() {
    for (Set<EntryFlag> candidate : candidates()) {
      if (cost(candidate) >= DRAINS && !nothingInFlight) {
        return Optional.empty();
      }
      for (UringOperation operation : UringOperation.values()) {
        if (has(operation) && passes(requests.answer(operation, candidate))) {
          return Optional.of(candidate);
        }
      }
    }
    return Optional.empty();
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
      return ENDS_DRAINING;
    }
    if (candidate.contains(EntryFlag.IO_DRAIN)) {
      return DRAINS;
    }
    return HARMLESS.containsAll(candidate) ? 0 : 1;
  }

  private boolean mayTry(EntryFlag flag) {
    return switch (flag) {
      case IO_DRAIN -> nothingInFlight;
      case CQE_SKIP_SUCCESS -> drainingMayEnd || flags.get(EntryFlag.IO_DRAIN) == Answer.DENIED;
      default -> true;
    };
  }

  /**
   * Whether a flag may be added. A request that cannot take buffers from a group is refused with
   * that flag before its permission is looked at, and draining once it has ended: that is no
   * answer, and another request is asked.
   */
  private Answer flag(EntryFlag flag, Set<EntryFlag> required) {
    if (required.contains(flag)) {
      return Answer.REQUIRED;
    }
    if (!mayTry(flag)) {
      return Answer.UNTOLD;
    }
    EnumSet<EntryFlag> carried = EnumSet.of(flag);
    carried.addAll(required);
    Answer answer = Answer.UNTOLD;
    for (UringOperation operation : UringOperation.values()) {
      if (answer == Answer.UNTOLD && mayPass(operation)) {
        int result = requests.answer(operation, carried);
        if (result != -Errno.EOPNOTSUPP) {
          answer = result == -Errno.EACCES ? Answer.DENIED : Answer.PERMITTED;
        }
      }
    }
    if (flag == EntryFlag.IO_DRAIN && mayPass(UringOperation.ASYNC_CANCEL)) {
      requests.cancelOfNothing(required);
    }
    return answer;
  }

  private boolean mayPass(UringOperation operation) {
    Answer answer = operations.get(operation);
    return answer == Answer.PERMITTED || answer == Answer.UNTOLD;
  }
}
