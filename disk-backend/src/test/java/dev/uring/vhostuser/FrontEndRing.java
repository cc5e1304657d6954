package dev.uring.vhostuser;

import dev.uring.Descriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * One queue of a front end's, with one request at a time.
 *
 * <pre>
 *   0x0000 descriptors   0x1000 available   0x2000 used   0x3000 header   0x3800 status
 *   0x4000 data, 4 KiB; the next queue begins at 0x8000
 * </pre>
 */
final class FrontEndRing implements AutoCloseable {
  static final int SIZE = 16;
  static final int IN = 0;
  static final int OUT = 1;
  static final int FLUSH = 4;
  static final int DATA_BYTES = 4096;

  private static final VarHandle SHORT =
      MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SPACE = 0x8000;
  private static final int AVAILABLE = 0x1000;
  private static final int USED = 0x2000;
  private static final int HEADER = 0x3000;
  private static final int STATUS = 0x3800;
  private static final int DATA = 0x4000;
  private static final int NEXT = 1;
  private static final int WRITE = 2;

  final int index;
  final Descriptor kick = Descriptor.eventFd(0);
  final Descriptor call = Descriptor.eventFd(0);
  private final FrontEnd frontEnd;
  private final ByteBuffer memory;
  private final int base;

  FrontEndRing(FrontEnd frontEnd, int index) {
    this.frontEnd = frontEnd;
    this.index = index;
    memory = frontEnd.memory;
    base = index * SPACE;
  }

  /** NUM, BASE and ADDR. */
  void describe() {
    frontEnd.send(VhostProtocol.SET_VRING_NUM, FrontEnd.state(index, SIZE));
    frontEnd.send(VhostProtocol.SET_VRING_BASE, FrontEnd.state(index, usedIndex()));
    frontEnd.send(VhostProtocol.SET_VRING_ADDR, addresses(FrontEnd.USER + base));
  }

  ByteBuffer addresses(long user) {
    return FrontEnd.payload(40)
        .putInt(0, index)
        .putLong(8, user)
        .putLong(16, user + USED)
        .putLong(24, user + AVAILABLE);
  }

  /** CALL and KICK. */
  void giveDescriptors() {
    frontEnd.send(VhostProtocol.SET_VRING_CALL, FrontEnd.number(index), call);
    frontEnd.send(VhostProtocol.SET_VRING_KICK, FrontEnd.number(index), kick);
  }

  void giveNoDescriptors() {
    frontEnd.send(VhostProtocol.SET_VRING_CALL, FrontEnd.number(index | 0x100));
    frontEnd.send(VhostProtocol.SET_VRING_KICK, FrontEnd.number(index | 0x100));
  }

  void enable(boolean wanted) {
    frontEnd.send(VhostProtocol.SET_VRING_ENABLE, FrontEnd.state(index, wanted ? 1 : 0));
  }

  private static long guest(int position) {
    return FrontEnd.GUEST + position;
  }

  private void descriptor(int number, int position, int length, int flags) {
    int at = base + 16 * number;
    memory.putLong(at, guest(position)).putInt(at + 8, length);
    memory.putShort(at + 12, (short) flags).putShort(at + 14, (short) (number + 1));
  }

  /** Puts a request before the device, which is not told. */
  void offer(int type, long sector, int length) {
    memory.putInt(base + HEADER, type).putInt(base + HEADER + 4, 0);
    memory.putLong(base + HEADER + 8, sector).put(base + STATUS, (byte) 0xff);
    descriptor(0, base + HEADER, 16, NEXT);
    if (length > 0) {
      descriptor(1, base + DATA, length, NEXT | (type == IN ? WRITE : 0));
      descriptor(2, base + STATUS, 1, WRITE);
    } else {
      descriptor(1, base + STATUS, 1, WRITE);
    }
    offerHead(0);
  }

  void offerHead(int head) {
    int next = get(base + AVAILABLE + 2);
    memory.putShort(base + AVAILABLE + 4 + 2 * (next % SIZE), (short) head);
    // With EVENT_IDX: tell us of this one.
    memory.putShort(base + AVAILABLE + 4 + 2 * SIZE, (short) next);
    showIndex(next + 1);
  }

  void showIndex(int available) {
    SHORT.setRelease(memory, base + AVAILABLE + 2, (short) available);
    VarHandle.fullFence();
  }

  private int get(int position) {
    return Short.toUnsignedInt((short) SHORT.getAcquire(memory, position));
  }

  int availableIndex() {
    return get(base + AVAILABLE + 2);
  }

  int usedIndex() {
    return get(base + USED + 2);
  }

  void kick() {
    ByteBuffer one = FrontEnd.number(1);
    frontEnd.context.addWrite(kick, one, 0, 1);
    await(8);
  }

  /** Waits until the device calls. */
  void awaitCall() {
    frontEnd.context.addRead(call, FrontEnd.payload(8), 0, 2);
    await(8);
  }

  private void await(int expected) {
    int[] results = new int[1];
    int count =
        frontEnd.context.await(1, PATIENCE, (userData, result, flags) -> results[0] = result);
    if (count != 1 || results[0] != expected) {
      throw new AssertionError("the device did not call: " + count + ", " + results[0]);
    }
  }

  /** Waits until the used index has got there, by looking. */
  void awaitUsed(int wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (usedIndex() != (wanted & 0xffff)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no request was completed: used index " + usedIndex());
      }
      Thread.onSpinWait();
    }
  }

  /** A request from beginning to end: its status. */
  int request(int type, long sector, int length) {
    int used = usedIndex();
    offer(type, sector, length);
    kick();
    awaitUsed(used + 1);
    awaitCall();
    return status();
  }

  int status() {
    return memory.get(base + STATUS);
  }

  ByteBuffer data() {
    return memory.slice(base + DATA, DATA_BYTES);
  }

  int write(long sector, int value) {
    for (int at = 0; at < DATA_BYTES; at++) {
      data().put(at, (byte) value);
    }
    return request(OUT, sector, DATA_BYTES);
  }

  /** Reads 4 KiB; the byte that all of it has, or -1. */
  int read(long sector) {
    data().put(new byte[DATA_BYTES]);
    if (request(IN, sector, DATA_BYTES) != 0) {
      throw new AssertionError("the read failed with status " + status());
    }
    byte first = data().get(0);
    for (int at = 1; at < DATA_BYTES; at++) {
      if (data().get(at) != first) {
        return -1;
      }
    }
    return Byte.toUnsignedInt(first);
  }

  @Override
  public void close() {
    kick.close();
    call.close();
  }
}
