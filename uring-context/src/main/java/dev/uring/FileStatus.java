package dev.uring;

import dev.uring.sys.NativePath;
import dev.uring.sys.Statx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a file was at one moment, as {@code statx(2)} tells it. Immutable.
 *
 * @see Descriptor#status()
 */
public final class FileStatus {
  private static final int PERMISSION_BITS = 07777;
  private static final long ALLOCATION_UNIT = 512;

  private final FileKind kind;
  private final int permissions;
  private final long size;
  private final long allocated;
  private final long inode;
  private final DeviceNumber device;
  private final DeviceNumber specialDevice;
  private final Instant modified;
  private final int preferredTransfer;
  private final Optional<DirectAlignment> directAlignment;
  private final boolean directImpossible;
  private final OptionalLong mountId;

  FileStatus(Statx statx) {
    kind = FileKind.of(statx.mode() & Statx.KIND_MASK);
    permissions = statx.mode() & PERMISSION_BITS;
    size = statx.size();
    allocated = statx.blocks() * ALLOCATION_UNIT;
    inode = statx.inode();
    device = new DeviceNumber(statx.deviceMajor(), statx.deviceMinor());
    specialDevice = new DeviceNumber(statx.specialMajor(), statx.specialMinor());
    modified = instant(statx.modifiedSeconds(), statx.modifiedNanoseconds());
    preferredTransfer = statx.preferredTransfer();
    boolean known = statx.knowsDirectAlignment();
    directImpossible = known && statx.directOffsetAlignment() == 0;
    directAlignment =
        known && !directImpossible
            ? Optional.of(
                new DirectAlignment(statx.directMemoryAlignment(), statx.directOffsetAlignment()))
            : Optional.empty();
    Long mount = statx.mountId();
    mountId = mount == null ? OptionalLong.empty() : OptionalLong.of(mount);
  }

  /** A file says of itself what it was told: also times that Java has no word for. */
  private static Instant instant(long seconds, long nanoseconds) {
    if (seconds > Instant.MAX.getEpochSecond()) {
      return Instant.MAX;
    }
    return seconds < Instant.MIN.getEpochSecond()
        ? Instant.MIN
        : Instant.ofEpochSecond(seconds, nanoseconds);
  }

  /**
   * What a path leads to, without opening it: nothing that opening does to pipes and devices
   * happens, and no permission on the file itself is needed.
   *
   * @param path the file; symbolic links are followed
   * @throws dev.uring.ring.UringException if the kernel refuses, {@code ENOENT} if there is nothing
   * @throws IllegalArgumentException if the path cannot be encoded or has a NUL
   */
  public static FileStatus of(Path path) {
    Statx statx = new Statx();
    Calls.check("statx of " + path, statx.ofPath(NativePath.bytes(path)));
    return new FileStatus(statx);
  }

  /** Whether both are the same file, under whatever names. */
  public boolean isSameFile(FileStatus other) {
    return inode == other.inode && device.equals(other.device);
  }

  /** What kind of thing it is. */
  public FileKind kind() {
    return kind;
  }

  /** Permission bits, 0 to 07777. */
  public int permissions() {
    return permissions;
  }

  /** Length in bytes; 0 for a block device, whose size {@link BlockDeviceFacts} has. */
  public long size() {
    return size;
  }

  /** Bytes that the file takes up, in whole units of 512; less than the size if it is sparse. */
  public long allocated() {
    return allocated;
  }

  /** The file's number in its file system, an unsigned value. */
  public long inode() {
    return inode;
  }

  /** The device that the file's file system lies on; with the inode it names the file. */
  public DeviceNumber device() {
    return device;
  }

  /** The device that the file is, if it is one; else 0:0. */
  public DeviceNumber specialDevice() {
    return specialDevice;
  }

  /** When the content was last changed. */
  public Instant modified() {
    return modified;
  }

  /** The transfer size in bytes that the file system recommends. */
  public int preferredTransfer() {
    return preferredTransfer;
  }

  /**
   * What direct I/O on this file must be aligned to. Empty if there is none ({@link
   * #isDirectImpossible()}), or if the kernel does not say: before Linux 6.1 and on file systems
   * that never learned to.
   */
  public Optional<DirectAlignment> directAlignment() {
    return directAlignment;
  }

  /** Whether the kernel says outright that this file has no direct I/O. */
  public boolean isDirectImpossible() {
    return directImpossible;
  }

  /**
   * The mount that the file was reached through, as in {@code /proc/self/mountinfo}. Empty before
   * Linux 5.8.
   */
  public OptionalLong mountId() {
    return mountId;
  }

  @Override
  public String toString() {
    return "FileStatus["
        + kind
        + String.format(", mode %04o, %d bytes, %d allocated", permissions, size, allocated)
        + ", inode "
        + Long.toUnsignedString(inode)
        + " on "
        + device
        + "]";
  }
}
