package dev.uring;

import java.util.Arrays;

/** A pipe, for reads that do not end before somebody writes. */
record Pipe(Descriptor readEnd, Descriptor writeEnd) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;

  static Pipe open() {
    int[] ends = new int[2];
    Calls.check("pipe2", LinuxCalls.C.pipe2(ends, O_CLOEXEC));
    return new Pipe(Descriptor.own(ends[0], "read end"), Descriptor.own(ends[1], "write end"));
  }

  /** Writes all of it, without any ring. */
  void write(byte... bytes) {
    int fd = writeEnd.acquire();
    try {
      byte[] rest = bytes;
      while (rest.length > 0) {
        int count = (int) Calls.check("write", LinuxCalls.C.write(fd, rest, rest.length));
        rest = Arrays.copyOfRange(rest, count, rest.length);
      }
    } finally {
      writeEnd.release();
    }
  }

  /** Reads a byte, without any ring, and waits for it. */
  byte read() {
    int fd = readEnd.acquire();
    try {
      byte[] one = new byte[1];
      if (Calls.check("read", LinuxCalls.C.read(fd, one, 1)) != 1) {
        throw new AssertionError("nobody writes any more");
      }
      return one[0];
    } finally {
      readEnd.release();
    }
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
