package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.BufferRingRegistration;
import dev.uring.ring.struct.BufferRingStatus;
import dev.uring.ring.struct.ProvidedBuffer;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.util.Set;

/**
 * Rings of provided buffers: memory that the kernel may take from when a read or a receive has
 * something to put into it.
 *
 * <p>On a ring with a single issuer for that thread; else for any. Source: {@code
 * io_uring_register(2)}, {@code io_uring_provided_buffers(7)}.
 */
public final class BufferRings {
  private static final long OFFSET_BUFFER_RING = 0x80000000L;
  private static final int GROUP_SHIFT = 16;
  private static final int MOST = 32_768;

  /** Above, the group's number would run into the bits that say what is mapped. */
  private static final int HIGHEST_MAPPED_GROUP = 2047;

  private final RegisterCaller ring;

  BufferRings(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Makes an empty ring of provided buffers for a group. 5.19.
   *
   * @param entries a power of two up to 32,768
   * @param options none, {@link BufferRingOption#KERNEL_MEMORY} (6.4) or {@link
   *     BufferRingOption#INCREMENTAL} (6.12) or both. Kernel memory is for groups up to 2,047,
   *     since no other can be mapped
   * @throws UringException EEXIST if the group has buffers, EINVAL for a bad size or an option that
   *     the kernel lacks, ENOMEM
   */
  public ProvidedBuffers register(BufferGroup group, int entries, Set<BufferRingOption> options) {
    if (entries < 1 || entries > MOST || Integer.bitCount(entries) != 1) {
      throw new IllegalArgumentException(
          "a ring of buffers has a power of two of entries up to " + MOST + ", not " + entries);
    }
    boolean kernelMemory = options.contains(BufferRingOption.KERNEL_MEMORY);
    if (kernelMemory && group.id() > HIGHEST_MAPPED_GROUP) {
      throw new IllegalArgumentException(
          "the kernel's memory can be mapped for groups up to "
              + HIGHEST_MAPPED_GROUP
              + ", not for "
              + group.id());
    }
    int mask = 0;
    for (BufferRingOption option : options) {
      mask |= option.mask();
    }
    long bytes = roundToPages((long) entries * ProvidedBuffer.BYTES);
    long address =
        kernelMemory
            ? registerKernelMemory(group, entries, mask, bytes)
            : registerOwnMemory(group, entries, mask, bytes);
    return new ProvidedBuffers(
        this, group, RawMemory.view(address, Math.toIntExact(bytes)), entries);
  }

  private long registerOwnMemory(BufferGroup group, int entries, int options, long bytes) {
    long address = mapped(UringCalls.mapAnonymous(bytes));
    try {
      register(new BufferRingRegistration(address, entries, group.id(), options));
      return address;
    } catch (UringException e) {
      UringCalls.unmap(address, bytes);
      throw e;
    }
  }

  private long registerKernelMemory(BufferGroup group, int entries, int options, long bytes) {
    register(new BufferRingRegistration(0, entries, group.id(), options));
    try {
      long offset = OFFSET_BUFFER_RING | (long) group.id() << GROUP_SHIFT;
      return mapped(UringCalls.mapRing(ring.descriptor(), bytes, offset));
    } catch (UringException e) {
      unregister(group);
      throw e;
    }
  }

  private void register(BufferRingRegistration registration) {
    ring.call(RegisterCall.REGISTER_PBUF_RING, registration, 1);
  }

  /**
   * Takes the ring of a group away: what is in flight and has a buffer keeps it, what has none yet
   * ends with -ENOBUFS. Its memory is freed by {@link ProvidedBuffers#close}, which calls this.
   * 5.19.
   *
   * @throws UringException ENOENT if the group has no buffers, EINVAL if they are not in a ring
   */
  public void unregister(BufferGroup group) {
    ring.call(
        RegisterCall.UNREGISTER_PBUF_RING, new BufferRingRegistration(0, 0, group.id(), 0), 1);
  }

  int tryUnregister(BufferGroup group) {
    return ring.attempt(
        RegisterCall.UNREGISTER_PBUF_RING, new BufferRingRegistration(0, 0, group.id(), 0), 1);
  }

  /**
   * How far the kernel has come in the ring of a group: a counter of 16 bits that wraps. 6.8.
   *
   * @throws UringException ENOENT if the group has no buffers, EINVAL if they are not in a ring
   */
  public int head(BufferGroup group) {
    BufferRingStatus status = new BufferRingStatus(group.id());
    ring.call(RegisterCall.REGISTER_PBUF_STATUS, status, 1);
    return status.head() & 0xffff;
  }

  private static long mapped(long address) {
    if (address < 0) {
      throw new UringException(
          "mmap of a buffer ring", (int) -address, Unavailability.remedy(-address));
    }
    return address;
  }

  private static long roundToPages(long bytes) {
    long page = RawMemory.pageSize();
    return (bytes + page - 1) / page * page;
  }
}
