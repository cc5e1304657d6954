package dev.uring.ring.struct;

import dev.uring.sys.Abi;

/**
 * An array of {@code struct epoll_event}: read by EPOLL_CTL, written by EPOLL_WAIT.
 *
 * <pre>
 *   x86-64 (packed):  0 events(4)   4 data(8)              12
 *   elsewhere:        0 events(4)   8 data(8), 4 unused    16
 * </pre>
 */
public final class EpollEvents extends Struct {
  private static final boolean PACKED = Abi.current() == Abi.X86_64;
  static final StructLayout LAYOUT =
      new StructLayout("struct epoll_event", "sys/epoll.h", PACKED ? 12 : 16);
  private static final int EVENTS = LAYOUT.field("events", 0);
  private static final int DATA = LAYOUT.field("data", PACKED ? 4 : 8);

  private final int count;

  /** So many empty events, 1 to 65,536. */
  public EpollEvents(int count) {
    super(LAYOUT, checked(count));
    this.count = count;
  }

  private static int checked(int count) {
    requireRange("the number of events", count, 1, 65_536);
    return count;
  }

  /** Sets one event: {@code EPOLL*} bits, and what {@code epoll_wait(2)} shall give back. */
  public EpollEvents set(int index, int events, long data) {
    int at = position(index);
    memory.putInt(at + EVENTS, events);
    memory.putLong(at + DATA, data);
    return this;
  }

  /** The {@code EPOLL*} bits of one event. */
  public int events(int index) {
    return memory.getInt(position(index) + EVENTS);
  }

  /** The data of one event. */
  public long data(int index) {
    return memory.getLong(position(index) + DATA);
  }

  /** The number of events that there is room for. */
  public int count() {
    return count;
  }

  private int position(int index) {
    requireRange("the index of an event", index, 0, count - 1L);
    return index * LAYOUT.bytes();
  }
}
