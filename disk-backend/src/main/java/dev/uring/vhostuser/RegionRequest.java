package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.virtio.GuestRegion;
import java.nio.ByteBuffer;

/**
 * A region of the guest's memory as a message names it, unchecked.
 *
 * @param guestAddress its first physical address in the guest
 * @param length in bytes
 * @param frontEndAddress where the front end has it
 * @param fileOffset where it begins in its file
 */
record RegionRequest(long guestAddress, long length, long frontEndAddress, long fileOffset) {
  /** The region at the buffer's position, which moves. */
  static RegionRequest read(ByteBuffer payload) {
    return new RegionRequest(
        payload.getLong(), payload.getLong(), payload.getLong(), payload.getLong());
  }

  /**
   * Maps it.
   *
   * @throws IllegalArgumentException if it is no region of that file
   * @throws dev.uring.ring.UringException if the kernel refuses
   */
  GuestRegion map(Descriptor file) {
    return GuestRegion.map(guestAddress, frontEndAddress, length, file, fileOffset);
  }

  /** Whether a mapped region is the one that is meant; the file's part in it does not count. */
  boolean names(GuestRegion region) {
    return region.guestAddress() == guestAddress
        && region.frontEndAddress() == frontEndAddress
        && region.length() == length;
  }

  @Override
  public String toString() {
    return "the region of "
        + Long.toUnsignedString(length)
        + " bytes at "
        + Long.toHexString(guestAddress);
  }
}
