package dev.uring.ring;

/** The flags of {@code io_uring_enter(2)}, with the kernel that introduced each. */
public enum EnterFlag {
  /** Wait for completions, and run what work is due for that. */
  GETEVENTS(0, "5.1"),
  /** Wake the kernel thread that polls the submission queue. */
  SQ_WAKEUP(1, "5.1"),
  /** Wait until that thread has made room in the submission queue. */
  SQ_WAIT(2, "5.10"),
  /** The argument is a struct of wait arguments, not a signal mask. */
  EXT_ARG(3, "5.11"),
  /** The descriptor is an index that was registered with this thread. */
  REGISTERED_RING(4, "5.18"),
  /** The time is a point on the ring's clock, not a span. */
  ABS_TIMER(5, "6.12"),
  /** The wait arguments lie in a registered region. */
  EXT_ARG_REG(6, "6.13"),
  /** The wait does not count as waiting for I/O. */
  NO_IOWAIT(7, "6.15");

  private final int bit;
  private final String since;

  EnterFlag(int bit, String since) {
    this.bit = bit;
    this.since = since;
  }

  /** The bit in the flags of the call. */
  public int mask() {
    return 1 << bit;
  }

  /** The kernel that introduced it, such as {@code 5.11}. */
  public String since() {
    return since;
  }

  /** The kernel's name, such as {@code IORING_ENTER_GETEVENTS}. */
  public String kernelName() {
    return "IORING_ENTER_" + name();
  }
}
