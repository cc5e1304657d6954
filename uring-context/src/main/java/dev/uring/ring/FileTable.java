package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.ResourceRegistration;
import dev.uring.ring.struct.ResourceUpdate;
import dev.uring.ring.struct.SlotRange;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The table of registered files of a ring: slots that entries name instead of descriptors.
 *
 * <p>The table holds a reference of its own on each file: the descriptor may be closed at once. A
 * slot's <b>tag</b>, if not zero, comes back as the user data of a completion when the file has
 * left its slot and no request uses it any more. A table has at most as many slots as the process
 * may open files, and never more than 1,048,576.
 *
 * <p>On a ring with a single issuer for that thread; else for any. Source: {@code
 * io_uring_register(2)}, {@code io_uring_register_files(3)}.
 */
public final class FileTable {
  /** The most slots of a table. */
  public static final int MOST = 1_048_576;

  /** As a descriptor: the slot is, or becomes, empty. 5.5. */
  public static final int EMPTY = -1;

  /** As a descriptor in an update: the slot stays as it is. 5.12. */
  public static final int KEEP = -2;

  private final RegisterCaller ring;

  FileTable(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Makes the table: slot i gets {@code descriptors[i]}. 5.1; {@link #EMPTY} slots 5.5.
   *
   * @throws UringException EBUSY if there is a table, EMFILE if it is too large, EBADF
   */
  public void register(int... descriptors) {
    ring.call(RegisterCall.REGISTER_FILES, RegisterCaller.ints(descriptors), descriptors.length);
  }

  /**
   * Makes a table of so many empty slots. 5.19.
   *
   * @throws UringException as {@link #register}; EINVAL for none
   */
  public void registerSparse(int slots) {
    ResourceRegistration sparse = ResourceRegistration.sparse(slots);
    ring.call(RegisterCall.REGISTER_FILES2, sparse, sparse.bytes());
  }

  /**
   * Makes the table, each slot with a tag. 5.13.
   *
   * @param tags one for each descriptor; zero for none, and for an empty slot
   * @throws UringException as {@link #register}
   */
  public void registerTagged(int[] descriptors, long[] tags) {
    requireSameLength(descriptors.length, tags);
    ByteBuffer data = RegisterCaller.ints(descriptors);
    ByteBuffer tagData = RegisterCaller.longs(tags);
    ResourceRegistration table =
        ResourceRegistration.of(
            descriptors.length, NativeAddress.of(data), NativeAddress.of(tagData));
    try {
      ring.call(RegisterCall.REGISTER_FILES2, table, table.bytes());
    } finally {
      Reference.reachabilityFence(data);
      Reference.reachabilityFence(tagData);
    }
  }

  /**
   * Replaces the files from slot {@code first} on. What is in flight keeps the file that it began
   * with. 5.5.
   *
   * @param descriptors the new files, {@link #EMPTY} or {@link #KEEP}
   * @return how many slots were dealt with: fewer than asked if a later one failed
   * @throws UringException if the first failed: ENXIO without a table, EINVAL beyond its end, EBADF
   */
  public int update(int first, int... descriptors) {
    ByteBuffer data = RegisterCaller.ints(descriptors);
    ResourceUpdate update = new ResourceUpdate(first, 0, NativeAddress.of(data), 0);
    try {
      return ring.call(RegisterCall.REGISTER_FILES_UPDATE, update, descriptors.length);
    } finally {
      Reference.reachabilityFence(data);
    }
  }

  /**
   * As {@link #update}, with new tags. 5.13.
   *
   * @param tags one for each descriptor, or null for none
   */
  public int updateTagged(int first, int[] descriptors, long @Nullable [] tags) {
    if (tags != null) {
      requireSameLength(descriptors.length, tags);
    }
    ByteBuffer data = RegisterCaller.ints(descriptors);
    ByteBuffer tagData = tags == null ? null : RegisterCaller.longs(tags);
    ResourceUpdate update =
        new ResourceUpdate(
            first,
            descriptors.length,
            NativeAddress.of(data),
            tagData == null ? 0 : NativeAddress.of(tagData));
    try {
      return ring.call(RegisterCall.REGISTER_FILES_UPDATE2, update, update.bytes());
    } finally {
      Reference.reachabilityFence(data);
      Reference.reachabilityFence(tagData);
    }
  }

  /**
   * Empties and removes the table. What is in flight keeps its files. 5.1.
   *
   * @throws UringException ENXIO without a table
   */
  public void unregister() {
    ring.call(RegisterCall.UNREGISTER_FILES);
  }

  /** As {@link #unregister}, when it is the end anyway: zero, or minus an errno. */
  public int tryUnregister() {
    return ring.attempt(RegisterCall.UNREGISTER_FILES);
  }

  /**
   * The slots among which the kernel chooses for {@link DestinationSlot#any}; all of them until
   * this is called. 6.0.
   *
   * @throws UringException EINVAL beyond the table's end, EOVERFLOW
   */
  public void allocationRange(int first, int count) {
    ring.call(RegisterCall.REGISTER_FILE_ALLOC_RANGE, new SlotRange(first, count), 0);
  }

  static void requireSameLength(int count, long[] tags) {
    if (tags.length != count) {
      throw new IllegalArgumentException(tags.length + " tags for " + count);
    }
  }
}
