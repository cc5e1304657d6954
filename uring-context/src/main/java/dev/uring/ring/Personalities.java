package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.sys.Errno;

/**
 * Credentials that requests can run with: those that the calling thread has at the time of
 * registering, by a number for {@link SubmissionEntry#personality}.
 *
 * <p>On a ring with a single issuer for that thread; else for any. Source: {@code
 * io_uring_register(2)}, {@code credentials(7)}.
 */
public final class Personalities {
  private final RegisterCaller ring;

  Personalities(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Keeps the calling thread's credentials. 5.6.
   *
   * @return their number, above zero
   */
  public int register() {
    return ring.call(RegisterCall.REGISTER_PERSONALITY);
  }

  /**
   * Forgets credentials; requests in flight keep theirs. 5.6.
   *
   * @throws UringException EINVAL if there are none with this number
   */
  public void unregister(int personality) {
    int result = ring.attempt(RegisterCall.UNREGISTER_PERSONALITY, 0L, personality);
    if (result == -Errno.EINVAL) {
      throw new UringException(
          RegisterCall.UNREGISTER_PERSONALITY.kernelName(),
          Errno.EINVAL,
          "no credentials are registered as " + personality);
    }
    RegisterCaller.check(RegisterCall.UNREGISTER_PERSONALITY, result);
  }
}
