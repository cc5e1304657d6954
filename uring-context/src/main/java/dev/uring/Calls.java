package dev.uring;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** Results of system calls as values or exceptions. */
final class Calls {
  private Calls() {}

  /** {@code result} itself unless it is a negative errno. */
  static long check(String call, long result) {
    return check(call, result, errno -> "");
  }

  /**
   * {@code result} itself unless it is a negative errno, for which {@code remedy} has a sentence.
   */
  static long check(String call, long result, IntFunction<String> remedy) {
    if (result < 0) {
      int errno = (int) -result;
      throw new UringException(call, errno, remedy.apply(errno));
    }
    return result;
  }

  /** Makes a call again for as long as signals interrupt it; profilers signal Java threads. */
  static long uninterrupted(LongSupplier call) {
    long result;
    do {
      result = call.getAsLong();
    } while (result == -Errno.EINTR);
    return result;
  }

  /** The sentence for errors that any call which makes a descriptor can meet, or empty. */
  static String descriptorRemedy(int errno) {
    return switch (errno) {
      case Errno.EMFILE ->
          "this process has as many descriptors open as it may; raise RLIMIT_NOFILE"
              + " (ulimit -n) or close some";
      case Errno.ENFILE -> "the whole machine has as many files open as it may; raise fs.file-max";
      case Errno.ENOMEM, Errno.ENOBUFS -> "the kernel is out of memory";
      default -> "";
    };
  }
}
