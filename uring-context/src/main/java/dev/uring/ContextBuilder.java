package dev.uring;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.BufferTable;
import dev.uring.ring.FileTable;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObserver;
import dev.uring.ring.Ring;
import dev.uring.ring.RingBuilder;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a context shall be. Reusable; for one thread at a time. */
public final class ContextBuilder {
  private static final int MAXIMUM_ENTRIES = 32_768;
  private static final int MAXIMUM_COMPLETION_ENTRIES = 65_536;

  private static final Duration LONGEST_IDLE = Duration.ofMillis(Integer.MAX_VALUE);

  /** Whether a context was made in this process. */
  private static volatile boolean rehearsed;

  private final int entries;
  private int completionEntries;
  private int preparedPieces;
  private int polledSubmissionIdle;
  private boolean polledIo;
  private Consumer<URingContext> fileTable = context -> {};
  private Consumer<URingContext> bufferTable = context -> {};
  private boolean confined;
  private boolean disabled;
  private boolean clamp;
  private @Nullable URingAllowlist allowlist;
  private @Nullable Consumer<PolicyObservation> policyObserver;

  ContextBuilder(int entries) {
    if (entries < 1) {
      throw new IllegalArgumentException("a context has at least one entry, not " + entries);
    }
    this.entries = entries;
  }

  /**
   * The size of the completion queue, and with it the number of requests that can be in flight; by
   * default twice the entries. 5.5.
   *
   * @param count up to 65,536, or {@link #build} refuses it without {@link #clamp}; rounded up to a
   *     power of two
   * @throws IllegalArgumentException if it is below the number of entries
   */
  public ContextBuilder completionEntries(int count) {
    if (count < entries) {
      throw new IllegalArgumentException(
          "a completion queue of " + count + " is smaller than the submission queue");
    }
    completionEntries = count;
    return this;
  }

  /**
   * Makes room beforehand for vectored requests of so many pieces, so that adding one allocates
   * nothing. Larger ones make room when they come. Costs 24 bytes a piece and place in flight.
   *
   * @param pieces 0 to 1,024, rounded up to a power of two
   * @throws IllegalArgumentException if it is not
   */
  public ContextBuilder preparedPieces(int pieces) {
    if (pieces < 0 || pieces > MemoryVector.MAXIMUM_PIECES) {
      throw new IllegalArgumentException(
          "pieces must be 0 to " + MemoryVector.MAXIMUM_PIECES + ", not " + pieces);
    }
    preparedPieces = pieces;
    return this;
  }

  /**
   * What the context may do; all else the kernel refuses with -EACCES. Without: everything. 5.10.
   */
  public ContextBuilder allowlist(URingAllowlist permitted) {
    allowlist = Objects.requireNonNull(permitted, "permitted");
    return this;
  }

  /**
   * Has the context's ring asked, right after it was enabled and before anybody can use it, what it
   * permits: what is in force, not what was wished. That moment stands for all later ones, since a
   * ring's restrictions never change. Costs some 150 system calls without effect; on a context that
   * may drain, {@link dev.uring.allowlist.EntryFlag#CQE_SKIP_SUCCESS} remains untold.
   *
   * @param observer gets the answer, in the thread that enables; what it throws ends {@link
   *     URingContext#enable} or {@link #build}, and then the context is good for closing only
   */
  public ContextBuilder observePolicy(Consumer<PolicyObservation> observer) {
    policyObserver = Objects.requireNonNull(observer, "observer");
    return this;
  }

  /**
   * Confines the context to the platform thread that builds it: no locks, and the kernel's quickest
   * set-up. Use from any other thread is refused, but for {@link URingContext#wakeup} and {@link
   * URingContext#close}. 6.1.
   */
  public ContextBuilder confined() {
    confined = true;
    return this;
  }

  /**
   * The context is made disabled: files are registered, then {@link URingContext#enable} puts the
   * allowlist into force for good. 5.10.
   */
  public ContextBuilder disabled() {
    disabled = true;
    return this;
  }

  /**
   * Makes a file table of empty places, for files that are {@linkplain URingContext#replaceFile
   * put} there or accepted into it. As {@link URingContext#registerFiles}, of which there may be
   * but one, and before an allowlist is in force. 5.5.
   *
   * @param count 1 to 1,048,576, and no more than RLIMIT_NOFILE
   * @param slots gets the places when the context is built, on the thread that builds it
   */
  public ContextBuilder emptyFiles(int count, Consumer<FixedFile[]> slots) {
    Objects.requireNonNull(slots, "slots");
    checkPlaces(count, FileTable.MOST);
    fileTable = context -> slots.accept(context.registerFiles(count));
    return this;
  }

  /**
   * Makes a table of empty places for registered memory, which is {@linkplain
   * FixedBufferRequests#fill filled in} later. As {@link FixedBufferRequests#register}, of which
   * there may be but one, and before an allowlist is in force. 5.13.
   *
   * @param count 1 to 16,384
   * @param places gets them when the context is built, on the thread that builds it
   */
  public ContextBuilder emptyBuffers(int count, Consumer<FixedBuffer[]> places) {
    Objects.requireNonNull(places, "places");
    checkPlaces(count, BufferTable.MOST);
    bufferTable = context -> places.accept(context.fixedBuffers().register(count));
    return this;
  }

