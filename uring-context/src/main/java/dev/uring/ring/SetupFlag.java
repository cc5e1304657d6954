package dev.uring.ring;

/** The flags of {@code io_uring_setup(2)}, with the kernel that introduced each. */
public enum SetupFlag {
  /** Completions are polled for on the device. */
  IOPOLL(0, "5.1"),
  /** A kernel thread polls the submission queue. */
  SQPOLL(1, "5.1"),
  /** That thread is bound to one processor. */
  SQ_AFF(2, "5.1"),
  /** The size of the completion queue is the caller's. */
  CQSIZE(3, "5.5"),
  /** Sizes above the limit are lowered instead of refused. */
  CLAMP(4, "5.6"),
  /** Worker threads are shared with another ring. */
  ATTACH_WQ(5, "5.6"),
  /** The ring starts disabled. */
  R_DISABLED(6, "5.10"),
  /** A batch goes on after an entry that failed. */
  SUBMIT_ALL(7, "5.18"),
  /** Task work waits for the next system call instead of interrupting. */
  COOP_TASKRUN(8, "5.19"),
  /** A flag in the ring says that task work is waiting. */
  TASKRUN_FLAG(9, "5.19"),
  /** Submission entries are 128 bytes long. */
  SQE128(10, "5.19"),
  /** Completion entries are 32 bytes long. */
  CQE32(11, "5.19"),
  /** One thread submits; the kernel holds us to it. */
  SINGLE_ISSUER(12, "6.0"),
  /** Task work runs when the owner waits, and only then. */
  DEFER_TASKRUN(13, "6.1"),
  /** The rings lie in memory of the caller's own. */
  NO_MMAP(14, "6.5"),
  /** The ring has no ordinary descriptor. */
  REGISTERED_FD_ONLY(15, "6.5"),
  /** No array of indices between tail and entries. */
  NO_SQARRAY(16, "6.6"),
  /** Polled I/O that sleeps a while first. */
  HYBRID_IOPOLL(17, "6.13"),
  /** Completion entries of both sizes in one ring. */
  CQE_MIXED(18, "6.18"),
  /** Submission entries of both sizes in one ring. */
  SQE_MIXED(19, "6.19"),
  /** Submission from the start of the queue each time. */
  SQ_REWIND(20, "7.0");

  private final int bit;
  private final String since;

  SetupFlag(int bit, String since) {
    this.bit = bit;
    this.since = since;
  }

  /** The bit in {@code io_uring_params.flags}. */
  public int mask() {
    return 1 << bit;
  }

  /** The kernel that introduced it, such as {@code 5.18}. */
  public String since() {
    return since;
  }

  /** The kernel's name, such as {@code IORING_SETUP_CLAMP}. */
  public String kernelName() {
    return "IORING_SETUP_" + name();
  }
}
