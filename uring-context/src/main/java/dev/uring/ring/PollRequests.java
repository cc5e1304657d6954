package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.EpollEvents;

/**
 * Requests that wait for readiness, and the cancelling of requests.
 *
 * <p>{@code fd} is a descriptor, never a slot: {@link SubmissionEntry#on} puts a slot of the file
 * table in its place.
 */
public final class PollRequests {
  /** Cancel every match, not only the first. 5.19. */
  public static final int CANCEL_ALL = 1;

  /** The match is by descriptor. 5.19. */
  public static final int CANCEL_FD = 1 << 1;

  /** Everything matches. 5.19. */
  public static final int CANCEL_ANY = 1 << 2;

  /** The descriptor to match is a slot of the file table. 6.0. */
  public static final int CANCEL_FD_FIXED = 1 << 3;

  private static final int CANCEL_USER_DATA = 1 << 4;
  private static final int CANCEL_OPERATION = 1 << 5;

  /** For {@link #pollAdd}: again and again; each completion but the last says MORE. 5.13. */
  public static final int ADD_MULTISHOT = 1;

  /**
   * For {@link #pollAdd}: for as long as it is true, not when it becomes true. 6.0, but refused by
   * 6.18.
   */
  public static final int ADD_LEVEL = 1 << 3;

  /** For {@link #epollControl}: begin to watch ({@code EPOLL_CTL_ADD}). */
  public static final int EPOLL_ADD = 1;

  /** For {@link #epollControl}: watch no longer ({@code EPOLL_CTL_DEL}). */
  public static final int EPOLL_REMOVE = 2;

  /** For {@link #epollControl}: watch for something else ({@code EPOLL_CTL_MOD}). */
  public static final int EPOLL_MODIFY = 3;

  private static final int POLL_UPDATE_EVENTS = 1 << 1;
  private static final int POLL_UPDATE_USER_DATA = 1 << 2;

  private PollRequests() {}

  /**
   * Waits for any of {@code events}, as {@code poll(2)}; the result is what is ready. 5.1.
   *
   * <p>Example: {@code PollRequests.pollAdd(entry, fd, 1, PollRequests.ADD_MULTISHOT).userData(42)}
   *
   * @param pollFlags {@link #ADD_MULTISHOT}, {@link #ADD_LEVEL} or zero
   */
  public static SubmissionEntry pollAdd(SubmissionEntry entry, int fd, int events, int pollFlags) {
    return entry.prepare(UringOperation.POLL_ADD, fd, 0, pollFlags, 0).operationFlags(events);
  }

  /**
   * Ends the poll with this user data: 0, or -ENOENT, or -EALREADY. 5.1. See {@code
   * io_uring_prep_poll_remove(3)}.
   *
   * <p>Example: {@code PollRequests.pollRemove(entry, 42).userData(1)}
   */
  public static SubmissionEntry pollRemove(SubmissionEntry entry, long target) {
    return entry.prepare(UringOperation.POLL_REMOVE, -1, target, 0, 0);
  }

  /**
   * Changes what the poll with this user data waits for: 0, or -ENOENT, or -EALREADY if it is just
   * completing. 5.13. See {@code io_uring_prep_poll_update(3)}.
   *
   * <p>Example: {@code PollRequests.pollUpdate(entry, 42, 4).userData(1)}
   *
   * @param events {@code POLL*} bits
   */
  public static SubmissionEntry pollUpdate(SubmissionEntry entry, long target, int events) {
    return entry
        .prepare(UringOperation.POLL_REMOVE, -1, target, POLL_UPDATE_EVENTS, 0)
        .operationFlags(events);
  }

  /**
   * Gives the poll with this user data another user data, under which its completions come from
   * then on: 0, or -ENOENT, or -EALREADY if it is just completing. As {@code
   * io_uring_prep_poll_update(3)}. 5.13.
   *
   * <p>Example: {@code PollRequests.pollRename(entry, 42, 43)}
   *
   * @param target its user data until now
   * @param renamed its user data from now on
   */
  public static SubmissionEntry pollRename(SubmissionEntry entry, long target, long renamed) {
    return entry.prepare(
        UringOperation.POLL_REMOVE, -1, target, POLL_UPDATE_USER_DATA, /* offset= */ renamed);
  }

  /**
   * Cancels the request with this user data: 0, -ENOENT, or -EALREADY if it is running. 5.5. See
   * {@code io_uring_prep_cancel(3)}.
   *
   * <p>Example: {@code PollRequests.cancel(entry, 42).userData(1)}
   */
  public static SubmissionEntry cancel(SubmissionEntry entry, long target) {
    return entry.prepare(UringOperation.ASYNC_CANCEL, -1, target, 0, 0);
  }

  /**
   * Cancels every request with this user data; the result is how many, zero if there was none.
   * 5.19. See {@code io_uring_prep_cancel(3)}.
   *
   * <p>Example: {@code PollRequests.cancelAll(entry, 42).userData(1)}
   */
  public static SubmissionEntry cancelAll(SubmissionEntry entry, long target) {
    return cancel(entry, target).operationFlags(CANCEL_ALL);
  }

