package dev.uring.examples;

import dev.uring.Descriptor;
import dev.uring.FixedFile;
import dev.uring.FreeSlot;
import dev.uring.NativeMemory;
import dev.uring.ReceiveBuffers;
import dev.uring.ReceivedBytes;
import dev.uring.URingContext;
import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.CompletionFlags;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that sends back what it receives: an example of the requests on sockets. One thread
 * makes it, runs it and closes it.
 *
 * <p>Its ring may accept, receive, send, end and close connections, and nothing else. One request
 * accepts all connections, into slots of the file table. The kernel puts what comes into buffers
 * that all connections share, so that one which waits has none; a buffer is the kernel's again when
 * what was in it has been sent. There are enough for each client to hold its share, so one that
 * sends and never receives is listened to no more, and harms nobody else.
 */
public final class EchoServer implements Runnable, AutoCloseable {
  /** What the ring may do. */
  public static final URingAllowlist ALLOWLIST =
      URingAllowlist.builder()
          .allow(
              UringOperation.ACCEPT,
              UringOperation.RECV,
              UringOperation.SEND,
              UringOperation.SHUTDOWN,
              UringOperation.CLOSE)
          .allowFlags(EntryFlag.FIXED_FILE, EntryFlag.BUFFER_SELECT)
          .build();

  private static final int ENFILE = 23;
  private static final int BUFFER_SIZE = 4096;
  static final int MOST_HELD = 4;

  // The kind of request that a completion is of; the slot is in the lower half of the user data.
  private static final int ACCEPTED = 0;
  private static final int RECEIVED = 1;
  private static final int SENT = 2;
  private static final int ENDED = 3;
  private static final int CLOSED = 4;

  private final URingContext context;
  private final FixedFile[] slots;
  private final ReceiveBuffers buffers;
  private final Connection[] connections;
  private final FixedFile listener;
  private boolean accepting;
  private boolean full;
  private final AtomicInteger held = new AtomicInteger();
  private volatile boolean stopped;

  /** One client: what it sent and what was not sent back yet. */
  private static final class Connection {
    final Deque<ReceivedBytes> waiting = new ArrayDeque<>();
    boolean receiving;
    boolean ended;
  }

  /**
   * A server that has not begun.
   *
   * @param listening stays the caller's
   * @param clients how many are served at once
   */
  public EchoServer(Descriptor listening, int clients) {
    context =
        URingContext.builder(256)
            .completionEntries(4096)
            .allowlist(ALLOWLIST)
            .confined()
            .disabled()
            .build();
    slots = context.registerFiles(clients, listening);
    listener = slots[0];
    connections = new Connection[slots.length];
    buffers = ReceiveBuffers.register(context, powerOfTwo(clients * MOST_HELD), BUFFER_SIZE);
    // From here on the ring can do what the allowlist says, and no more.
    context.enable();
  }

  private static int powerOfTwo(int least) {
    return Integer.highestOneBit(least - 1) * 2;
  }

  /** Serves until {@link #stop}. */
  @Override
  public void run() {
    while (!stopped) {
      if (!accepting && !full) {
        accepting = true;
        context.sockets().addAcceptEach(listener, FreeSlot.ANY, userData(ACCEPTED, 0));
      }
      receiveWhereThereIsRoom();
      context.await(1, this::completed);
    }
  }

  /** Has {@link #run} return. Any thread. */
  public void stop() {
    stopped = true;
    context.wakeup();
  }

  private static long userData(int kind, int slot) {
    return (long) kind << Integer.SIZE | slot;
  }

  private void receiveWhereThereIsRoom() {
    for (int slot = 1; slot < slots.length; slot++) {
      Connection connection = connections[slot];
      if (connection != null
          && !connection.receiving
          && !connection.ended
          && connection.waiting.size() < MOST_HELD) {
        connection.receiving = true;
        context.sockets().addReceive(slots[slot], buffers, userData(RECEIVED, slot));
      }
    }
  }

  private void completed(long userData, int result, int flags) {
    int slot = (int) userData;
    switch ((int) (userData >>> Integer.SIZE)) {
      case ACCEPTED -> accepted(result, flags);
      case RECEIVED -> received(slot, flags);
      case SENT -> sent(slot, result);
      case CLOSED -> {
        connections[slot] = null;
        full = false;
      }
      default -> {
        // ENDED: the receive that it ends tells.
      }
    }
  }

  private void accepted(int result, int flags) {
    accepting = !CompletionFlags.isLast(flags);
    // Nobody is served without a slot; the next one that becomes free is for who comes then.
    full = result == -ENFILE;
    if (result > 0) {
      connections[result] = new Connection();
    }
  }

  private void received(int slot, int flags) {
    Connection connection = connections[slot];
    connection.receiving = false;
    if (ReceiveBuffers.isIn(flags)) {
      connection.waiting.add(buffers.take(flags));
      held.incrementAndGet();
      if (connection.waiting.size() == 1) {
        send(slot);
      }
    } else {
      connection.ended = true;
      closeIfDone(slot);
    }
  }

  /** One send at a time, or what was received first could arrive last. */
  private void send(int slot) {
    NativeMemory bytes = NativeMemory.of(connections[slot].waiting.element().bytes());
    context.sockets().addSend(slots[slot], bytes, 0, bytes.length(), userData(SENT, slot));
  }

  private void sent(int slot, int result) {
    Connection connection = connections[slot];
    giveBack(connection);
    if (result < 0) {
      while (!connection.waiting.isEmpty()) {
        giveBack(connection);
      }
      context.sockets().addShutdown(slots[slot], userData(ENDED, slot));
    }
    if (!connection.waiting.isEmpty()) {
      send(slot);
    }
    closeIfDone(slot);
  }

  private void giveBack(Connection connection) {
    connection.waiting.remove().close();
    held.decrementAndGet();
  }

  /** How many buffers hold what was received and not sent back yet. */
  int held() {
    return held.get();
  }

  private void closeIfDone(int slot) {
    Connection connection = connections[slot];
    if (connection.ended && connection.waiting.isEmpty()) {
      context.files().addClose(slots[slot], userData(CLOSED, slot));
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
