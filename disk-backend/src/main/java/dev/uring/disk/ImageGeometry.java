package dev.uring.disk;

import dev.uring.BlockDeviceFacts;
import dev.uring.Descriptor;
import dev.uring.DirectAlignment;
import dev.uring.FileKind;
import dev.uring.FileStatus;
import java.util.Optional;

/**
 * Sizes and alignments of an open image.
 *
 * @param status what the file was when it was opened
 * @param device what it said of itself if it is a block device
 * @param size in bytes
 * @param alignment what transfers must be aligned to
 * @param minimumBlockSize smallest transfer in bytes
 * @param preferredBlockSize smallest transfer without a detour in bytes
 */
record ImageGeometry(
    FileStatus status,
    Optional<BlockDeviceFacts> device,
    long size,
    DirectAlignment alignment,
    int minimumBlockSize,
    int preferredBlockSize) {

  private static final int PAGE = 4096;
  private static final int PREFERRED_MAXIMUM = 1 << 20;
  private static final DirectAlignment NONE = new DirectAlignment(1, 1);

  // What every file system and device in use is content with, for those that do not say.
  private static final DirectAlignment SAFE = new DirectAlignment(PAGE, PAGE);

  /**
   * Measures an image and checks that it fits what was asked.
   *
   * @throws DiskException if it does not
   */
  static ImageGeometry measure(String name, Descriptor image, ImageOptions options) {
    FileStatus status = image.status();
    Optional<BlockDeviceFacts> device =
        status.kind() == FileKind.BLOCK_DEVICE
            ? Optional.of(BlockDeviceFacts.of(image))
            : Optional.empty();
    if (!options.isReadOnly() && device.isPresent() && device.get().isReadOnly()) {
      throw DiskException.failure(
          name + " is a device that refuses writes: serve it with --read-only");
    }
    long size = device.isPresent() ? device.get().size() : status.size();
    if (size == 0) {
      throw DiskException.failure(
          name
              + (device.isPresent()
                  ? " is a device without a medium: put one in, or attach a file to it"
                  : " is empty: enlarge it (truncate -s 1G "
                      + name
                      + "), or remove it and make a new one with --create SIZE"));
    }
    DirectAlignment alignment = options.isDirect() ? direct(name, status, device) : NONE;
    int minimum = minimumBlockSize(name, options, alignment);
    checkMultiple(name, size, minimum, options);
    int preferred = device.map(BlockDeviceFacts::physicalBlockSize).orElse(0);
    return new ImageGeometry(
        status, device, size, alignment, minimum, preferredBlockSize(status, preferred, minimum));
  }

  private static DirectAlignment direct(
      String name, FileStatus status, Optional<BlockDeviceFacts> device) {
    if (status.isDirectImpossible()) {
      throw noDirect(name);
    }
    return status
        .directAlignment()
        .or(() -> device.map(d -> new DirectAlignment(d.logicalBlockSize(), d.logicalBlockSize())))
        .orElse(SAFE);
  }

  static DiskException noDirect(String name) {
    return DiskException.failure(
        name
            + " lies on a file system without direct I/O: leave --direct out, or move the image to"
            + " one that has it, such as ext4 or XFS");
  }

  private static int minimumBlockSize(
      String name, ImageOptions options, DirectAlignment alignment) {
    int asked = options.blockSize();
    if (asked != 0 && asked < alignment.offset()) {
      throw DiskException.usage(
          "--block-size "
              + asked
              + " is less than the "
              + alignment.offset()
              + " bytes that direct I/O on "
              + name
              + " needs: leave --block-size or --direct out");
    }
    return Math.max(asked, alignment.offset());
  }

  private static void checkMultiple(String name, long size, int minimum, ImageOptions options) {
    if (size % minimum != 0) {
      String why = options.blockSize() == minimum ? "--block-size" : "which direct I/O on it needs";
      throw DiskException.failure(
          name
              + " has "
              + size
              + " bytes, which is not a multiple of the block size of "
              + minimum
              + " ("
              + why
              + "): leave that option out, or round the image up (truncate -s %"
              + minimum
              + " "
              + name
              + ")");
    }
  }

  private static int preferredBlockSize(FileStatus status, int physicalBlock, int minimum) {
    int wish = physicalBlock > 0 ? physicalBlock : status.preferredTransfer();
    boolean usable = Integer.bitCount(wish) == 1 && wish > 0 && wish <= PREFERRED_MAXIMUM;
    return Math.max(Math.max(usable ? wish : PAGE, PAGE), minimum);
  }
}
