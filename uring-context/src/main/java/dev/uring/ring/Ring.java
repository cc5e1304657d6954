package dev.uring.ring;

import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.EnumSet;
import java.util.Set;

/**
 * An io_uring: two queues shared with the kernel, and the one call that moves them.
 *
 * <p>One thread submits and one reaps; they may be two. {@link #enter} may be called by both, since
 * it touches nothing but the kernel. Nothing here keeps memory alive: what an entry points to is
 * the caller's to keep until the request's last completion.
 *
 * <p>Source: {@code io_uring_setup(2)}, {@code io_uring_enter(2)}.
 */
public final class Ring implements AutoCloseable {
  /** Direct, as what it stands in for: a buffer in the heap fails otherwise on each Java. */
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private static final EnterFlags FOR_ROOM = EnterFlags.of(EnterFlag.SQ_WAIT);

  private final int fd;
  private final RingParameters parameters;
  private final RegisterCaller registerCaller;
  private final Registrar registrar;
  private final EnumSet<Feature> features;
  private final boolean polledSubmission;

  private final TimedWait timedWait;
  private final int enterFd;
  private final int enterFlags;

  /** The flags of the calls that each turn makes, put together once. */
  private final int waitFlags;

  private RingMapping mapping;
  private SubmissionQueue submission;
  private CompletionQueue completion;
  private volatile boolean closed;

  Ring(
      RegisterCaller registerCaller,
      RingParameters parameters,
      RingMapping mapping,
      boolean registerDescriptor) {
    boolean indexOnly = (parameters.flags() & SetupFlag.REGISTERED_FD_ONLY.mask()) != 0;
    this.fd = registerCaller.descriptor();
    this.parameters = parameters;
    this.mapping = mapping;
    ByteBuffer shared = mapping.ring();
    IntBuffer counters = shared.asIntBuffer();
    this.submission = new SubmissionQueue(parameters, counters, mapping.entries());
    this.completion = new CompletionQueue(parameters, shared, counters);
    this.registerCaller = registerCaller;
    this.registrar = new Registrar(registerCaller);
    this.features = EnumSet.noneOf(Feature.class);
    for (Feature feature : Feature.values()) {
      if ((parameters.features() & feature.mask()) != 0) {
        features.add(feature);
      }
    }
    this.polledSubmission = (parameters.flags() & SetupFlag.SQPOLL.mask()) != 0;
    ThreadIndices indices = registrar.descriptors().indices();
    int index = indexOnly ? fd : -1;
    if (indexOnly) {
      indices.hold(fd);
    } else if (registerDescriptor) {
      index = indices.register();
    }
    this.enterFd = index >= 0 ? index : fd;
    this.enterFlags = index >= 0 ? EnterFlag.REGISTERED_RING.mask() : 0;
    this.waitFlags = enterFlags | EnterFlag.GETEVENTS.mask();
    this.timedWait = newTimedWait();
  }

  /** Starts building a ring of this many submission entries, 1 to 32,768. */
  public static RingBuilder builder(int entries) {
    return new RingBuilder(entries);
  }

  /** The half that the submitting thread uses. */
  public SubmissionQueue submission() {
    return submission;
  }

  /** The half that the reaping thread uses. */
  public CompletionQueue completion() {
    return completion;
  }

  /** The register calls of this ring. */
  public Registrar registrar() {
    return registrar;
  }

  /** What the kernel said it can do. */
  public Set<Feature> features() {
    return EnumSet.copyOf(features);
  }

  /**
   * The ring's descriptor, as for {@code epoll_ctl(2)}; the ring closes it.
   *
   * @throws IllegalStateException if the ring was made without one
   */
  public int descriptor() {
    if (hasIndexOnly()) {
      throw new IllegalStateException(
          "the ring was made without a descriptor (IORING_SETUP_REGISTERED_FD_ONLY)");
    }
    return fd;
  }

  /** The descriptor for a call that names this ring; after closing it may be another's. */
  int openDescriptor() {
    if (closed) {
      throw new IllegalStateException("the ring is closed, and its number may be another's");
    }
    return descriptor();
  }

  private boolean hasIndexOnly() {
    return (parameters.flags() & SetupFlag.REGISTERED_FD_ONLY.mask()) != 0;
  }

