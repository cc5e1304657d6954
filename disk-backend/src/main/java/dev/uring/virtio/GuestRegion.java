package dev.uring.virtio;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.NativeMemory;
import dev.uring.SharedMapping;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of a guest's physical addresses, and the memory behind it.
 *
 * <p>The memory is seen through windows, since a buffer holds less than 2 GiB. Each is 1 GiB long
 * at most and begins 512 MiB after the one before, so that whatever is no longer than that and lies
 * in the region lies in one window whole, rings among it.
 *
 * <p>Immutable but for the bytes and {@link #close}; any thread may call.
 */
public final class GuestRegion implements AutoCloseable {
  /** What rings ask of their addresses at most, in bytes (2.7, table "alignment"). */
  static final int ALIGNMENT = 16;

  private static final int WINDOW_STEP = 512 << 20;

  private final long guestAddress;
  private final long frontEndAddress;
  private final long length;
  private final int step;
  private final boolean canShrink;
  private final List<NativeMemory> windows;
  private final List<SharedMapping> mappings;

  private GuestRegion(
      long guestAddress,
      long frontEndAddress,
      long length,
      int step,
      boolean canShrink,
      List<NativeMemory> windows,
      List<SharedMapping> mappings) {
    this.guestAddress = guestAddress;
    this.frontEndAddress = frontEndAddress;
    this.length = length;
    this.step = step;
    this.canShrink = canShrink;
    this.windows = List.copyOf(windows);
    this.mappings = List.copyOf(mappings);
  }

  /**
   * A region in a file that somebody shares, such as the memory of a virtual machine.
   *
   * @param guestAddress its first physical address in the guest, 0 or more
   * @param frontEndAddress where the process that runs the guest has it; for transports that name
   *     rings so
   * @param length in bytes, above zero
   * @param file open for reading and writing; it may be closed afterwards
   * @param fileOffset of the region's first byte in the file
   * @throws dev.uring.ring.UringException if the kernel refuses; then nothing stays mapped
   * @throws IllegalArgumentException if the range wraps, lies outside the file, or is so placed
   *     that rings in it could not be aligned
   */
  public static GuestRegion map(
      long guestAddress, long frontEndAddress, long length, Descriptor file, long fileOffset) {
    return map(guestAddress, frontEndAddress, length, file, fileOffset, WINDOW_STEP);
  }

  /** As the other, with windows of a size that tests can afford. */
  static GuestRegion map(
      long guestAddress,
      long frontEndAddress,
      long length,
      Descriptor file,
      long fileOffset,
      int step) {
    checkRange(guestAddress, length);
    if (fileOffset < 0 || fileOffset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "a region of " + length + " bytes from " + fileOffset + " is in no file");
    }
    List<SharedMapping> mappings = new ArrayList<>();
    List<NativeMemory> windows = new ArrayList<>();
    try {
      for (long start = 0; start < length; start += step) {
        int size = (int) Math.min(2L * step, length - start);
        SharedMapping mapping = SharedMapping.map(file, fileOffset + start, size);
        mappings.add(mapping);
        windows.add(mapping.memory());
        checkAlignment(guestAddress + start, mapping.memory());
      }
      boolean canShrink = !DescriptorSocket.isSealedAgainstShrinking(file);
      return new GuestRegion(
          guestAddress, frontEndAddress, length, step, canShrink, windows, mappings);
    } catch (RuntimeException | Error e) {
      mappings.forEach(SharedMapping::close);
      throw e;
    }
  }

  /**
   * A region in memory of this process, such as an emulator's own.
   *
   * @param guestAddress its first physical address in the guest, 0 or more
   * @param direct a direct buffer that can be written, from its position to its limit; the memory
   *     is held for as long as anything may use it
   * @throws IllegalArgumentException if the buffer is on the heap, read-only, empty, or so placed
   *     that rings in it could not be aligned: the address in the guest and the one in this process
   *     must agree modulo 16
   */
  public static GuestRegion of(long guestAddress, ByteBuffer direct) {
    checkRange(guestAddress, direct.remaining());
    NativeMemory memory = NativeMemory.of(direct);
    if (memory.isReadOnly()) {
      throw new IllegalArgumentException("the guest's memory is a buffer that is read-only");
    }
    checkAlignment(guestAddress, memory);
    return new GuestRegion(
        guestAddress,
        guestAddress,
        memory.length(),
        WINDOW_STEP,
        /* canShrink= */ false,
        windows(memory),
        List.of());
  }

  private static List<NativeMemory> windows(NativeMemory memory) {
    List<NativeMemory> windows = new ArrayList<>();
    for (long start = 0; start < memory.length(); start += WINDOW_STEP) {
      int size = (int) Math.min(2L * WINDOW_STEP, memory.length() - start);
      windows.add(memory.slice((int) start, size));
    }
    return windows;
  }

  private static void checkRange(long guestAddress, long length) {
    if (guestAddress < 0 || length < 1 || guestAddress > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException(
          "a region of "
              + length
              + " bytes from "
              + Long.toHexString(guestAddress)
              + " is none: it begins at 0 or above, has bytes, and ends below 2^63");
    }
  }

  private static void checkAlignment(long guestAddress, NativeMemory memory) {
    if (memory.buffer().alignmentOffset(0, ALIGNMENT) != guestAddress % ALIGNMENT) {
      throw new IllegalArgumentException(
          "the region at "
              + Long.toHexString(guestAddress)
              + " lies in memory of another alignment, where rings could not be used; let both"
              + " addresses agree modulo "
              + ALIGNMENT);
    }
  }

  /** The first physical address in the guest. */
  public long guestAddress() {
    return guestAddress;
  }

  /** The first address in the process that runs the guest. */
  public long frontEndAddress() {
    return frontEndAddress;
  }

  /** The length in bytes. */
  public long length() {
    return length;
  }

  /** Whether the file beneath could become shorter ({@code F_SEAL_SHRINK}). */
  boolean canShrink() {
    return canShrink;
  }

  int step() {
    return step;
  }

  List<NativeMemory> windows() {
    return windows;
  }

  /**
   * Lets go of a mapped file at once; an emulator's buffer is only no longer referred to. To be
   * called when every queue has {@linkplain BlockQueue#changeMemory let go} of the region: requests
   * that still use it would read zeros.
   */
  @Override
  public void close() {
    mappings.forEach(SharedMapping::close);
  }

  @Override
  public String toString() {
    return "GuestRegion[" + length + " bytes at " + Long.toHexString(guestAddress) + "]";
  }
}
