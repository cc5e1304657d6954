package dev.uring.allowlist;

/** One thing that an allowlist can permit: a request, a register call or an entry flag. */
public sealed interface Permission permits UringOperation, RegisterCall, EntryFlag {

  /** The name in {@code <linux/io_uring.h>}, such as {@code IORING_OP_READV}. */
  String kernelName();

  /** The name in the text form and in tables, such as {@code readv}. */
  String textName();

  /**
   * The first Linux version that has it, such as {@code "5.1"}. For people to read: whether a
   * running kernel has something is asked of that kernel, never computed from its version.
   */
  String since();
}
