package dev.uring.ring;

import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;
import java.util.EnumSet;

/** Whether the kernel knows a set-up flag, found out by trying it. */
final class SetupTrial {
  /** Where no process has memory, and so a wrong place for a ring but a well-formed one. */
  private static final long NOWHERE = 0x1000;

  private SetupTrial() {}

  /**
   * Whether a small ring with this flag, and what the flag presupposes, can be made. An error that
   * says nothing of the flag, such as a lack of memory, counts as yes.
   */
  static boolean accepts(SetupFlag flag) {
    RingParameters parameters = new RingParameters();
    int mask = flag.mask();
    for (SetupFlag presupposed : presupposedBy(flag)) {
      mask |= presupposed.mask();
    }
    parameters.flags(mask);
    parameters.completionEntries(flag == SetupFlag.CQSIZE ? 4 : 0);
    if (flag == SetupFlag.ATTACH_WQ) {
      // No descriptor at all is another error than one that is no ring.
      parameters.workersOf(-1);
    }
    if ((mask & SetupFlag.NO_MMAP.mask()) != 0) {
      parameters.memory(NOWHERE, NOWHERE);
    }
    int fd = UringCalls.setup(2, parameters.address());
    if (fd >= 0) {
      UringCalls.close(fd);
    }
    return fd != -Errno.EINVAL;
  }

  private static EnumSet<SetupFlag> presupposedBy(SetupFlag flag) {
    return switch (flag) {
      case DEFER_TASKRUN -> EnumSet.of(SetupFlag.SINGLE_ISSUER);
      case SQ_AFF -> EnumSet.of(SetupFlag.SQPOLL);
      case TASKRUN_FLAG -> EnumSet.of(SetupFlag.COOP_TASKRUN);
      case REGISTERED_FD_ONLY -> EnumSet.of(SetupFlag.NO_MMAP);
      case HYBRID_IOPOLL -> EnumSet.of(SetupFlag.IOPOLL);
      case SQ_REWIND -> EnumSet.of(SetupFlag.NO_SQARRAY);
      default -> EnumSet.noneOf(SetupFlag.class);
    };
  }
}
