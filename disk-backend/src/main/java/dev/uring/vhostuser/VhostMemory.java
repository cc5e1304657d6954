package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.FileKind;
import dev.uring.ring.UringException;
import dev.uring.virtio.GuestMemory;
import dev.uring.virtio.GuestRegion;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * The guest's memory as the front end has described it so far. Regions that go are closed when no
 * queue uses them any more. For the connection's thread.
 */
final class VhostMemory {
  /** How many regions there may be; QEMU has as many as its guest has memory devices. */
  static final int MOST_REGIONS = 64;

  private static final Logger LOGGER = System.getLogger(VhostMemory.class.getName());

  /** 4 TiB: a sparse file of any length costs nothing, a mapping of it does. */
  private static final long MOST_BYTES = 1L << 42;

  private final VhostQueues queues;
  private final boolean sealedOnly;
  private GuestMemory memory = GuestMemory.EMPTY;
  private boolean warned;

  /**
   * @param queues told of each change
   * @param sealedOnly whether files that could become shorter are refused
   */
  VhostMemory(VhostQueues queues, boolean sealedOnly) {
    this.queues = queues;
    this.sealedOnly = sealedOnly;
  }

  GuestMemory memory() {
    return memory;
  }

  /** Replaces all of it, by SET_MEM_TABLE. */
  void replace(VhostMessage message) {
    var payload = message.payload(VhostProtocol.REGION_HEADER_BYTES);
    int count = payload.getInt(payload.position());
    if (Integer.compareUnsigned(count, VhostProtocol.TABLE_REGIONS) > 0) {
      throw new VhostException(
          "a table of "
              + Integer.toUnsignedString(count)
              + " regions is longer than "
              + VhostProtocol.TABLE_REGIONS);
    }
    message.payload(VhostProtocol.REGION_HEADER_BYTES + count * VhostProtocol.REGION_BYTES);
    payload.position(payload.position() + VhostProtocol.REGION_HEADER_BYTES);
    List<GuestRegion> made = new ArrayList<>();
    try {
      long total = 0;
      for (int index = 0; index < count; index++) {
        RegionRequest request = RegionRequest.read(payload);
        total = addedUp(total, request);
        made.add(map(request, message));
      }
      change(made, memory.regions());
    } catch (VhostException e) {
      made.forEach(GuestRegion::close);
      throw e;
    }
  }

  /** Adds a region, by ADD_MEM_REG. */
  void add(VhostMessage message) {
    RegionRequest request = single(message);
    if (memory.regions().size() >= MOST_REGIONS) {
      throw new VhostException("there are " + MOST_REGIONS + " regions already, and no more fit");
    }
    long total = memory.regions().stream().mapToLong(GuestRegion::length).sum();
    long unused = addedUp(total, request);
    GuestRegion made = map(request, message);
    try {
      List<GuestRegion> all = new ArrayList<>(memory.regions());
      all.add(made);
      change(all, List.of());
    } catch (VhostException e) {
      made.close();
      throw e;
    }
  }

  /** Takes a region away, by REM_MEM_REG; when this returns nothing of it is in use. */
  void remove(VhostMessage message) {
    RegionRequest request = single(message);
    for (GuestRegion region : memory.regions()) {
      if (request.names(region)) {
        List<GuestRegion> rest = new ArrayList<>(memory.regions());
        rest.remove(region);
        change(rest, List.of(region));
        return;
      }
    }
    throw new VhostException(request + " is not there and cannot be removed");
  }

  private static RegionRequest single(VhostMessage message) {
    var payload = message.payload(VhostProtocol.REGION_HEADER_BYTES + VhostProtocol.REGION_BYTES);
    payload.position(payload.position() + VhostProtocol.REGION_HEADER_BYTES);
    return RegionRequest.read(payload);
  }

  private static long addedUp(long total, RegionRequest request) {
    if (Long.compareUnsigned(request.length(), MOST_BYTES - total) > 0) {
      throw new VhostException(request + " makes the guest larger than " + MOST_BYTES + " bytes");
    }
    return total + request.length();
  }

  private GuestRegion map(RegionRequest request, VhostMessage message) {
    try (Descriptor file = message.takeDescriptor()) {
      // Anything else could be mapped past its end, where nobody could have checked it.
      if (file.status().kind() != FileKind.REGULAR) {
        throw new VhostException(request + " lies in something that is not a file of memory");
      }
      checkSeal(request, file);
      return request.map(file);
    } catch (IllegalArgumentException | UringException e) {
      throw new VhostException(request + " cannot be mapped: " + e.getMessage(), e);
    }
  }

  private void checkSeal(RegionRequest request, Descriptor file) {
    if (DescriptorSocket.isSealedAgainstShrinking(file)) {
      return;
    }
    if (sealedOnly) {
      throw new VhostException(
          request + " lies in a file that is not sealed against becoming shorter (F_SEAL_SHRINK)");
    }
    if (!warned) {
      warned = true;
      LOGGER.log(
          Level.WARNING,
          "{0} lies in a file that is not sealed against becoming shorter: should it, the queues"
              + " of this front end break",
          request);
    }
  }

  private void change(List<GuestRegion> regions, List<GuestRegion> leaving) {
    GuestMemory next;
    try {
      next = GuestMemory.of(regions);
    } catch (IllegalArgumentException e) {
      throw new VhostException(String.valueOf(e.getMessage()), e);
    }
    queues.changeMemory(next);
    memory = next;
    leaving.forEach(GuestRegion::close);
  }

  /** Lets go of everything, when the front end is gone. */
  void clear() {
    change(List.of(), memory.regions());
  }
}
