package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;

/**
 * Puts requests and register calls to a ring that cannot take effect, whatever the ring permits.
 *
 * <p><b>Requests.</b> The kernel looks at an entry in this order: its number, its restrictions, its
 * priority, its credentials, and only then what it asks for ({@code io_init_req}). The entries here
 * have a priority that no request takes (for reads and writes it is no priority class, for sockets
 * it is flags that do not exist, for all others it must be zero), credentials that nobody
 * registered, and no file. So a denied one ends with EACCES, and a permitted one with EINVAL,
 * before any code of its own has run. Seen on 6.18; up to 5.11 the credentials alone hold it back.
 *
 * <p><b>Register calls.</b> The kernel checks restrictions before arguments. No register call takes
 * a null address together with a count of 2³²−1: those that want an address lack it, those that
 * want none have a count too many. So a denied one fails with EACCES and a permitted one otherwise.
 *
 * <p>For the thread that submits and reaps. Completions of other requests that come up meanwhile
 * are handed on in their order.
 */
final class InvalidRequests {
  private static final int NO_FILE = -1;
  private static final int NO_PRIORITY = 0xFFFF;
  private static final int NOBODYS_CREDENTIALS = 0xFFFF;
  private static final int NO_COUNT = -1;

  /** The kernel answers at once; only a completion that somebody else took is waited for. */
  private static final long PATIENCE_NANOSECONDS = 5_000_000_000L;

  private static final int ATTEMPTS = 1000;

  private final Ring ring;
  private final IntConsumer others;
  private final long userData = ThreadLocalRandom.current().nextLong();

  /**
   * For one ring.
   *
   * @param others gets the index of each completion that is not of a request from here; it is valid
   *     until that returns
   */
  InvalidRequests(Ring ring, IntConsumer others) {
    this.ring = ring;
    this.others = others;
  }

  /**
   * Throws if the ring is another thread's.
   *
   * @throws IllegalStateException then
   */
  void checkOwner() {
    // A ring that is entered through a thread's own registration would be another ring elsewhere.
    if (answer(RegisterCall.REGISTER_RESTRICTIONS) == -Errno.EEXIST) {
      throw new IllegalStateException("the ring belongs to another thread, which alone can ask it");
    }
  }

  /** What the kernel says to a register call. */
  int answer(RegisterCall call) {
    return ring.registrar().raw(call, null, NO_COUNT);
  }

  /** What the kernel says to a request with exactly these flags. */
  int answer(UringOperation operation, Set<EntryFlag> flags) {
    SubmissionEntry entry = next();
    entry
        .prepare(operation, NO_FILE, 0, 0, 0)
        .priorityBits(NO_PRIORITY)
        .personality(NOBODYS_CREDENTIALS);
    return result(entry, flags);
  }

  /**
   * Has the kernel take one entry that begins and fails for want of a file: it cancels what is in
   * flight on a descriptor that cannot be.
   */
  int cancelOfNothing(Set<EntryFlag> flags) {
    SubmissionEntry entry = next();
    PollRequests.cancelMatching(entry, NO_FILE, PollRequests.CANCEL_FD | PollRequests.CANCEL_ALL);
    return result(entry, flags);
  }

  private SubmissionEntry next() {
    if (ring.submission().pending() > 0) {
      throw new IllegalStateException(
          "the ring has entries that were not submitted: submit them, or ask before adding them");
    }
    SubmissionEntry entry = ring.submission().next();
    if (entry == null) {
      throw new IllegalStateException("a submission queue without pending entries is full");
    }
    return entry;
  }

  private int result(SubmissionEntry entry, Set<EntryFlag> flags) {
    for (EntryFlag flag : flags) {
      entry.flag(flag);
    }
    entry.userData(userData);
    submit();
    long deadline = System.nanoTime() + PATIENCE_NANOSECONDS;
    while (true) {
      CompletionQueue queue = ring.completion();
      for (int head = queue.head(); head != queue.tail(); head = queue.head()) {
        if (queue.userData(head) == userData) {
          int result = queue.result(head);
          queue.advance(head + 1);
          awaitTaken(deadline);
          return result;
        }
        others.accept(head);
        queue.advance(head + 1);
      }
      waitUntil(deadline);
    }
  }

  /** A polling kernel thread answers a moment before it counts the entry as taken. */
  private void awaitTaken(long deadline) {
    while (ring.hasPolledSubmission()
        && ring.submission().pending() > 0
        && deadline - System.nanoTime() > 0) {
      Thread.onSpinWait();
    }
  }

  private void submit() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int taken = ring.submit();
      // A polling kernel thread may have taken it before it was counted.
      if (taken > 0 || ring.submission().pending() == 0) {
        return;
      }
      if (taken < 0 && taken != -Errno.EINTR && taken != -Errno.EAGAIN && taken != -Errno.EBUSY) {
        throw new UringException("io_uring_enter", -taken);
      }
    }
    throw new UringException("io_uring_enter", Errno.EAGAIN, "the kernel takes no more requests");
  }

  private void waitUntil(long deadline) {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new IllegalStateException(
          "another thread takes this ring's completions: a ring is asked by its only reaper");
    }
    int waited = ring.submitAndWait(1, left);
    if (waited < 0 && waited != -Errno.EINTR && waited != -Errno.ETIME && waited != -Errno.EAGAIN) {
      throw new UringException("io_uring_enter", -waited);
    }
  }
}
