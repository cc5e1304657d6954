package dev.uring.ring.struct;

/**
 * {@code siginfo_t} as {@code waitid(2)} fills it in, for WAITID. 6.7.
 *
 * <pre>
 *    0 si_signo(4)   4 si_errno(4)   8 si_code(4), 4 unused
 *   16 si_pid(4)    20 si_uid(4)    24 si_status(4) …
 *  128
 * </pre>
 *
 * <p>The kernel writes it before the completion.
 */
public final class SignalInfo extends Struct {
  static final StructLayout LAYOUT = new StructLayout("siginfo_t", "signal.h", 128);
  private static final int SIGNAL = LAYOUT.field("si_signo", 0);
  private static final int CODE = LAYOUT.field("si_code", 8);
  private static final int PROCESS = LAYOUT.field("si_pid", 16);
  private static final int USER = LAYOUT.field("si_uid", 20);
  private static final int STATUS = LAYOUT.field("si_status", 24);

  /** All zero. */
  public SignalInfo() {
    super(LAYOUT);
  }

  /** {@code SIGCHLD}, or zero if no child had changed. */
  public int signal() {
    return memory.getInt(SIGNAL);
  }

  /** {@code CLD_EXITED} and the like: how the child changed. */
  public int code() {
    return memory.getInt(CODE);
  }

  /** The child's process id. */
  public int process() {
    return memory.getInt(PROCESS);
  }

  /** The child's real user id. */
  public int user() {
    return memory.getInt(USER);
  }

  /** The exit status, or the signal that ended or stopped the child. */
  public int status() {
    return memory.getInt(STATUS);
  }
}
