package dev.uring.nbd;

import dev.uring.BufferPool;
import dev.uring.Descriptor;
import dev.uring.FixedFile;
import dev.uring.disk.DiskQueue;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LastFlush;
import dev.uring.disk.LoopFiles;
import dev.uring.disk.LoopProgram;
import dev.uring.disk.LoopTimer;
import dev.uring.disk.RawDisk;
import dev.uring.ring.TaskRestrictions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One loop of a server: a way to the disk, the listeners, and places for as many clients as the
 * whole server may have, since all of them may come to the same loop.
 *
 * <p>For each listener one place always waits for a client. The kernel wakes one of the loops that
 * wait, in turn, so connections spread.
 */
final class NbdLoop implements LoopProgram {
  private static final Logger LOGGER = System.getLogger(NbdLoop.class.getName());

  /** How long a loop waits before it accepts again after the kernel could not. */
  private static final long ACCEPT_PAUSE_NANOSECONDS = 100_000_000;

  /** How long clients that do not read their replies can hold up the end of the server. */
  private static final long DRAIN_NANOSECONDS = 10_000_000_000L;

  private static final int IDLE_CHUNKS = 256;
  private static final long IDLE_BYTES = 64L << 20;

  private final RawDisk disk;
  private final NbdExports exports;
  private final NbdServerOptions options;
  private final ConnectionCount count;
  private final List<Descriptor> listeners;
  private final Descriptor image;
  private final int depth;
  private final LastFlush lastFlush;

  private final NbdMemory memory = new NbdMemory(new BufferPool(IDLE_BYTES), IDLE_CHUNKS);
  private final List<NbdConnection> connections = new ArrayList<>();
  private final ConnectionBudget.Shared budget;
  private int imageFile;
  private int firstListener;
  private int firstSlot;
  private @Nullable EventLoop loop;
  private @Nullable DiskQueue queue;
  private @Nullable LoopTimer acceptAgain;
  private @Nullable LoopTimer drainLimit;
  private boolean stopping;
  private boolean flushing;

  /**
   * A loop's program.
   *
   * @param image this loop's own opening of the disk's image; the caller closes it
   * @param lastFlush is done before the loop ends
   */
  NbdLoop(NbdServer.Shared shared, Descriptor image, int depth, LastFlush lastFlush) {
    this.disk = shared.disk();
    this.exports = shared.exports();
    this.options = shared.options();
    this.count = shared.count();
    this.listeners = shared.listeners();
    this.image = image;
    this.depth = depth;
    this.lastFlush = lastFlush;
    this.budget = new ConnectionBudget.Shared(options.memoryOfOneLoop());
  }

  /** Slots for clients: as many as the server may have, and one more for each waiting accept. */
  private int places() {
    return options.connections() + listeners.size();
  }

  @Override
  public void register(LoopFiles files) {
    imageFile = files.add(image);
    for (int index = 0; index < listeners.size(); index++) {
      int number = files.add(listeners.get(index));
      if (index == 0) {
        firstListener = number;
      }
    }
    firstSlot = files.addEmpty(places());
  }

  @Override
  public void start(EventLoop running) {
    loop = running;
    // Where the kernel can: the ring that this thread has is to be its last that can do anything.
    TaskRestrictions.ofThisThread().denyFurtherRings();
    memory.prepare();
    queue = disk.openQueue(running, imageFile, depth);
    for (int place = 0; place < places(); place++) {
      connections.add(new NbdConnection(this, running.emptySlot(firstSlot + place)));
    }
    acceptAgain = running.timer(this::acceptEverywhere);
    drainLimit = running.timer(this::cutOff);
    acceptEverywhere();
  }

  private void acceptEverywhere() {
    for (int listener = 0; listener < listeners.size(); listener++) {
      accept(listener);
    }
  }

  /** Lets an idle place wait for a client of this listener, unless one does already. */
  void accept(int listener) {
    NbdConnection idle = null;
    for (NbdConnection connection : connections) {
      if (connection.isAccepting(listener)) {
        return;
      }
      if (connection.isIdle()) {
        idle = connection;
      }
    }
    if (idle != null && !stopping) {
      FixedFile slot = loop().file(firstListener + listener);
      idle.accept(listener, slot);
    }
  }

  /** Counts a client in, unless there are as many as there may be. */
  boolean admit(NbdConnection connection) {
    boolean room = count.tryEnter();
    connection.setCounted(room);
    return room;
  }

  boolean isStopping() {
    return stopping;
  }

  void acceptFailed(int errno) {
    if (!stopping && acceptAgain != null) {
      LOGGER.log(Level.WARNING, "accepting a connection failed with errno {0}", errno);
      acceptAgain.arm(ACCEPT_PAUSE_NANOSECONDS);
    }
  }

  /** A place is idle again. */
  void released(NbdConnection connection) {
    if (connection.isCounted()) {
      count.leave();
      connection.setCounted(false);
    }
    if (stopping) {
      finishWhenEmpty();
      return;
    }
    for (NbdConnection other : connections) {
      other.tryToStay();
    }
    acceptEverywhere();
  }

  @Override
  public void stop() {
    if (stopping) {
      return;
    }
    stopping = true;
    if (drainLimit != null) {
      drainLimit.arm(DRAIN_NANOSECONDS);
    }
    for (NbdConnection connection : connections) {
      connection.drain();
    }
    finishWhenEmpty();
  }

  private void cutOff() {
    for (NbdConnection connection : connections) {
      connection.close("the server ends and the client does not take its replies");
    }
  }

  private void finishWhenEmpty() {
    for (NbdConnection connection : connections) {
      if (connection.isServing()) {
        return;
      }
    }
    if (!flushing) {
      flushing = true;
      lastFlush.thenFinish(loop(), queue());
    }
  }

  ConnectionBudget newBudget() {
    return new ConnectionBudget(budget, options.inFlightBytes());
  }

  EventLoop loop() {
    return started(loop);
  }

  DiskQueue queue() {
    return started(queue);
  }

  private static <T> T started(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the loop has not started");
    }
    return part;
  }

  NbdMemory memory() {
    return memory;
  }

  NbdExports exports() {
    return exports;
  }

  NbdServerOptions options() {
    return options;
  }

  /** Whether the disk takes aligned memory only. */
  boolean isAligned() {
    return disk.image().alignment().memory() > 1;
  }
}
