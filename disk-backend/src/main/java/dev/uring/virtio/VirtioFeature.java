package dev.uring.virtio;

import java.util.EnumSet;
import java.util.Set;

/**
 * The feature bits that this device knows (5.2.3 and 6). LIFETIME and SECURE_ERASE are not among
 * them: a file can neither tell its wear nor promise that old data is gone.
 */
public enum VirtioFeature {
  /** The configuration says how long a segment may be. */
  SIZE_MAX(1),
  /** The configuration says how many segments a request may have. */
  SEG_MAX(2),
  /** The configuration has cylinders, heads and sectors, for drivers of another age. */
  GEOMETRY(4),
  /** The disk can only be read. */
  RO(5),
  /** The configuration has the block size. */
  BLK_SIZE(6),
  /** The device has flush requests, and need not be durable without one. */
  FLUSH(9),
  /** The configuration says which transfers cost no detour. */
  TOPOLOGY(10),
  /** The driver can see and choose whether the device caches writes. */
  CONFIG_WCE(11),
  /** The device has several queues. */
  MQ(12),
  /** The device takes discards. */
  DISCARD(13),
  /** The device takes requests that write zeros. */
  WRITE_ZEROES(14),
  /** VIRTIO_F_INDIRECT_DESC: descriptors may lie in tables of their own. */
  INDIRECT_DESC(28),
  /** VIRTIO_F_EVENT_IDX: each side says at which index it wants to be told. */
  EVENT_IDX(29),
  /** The device is as the specification has it since version 1. */
  VERSION_1(32),
  /** Buffers are used in the order in which they were made available. */
  IN_ORDER(35);

  private final long mask;

  VirtioFeature(int bit) {
    mask = 1L << bit;
  }

  /** The bit. */
  public long mask() {
    return mask;
  }

  /** Whether a set of bits has this one. */
  public boolean isIn(long features) {
    return (features & mask) != 0;
  }

  /** The bits of several features. */
  public static long mask(VirtioFeature... features) {
    long bits = 0;
    for (VirtioFeature feature : features) {
      bits |= feature.mask;
    }
    return bits;
  }

  /** The features among some bits, for people to read. */
  public static Set<VirtioFeature> of(long bits) {
    Set<VirtioFeature> set = EnumSet.noneOf(VirtioFeature.class);
    for (VirtioFeature feature : values()) {
      if (feature.isIn(bits)) {
        set.add(feature);
      }
    }
    return set;
  }
}
