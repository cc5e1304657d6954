package dev.uring.sys;

import jnr.ffi.Pointer;

/**
 * The requests of {@code linux/fs.h} that a block device answers. The result is the answer, or
 * minus the errno ({@code ENOTTY} from what is not a block device).
 */
public final class BlockDeviceCalls {
  private static final long BLKROGET = 0x125e;
  private static final long BLKSSZGET = 0x1268;
  private static final long BLKPBSZGET = 0x127b;
  private static final long BLKGETSIZE64 = 0x80081272L;

  private BlockDeviceCalls() {}

  /** Size in bytes. */
  public static long size(int fd) {
    Pointer answer = FileCalls.allocate(Long.BYTES);
    int result = FileCalls.ioctl(fd, BLKGETSIZE64, answer);
    return result < 0 ? result : answer.getLong(0);
  }

  /** Logical block size in bytes: the smallest transfer. */
  public static int logicalBlockSize(int fd) {
    return integer(fd, BLKSSZGET);
  }

  /** Physical block size in bytes: the smallest transfer that costs no reading before. */
  public static int physicalBlockSize(int fd) {
    return integer(fd, BLKPBSZGET);
  }

  /** 1 if the device refuses writes, whatever the permissions of its node say; else 0. */
  public static int isReadOnly(int fd) {
    return integer(fd, BLKROGET);
  }

  private static int integer(int fd, long request) {
    Pointer answer = FileCalls.allocate(Integer.BYTES);
    int result = FileCalls.ioctl(fd, request, answer);
    return result < 0 ? result : answer.getInt(0);
  }
}
