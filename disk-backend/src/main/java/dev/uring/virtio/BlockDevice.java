package dev.uring.virtio;

import dev.uring.disk.RawDisk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a block device offers, what its driver took of it, and its configuration (5.2).
 *
 * <p>Writes are cached by the host and a FLUSH makes them durable, or each write is durable before
 * it completes. The second is so whenever the driver did not take FLUSH, and when it chose so
 * through CONFIG_WCE; what the {@code writeback} field says is what is done (5.2.6.2).
 *
 * <p>Any thread may call.
 */
public final class BlockDevice {
  /** The length of the configuration in bytes; what is beyond it reads as zeros. */
  public static final int CONFIGURATION_BYTES = BlockFormat.CONFIG_BYTES;

  private static final int GEOMETRY_HEADS = 16;
  private static final int GEOMETRY_SECTORS = 63;

  private final RawDisk disk;
  private final BlockOptions options;
  private final long features;
  private final byte[] identity;

  private volatile ByteBuffer configuration;
  private volatile long sectors;
  private volatile long negotiated;
  private volatile boolean writeBack;
  private int generation;

  /** A device that is this disk. */
  public BlockDevice(RawDisk disk, BlockOptions options) {
    this.disk = disk;
    this.options = options;
    this.features = offer(disk, options);
    this.sectors = measure();
    this.configuration = configure();
    byte[] serial = disk.image().serial().getBytes(StandardCharsets.US_ASCII);
    this.identity = Arrays.copyOf(serial, BlockFormat.ID_BYTES);
    reset();
  }

  private static long offer(RawDisk disk, BlockOptions options) {
    long offered =
        VirtioFeature.mask(
            VirtioFeature.SIZE_MAX,
            VirtioFeature.SEG_MAX,
            VirtioFeature.GEOMETRY,
            VirtioFeature.BLK_SIZE,
            VirtioFeature.FLUSH,
            VirtioFeature.TOPOLOGY,
            VirtioFeature.INDIRECT_DESC,
            VirtioFeature.EVENT_IDX,
            VirtioFeature.VERSION_1);
    offered |=
        disk.isReadOnly()
            ? VirtioFeature.RO.mask()
            : VirtioFeature.mask(
                VirtioFeature.CONFIG_WCE, VirtioFeature.DISCARD, VirtioFeature.WRITE_ZEROES);
    if (options.queues() > 1) {
      offered |= VirtioFeature.MQ.mask();
    }
    return options.isInOrder() ? offered | VirtioFeature.IN_ORDER.mask() : offered;
  }

