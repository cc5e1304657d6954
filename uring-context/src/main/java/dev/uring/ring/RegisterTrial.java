package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.QueryEntry;
import dev.uring.sys.Errno;
import dev.uring.sys.UringCalls;

/**
 * Whether the kernel knows a register call, found out by making it with an argument that it cannot
 * read: a call that is there answers EFAULT, one that is not EINVAL. For kernels before 6.18, which
 * cannot be asked.
 */
final class RegisterTrial implements AutoCloseable {
  /** Where no process has memory. */
  private static final long NOWHERE = 0x1000;

  private static final int NO_SUCH_PERSONALITY = 0;

  private final Ring ring;
  private final RegisterCaller caller;

  /** Tries on a small ring of its own, of the shape that the pickiest calls want. */
  RegisterTrial() {
    this.ring = newRing();
    this.caller = new RegisterCaller(ring.descriptor(), false);
  }

  private static Ring newRing() {
    try {
      return Ring.builder(2).deferTaskRun().wideCompletions().build();
    } catch (UringException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      // Older than 6.1, and then it lacks the calls that want more.
      return Ring.builder(2).build();
    }
  }

  boolean knows(RegisterCall call) {
    return switch (call) {
      // These take no argument that could be unreadable; each came together with another.
      case UNREGISTER_PERSONALITY -> knows(RegisterCall.REGISTER_PERSONALITY);
      case UNREGISTER_IOWQ_AFF -> knows(RegisterCall.REGISTER_IOWQ_AFF);
      case REGISTER_PERSONALITY -> knowsPersonality();
      case REGISTER_SEND_MSG_RING -> withoutRing(call, NOWHERE, 1);
      case REGISTER_QUERY -> query();
      default -> caller.attempt(call, argument(call), count(call)) != -Errno.EINVAL;
    };
  }

  private static boolean query() {
    return KernelQuery.raw(new QueryEntry(QueryEntry.OPCODES, QueryEntry.OPCODES_BYTES)) == 0;
  }

  private static boolean withoutRing(RegisterCall call, long argument, int count) {
    return UringCalls.register(-1, call.code(), argument, count) == -Errno.EFAULT;
  }

  private boolean knowsPersonality() {
    int personality = caller.attempt(RegisterCall.REGISTER_PERSONALITY);
    if (personality > NO_SUCH_PERSONALITY) {
      int unused = caller.attempt(RegisterCall.UNREGISTER_PERSONALITY, 0L, personality);
    }
    return personality != -Errno.EINVAL;
  }

  private static long argument(RegisterCall call) {
    return switch (call) {
      case UNREGISTER_BUFFERS, UNREGISTER_FILES, UNREGISTER_EVENTFD, REGISTER_ENABLE_RINGS -> 0;
      default -> NOWHERE;
    };
  }

  /** The count that the call wants: of elements, or the size of its struct. */
  private static int count(RegisterCall call) {
    return switch (call) {
      case UNREGISTER_BUFFERS,
          UNREGISTER_FILES,
          UNREGISTER_EVENTFD,
          REGISTER_ENABLE_RINGS,
          REGISTER_FILE_ALLOC_RANGE,
          REGISTER_CLOCK ->
          0;
      case REGISTER_FILES2, REGISTER_BUFFERS2, REGISTER_FILES_UPDATE2, REGISTER_BUFFERS_UPDATE ->
          32;
      case REGISTER_IOWQ_MAX_WORKERS -> 2;
      case REGISTER_IOWQ_AFF -> Long.BYTES;
      default -> 1;
    };
  }

  @Override
  public void close() {
    ring.close();
  }
}
