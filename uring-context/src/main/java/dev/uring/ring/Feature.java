package dev.uring.ring;

/** What the kernel says of itself when a ring is made ({@code io_uring_params.features}). */
public enum Feature {
  /** One mapping holds both rings. */
  SINGLE_MMAP(0, "5.4"),
  /** Completions beyond the ring's size are kept, not dropped. */
  NODROP(1, "5.5"),
  /** What an entry points to may be reused once it was submitted. */
  SUBMIT_STABLE(2, "5.5"),
  /** Offset -1 means the file's own position. */
  RW_CUR_POS(3, "5.6"),
  /** Requests run with the credentials of the task that submits. */
  CUR_PERSONALITY(4, "5.6"),
  /** Sockets and pipes are polled inside the kernel, without worker threads. */
  FAST_POLL(5, "5.7"),
  /** Poll masks of 32 bits. */
  POLL_32BITS(6, "5.9"),
  /** A polling kernel thread takes ordinary descriptors. */
  SQPOLL_NONFIXED(7, "5.11"),
  /** Extended arguments: a wait has a time-out of its own. */
  EXT_ARG(8, "5.11"),
  /** Workers are threads of the process. */
  NATIVE_WORKERS(9, "5.12"),
  /** Registered resources carry tags. */
  RSRC_TAGS(10, "5.13"),
  /** Successful requests can stay silent. */
  CQE_SKIP(11, "5.17"),
  /** A linked request finds its file when it starts, not when it is submitted. */
  LINKED_FILE(12, "5.17"),
  /** Register calls through a registered ring descriptor. */
  REG_REG_RING(13, "6.3"),
  /** Bundles of buffers for send and receive. */
  RECVSEND_BUNDLE(14, "6.10"),
  /** A wait can say how long it gathers completions. */
  MIN_TIMEOUT(15, "6.12"),
  /** Attributes on reads and writes. */
  RW_ATTR(16, "6.14"),
  /** A wait that does not count as I/O wait. */
  NO_IOWAIT(17, "6.15");

  private final int bit;
  private final String since;

  Feature(int bit, String since) {
    this.bit = bit;
    this.since = since;
  }

  /** The bit in {@code io_uring_params.features}. */
  public int mask() {
    return 1 << bit;
  }

  /** The kernel that introduced it. */
  public String since() {
    return since;
  }

  /** The kernel's name, such as {@code IORING_FEAT_NODROP}. */
  public String kernelName() {
    return "IORING_FEAT_" + name();
  }
}
