package dev.uring.ring;

/**
 * Whether the running kernel has one thing of io_uring, how that was found out, and why not.
 *
 * @param kind what sort of thing
 * @param number of a request or register call; the bit of a flag or feature
 * @param kernelName the kernel's own name, such as {@code IORING_OP_READV}
 * @param since the Linux version that introduced it, such as {@code 5.1}
 * @param known whether this library can use it, rather than only name it
 * @param offered whether the kernel has it
 * @param source how that was found out
 * @param reason why it is not offered, or not usable; empty where nothing is amiss
 */
public record Capability(
    Kind kind,
    int number,
    String kernelName,
    String since,
    boolean known,
    boolean offered,
    Source source,
    String reason) {

  /** The sorts of things. */
  public enum Kind {
    /** A kind of submission entry. */
    REQUEST,
    /** A call of {@code io_uring_register(2)}. */
    REGISTER_CALL,
    /** A flag of {@code io_uring_setup(2)}. */
    SETUP_FLAG,
    /** What a ring says of itself. */
    FEATURE,
    /** A flag of {@code io_uring_enter(2)}. */
    ENTER_FLAG,
    /** A flag that every entry can carry. */
    ENTRY_FLAG
  }

  /** Ways to find out, in the order in which they are preferred. */
  public enum Source {
    /** The kernel was asked for everything at once ({@code IORING_REGISTER_QUERY}, 6.18). */
    QUERY,
    /** A ring's feature bits say so. */
    FEATURES,
    /** The kernel was asked for its requests ({@code IORING_REGISTER_PROBE}, 5.6). */
    PROBE,
    /** It was tried. */
    TRIAL
  }
}
