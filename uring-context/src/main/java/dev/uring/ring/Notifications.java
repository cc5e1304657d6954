package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;

/**
 * An eventfd that counts a ring's completions, for those who wait for rings with {@code poll(2)}
 * and the like.
 *
 * <p>One a ring. The ring holds a reference of its own. The count is a hint, not a number of
 * completions: look at the queue. {@link CompletionQueue#disableNotifications} silences it for a
 * while without a call. On a ring with a single issuer for that thread; else for any. Source:
 * {@code io_uring_register(2)}, {@code eventfd(2)}.
 */
public final class Notifications {
  private final RegisterCaller ring;

  Notifications(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Every completion adds to this eventfd. 5.2.
   *
   * @throws UringException EBUSY if there is one, EBADF or EINVAL if it is no eventfd
   */
  public void register(int eventfd) {
    ring.call(RegisterCall.REGISTER_EVENTFD, RegisterCaller.ints(eventfd), 1);
  }

  /**
   * Only completions from worker threads add to this eventfd: neither those that were there when
   * submitting returned, nor those of task work, which the submitter runs itself. 5.6.
   *
   * @throws UringException as {@link #register}
   */
  public void registerAsynchronous(int eventfd) {
    ring.call(RegisterCall.REGISTER_EVENTFD_ASYNC, RegisterCaller.ints(eventfd), 1);
  }

  /**
   * The ring lets go of the eventfd. 5.2.
   *
   * @throws UringException ENXIO if there is none
   */
  public void unregister() {
    ring.call(RegisterCall.UNREGISTER_EVENTFD);
  }
}