  /** The set-up flags that the ring has. */
  public Set<SetupFlag> setupFlags() {
    EnumSet<SetupFlag> flags = EnumSet.noneOf(SetupFlag.class);
    for (SetupFlag flag : SetupFlag.values()) {
      if ((parameters.flags() & flag.mask()) != 0) {
        flags.add(flag);
      }
    }
    return flags;
  }

  /**
   * The two halves of this ring as objects of their own, for a thread that submits and one that
   * reaps. The ring itself is then for closing only.
   *
   * @throws IllegalStateException if the ring's task work is deferred to its owner, who must then
   *     reap too
   */
  public RingHalves split() {
    if ((parameters.flags() & SetupFlag.DEFER_TASKRUN.mask()) != 0) {
      throw new IllegalStateException(
          "the owner of a ring with IORING_SETUP_DEFER_TASKRUN must reap itself;"
              + " build the ring without deferTaskRun() to have two threads");
    }
    return new RingHalves(this);
  }

  /** Reads completions in order; for a sole reaper. Until the ring is resized. */
  public CompletionReader reader() {
    return new CompletionReader(completion);
  }

  /**
   * Gives the ring queues of other sizes, with what waits in them. 6.13.
   *
   * <p>{@link #submission} and {@link #completion} are new objects afterwards; the former ones, and
   * readers of them, throw when touched. Entries that were filled are published. For the owner of a
   * ring with deferred task run, whose memory is from the kernel.
   *
   * @param entries of the submission queue, rounded up to a power of two
   * @param completionEntries of the completion queue, rounded up likewise
   * @throws UringException EINVAL for another kind of ring or size, EOVERFLOW if what waits does
   *     not fit: then the ring is as before. If the new queues cannot be mapped (ENOMEM), all that
   *     is left to do with the ring is to close it
   */
  public void resize(int entries, int completionEntries) {
    submission.publish();
    RingParameters resized =
        RingResizing.resize(registerCaller, parameters, entries, completionEntries);
    RingMapping next = RingMapping.map(fd, resized);
    detach();
    mapping.unmap();
    mapping = next;
    ByteBuffer shared = next.ring();
    IntBuffer counters = shared.asIntBuffer();
    submission = new SubmissionQueue(resized, counters, next.entries());
    completion = new CompletionQueue(resized, shared, counters);
  }

  private void detach() {
    submission.detach(NOTHING);
    completion.detach(NOTHING);
  }

  /**
   * Shows the kernel the filled entries and has it take them.
   *
   * @return the number taken, which may be fewer than were filled, or minus an errno
   */
  public int submit() {
    return submitAndWait(0);
  }

  /**
   * Submits, and waits until the completion queue holds {@code minComplete} entries.
   *
   * <p>A return is no promise of a completion: if some were submitted and the wait was interrupted,
   * the count comes back and the interruption does not. Look at the queue.
   *
   * @return the number taken, or minus an errno (EINTR, EAGAIN, EBUSY, EBADR …)
   */
  public int submitAndWait(int minComplete) {
    int toSubmit = submission.publish();
    if (polledSubmission) {
      EnterFlags wake = wakeFlag();
      if (wake.isEmpty() && minComplete == 0) {
        return toSubmit;
      }
      return enter(toSubmit, minComplete, minComplete > 0 ? wake.and(EnterFlags.EVENTS) : wake);
    }
    if (toSubmit == 0 && minComplete == 0) {
      return 0;
    }
    return call(toSubmit, minComplete, minComplete > 0 ? waitFlags : enterFlags);
  }

  /**
   * As {@link #submitAndWait(int)}, but for so long at most (5.11). For one waiting thread at a
   * time.
   *
   * @param nanoseconds how long, from now
   * @return the number taken, or minus an errno, ETIME among them
   */
  public int submitAndWait(int minComplete, long nanoseconds) {
    return timedWait.enter(submission.publish(), minComplete, nanoseconds);
  }

  /** Has the kernel bring forth what it holds back (overflow, task work), without waiting. */
  public int flush() {
    return enter(submission.publish(), 0, EnterFlags.EVENTS);
  }

  /**
   * Shows the kernel the filled entries without having it take them: the number that waits. For a
   * submitter that leaves it to another thread, or to a later call, to enter.
   */
  public int publish() {
    return submission.publish();
  }

