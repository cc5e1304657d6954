package dev.uring.virtio;

import dev.uring.BufferPool;
import dev.uring.disk.DiskQueue;
import dev.uring.disk.EventLoop;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A queue of a block device at work: takes requests off a virtqueue, has the disk do them, and
 * gives them back, many in flight at once.
 *
 * <p>All that a turn of the loop completed is shown to the driver at its end, with one notification
 * at most. Broken by its driver, the queue takes and gives nothing more, until it is started anew.
 *
 * <p>Belongs to the thread of its loop; only {@link #kick} may be called by others.
 */
public final class BlockQueue {
  private final BlockDevice device;
  private final EventLoop loop;
  private final DiskQueue disk;
  private final RequestDecoder decoder;
  private final AtomicBoolean kicked = new AtomicBoolean();
  private final Runnable kickTask = this::takeKick;
  private final Runnable turnTask = this::endTurn;

  private @Nullable VirtQueue queue;
  private @Nullable QueueSetup setup;
  private @Nullable QueueEvents events;
  private @Nullable Runnable drained;
  private DescriptorChain chain = new DescriptorChain(false);
  private MemoryUse use = new MemoryUse(GuestMemory.EMPTY);
  private boolean running;
  private boolean inOrder;
  private boolean turnScheduled;
  private int inFlight;

  private final RequestList free = new RequestList();

  /** Taken off the virtqueue, not yet begun. */
  private final RequestList taken = new RequestList();

  /** Ended, not yet given back; with IN_ORDER they are found by the order instead. */
  private final RequestList ended = new RequestList();

  private final RequestOrder order = new RequestOrder();

  /**
   * A queue that stands still.
   *
   * @param loop the loop of the calling thread
   * @param disk the loop's way to the device's disk
   * @param buffers the loop's memory, for guests whose own is not aligned for direct I/O
   */
  public BlockQueue(BlockDevice device, EventLoop loop, DiskQueue disk, BufferPool buffers) {
    this.device = device;
    this.loop = loop;
    this.disk = disk;
    this.decoder = new RequestDecoder(device, buffers);
  }

  /**
   * Begins to serve. The driver's features are those that the device has negotiated; nothing of the
   * time before may be in flight any more. What cannot be a queue is told as broken.
   *
   * @param where the queue lies in the guest's memory
   * @throws IllegalStateException if the queue runs, or has requests in flight
   */
  public void start(QueueSetup where, GuestMemory memory, QueueEvents transport) {
    if (running || inFlight > 0) {
      throw new IllegalStateException("the queue has not been stopped");
    }
    long features = device.negotiated();
    setup = where;
    events = transport;
    use.retire(() -> {});
    use = new MemoryUse(memory);
    inOrder = VirtioFeature.IN_ORDER.isIn(features);
    chain = new DescriptorChain(VirtioFeature.INDIRECT_DESC.isIn(features));
    try {
      SplitRing ring = new SplitRing(where, memory);
      boolean resumed = where.usedIndex() == QueueSetup.AS_THE_RING_SAYS;
      queue =
          new VirtQueue(
              ring,
              VirtioFeature.EVENT_IDX.isIn(features),
              where.availableIndex(),
              resumed ? ring.usedIndex() : where.usedIndex());
      running = true;
    } catch (IllegalArgumentException e) {
      breakDown(String.valueOf(e.getMessage()));
      return;
    } catch (InternalError e) {
      breakDown(fault(e));
      return;
    }
    // The driver may have been quicker than the transport.
    process();
  }

  /** Has the queue look for requests soon. Any thread. */
  public void kick() {
    if (kicked.compareAndSet(false, true)) {
      loop.execute(kickTask);
    }
  }

  private void takeKick() {
    kicked.set(false);
    process();
  }

  /**
   * Looks for requests and starts them, until there are no more and the driver has been asked to
   * tell of new ones.
   *
   * @return whether there were any
   */
  public boolean process() {
    return process(true);
  }

  /**
   * As {@link #process}, but does not ask to be told of new requests: for those who look again
   * soon, and call {@code process} before they cease to.
   *
   * @return whether there were any
   */
  public boolean look() {
    return process(false);
  }

  private boolean process(boolean askToBeTold) {
    VirtQueue virtQueue = queue;
    if (!running || virtQueue == null) {
      return false;
    }
    // First everything is read from the guest's memory, then begun.
    try {
      if (!askToBeTold && virtQueue.isEmpty()) {
        return false;
      }
      do {
        virtQueue.suppressKicks();
        int head = virtQueue.pop();
        while (head >= 0) {
          take(virtQueue, head);
          head = virtQueue.pop();
        }
      } while (askToBeTold && virtQueue.enableKicks());
    } catch (BrokenQueueException e) {
      breakDown(String.valueOf(e.getMessage()));
    } catch (InternalError e) {
      throw endLoop(e);
    }
    boolean unused = isMemoryThere();
    return beginTaken();
  }

  /** Whether all was there that has been touched; otherwise the queue is broken. */
  private boolean isMemoryThere() {
    try {
      use.memory().surfaceFault();
      return true;
    } catch (InternalError e) {
      breakDown(fault(e));
      return false;
    }
  }

  /** What came too early to know how far the queue had got breaks it, and everything beside it. */
  private InternalError endLoop(InternalError e) {
    breakDown(fault(e));
    return e;
  }

  private static String fault(InternalError e) {
    return "the guest's memory is not there any more: " + e.getMessage();
  }

  private void take(VirtQueue virtQueue, int head) {
    chain.read(virtQueue.ring(), use.memory(), head);
    RequestDecoder.checkFrame(chain);
    BlockRequest request = free.poll();
    if (request == null) {
      request = new BlockRequest(this);
    }
    request.open(chain, head, use);
    inFlight++;
    taken.add(request);
    if (inOrder) {
      order.append(request);
    }
    request.status = decoder.decode(chain, request);
    chain.clear();
  }

  private boolean beginTaken() {
    BlockRequest request = taken.poll();
    boolean any = request != null;
    while (request != null) {
      if (request.status == RequestDecoder.PENDING) {
        disk.submit(request);
      } else {
        end(request, request.status);
      }
      request = taken.poll();
    }
    return any;
  }

  /** The disk has done what it was asked. */
  void completed(BlockRequest request, int error) {
    if (queue == null) {
      forget(request);
      return;
    }
    boolean more;
    try {
      more = error == 0 && request.prepareNext();
    } catch (InternalError e) {
      throw endLoop(e);
    }
    if (request.isBounced() && !isMemoryThere()) {
      forget(request);
    } else if (more) {
      disk.submit(request);
    } else {
      end(request, error == 0 ? BlockFormat.STATUS_OK : BlockFormat.STATUS_IOERR);
    }
  }

  private void end(BlockRequest request, int status) {
    request.status = status;
    if (!inOrder) {
      ended.add(request);
    }
    scheduleTurn();
  }

  private @Nullable BlockRequest nextEnded() {
    return inOrder ? order.pollEnded() : ended.poll();
  }

  /** The queue is done with a request; if it is broken the driver does not hear of it. */
  private void forget(BlockRequest request) {
    inFlight--;
    request.close();
    free.add(request);
    scheduleTurn();
  }

  private void scheduleTurn() {
    if (!turnScheduled) {
      turnScheduled = true;
      loop.atEndOfTurn(turnTask);
    }
  }

  private void endTurn() {
    VirtQueue virtQueue = queue;
    QueueEvents transport = events;
    if (virtQueue != null && transport != null) {
      boolean notify;
      try {
        giveBack(virtQueue);
        notify = virtQueue.publish();
      } catch (InternalError e) {
        throw endLoop(e);
      }
      if (isMemoryThere() && notify) {
        transport.notifyDriver();
      }
    }
    turnScheduled = false;
    finishStop();
  }

  private void giveBack(VirtQueue virtQueue) {
    BlockRequest request = nextEnded();
    while (request != null) {
      try {
        virtQueue.push(request.head(), request.writeStatus());
      } finally {
        forget(request);
      }
      request = nextEnded();
    }
  }

  /** Those at the disk are forgotten when they come back, the others here. */
  private void breakDown(String reason) {
    running = false;
    queue = null;
    BlockRequest request = taken.poll();
    while (request != null) {
      request.status = RequestDecoder.PENDING;
      forget(request);
      request = taken.poll();
    }
    request = nextEndedOfAll();
    while (request != null) {
      forget(request);
      request = nextEndedOfAll();
    }
    QueueEvents transport = events;
    if (transport != null) {
      transport.broken(reason);
    }
  }

  private @Nullable BlockRequest nextEndedOfAll() {
    return inOrder ? order.pollEndedOfAll() : ended.poll();
  }

  /**
   * Takes no more requests. What is in flight is finished and given back first.
   *
   * @param whenDrained run when nothing is in flight and the queue can be started again
   */
  public void stop(Runnable whenDrained) {
    running = false;
    Runnable before = drained;
    drained =
        before == null
            ? whenDrained
            : () -> {
              before.run();
              whenDrained.run();
            };
    if (!turnScheduled) {
      finishStop();
    }
  }

  private void finishStop() {
    Runnable action = drained;
    if (inFlight == 0 && action != null) {
      drained = null;
      action.run();
    }
  }

  /**
   * Goes over to another map of the guest's memory, in which the queue itself must still lie.
   *
   * @param released run when nothing uses the map before any more: its regions may then be closed
   */
  public void changeMemory(GuestMemory memory, Runnable released) {
    MemoryUse before = use;
    use = new MemoryUse(memory);
    VirtQueue virtQueue = queue;
    QueueSetup where = setup;
    if (virtQueue != null && where != null) {
      try {
        virtQueue.setRing(new SplitRing(where, memory));
      } catch (IllegalArgumentException e) {
        if (running) {
          breakDown(String.valueOf(e.getMessage()));
        } else {
          queue = null;
        }
      }
    }
    before.retire(released);
  }

  /** Whether the queue serves: it was started, and neither stopped nor broken. */
  public boolean isRunning() {
    return running;
  }

  /** How many requests are in flight. */
  public int inFlight() {
    return inFlight;
  }

  /** The available element that would be taken next, to go on from after a stop; 0 if broken. */
  public int availableIndex() {
    VirtQueue virtQueue = queue;
    return virtQueue == null ? 0 : virtQueue.availableIndex();
  }
}
