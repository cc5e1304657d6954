package dev.uring.sys;

import jnr.ffi.Pointer;

/**
 * One {@code struct flock} and the calls on it, for locks of an open file description (kernel 3.15,
 * {@code fcntl(2)}). The layout is that of every 64-bit architecture.
 */
public final class RangeLock {
  public static final short F_RDLCK = 0;
  public static final short F_WRLCK = 1;
  public static final short F_UNLCK = 2;

  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;

  private static final int SIZE = 32;
  private static final int AT_TYPE = 0;
  private static final int AT_START = 8;
  private static final int AT_LENGTH = 16;
  private static final int AT_PROCESS = 24;

  // l_whence stays 0: SEEK_SET. The kernel wants l_pid 0 in both calls.
  private final Pointer memory = FileCalls.allocate(SIZE);

  /**
   * A request for a range.
   *
   * @param type {@link #F_RDLCK}, {@link #F_WRLCK} or {@link #F_UNLCK}
   * @param start the first byte
   * @param length how many, 0 for all up to the greatest offset
   */
  public RangeLock(short type, long start, long length) {
    memory.putShort(AT_TYPE, type);
    memory.putLong(AT_START, start);
    memory.putLong(AT_LENGTH, length);
  }

  /**
   * Takes or drops the lock without waiting: 0, or minus {@code EAGAIN} if another one conflicts.
   */
  public int set(int fd) {
    return FileCalls.fcntl(fd, F_OFD_SETLK, memory);
  }

  /**
   * Asks who would conflict, and overwrites this request with the answer: type {@link #F_UNLCK} if
   * nobody.
   */
  public int test(int fd) {
    return FileCalls.fcntl(fd, F_OFD_GETLK, memory);
  }

  /** The type asked for, or found by {@link #test}. */
  public short type() {
    return memory.getShort(AT_TYPE);
  }

  /** The first byte. */
  public long start() {
    return memory.getLong(AT_START);
  }

  /** How many bytes, 0 for all up to the greatest offset. */
  public long length() {
    return memory.getLong(AT_LENGTH);
  }

  /** The holder's process, or -1 if an open file description holds it. */
  public int process() {
    return memory.getInt(AT_PROCESS);
  }
}
