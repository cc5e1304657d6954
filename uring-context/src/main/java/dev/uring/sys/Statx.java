package dev.uring.sys;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * What {@code statx(2)} knows of a file, in the layout of {@code linux/stat.h}, which is the same
 * on every architecture. Kernel 4.11; the mount since 5.8, the direct I/O alignment since 6.1.
 */
public final class Statx {
  /** {@code S_IFMT}: the bits of {@link #mode()} that say the kind of file. */
  public static final int KIND_MASK = 0xf000;

  private static final int SIZE = 256;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int BASIC_STATS = 0x7ff;
  private static final int MOUNT_ID = 0x1000;
  private static final int DIRECT_ALIGNMENT = 0x2000;
  private static final byte[] EMPTY_PATH = {0};

  /** {@code STATX_*} bits of everything that is told here. */
  public static final int WANTED = BASIC_STATS | MOUNT_ID | DIRECT_ALIGNMENT;

  private static final int AT_MASK = 0;
  private static final int AT_BLOCK_SIZE = 4;
  private static final int AT_MODE = 28;
  private static final int AT_INODE = 32;
  private static final int AT_SIZE = 40;
  private static final int AT_BLOCKS = 48;
  private static final int AT_MODIFIED = 112;
  private static final int AT_SPECIAL_DEVICE = 128;
  private static final int AT_DEVICE = 136;
  private static final int AT_MOUNT_ID = 144;
  private static final int AT_DIRECT_MEMORY = 152;
  private static final int AT_DIRECT_OFFSET = 156;

  private final Pointer memory;

  /** Empty until one of the calls has succeeded. */
  public Statx() {
    this(FileCalls.allocate(SIZE));
  }

  private Statx(Pointer memory) {
    this.memory = memory;
  }

  /** A view of a {@code struct statx} that somebody else filled in, and keeps in its place. */
  public static Statx at(long address) {
    return new Statx(FileCalls.wrap(address));
  }

  /** Fills in what an open descriptor stands for: 0 or minus the errno. */
  public int ofDescriptor(int fd) {
    return call(fd, EMPTY_PATH, AT_EMPTY_PATH);
  }

  /** Fills in what a path leads to, symbolic links followed: 0 or minus the errno. */
  public int ofPath(byte[] path) {
    return call(FileCalls.AT_FDCWD, path, 0);
  }

  /** Fills in what a path names, a symbolic link itself if it is one: 0 or minus the errno. */
  public int ofName(byte[] path) {
    return call(FileCalls.AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
  }

  private int call(int directory, byte[] path, int flags) {
    return FileCalls.statx(directory, path, flags, WANTED, memory);
  }

  /** Kind and permission bits, {@code st_mode}. */
  public int mode() {
    return Short.toUnsignedInt(memory.getShort(AT_MODE));
  }

  /** Length in bytes; 0 for devices. */
  public long size() {
    return memory.getLong(AT_SIZE);
  }

  /** The number of the file in its file system. */
  public long inode() {
    return memory.getLong(AT_INODE);
  }

  /** Units of 512 bytes that are allocated. */
  public long blocks() {
    return memory.getLong(AT_BLOCKS);
  }

  /** The transfer size that the file system prefers, in bytes. */
  public int preferredTransfer() {
    return memory.getInt(AT_BLOCK_SIZE);
  }

  /** Seconds of the last modification since 1970. */
  public long modifiedSeconds() {
    return memory.getLong(AT_MODIFIED);
  }

  /** Nanoseconds within that second. */
  public int modifiedNanoseconds() {
    return memory.getInt(AT_MODIFIED + 8L);
  }

  /** Major number of the device that the file is, if it is one. */
  public int specialMajor() {
    return memory.getInt(AT_SPECIAL_DEVICE);
  }

  /** Minor number of the device that the file is, if it is one. */
  public int specialMinor() {
    return memory.getInt(AT_SPECIAL_DEVICE + 4L);
  }

  /** Major number of the device that the file lies on. */
  public int deviceMajor() {
    return memory.getInt(AT_DEVICE);
  }

  /** Minor number of the device that the file lies on. */
  public int deviceMinor() {
    return memory.getInt(AT_DEVICE + 4L);
  }

  /** The mount's number, or null if the kernel did not say. */
  public @Nullable Long mountId() {
    return has(MOUNT_ID) ? memory.getLong(AT_MOUNT_ID) : null;
  }

  /** Whether the kernel said anything about direct I/O. */
  public boolean knowsDirectAlignment() {
    return has(DIRECT_ALIGNMENT);
  }

  /** Alignment of memory for direct I/O in bytes, 0 if there is no direct I/O on this file. */
  public int directMemoryAlignment() {
    return memory.getInt(AT_DIRECT_MEMORY);
  }

  /** Alignment of offsets and lengths for direct I/O in bytes, 0 if there is none. */
  public int directOffsetAlignment() {
    return memory.getInt(AT_DIRECT_OFFSET);
  }

  private boolean has(int bit) {
    return (memory.getInt(AT_MASK) & bit) != 0;
  }
}
