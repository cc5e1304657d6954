package dev.uring.nbd;

/**
 * What one client may make the server hold, taken from what all clients of its loop may. For the
 * loop's thread.
 *
 * <p>Who asks for more than its own share waits for its own replies to go out. Who is owed nothing
 * and still gets nothing, because others hold it all, is told so: it would have nothing to wait
 * for.
 */
final class ConnectionBudget {
  /** What becomes of a command that asks for memory. */
  enum Answer {
    /** It has it. */
    GRANTED,
    /** It will be asked again when something of this client's was given back. */
    LATER,
    /** There is none, and nothing of this client's will bring any. */
    REFUSED
  }

  /**
   * Commands of one client whose replies are not sent: those without data cost no memory worth
   * counting, and a client that does not read them must not have them pile up.
   */
  private static final int MAXIMUM_OWED = 1024;

  /** Commands of one client at the disk at once: the disk has places for several clients. */
  private static final int MAXIMUM_AT_DISK = 128;

  /** The memory of a loop's clients, in bytes. */
  static final class Shared {
    private final long limit;
    private long taken;

    Shared(long limit) {
      this.limit = limit;
    }
  }

  private final Shared shared;
  private final long limit;
  private long taken;
  private int owed;
  private int atDisk;

  ConnectionBudget(Shared shared, long limit) {
    this.shared = shared;
    this.limit = limit;
  }

  /** Asks for so many bytes, for a command that is about to be taken. */
  Answer take(int bytes) {
    if (owed >= MAXIMUM_OWED || atDisk >= MAXIMUM_AT_DISK || taken + bytes > limit) {
      return Answer.LATER;
    }
    if (shared.taken + bytes > shared.limit) {
      return owed > 0 ? Answer.LATER : Answer.REFUSED;
    }
    add(bytes);
    return Answer.GRANTED;
  }

  /** Takes without asking: what a connection needs to exist. */
  void add(int bytes) {
    taken += bytes;
    shared.taken += bytes;
  }

  void give(int bytes) {
    taken -= bytes;
    shared.taken -= bytes;
  }

  void owes() {
    owed++;
  }

  void paid() {
    owed--;
  }

  void atDisk() {
    atDisk++;
  }

  void fromDisk() {
    atDisk--;
  }

  /** Whether the disk works on something of this client's. */
  boolean isAtDisk() {
    return atDisk > 0;
  }

  /** The connection is over, and whatever it had is free. */
  void reset() {
    shared.taken -= taken;
    taken = 0;
    owed = 0;
  }
}
