package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LoopTimer;
import dev.uring.virtio.BlockQueue;
import dev.uring.virtio.GuestMemory;
import dev.uring.virtio.QueueEvents;
import dev.uring.virtio.QueueSetup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A queue on its loop, with the descriptors that go with it: a read of the kick descriptor is
 * always under way, and the call descriptor is written to when the driver wants to be told. Both
 * lie in slots of the ring's table, where an eventfd of the loop's own lies when the front end has
 * given none. For the loop's thread.
 *
 * <p>Writes to the call descriptor go through the ring and not through a system call: a front end
 * can see to it that such a write waits for ever, and a request of the ring can be cancelled.
 */
final class VhostQueue implements QueueEvents {
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int POLLIN = 1;

  /**
   * What the queues of a loop have in common.
   *
   * @param parked lies in the slots while nothing else does
   * @param broken told why, if a queue broke
   * @param polling looks at the queues before the loop sleeps; null if nobody does
   */
  record Host(
      EventLoop loop, Descriptor parked, Consumer<String> broken, @Nullable QueuePolling polling) {}

  // What completions are of.
  private static final int KICK = 0;
  private static final int POLL = 1;
  private static final int CALL = 2;
  private static final int CANCEL = 3;

  /** How soon a ring without a kick descriptor is looked at again: right after it had something. */
  private static final long SHORTEST_PAUSE_NANOSECONDS = 20_000;

  /** And when it has had nothing for long. */
  private static final long LONGEST_PAUSE_NANOSECONDS = 1_000_000;

  private final EventLoop loop;
  private final BlockQueue queue;
  private final FixedFile kickSlot;
  private final FixedFile callSlot;
  private final Descriptor parked;
  private final Consumer<String> broken;
  private final int handler;
  private final LoopTimer look;
  private final @Nullable QueuePolling polling;
  private final MemoryVector kicks = MemoryVector.of(ByteBuffer.allocateDirect(Long.BYTES));
  private final MemoryVector one = MemoryVector.of(number(1));

  private boolean serving;
  private boolean hasCall;
  private boolean kickInFlight;
  private boolean callInFlight;
  private boolean callAgain;
  private int cancelsInFlight;
  private boolean drained;
  private long pause = SHORTEST_PAUSE_NANOSECONDS;
  private @Nullable Runnable whenStopped;
  private @Nullable Runnable whenReleased;

  /** A queue that stands still, on the loop of the calling thread. */
  VhostQueue(Host host, BlockQueue queue, FixedFile kickSlot, FixedFile callSlot) {
    this.polling = host.polling();
    this.loop = host.loop();
    this.queue = queue;
    this.kickSlot = kickSlot;
    this.callSlot = callSlot;
    this.parked = host.parked();
    this.broken = host.broken();
    this.handler = loop.register(this::completed);
    this.look = loop.timer(this::look);
  }

