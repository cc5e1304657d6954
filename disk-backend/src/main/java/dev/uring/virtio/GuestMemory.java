package dev.uring.virtio;

import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Where a guest's physical addresses lie in this process: regions in order, immutable. A range is
 * looked up as a whole, in time that grows with the logarithm of the number of windows.
 *
 * <p>Memory that comes or goes makes another map; a queue goes over to it when it is {@linkplain
 * BlockQueue#changeMemory told}. Any thread may call.
 */
public final class GuestMemory {
  /** A map without memory. */
  public static final GuestMemory EMPTY = new GuestMemory(List.of());

  private final List<GuestRegion> regions;
  private final boolean canShrink;

  // One element a window, in the order of the addresses.
  private final long[] starts;
  private final NativeMemory[] windows;
  private final ByteBuffer[] bytes;

  private GuestMemory(List<GuestRegion> regions) {
    this.regions = regions;
    canShrink = regions.stream().anyMatch(GuestRegion::canShrink);
    int count = regions.stream().mapToInt(region -> region.windows().size()).sum();
    starts = new long[count];
    windows = new NativeMemory[count];
    bytes = new ByteBuffer[count];
    int index = 0;
    for (GuestRegion region : regions) {
      long start = region.guestAddress();
      for (NativeMemory window : region.windows()) {
        starts[index] = start;
        windows[index] = window;
        bytes[index] = window.buffer().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        start += region.step();
        index++;
      }
    }
  }

  /** As {@link #of(List)}. */
  public static GuestMemory of(GuestRegion... regions) {
    return of(List.of(regions));
  }

  /**
   * A map of regions, in any order.
   *
   * @throws IllegalArgumentException if two of them overlap
   */
  public static GuestMemory of(List<GuestRegion> regions) {
    List<GuestRegion> sorted =
        regions.stream().sorted(Comparator.comparingLong(GuestRegion::guestAddress)).toList();
    for (int index = 1; index < sorted.size(); index++) {
      GuestRegion before = sorted.get(index - 1);
      if (sorted.get(index).guestAddress() - before.guestAddress() < before.length()) {
        throw new IllegalArgumentException(before + " and " + sorted.get(index) + " overlap");
      }
    }
    return new GuestMemory(sorted);
  }

  /** The regions, by address. */
  public List<GuestRegion> regions() {
    return regions;
  }

  /**
   * To be called by whoever has touched the memory, before doing anything else.
   *
   * @throws InternalError if it was not there
   */
  void surfaceFault() {
    GuestFault.surface(canShrink);
  }

  /** The window that holds all of a range, or -1. The length is above zero. */
  int find(long address, long length) {
    int window = windowAt(address);
    if (window < 0) {
      return -1;
    }
    long position = address - starts[window];
    int size = windows[window].length();
    return position < size && length <= size - position ? window : -1;
  }

  /** The window in which an address must lie, if it lies anywhere; -1 below all windows. */
  private int windowAt(long address) {
    int found = Arrays.binarySearch(starts, address);
    return found >= 0 ? found : -found - 2;
  }

  /** A window's bytes, little-endian. */
  ByteBuffer bytes(int window) {
    return bytes[window];
  }

  NativeMemory memory(int window) {
    return windows[window];
  }

  /** Where in its window an address lies. */
  int position(int window, long address) {
    return (int) (address - starts[window]);
  }

  /**
   * Adds a range to a list, in several pieces where windows or regions meet.
   *
   * @param address any 64 bits
   * @param length above zero
   * @return whether all of it lies in this memory; otherwise pieces may have been added
   */
  boolean addTo(MemoryVector pieces, long address, long length) {
    long from = address;
    long rest = length;
    while (rest > 0) {
      int window = windowAt(from);
      if (window < 0) {
        return false;
      }
      long position = from - starts[window];
      long there = windows[window].length() - position;
      if (there <= 0) {
        return false;
      }
      int taken = (int) Math.min(rest, there);
      if (pieces.count() < MemoryVector.MAXIMUM_PIECES) {
        pieces.add(windows[window], (int) position, taken);
      }
      from += taken;
      rest -= taken;
    }
    return true;
  }

  /**
   * A view of a range that lies in one region, little-endian; for rings.
   *
   * @param address a physical address of the guest
   * @param length in bytes, 1 to 512 MiB
   * @throws IllegalArgumentException if it does not lie in one region
   */
  ByteBuffer view(long address, int length) {
    int window = find(address, length);
    if (window < 0) {
      throw new IllegalArgumentException(
          length
              + " bytes from "
              + Long.toHexString(address)
              + " do not lie in one region of the guest's memory");
    }
    return bytes[window].slice(position(window, address), length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The guest's physical address for an address of the process that runs the guest.
   *
   * @throws IllegalArgumentException if no region has it
   */
  public long guestAddress(long frontEndAddress) {
    for (GuestRegion region : regions) {
      long distance = frontEndAddress - region.frontEndAddress();
      if (Long.compareUnsigned(distance, region.length()) < 0) {
        return region.guestAddress() + distance;
      }
    }
    throw new IllegalArgumentException(
        "no region has the front end's address " + Long.toHexString(frontEndAddress));
  }

  @Override
  public String toString() {
    return "GuestMemory" + regions;
  }
}