  private ByteBuffer configure() {
    ByteBuffer bytes = ByteBuffer.allocate(CONFIGURATION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long cylinders = Math.min(sectors / (GEOMETRY_HEADS * GEOMETRY_SECTORS), 0xffff);
    int block = blockSize();
    int blocksWithoutDetour = Math.max(disk.image().preferredBlockSize() / block, 1);
    bytes
        .putLong(BlockFormat.CONFIG_CAPACITY, sectors)
        .putInt(BlockFormat.CONFIG_SIZE_MAX, BlockLimits.SEGMENT_BYTES)
        .putInt(BlockFormat.CONFIG_SEG_MAX, segments())
        .putShort(BlockFormat.CONFIG_CYLINDERS, (short) cylinders)
        .put(BlockFormat.CONFIG_HEADS, (byte) GEOMETRY_HEADS)
        .put(BlockFormat.CONFIG_SECTORS, (byte) GEOMETRY_SECTORS)
        .putInt(BlockFormat.CONFIG_BLK_SIZE, block)
        .put(
            BlockFormat.CONFIG_PHYSICAL_BLOCK_EXP,
            (byte) Integer.numberOfTrailingZeros(blocksWithoutDetour))
        .putShort(BlockFormat.CONFIG_MIN_IO_SIZE, (short) blocksWithoutDetour)
        .putShort(BlockFormat.CONFIG_NUM_QUEUES, (short) options.queues());
    if (!disk.isReadOnly()) {
      bytes
          .putInt(BlockFormat.CONFIG_MAX_DISCARD_SECTORS, BlockLimits.RANGE_SECTORS)
          .putInt(BlockFormat.CONFIG_MAX_DISCARD_SEG, BlockLimits.RANGES)
          .putInt(
              BlockFormat.CONFIG_DISCARD_SECTOR_ALIGNMENT,
              blocksWithoutDetour * (block / BlockFormat.SECTOR))
          .putInt(BlockFormat.CONFIG_MAX_WRITE_ZEROES_SECTORS, BlockLimits.RANGE_SECTORS)
          .putInt(BlockFormat.CONFIG_MAX_WRITE_ZEROES_SEG, BlockLimits.RANGES)
          .put(BlockFormat.CONFIG_WRITE_ZEROES_MAY_UNMAP, (byte) 1);
    }
    return bytes;
  }

  /** Header and status take a descriptor each of a queue without indirect ones. */
  private int segments() {
    return Math.min(BlockLimits.SEGMENTS, options.queueSize() - 2);
  }

  /** The disk. */
  public RawDisk disk() {
    return disk;
  }

  /** How the device was asked to be. */
  public BlockOptions options() {
    return options;
  }

  /** The features that a driver may take. */
  public long features() {
    return features;
  }

  /** The size in sectors of 512 bytes; what is left of an image behind the last is not shown. */
  long sectors() {
    return sectors;
  }

  private long measure() {
    return disk.size() / blockSize() * (blockSize() / BlockFormat.SECTOR);
  }

  /**
   * Takes over the size that the disk has now. The driver is to be told by its transport.
   *
   * @return whether the size has changed
   */
  public synchronized boolean updateCapacity() {
    long found = measure();
    if (found == sectors) {
      return false;
    }
    sectors = found;
    configuration = configure();
    generation++;
    return true;
  }

  /** The smallest transfer in bytes. */
  int blockSize() {
    return Math.max(disk.image().minimumBlockSize(), BlockFormat.SECTOR);
  }

  byte[] identity() {
    return identity;
  }

  /**
   * The driver takes features.
   *
   * @return whether it may: all of them were offered
   */
  public boolean negotiate(long taken) {
    if ((taken & ~features) != 0) {
      return false;
    }
    negotiated = taken;
    writeBack = !options.isWriteThrough() && VirtioFeature.FLUSH.isIn(taken);
    return true;
  }

  /** The features that the driver took. */
  public long negotiated() {
    return negotiated;
  }

  /** Whether each write is durable before it completes. */
  public boolean isWriteThrough() {
    return !writeBack;
  }

  /** Forgets the driver: no features are taken, and the cache is as it was at first. */
  public void reset() {
    negotiated = 0;
    writeBack = !options.isWriteThrough();
  }

  /**
   * One byte of the configuration.
   *
   * @param offset any; what is not there reads as zero
   * @return 0 to 255
   */
  public int readConfiguration(long offset) {
    if (offset < 0 || offset >= CONFIGURATION_BYTES) {
      return 0;
    }
    if (offset == BlockFormat.CONFIG_WRITEBACK) {
      return writeBack ? 1 : 0;
    }
    return Byte.toUnsignedInt(configuration.get((int) offset));
  }

  /**
   * The driver writes one byte of the configuration. It may write {@code writeback} if it took
   * CONFIG_WCE, and turn the cache on only if it took FLUSH; anything else changes nothing.
   *
   * @param offset any
   * @param value of which the low 8 bits count
   */
  public synchronized void writeConfiguration(long offset, int value) {
    long taken = negotiated;
    if (offset == BlockFormat.CONFIG_WRITEBACK && VirtioFeature.CONFIG_WCE.isIn(taken)) {
      boolean wanted = (value & 0xff) != 0 && VirtioFeature.FLUSH.isIn(taken);
      if (wanted != writeBack) {
        writeBack = wanted;
        generation++;
      }
    }
  }

  /** Rises with each change of the configuration, so that a driver can tell a torn look (2.5.1). */
  public synchronized int configurationGeneration() {
    return generation;
  }

  @Override
  public String toString() {
    return "BlockDevice[" + disk + ", " + options + ", took " + VirtioFeature.of(negotiated) + "]";
  }
}
