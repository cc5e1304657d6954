package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.BufferCloning;
import dev.uring.ring.struct.IoVectors;
import dev.uring.ring.struct.ResourceRegistration;
import dev.uring.ring.struct.ResourceUpdate;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The table of registered buffers of a ring: memory whose pages the kernel has pinned, so that
 * requests on it need not.
 *
 * <p>At most {@link #MOST} places, each up to 1 GiB; pinned pages count against the limit on locked
 * memory, as of the user and not of the process. <b>The memory must stay mapped</b> until its place
 * is emptied, the table unregistered or the ring closed, and no request uses it any more; a
 * <b>tag</b> that is not zero comes back as the user data of a completion at just that time.
 *
 * <p>On a ring with a single issuer for that thread; else for any. Source: {@code
 * io_uring_register(2)}, {@code io_uring_registered_buffers(7)}.
 */
public final class BufferTable {
  /** The most places of a table. */
  public static final int MOST = 16_384;

  private static final int SOURCE_REPLACES = 2;

  private final RegisterCaller ring;

  BufferTable(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Makes the table. 5.1.
   *
   * @param addresses of the pieces; zero, with a length of zero, for an empty place (5.13)
   * @param lengths in bytes
   * @throws UringException EBUSY if there is a table, ENOMEM over the limit on locked memory,
   *     EFAULT for memory that is not there or too long, EINVAL for too many
   */
  public void register(long[] addresses, int[] lengths) {
    IoVectors pieces = pieces(addresses, lengths);
    ring.call(RegisterCall.REGISTER_BUFFERS, pieces, pieces.count());
  }

  /**
   * Makes a table of so many empty places, 1 to {@link #MOST}. 5.19.
   *
   * @throws UringException EBUSY, EINVAL
   */
  public void registerSparse(int places) {
    ResourceRegistration sparse = ResourceRegistration.sparse(places);
    ring.call(RegisterCall.REGISTER_BUFFERS2, sparse, sparse.bytes());
  }

  /**
   * Makes the table, each place with a tag. 5.13.
   *
   * @param tags one for each piece; zero for none, and for an empty place
   * @throws UringException as {@link #register}
   */
  public void registerTagged(long[] addresses, int[] lengths, long[] tags) {
    FileTable.requireSameLength(addresses.length, tags);
    IoVectors pieces = pieces(addresses, lengths);
    ByteBuffer tagData = RegisterCaller.longs(tags);
    ResourceRegistration table =
        ResourceRegistration.of(pieces.count(), pieces.address(), NativeAddress.of(tagData));
    try {
      ring.call(RegisterCall.REGISTER_BUFFERS2, table, table.bytes());
    } finally {
      Reference.reachabilityFence(pieces);
      Reference.reachabilityFence(tagData);
    }
  }

  /**
   * Replaces the buffers from place {@code first} on. 5.13.
   *
   * @param addresses of the pieces; zero, with a length of zero, to empty a place
   * @param tags one for each piece, or null for none
   * @return how many places were dealt with: fewer than asked if a later one failed
   * @throws UringException if the first failed: ENXIO without a table, EINVAL beyond its end,
   *     EFAULT, ENOMEM
   */
  public int update(int first, long[] addresses, int[] lengths, long @Nullable [] tags) {
    if (tags != null) {
      FileTable.requireSameLength(addresses.length, tags);
    }
    IoVectors pieces = pieces(addresses, lengths);
    ByteBuffer tagData = tags == null ? null : RegisterCaller.longs(tags);
    ResourceUpdate update =
        new ResourceUpdate(
            first,
            pieces.count(),
            pieces.address(),
            tagData == null ? 0 : NativeAddress.of(tagData));
    try {
      return ring.call(RegisterCall.REGISTER_BUFFERS_UPDATE, update, update.bytes());
    } finally {
      Reference.reachabilityFence(pieces);
      Reference.reachabilityFence(tagData);
    }
  }

  /**
   * Removes the table; pages in use by a request stay pinned until it completes. 5.1.
   *
   * @throws UringException ENXIO without a table
   */
  public void unregister() {
    ring.call(RegisterCall.UNREGISTER_BUFFERS);
  }

  /** As {@link #unregister}, when it is the end anyway: zero, or minus an errno. */
  public int tryUnregister() {
    return ring.attempt(RegisterCall.UNREGISTER_BUFFERS);
  }

  /**
   * Makes a table that shares all pinned buffers of another ring of this process. 6.12.
   *
   * @throws UringException EBUSY if there is a table, ENXIO if the other has none
   * @throws IllegalStateException if the other is closed
   */
  public void cloneFrom(Ring source) {
    clone(new BufferCloning(source.openDescriptor(), 0));
  }

  /**
   * Shares some of another ring's buffers, in places of this ring's table, which grows as needed.
   * 6.13.
   *
   * @param sourceFirst the first place there
   * @param first the first place here
   * @param count how many; zero for all from {@code sourceFirst} on
   * @param replace whether there may be a table here, whose buffers in those places are replaced
   * @throws UringException EBUSY, ENXIO, EOVERFLOW, EINVAL beyond the other table's end
   */
  public void cloneFrom(Ring source, int sourceFirst, int first, int count, boolean replace) {
    clone(
        new BufferCloning(source.openDescriptor(), replace ? SOURCE_REPLACES : 0)
            .range(sourceFirst, first, count));
  }

  private void clone(BufferCloning cloning) {
    ring.call(RegisterCall.REGISTER_CLONE_BUFFERS, cloning, 1);
  }

  private static IoVectors pieces(long[] addresses, int[] lengths) {
    if (addresses.length != lengths.length) {
      throw new IllegalArgumentException(lengths.length + " lengths for " + addresses.length);
    }
    IoVectors pieces = new IoVectors(addresses.length);
    for (int index = 0; index < addresses.length; index++) {
      pieces.set(index, addresses[index], lengths[index]);
    }
    return pieces;
  }
}
