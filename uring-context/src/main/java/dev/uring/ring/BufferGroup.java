package dev.uring.ring;

/**
 * A group of provided buffers, from which the kernel takes one when a request has something to put
 * into it. Not the {@linkplain BufferIndex index} of a registered buffer.
 *
 * @param id 0 to 65,535, the caller's choice
 */
public record BufferGroup(int id) {
  /** The highest number of a group. */
  public static final int MAXIMUM = 0xffff;

  /** A group by its number. */
  public BufferGroup {
    if (id < 0 || id > MAXIMUM) {
      throw new IllegalArgumentException("a buffer group is from 0 to 65535, not " + id);
    }
  }
}