  /** Lowers sizes beyond the kernel's limits to those limits. 5.6. */
  public ContextBuilder clamp() {
    clamp = true;
    return this;
  }

  /**
   * A kernel thread submits, and sleeps after being idle for so long. Ten times slower than without
   * on a machine of two processors. 5.13 for who is not root.
   *
   * @param idle in milliseconds, 1 at least; of more than 24 days it is 24 days
   * @throws IllegalArgumentException if it is below zero
   */
  public ContextBuilder polledSubmission(Duration idle) {
    if (idle.isNegative()) {
      throw new IllegalArgumentException("the kernel thread cannot sleep after " + idle);
    }
    boolean tooLong = idle.compareTo(LONGEST_IDLE) > 0;
    polledSubmissionIdle = Math.max((int) (tooLong ? LONGEST_IDLE : idle).toMillis(), 1);
    return this;
  }

  /**
   * Completions are polled for on the device, which does not interrupt: for reads and writes of
   * files opened with {@link OpenFlag#DIRECT} on a device that has queues for that, as NVMe has
   * with {@code nvme.poll_queues}. Those of other files end with -EOPNOTSUPP, and other requests
   * with -EINVAL: syncs, polls, timeouts and cancels too, but not nops. Who awaits keeps its
   * processor busy. {@link URingContext#poll} looks at the device if nothing has come, for which it
   * waits while another thread that awaits does so; and as they are looked for, {@link
   * Descriptor#ofCompletions} does not show them. 5.1.
   */
  public ContextBuilder polledIo() {
    polledIo = true;
    return this;
  }

  /**
   * Makes the context; with an allowlist and not {@link #disabled}, restricted already.
   *
   * @throws dev.uring.ring.UringException with cause and remedy, if io_uring cannot be used here
   * @throws IllegalArgumentException if there are more entries than the kernel has, without {@link
   *     #clamp}
   * @throws IllegalStateException if it shall be {@link #confined} to a virtual thread
   */
  public URingContext build() {
    if (confined && VirtualThreads.isVirtual(Thread.currentThread())) {
      throw new IllegalStateException(
          "a context cannot be confined to a virtual thread, which changes the thread that the"
              + " kernel sees; build it on a platform thread");
    }
    if (!clamp) {
      checkSize(entries, MAXIMUM_ENTRIES);
      checkSize(completionEntries, MAXIMUM_COMPLETION_ENTRIES);
    }
    RingBuilder ring = Ring.builder(entries).submitAll();
    if (completionEntries > 0) {
      ring.completionEntries(completionEntries);
    }
    if (clamp) {
      ring.clamp();
    }
    if (polledIo) {
      ring.polledIo();
    }
    if (polledSubmissionIdle > 0) {
      ring.polledSubmission(polledSubmissionIdle);
    } else if (confined) {
      // The kernel refuses deferred task work together with a thread of its own.
      ring.ownedByThisThread();
    }
    boolean enabledLater = disabled || allowlist != null || policyObserver != null;
    if (enabledLater) {
      ring.disabled();
    }
    Ring made = ring.build();
    URingContext context;
    try {
      context = contextOn(made, enabledLater);
    } catch (RuntimeException | Error e) {
      made.close();
      throw e;
    }
    try {
      context.core().prepare(preparedPieces, look(made));
      fileTable.accept(context);
      bufferTable.accept(context);
      if (enabledLater && !disabled) {
        context.enable();
      }
      return context;
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
  }

  private URingContext contextOn(Ring ring, boolean enabledLater) {
    if (!rehearsed) {
      // Objects that are made one after the other lie side by side, unless classes are loaded in
      // between. Each page that they lie on is cold after a wait, and the first context of a
      // process is often its only one: made once more, it lies on 6 to 11 pages instead of 17 to
      // 21 (a turn takes 40 to 60 ns less of 1,500).
      URingContext unused = new URingContext(ring, confined, allowlist, enabledLater);
      rehearsed = true;
    }
    return new URingContext(ring, confined, allowlist, enabledLater);
  }

  private Supplier<Runnable> look(Ring ring) {
    Consumer<PolicyObservation> observer = policyObserver;
    if (observer == null) {
      return () -> () -> {};
    }
    return () -> {
      // Nobody else is in the context yet: what completes besides is a foreign ring's message.
      PolicyObservation seen = new PolicyObserver(ring, index -> {}).nothingInFlight().observe();
      return () -> observer.accept(seen);
    };
  }

  private static void checkPlaces(int count, int most) {
    if (count < 1 || count > most) {
      throw new IllegalArgumentException("a table has 1 to " + most + " places, not " + count);
    }
  }

  private static void checkSize(int count, int maximum) {
    if (count > maximum) {
      throw new IllegalArgumentException(
          count + " entries are more than the kernel's " + maximum + "; clamp() lowers them");
    }
  }
}