  private static ByteBuffer number(long value) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    return bytes.putLong(0, value);
  }

  private long userData(int of) {
    return EventLoop.userData(handler, of);
  }

  /**
   * Begins to serve.
   *
   * @param kick read to learn of new requests; null to look for them now and then
   * @throws dev.uring.ring.UringException if the descriptor cannot be used; nothing has begun then
   */
  void start(QueueSetup where, GuestMemory memory, @Nullable Descriptor kick) {
    if (kick != null) {
      loop.context().replaceFile(kickSlot, kick);
    }
    serving = true;
    drained = false;
    queue.start(where, memory, this);
    if (kick == null) {
      pause = SHORTEST_PAUSE_NANOSECONDS;
      look.arm(pause);
    } else {
      readKick();
      if (polling != null) {
        polling.add(queue);
      }
    }
  }

  private void readKick() {
    kickInFlight = true;
    loop.context().addReadv(kickSlot, kicks, 0, userData(KICK));
  }

  private void look() {
    pause =
        queue.process() || queue.inFlight() > 0
            ? SHORTEST_PAUSE_NANOSECONDS
            : Math.min(2 * pause, LONGEST_PAUSE_NANOSECONDS);
    look.arm(pause);
  }

  /**
   * Which descriptor the driver is told by, from now on.
   *
   * @param call null if the driver looks by itself
   * @throws dev.uring.ring.UringException if the descriptor cannot be used
   */
  void setCall(@Nullable Descriptor call) {
    hasCall = false;
    loop.context().replaceFile(callSlot, call == null ? parked : call);
    hasCall = call != null;
  }

  @Override
  public void notifyDriver() {
    if (!hasCall) {
      return;
    }
    if (callInFlight) {
      callAgain = true;
    } else {
      callInFlight = true;
      loop.context().addWritev(callSlot, one, 0, userData(CALL));
    }
  }

  @Override
  public void broken(String reason) {
    broken.accept(reason);
  }

  private void completed(int of, int result, int flags) {
    switch (of) {
      case KICK -> kicked(result);
      case POLL -> {
        kickInFlight = false;
        if (serving) {
          readKick();
        }
      }
      case CALL -> called();
      default -> cancelsInFlight--;
    }
    finishStop();
    finishRelease();
  }

  private void kicked(int result) {
    kickInFlight = false;
    if (!serving) {
      return;
    }
    if (result == Long.BYTES || result == -EINTR) {
      // Who polls asks to be told again before the loop sleeps, and not while it looks.
      if (polling == null) {
        boolean unused = queue.process();
      } else if (queue.look()) {
        polling.begun();
      }
      readKick();
    } else if (result == -EAGAIN) {
      // Before 5.13 the ring does not wait for a descriptor that is O_NONBLOCK.
      kickInFlight = true;
      loop.context().addPollFd(kickSlot, POLLIN, userData(POLL));
    } else {
      broken.accept("its kick descriptor gave " + result + ", not 8 bytes: it is no eventfd");
    }
  }

  private void called() {
    callInFlight = false;
    if (callAgain) {
      callAgain = false;
      notifyDriver();
    }
  }

  private void cancel(int of) {
    cancelsInFlight++;
    loop.context().asyncCancel(userData(of), userData(CANCEL));
  }

  /**
   * Takes no more requests, and finishes what is in flight. To be called again only after the one
   * before has ended.
   *
   * @param done run when the queue can be started again, or its memory be taken away
   */
  void stop(Runnable done) {
    serving = false;
    look.disarm();
    if (polling != null) {
      polling.remove(queue);
    }
    whenStopped = done;
    drained = false;
    if (kickInFlight) {
      cancel(KICK);
      cancel(POLL);
    }
    queue.stop(
        () -> {
          drained = true;
          finishStop();
        });
  }

  private void finishStop() {
    Runnable done = whenStopped;
    if (done != null && drained && !kickInFlight && cancelsInFlight == 0) {
      whenStopped = null;
      loop.context().replaceFile(kickSlot, parked);
      done.run();
    }
  }

  /**
   * Lets go of the call descriptor; for a queue that was stopped, whose front end is gone.
   *
   * @param done run when nothing of the front end's is in use
   */
  void release(Runnable done) {
    hasCall = false;
    callAgain = false;
    whenReleased = done;
    if (callInFlight) {
      cancel(CALL);
    }
    finishRelease();
  }

  private void finishRelease() {
    Runnable done = whenReleased;
    if (done != null && !callInFlight && cancelsInFlight == 0) {
      whenReleased = null;
      loop.context().replaceFile(callSlot, parked);
      done.run();
    }
  }

  /** Goes over to another map of the guest's memory; {@code done} when the one before is unused. */
  void changeMemory(GuestMemory memory, Runnable done) {
    queue.changeMemory(memory, done);
  }

  /** The available element that comes next. */
  int availableIndex() {
    return queue.availableIndex();
  }
}