  /**
   * What {@link #enter} needs so that a polling kernel thread takes what was published: a flag if
   * it sleeps, none if it is awake or there is no such thread. To be asked after {@link #publish}.
   */
  public EnterFlags wakeFlag() {
    return polledSubmission && submission.needsWakeup() ? EnterFlags.WAKE : EnterFlags.NONE;
  }

  /** Whether a kernel thread submits, so that entering is not needed for that. */
  public boolean hasPolledSubmission() {
    return polledSubmission;
  }

  /**
   * Whether completions are polled for on the device ({@code IORING_SETUP_IOPOLL}): unless a kernel
   * thread does that, too, those of the device come to who enters with {@link EnterFlag#GETEVENTS},
   * and else never.
   */
  public boolean hasPolledIo() {
    return (parameters.flags() & SetupFlag.IOPOLL.mask()) != 0;
  }

  /**
   * {@code io_uring_enter(2)} itself: the number taken, or minus an errno. Any thread.
   *
   * @throws IllegalStateException if the ring was made disabled and is not enabled yet
   */
  public int enter(int toSubmit, int minComplete, EnterFlags flags) {
    return call(toSubmit, minComplete, flags.mask() | enterFlags);
  }

  private int call(int toSubmit, int minComplete, int flags) {
    return LifeCycle.entered(UringCalls.enter(enterFd, toSubmit, minComplete, flags));
  }

  /** A way to wait with a time-out, for one more thread that does. 5.11. */
  public TimedWait newTimedWait() {
    return newTimedWait(enterFd, enterFlags);
  }

  TimedWait newTimedWait(int withFd, int withFlags) {
    // A polling kernel thread that sleeps takes nothing until it is woken; awake, it does not mind.
    return new TimedWait(
        this, withFd, withFlags | (polledSubmission ? EnterFlag.SQ_WAKEUP.mask() : 0));
  }

  /**
   * A way to enter for the calling thread alone, of a ring that others enter, too.
   *
   * @param mayRegister whether it may be registered with that thread, which must not be a virtual
   *     one; a ring whose submission queue is polled, and is seldom entered, never is, and one that
   *     is entered by its owner's index goes on so
   */
  public RingEntrance newEntrance(boolean mayRegister) {
    return new RingEntrance(
        this, enterFd, enterFlags, mayRegister && !polledSubmission && enterFlags == 0);
  }

  /** A way to wait with everything that a wait can be told, for one thread that does. 5.11. */
  public ExtendedWait newExtendedWait() {
    return new ExtendedWait(
        this, enterFd, enterFlags | (polledSubmission ? EnterFlag.SQ_WAKEUP.mask() : 0));
  }

  /**
   * Waits until the polling kernel thread has made room in the submission queue. 5.10.
   *
   * @return zero or more, or minus an errno: EOWNERDEAD if that thread is gone
   * @throws IllegalStateException if there is no such thread
   */
  public int awaitRoom() {
    if (!polledSubmission) {
      throw new IllegalStateException("room is made by submitting on this ring");
    }
    int published = submission.publish();
    return enter(published, 0, FOR_ROOM.and(wakeFlag()));
  }

  /**
   * Gives the ring back. The caller has seen to it that nothing is in flight: what is, goes on
   * until the kernel has cancelled it, and may still write to its memory. A table of buffers stays
   * pinned until the kernel has ended the ring, which is later than this, and not before each
   * thread has let go of its index: {@link BufferTable#unregister} is at once.
   *
   * <p>To be called by the thread that built a ring {@linkplain RingBuilder#ownedByThisThread of
   * its own}; from any other the ring's descriptor stays registered with the owner, and the ring
   * alive, until that thread registers another ring, or ends.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    ThreadIndices indices = registrar.descriptors().indices();
    // An index alone names another ring in another thread.
    if (!hasIndexOnly() || indices.has(fd)) {
      // The kernel ends a ring some time after its descriptor is closed, and a registered one when
      // the last thread has let go of it. The files in its table, and their locks, must not last
      // until then. Where there is no table the kernel says so.
      int unused = registrar.files().tryUnregister();
    }
    indices.giveBackAll();
    registrar.close();
    detach();
    mapping.unmap();
    if (!hasIndexOnly()) {
      UringCalls.close(fd);
    }
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public String toString() {
    return "Ring[fd="
        + fd
        + ", submission="
        + submission.capacity()
        + ", completion="
        + completion.capacity()
        + (closed ? ", closed" : "")
        + "]";
  }
}
