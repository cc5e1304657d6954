package dev.uring.vhostuser;

import dev.uring.virtio.BlockOptions;

/**
 * How a disk is served to virtual machines.
 *
 * @param device how the device shall be; front ends choose smaller queues if they like
 * @param sealedMemoryOnly whether guest memory that could become shorter, for want of {@code
 *     F_SEAL_SHRINK}, is refused; otherwise the log has a warning
 * @param polling whether threads look at their queues for some microseconds before they sleep
 */
public record VhostUserServerOptions(
    BlockOptions device, boolean sealedMemoryOnly, boolean polling) {
  /** That polls, and takes memory of any kind. */
  public static VhostUserServerOptions of(BlockOptions device) {
    return new VhostUserServerOptions(device, false, true);
  }
}
