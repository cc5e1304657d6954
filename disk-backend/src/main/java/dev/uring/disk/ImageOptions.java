package dev.uring.disk;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How an image shall be opened. Immutable; each method gives another one. The messages name the
 * options as the program spells them.
 */
public final class ImageOptions {
  /** The greatest block size that NBD lets a server ask for, in bytes. */
  public static final int BLOCK_SIZE_MAXIMUM = 65_536;

  /** The longest serial number, as virtio has room for it. */
  public static final int SERIAL_MAXIMUM = 20;

  private static final ImageOptions DEFAULTS =
      new ImageOptions(false, false, 0, -1, "", Duration.ofMillis(500));

  private final boolean readOnly;
  private final boolean direct;
  private final int blockSize;
  private final long createSize;
  private final String serial;
  private final Duration patience;

  private ImageOptions(
      boolean readOnly,
      boolean direct,
      int blockSize,
      long createSize,
      String serial,
      Duration patience) {
    this.readOnly = readOnly;
    this.direct = direct;
    this.blockSize = blockSize;
    this.createSize = createSize;
    this.serial = serial;
    this.patience = patience;
  }

  /** An existing image, to be read and written through the page cache. */
  public static ImageOptions defaults() {
    return DEFAULTS;
  }

  /** Whether the image shall only be read; it can then be shared with others who only read. */
  public ImageOptions withReadOnly(boolean wanted) {
    return new ImageOptions(wanted, direct, blockSize, createSize, serial, patience);
  }

  /** Whether transfers shall go past the page cache ({@code O_DIRECT}). */
  public ImageOptions withDirect(boolean wanted) {
    return new ImageOptions(readOnly, wanted, blockSize, createSize, serial, patience);
  }

  /**
   * The smallest transfer that clients may make.
   *
   * @param bytes a power of two from 1 to 65536
   * @throws DiskException (usage) if it is none
   */
  public ImageOptions withBlockSize(int bytes) {
    if (bytes < 1 || bytes > BLOCK_SIZE_MAXIMUM || Integer.bitCount(bytes) != 1) {
      throw DiskException.usage(
          "--block-size "
              + bytes
              + " is not a block size: it is a power of two from 1 to "
              + BLOCK_SIZE_MAXIMUM
              + ", such as 512 or 4096");
    }
    return new ImageOptions(readOnly, direct, bytes, createSize, serial, patience);
  }

  /**
   * Makes the image, sparse, with the permissions 0600 less the umask. It must not exist.
   *
   * @param bytes its size, 1 or more
   * @throws DiskException (usage) if it is less
   */
  public ImageOptions withCreate(long bytes) {
    if (bytes < 1) {
      throw DiskException.usage(
          "--create " + bytes + " makes an image without room: give a size such as 1G");
    }
    return new ImageOptions(readOnly, direct, blockSize, bytes, serial, patience);
  }

  /**
   * The serial number that guests see, instead of one made from the file's identity.
   *
   * @param text 1 to 20 printable ASCII characters
   * @throws DiskException (usage) if it is anything else
   */
  public ImageOptions withSerial(String text) {
    boolean printable = text.chars().allMatch(c -> c >= ' ' && c <= '~');
    if (text.isEmpty() || text.length() > SERIAL_MAXIMUM || !printable) {
      throw DiskException.usage(
          "--serial takes 1 to " + SERIAL_MAXIMUM + " printable ASCII characters");
    }
    return new ImageOptions(readOnly, direct, blockSize, createSize, text, patience);
  }

  /**
   * How long a lock in the way is waited for before the image is said to be in use; half a second
   * by default. What a killed process held outlives it by some 40 ms.
   *
   * @param longest zero or more
   */
  public ImageOptions withPatience(Duration longest) {
    return new ImageOptions(readOnly, direct, blockSize, createSize, serial, longest);
  }

  /** Whether the image shall only be read. */
  public boolean isReadOnly() {
    return readOnly;
  }

  /** Whether transfers shall go past the page cache. */
  public boolean isDirect() {
    return direct;
  }

  /** The block size asked for in bytes, or 0 if none was. */
  public int blockSize() {
    return blockSize;
  }

  /** The size in bytes of the image to make, or empty to open one that exists. */
  public OptionalLong createSize() {
    return createSize < 0 ? OptionalLong.empty() : OptionalLong.of(createSize);
  }

  /** The serial number asked for. */
  public Optional<String> serial() {
    return serial.isEmpty() ? Optional.empty() : Optional.of(serial);
  }

  /** How long a lock in the way is waited for. */
  public Duration patience() {
    return patience;
  }

  @Override
  public String toString() {
    return "ImageOptions["
        + (readOnly ? "read-only" : "read-write")
        + (direct ? ", direct" : "")
        + (blockSize == 0 ? "" : ", block size " + blockSize)
        + (createSize < 0 ? "" : ", create " + ByteSize.format(createSize))
        + (serial.isEmpty() ? "" : ", serial " + serial)
        + "]";
  }
}
