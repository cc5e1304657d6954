package dev.uring.ring;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.allowlist.UringOperation;

/**
 * Provided buffers that are given one request at a time. The kernel takes them in the order of
 * their giving; a completion names the one that was taken ({@link CompletionFlags#bufferId}), and
 * it is then no longer in the group. {@link BufferRings} do the same without requests, since 5.19.
 *
 * <p>The memory is the kernel's until a completion hands it back or the group is emptied and no
 * request uses it.
 */
public final class BufferRequests {
  private static final int MOST = 1 << 16;

  private BufferRequests() {}

  /**
   * Gives buffers that lie one behind the other to a group, which is made if it is not there. Zero,
   * or -EINVAL for a group that is a ring, -EFAULT, -E2BIG if the numbers go beyond 65,535,
   * -ENOMEM. See {@code io_uring_enter(2)}. 5.7.
   *
   * <p>Example: {@code BufferRequests.provide(entry, group, address, 2048, 16, 0)}
   *
   * @param address of the first
   * @param length of each, in bytes, above zero
   * @param count of them, 1 to 65,536
   * @param firstId the first one's number, 0 to 65,535; the others' follow
   */
  public static SubmissionEntry provide(
      SubmissionEntry entry, BufferGroup group, long address, int length, int count, int firstId) {
    checkArgument(length > 0, "a buffer has a length of at least 1, not %s", length);
    checkCount(count);
    checkArgument(
        firstId >= 0 && firstId <= MOST - count,
        "buffers are numbered from 0 to 65535; %s of them cannot start at %s",
        count,
        firstId);
    // The count is in the descriptor's field, the number of the first in the offset's.
    return entry
        .prepare(UringOperation.PROVIDE_BUFFERS, count, address, length, /* offset= */ firstId)
        .bufferIndex(group.id());
  }

  /**
   * Takes back buffers that no request has taken, those given first. The result is how many,
   * -ENOENT without such a group, -EINVAL for a group that is a ring. See {@code
   * io_uring_enter(2)}. 5.7.
   *
   * <p>Example: {@code BufferRequests.remove(entry, group, 16)}
   *
   * @param count the most, 1 to 65,536
   */
  public static SubmissionEntry remove(SubmissionEntry entry, BufferGroup group, int count) {
    checkCount(count);
    return entry.prepare(UringOperation.REMOVE_BUFFERS, count, 0, 0, 0).bufferIndex(group.id());
  }

  private static void checkCount(int count) {
    checkArgument(count > 0 && count <= MOST, "from 1 to 65536 buffers, not %s", count);
  }
}
