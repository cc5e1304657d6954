package dev.uring.ring;

import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * How a ring shall be. Reusable: each {@link #build} makes another ring. For one thread at a time.
 *
 * <p>Limits of the kernel: 1 to 32,768 submission entries, rounded up to a power of two; up to
 * 65,536 completion entries, by default twice the submission entries.
 */
public final class RingBuilder {
  private final EnumSet<SetupFlag> flags = EnumSet.of(SetupFlag.NO_SQARRAY);
  private int entries;
  private int completionEntries;
  private int pollingProcessor;
  private int pollingIdleMilliseconds;
  private boolean registerDescriptor;

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

  /** Polls the device for completions, instead of interrupts. 5.1. */
  public RingBuilder polledIo() {
    return with(SetupFlag.IOPOLL);
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
   */
  public Ring build() {
    EnumSet<SetupFlag> asked = EnumSet.copyOf(flags);
    RingParameters parameters = parameters(asked);
    int fd = UringCalls.setup(entries, parameters.address());
    if (fd == -Errno.EINVAL && asked.remove(SetupFlag.NO_SQARRAY)) {
      // Before 6.6 the array of indices is always there; nothing but its memory is lost.
      parameters = parameters(asked);
      fd = UringCalls.setup(entries, parameters.address());
    }
    if (fd < 0) {
      throw refused(-fd, asked);
    }
    RingMapping mapping = null;
    try {
      mapping = RingMapping.map(fd, parameters);
      return new Ring(fd, parameters, mapping, registerDescriptor);
    } catch (RuntimeException | Error e) {
      if (mapping != null) {
        mapping.unmap();
      }
      UringCalls.close(fd);
      throw e;
    }
  }

  private RingBuilder with(SetupFlag flag) {
    flags.add(flag);
    return this;
  }

  private RingParameters parameters(EnumSet<SetupFlag> asked) {
    RingParameters parameters = new RingParameters();
    int mask = 0;
    for (SetupFlag flag : asked) {
      mask |= flag.mask();
    }
    parameters.flags(mask);
    parameters.completionEntries(completionEntries);
    parameters.pollingThread(pollingProcessor, pollingIdleMilliseconds);
    return parameters;
  }

  private UringException refused(int errno, EnumSet<SetupFlag> asked) {
    if (errno != Errno.EINVAL) {
      return new UringException("io_uring_setup", errno, Unavailability.remedy(errno));
    }
    List<String> unknown = new ArrayList<>();
    for (SetupFlag flag : asked) {
      if (!KernelProbe.accepts(flag)) {
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
