package dev.uring.ring;

import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a ring shall be. Reusable: each {@link #build} makes another ring. For one thread at a time.
 *
 * <p>Limits of the kernel: 1 to 32,768 submission entries, rounded up to a power of two; up to
 * 65,536 completion entries, by default twice the submission entries.
 */
public final class RingBuilder {
  /** Whether the queues of a ring were made in this process. */
  private static volatile boolean queuesLoaded;

  private final EnumSet<SetupFlag> flags = EnumSet.of(SetupFlag.NO_SQARRAY);
  private final int entries;
  private int completionEntries;
  private int pollingProcessor;
  private int pollingIdleMilliseconds;
  private boolean registerDescriptor;
  private @Nullable Ring workersOf;
  private @Nullable OwnMemory memory;

  RingBuilder(int entries) {
    if (entries < 1) {
      throw new IllegalArgumentException("a ring has at least one entry, not " + entries);
    }
    this.entries = entries;
  }

  /** The size of the completion queue, where twice the submission queue's is not right. 5.5. */
  public RingBuilder completionEntries(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("a completion queue has at least one entry");
    }
    completionEntries = count;
    return with(SetupFlag.CQSIZE);
  }

  /** Lowers sizes above the kernel's limit to that limit. 5.6. */
  public RingBuilder clamp() {
    return with(SetupFlag.CLAMP);
  }

  /** A batch goes on after an entry that could not be submitted. 5.18. */
  public RingBuilder submitAll() {
    return with(SetupFlag.SUBMIT_ALL);
  }

  /** The ring is made disabled: files, buffers and restrictions first, then enabling. 5.10. */
  public RingBuilder disabled() {
    return with(SetupFlag.R_DISABLED);
  }

  /** Only the thread that builds, or enables a disabled ring, will submit. 6.0. */
  public RingBuilder singleIssuer() {
    return with(SetupFlag.SINGLE_ISSUER);
  }

  /** Completion work runs in the owner's waits only; implies {@link #singleIssuer}. 6.1. */
  public RingBuilder deferTaskRun() {
    // Without the flag in the ring, who only looks would never learn that work waits.
    return singleIssuer().with(SetupFlag.DEFER_TASKRUN).with(SetupFlag.TASKRUN_FLAG);
  }

  /** Completion work does not interrupt the thread, and shows in the ring. 5.19. */
  public RingBuilder cooperativeTaskRun() {
    return with(SetupFlag.COOP_TASKRUN).with(SetupFlag.TASKRUN_FLAG);
  }

  /**
   * Polls the device for completions, instead of interrupts. Takes files opened with {@code
   * O_DIRECT} on a device with polling queues; others end with -EOPNOTSUPP. 5.1.
   */
  public RingBuilder polledIo() {
    return with(SetupFlag.IOPOLL);
  }

  /** As {@link #polledIo}, but sleeping for a part of the expected time first. 6.13. */
  public RingBuilder hybridPolledIo() {
    return polledIo().with(SetupFlag.HYBRID_IOPOLL);
  }

  /** Submission entries of 128 bytes, as some requests to devices want. 5.19. */
  public RingBuilder wideEntries() {
    return with(SetupFlag.SQE128);
  }

  /** Completions of 32 bytes, as some requests to devices answer. 5.19. */
  public RingBuilder wideCompletions() {
    return with(SetupFlag.CQE32);
  }

  /** Completions of 16 bytes, and of 32 where a request answers so much. 6.18. */
  public RingBuilder mixedCompletions() {
    return with(SetupFlag.CQE_MIXED);
  }

  /** Submission entries of 64 bytes, and of 128 for the requests that are so long. 6.19. */
  public RingBuilder mixedEntries() {
    return with(SetupFlag.SQE_MIXED);
  }

  /**
   * Submission from the start of the queue each time, whatever its head and tail say. 7.0.
   *
   * <p>Kernels without it refuse the ring. On kernels with it {@link #build} does: the queue of
   * this library keeps its head and tail, and would submit entries twice.
   */
  public RingBuilder rewindingSubmission() {
    return with(SetupFlag.SQ_REWIND);
  }

  /**
   * Keeps the array of indices between the submission queue's tail and its entries, which rings do
   * without where the kernel can (6.6).
   */
  public RingBuilder indexArray() {
    flags.remove(SetupFlag.NO_SQARRAY);
    return this;
  }

  /**
   * Shares the polling kernel thread of another ring, if both have one, and with it the workers
   * that this starts. Since 5.12 workers belong to the thread that submits, so between rings
   * without polling kernel threads there is nothing left to share. The other ring may be closed
   * before this one, but not before this one is built. 5.6.
   */
  public RingBuilder shareWorkers(Ring other) {
    workersOf = other;
    return with(SetupFlag.ATTACH_WQ);
  }

  /**
   * Puts the ring into memory of the caller's own, such as huge pages: direct buffers that start at
   * a page and have at least {@link #memorySize}. The ring holds on to them until it is closed; the
   * kernel has their pages until then, and a little longer while requests are in flight. Nobody
   * else may write there. For one ring: a builder with memory builds once. 6.5.
   *
   * @param ring for the indices and completions
   * @param entries for the submission entries
   */
  public RingBuilder inMemory(ByteBuffer ring, ByteBuffer entries) {
    memory = new OwnMemory(ring, entries);
    return with(SetupFlag.NO_MMAP);
  }

  /**
   * How much memory {@link #inMemory} must give for a ring as it is described so far: a ring like
   * it is made to find out.
   *
   * @throws UringException as {@link #build}
   */
  public RingMemorySize memorySize() {
    EnumSet<SetupFlag> like = EnumSet.copyOf(flags);
    like.removeAll(EnumSet.of(SetupFlag.NO_MMAP, SetupFlag.REGISTERED_FD_ONLY));
    RingParameters parameters = new RingParameters();
    int fd = setup(like, parameters);
    UringCalls.close(fd);
    return RingMapping.size(parameters);
  }

  /**
   * The ring has no descriptor, only an index that is registered with the building thread, which
   * must close it. Implies nothing but goes with {@link #inMemory} only. 6.5.
   */
  public RingBuilder registeredDescriptorOnly() {
    return with(SetupFlag.REGISTERED_FD_ONLY);
  }

  /**
   * A kernel thread submits; it sleeps after being idle for a time. Ten times slower than without
   * on a machine of two cores: never a default.
   */
  public RingBuilder polledSubmission(int idleMilliseconds) {
    pollingIdleMilliseconds = idleMilliseconds;
    return with(SetupFlag.SQPOLL);
  }

  /** As {@link #polledSubmission(int)}, with the kernel thread bound to one processor. */
  public RingBuilder polledSubmission(int idleMilliseconds, int processor) {
    pollingProcessor = processor;
    return polledSubmission(idleMilliseconds).with(SetupFlag.SQ_AFF);
  }

  /**
   * The quickest set-up for a ring that one thread owns: single issuer, deferred task run, the
   * ring's descriptor registered with the building thread (some 40 ns less each enter).
   */
  public RingBuilder ownedByThisThread() {
    registerDescriptor = true;
    return deferTaskRun();
  }

  /**
   * Makes the ring.
   *
   * @throws UringException with cause and remedy: which flag was refused and since which kernel it
   *     exists, or why io_uring is not to be had here
   * @throws UnsupportedOperationException if the kernel has {@linkplain #rewindingSubmission what
   *     this library has not}
   */
  public Ring build() {
    OwnMemory own = memory;
    if (own != null) {
      own.use(memorySize());
    }
    EnumSet<SetupFlag> asked = EnumSet.copyOf(flags);
    RingParameters parameters = new RingParameters();
    boolean indexOnly = asked.contains(SetupFlag.REGISTERED_FD_ONLY);
    int fd = setup(asked, parameters);
    if (asked.contains(SetupFlag.SQ_REWIND)) {
      giveBack(new RegisterCaller(fd, indexOnly), indexOnly);
      throw new UnsupportedOperationException(
          SetupFlag.SQ_REWIND.kernelName()
              + " is known to this kernel and not to this library's submission queue;"
              + " build the ring without rewindingSubmission()");
    }
    RegisterCaller caller = new RegisterCaller(fd, indexOnly);
    RingMapping mapping = null;
    try {
      mapping = own == null ? RingMapping.map(fd, parameters) : own.mapping();
      loadQueues(parameters, mapping);
      return new Ring(caller, parameters, mapping, registerDescriptor);
    } catch (RuntimeException | Error e) {
      if (mapping != null) {
        mapping.unmap();
      }
      giveBack(caller, indexOnly);
      throw e;
    }
  }

  /**
   * Makes what a ring will have once more beforehand, the first time: made after their classes are
   * loaded they lie side by side, and a turn touches two pages less, each of which is cold after a
   * wait (some 10 ns).
   */
  private static void loadQueues(RingParameters parameters, RingMapping mapping) {
    if (!queuesLoaded) {
      queuesLoaded = true;
      Object unused =
          new SubmissionQueue(parameters, mapping.ring().asIntBuffer(), mapping.entries());
      unused = new CompletionQueue(parameters, mapping.ring());
    }
  }

  private static void giveBack(RegisterCaller ring, boolean indexOnly) {
    RingDescriptors descriptors = new RingDescriptors(ring);
    // What was registered for a ring that could not be made to the end.
    descriptors.indices().giveBackAll();
    if (indexOnly) {
      // The number is no descriptor, and the descriptor with that number is somebody else's.
      int unused = descriptors.tryUnregister(ring.descriptor());
    } else {
      UringCalls.close(ring.descriptor());
    }
  }

  /** Makes a ring, without flags that can be done without where they are refused. */
  private int setup(EnumSet<SetupFlag> asked, RingParameters parameters) {
    fill(parameters, asked);
    int fd = UringCalls.setup(entries, parameters.address());
    if (fd == -Errno.EINVAL && asked.remove(SetupFlag.NO_SQARRAY)) {
      // Before 6.6 the array of indices is always there; nothing but its memory is lost.
      fill(parameters, asked);
      fd = UringCalls.setup(entries, parameters.address());
    }
    if (fd < 0) {
      throw refused(-fd, asked);
    }
    return fd;
  }

  private RingBuilder with(SetupFlag flag) {
    flags.add(flag);
    return this;
  }

  private void fill(RingParameters parameters, EnumSet<SetupFlag> asked) {
    int mask = 0;
    for (SetupFlag flag : asked) {
      mask |= flag.mask();
    }
    parameters.flags(mask);
    parameters.completionEntries(completionEntries);
    parameters.pollingThread(pollingProcessor, pollingIdleMilliseconds);
    if (workersOf != null) {
      parameters.workersOf(workersOf.openDescriptor());
    }
    if (memory != null && asked.contains(SetupFlag.NO_MMAP)) {
      parameters.memory(memory.ringAddress(), memory.entriesAddress());
    }
  }

  private UringException refused(int errno, EnumSet<SetupFlag> asked) {
    if (errno != Errno.EINVAL) {
      return new UringException("io_uring_setup", errno, Unavailability.remedy(errno));
    }
    List<String> unknown = new ArrayList<>();
    for (SetupFlag flag : asked) {
      if (!SetupTrial.accepts(flag)) {
        unknown.add(flag.kernelName() + " (Linux " + flag.since() + ")");
      }
    }
    if (!unknown.isEmpty()) {
      return new UringException(
          "io_uring_setup", errno, "this kernel lacks " + String.join(", ", unknown));
    }
    return new UringException(
        "io_uring_setup",
        errno,
        "the sizes or the combination of flags are refused: "
            + entries
            + " submission entries (1 to 32768), "
            + (completionEntries == 0 ? "default" : Integer.toString(completionEntries))
            + " completion entries (at least as many, up to 65536), "
            + asked);
  }
}