  /**
   * Cancels requests of one kind, whatever their user data and descriptors; the result is zero for
   * one, or -ENOENT if there was none; and with {@link #CANCEL_ALL} how many. 6.6. See {@code
   * io_uring_prep_cancel(3)}.
   *
   * <p>Example: {@code PollRequests.cancelEach(entry, UringOperation.RECV, CANCEL_ALL)}
   *
   * @param operation of those to cancel
   * @param flags {@link #CANCEL_ALL} or zero
   */
  public static SubmissionEntry cancelEach(
      SubmissionEntry entry, UringOperation operation, int flags) {
    checkArgument((flags & ~CANCEL_ALL) == 0, "by kind there is the flag 1 only, not 0x%s", flags);
    return entry
        .prepare(UringOperation.ASYNC_CANCEL, -1, 0, /* length= */ operation.code(), 0)
        .operationFlags(flags | CANCEL_OPERATION);
  }

  /**
   * Cancels requests of one kind with this user data; results as of any kind. 6.6. See {@code
   * io_uring_prep_cancel(3)}.
   *
   * <p>Example: {@code PollRequests.cancelEach(entry, UringOperation.RECV, 42, 0)}
   *
   * @param operation of those to cancel
   * @param flags {@link #CANCEL_ALL} or zero
   */
  public static SubmissionEntry cancelEach(
      SubmissionEntry entry, UringOperation operation, long target, int flags) {
    checkArgument((flags & ~CANCEL_ALL) == 0, "by kind there is the flag 1 only, not 0x%s", flags);
    return entry
        .prepare(UringOperation.ASYNC_CANCEL, -1, target, /* length= */ operation.code(), 0)
        .operationFlags(flags | CANCEL_OPERATION | CANCEL_USER_DATA);
  }

  /**
   * Cancels by other keys than user data. 5.19. See {@code io_uring_prep_cancel(3)}.
   *
   * <p>Example: {@code PollRequests.cancelMatching(entry, fd, CANCEL_FD | CANCEL_ALL)}
   *
   * @param fd the descriptor or slot, or -1 with {@link #CANCEL_ANY}
   * @param flags {@code CANCEL_*} bits
   */
  public static SubmissionEntry cancelMatching(SubmissionEntry entry, int fd, int flags) {
    checkArgument(
        (flags & (CANCEL_FD | CANCEL_ANY)) != (CANCEL_FD | CANCEL_ANY),
        "what matches by descriptor does not match anything");
    return entry.prepare(UringOperation.ASYNC_CANCEL, fd, 0, 0, 0).operationFlags(flags);
  }

  /**
   * Cancels what matches: zero for one, or how many where all that match were asked for; -ENOENT if
   * there was none but all were not asked for, -EALREADY if it is running and was only interrupted,
   * -EBADF for a descriptor or slot that is not there. As {@code io_uring_prep_cancel(3)}. 5.5, by
   * other keys than user data later; see {@link CancelMatch}.
   *
   * <p>Example: {@code PollRequests.cancel(entry, CancelMatch.descriptor(fd).all())}
   */
  public static SubmissionEntry cancel(SubmissionEntry entry, CancelMatch match) {
    return entry
        .prepare(
            UringOperation.ASYNC_CANCEL,
            match.fd(),
            match.userDataToMatch(),
            /* length= */ match.operationCode(),
            0)
        .operationFlags(match.flags());
  }

  /**
   * Changes what an epoll instance watches, as {@code epoll_ctl(2)}; zero, or -EEXIST if it is
   * watched, -ENOENT if it is not, -EPERM for what cannot be watched. 5.6.
   *
   * <p>Example: {@code PollRequests.epollControl(entry, epoll, fd, EPOLL_ADD, events)}
   *
   * @param epoll the instance
   * @param fd the descriptor to watch, never a slot
   * @param change {@link #EPOLL_ADD}, {@link #EPOLL_MODIFY} or {@link #EPOLL_REMOVE}
   * @param event the first one is read when the entry is submitted; removing ignores it
   */
  public static SubmissionEntry epollControl(
      SubmissionEntry entry, int epoll, int fd, int change, EpollEvents event) {
    checkArgument(
        change >= EPOLL_ADD && change <= EPOLL_MODIFY,
        "no change of a watch has number %s",
        change);
    return entry.prepare(
        UringOperation.EPOLL_CTL,
        epoll,
        event.address(),
        /* length= */ change,
        /* offset= */ Integer.toUnsignedLong(fd));
  }

  /**
   * Waits until an epoll instance has events, as {@code epoll_wait(2)} without a time; the result
   * is how many. 6.15.
   *
   * <p>Example: {@code PollRequests.epollWait(entry, epoll, events).userData(42)}
   *
   * @param events where the kernel puts them before the completion, as many as there is room for
   */
  public static SubmissionEntry epollWait(SubmissionEntry entry, int epoll, EpollEvents events) {
    return entry.prepare(UringOperation.EPOLL_WAIT, epoll, events.address(), events.count(), 0);
  }
}
