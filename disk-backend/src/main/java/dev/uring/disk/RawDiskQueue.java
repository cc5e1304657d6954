package dev.uring.disk;

import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.URingContext;
import dev.uring.ring.FallocateMode;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A raw disk on one loop: each request becomes one request of the ring, or several in turn where
 * the file transfers less than asked, must be synced after a write, or cannot punch.
 *
 * <p>The stages of a request:
 *
 * <pre>
 *   READ, WRITE         transfer, again until all is done
 *   DISCARD             punch (what a file cannot punch stays: a discard is a hint)
 *   WRITE_ZEROES        punch, or zero the range, or write zeros: the first that the file knows
 *   FLUSH, and durable  sync, through the gate
 * </pre>
 */
final class RawDiskQueue implements DiskQueue, RequestHandler {
  private static final int EIO = 5;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int EINVAL = 22;
  private static final int EOPNOTSUPP = 95;
  private static final int ECANCELED = 125;
  private static final int SYNC = -1;
  private static final int ZERO_BYTES = 256 * 1024;
  private static final int ZERO_PIECES = 16;
  private static final int PUNCH_HOLE = FallocateMode.PUNCH_HOLE | FallocateMode.KEEP_SIZE;
  private static final int ZERO_RANGE = FallocateMode.ZERO_RANGE | FallocateMode.KEEP_SIZE;

  /** What a request in flight is at. */
  private static final int TRANSFERRING = 0;

  private static final int PUNCHING = 1;
  private static final int ZEROING = 2;
  private static final int WRITING_ZEROS = 3;
  private static final int ADVISING = 4;

  private final RawDisk disk;
  private final URingContext context;
  private final FixedFile file;
  private final int handler;
  private final SyncGate gate = new SyncGate();
  private final @Nullable DiskRequest[] places;
  private final int[] freePlaces;
  private final ArrayDeque<DiskRequest> waiting = new ArrayDeque<>();
  private int freeCount;
  private int inFlight;
  private boolean beginning;
  private @Nullable NativeMemory zeros;

  RawDiskQueue(RawDisk disk, EventLoop loop, FixedFile file, int depth) {
    this.disk = disk;
    this.context = loop.context();
    this.file = file;
    this.handler = loop.register(this);
    this.places = new DiskRequest[depth];
    this.freePlaces = new int[depth];
    for (int place = 0; place < depth; place++) {
      freePlaces[place] = depth - 1 - place;
    }
    this.freeCount = depth;
  }

  @Override
  public int inFlight() {
    return inFlight;
  }

  @Override
  public void submit(DiskRequest request) {
    inFlight++;
    request.progress = 0;
    request.stage = TRANSFERRING;
    if (request.operation() == DiskRequest.Operation.FLUSH) {
      addSync(request, 0, 0);
    } else if (freeCount == 0) {
      waiting.add(request);
    } else {
      begin(request);
    }
  }

  private void begin(DiskRequest request) {
    freeCount--;
    request.place = freePlaces[freeCount];
    places[request.place] = request;
    if (!request.isWanted()) {
      finish(request, ECANCELED);
      return;
    }
    if (request.stage == WRITING_ZEROS) {
      writeZeros(request);
      return;
    }
    switch (request.operation()) {
      case READ, WRITE -> transfer(request);
      case DISCARD -> discard(request);
      case WRITE_ZEROES -> zero(request);
      case CACHE -> advise(request);
      case FLUSH -> throw new AssertionError("a flush takes no place");
    }
  }

  @Override
  public void completed(int place, int result, int flags) {
    if (place == SYNC) {
      synced(result);
      return;
    }
    DiskRequest request = places[place];
    if (request == null) {
      throw new IllegalStateException("a completion for a place of the queue that is empty");
    }
    switch (request.stage) {
      case TRANSFERRING -> transferred(request, result);
      case PUNCHING -> punched(request, result);
      case ZEROING -> zeroed(request, result);
      case WRITING_ZEROS -> zerosWritten(request, result);
      default -> finish(request, result < 0 ? -result : 0);
    }
  }

  private void transfer(DiskRequest request) {
    MemoryVector memory = request.memory();
    if (request.progress > 0) {
      request.rest.clear();
      memory =
          request.rest.addRange(memory, request.progress, memory.byteCount() - request.progress);
    }
    long offset = request.offset() + request.progress;
    long userData = EventLoop.userData(handler, request.place);
    if (request.operation() == DiskRequest.Operation.READ) {
      context.addReadv(file, memory, offset, userData);
    } else {
      context.addWritev(file, memory, offset, userData);
    }
  }

  private void transferred(DiskRequest request, int result) {
    if (result == -EINTR || result == -EAGAIN) {
      transfer(request);
    } else if (result < 0) {
      finish(request, -result);
    } else if (result == 0) {
      // Inside the disk, so the file has become shorter than it was when it was opened.
      finish(request, EIO);
    } else {
      request.progress += result;
      if (request.progress < request.length()) {
        transfer(request);
      } else {
        changed(request);
      }
    }
  }

  private void discard(DiskRequest request) {
    if (!disk.canPunch()) {
      changed(request);
      return;
    }
    allocate(request, PUNCHING, PUNCH_HOLE);
  }

  private void zero(DiskRequest request) {
    if (!request.isKeepAllocated() && disk.canPunch()) {
      allocate(request, PUNCHING, PUNCH_HOLE);
    } else if (disk.canZero()) {
      allocate(request, ZEROING, ZERO_RANGE);
    } else {
      writeZeros(request);
    }
  }

  private void allocate(DiskRequest request, int stage, int mode) {
    request.stage = stage;
    context.addFallocate(
        file, mode, request.offset(), request.length(), EventLoop.userData(handler, request.place));
  }

  private void punched(DiskRequest request, int result) {
    if (result == -EINTR) {
      allocate(request, PUNCHING, PUNCH_HOLE);
      return;
    }
    if (result == -EOPNOTSUPP) {
      disk.cannotPunch();
    }
    boolean unable = isUnable(result);
    if (request.operation() == DiskRequest.Operation.DISCARD) {
      endChange(request, unable ? 0 : result);
    } else if (unable && disk.canZero()) {
      allocate(request, ZEROING, ZERO_RANGE);
    } else if (unable) {
      writeZeros(request);
    } else {
      endChange(request, result);
    }
  }

  private void zeroed(DiskRequest request, int result) {
    if (result == -EINTR) {
      allocate(request, ZEROING, ZERO_RANGE);
      return;
    }
    if (result == -EOPNOTSUPP) {
      disk.cannotZero();
    }
    if (isUnable(result)) {
      writeZeros(request);
    } else {
      endChange(request, result);
    }
  }

  /** EINVAL is a block device's answer for a range that its sectors do not fit. */
  private static boolean isUnable(int result) {
    return result == -EOPNOTSUPP || result == -EINVAL;
  }

  private void writeZeros(DiskRequest request) {
    if (request.isOnlyIfFast()) {
      finish(request, EOPNOTSUPP);
      return;
    }
    NativeMemory source = zeros;
    if (source == null) {
      source = NativeMemory.allocate(ZERO_BYTES);
      zeros = source;
    }
    request.stage = WRITING_ZEROS;
    request.rest.clear();
    long left = request.length() - request.progress;
    for (int piece = 0; piece < ZERO_PIECES && left > 0; piece++) {
      int bytes = (int) Math.min(left, ZERO_BYTES);
      request.rest.add(source, 0, bytes);
      left -= bytes;
    }
    context.addWritev(
        file,
        request.rest,
        request.offset() + request.progress,
        EventLoop.userData(handler, request.place));
  }

  private void zerosWritten(DiskRequest request, int result) {
    if (result == -EINTR || result == -EAGAIN) {
      writeZeros(request);
    } else if (result <= 0) {
      finish(request, result == 0 ? EIO : -result);
    } else {
      request.progress += result;
      if (request.progress < request.length()) {
        giveWay(request);
      } else {
        changed(request);
      }
    }
  }

  /** Zeroing by writing can be long: after each step it queues up behind whoever waits. */
  private void giveWay(DiskRequest request) {
    if (!request.isWanted()) {
      finish(request, ECANCELED);
    } else if (waiting.isEmpty()) {
      writeZeros(request);
    } else {
      free(request);
      waiting.add(request);
      beginWaiting();
    }
  }

  private void advise(DiskRequest request) {
    request.stage = ADVISING;
    int length = (int) Math.min(request.length(), Integer.MAX_VALUE);
    context
        .hints()
        .addWillNeed(file, request.offset(), length, EventLoop.userData(handler, request.place));
  }

  private void endChange(DiskRequest request, int result) {
    if (result < 0) {
      finish(request, -result);
    } else {
      changed(request);
    }
  }

  /** The disk has what the request wanted; durable requests are not done with that. */
  private void changed(DiskRequest request) {
    if (!request.isDurable() || request.operation() == DiskRequest.Operation.READ) {
      finish(request, 0);
      return;
    }
    free(request);
    addSync(request, request.offset(), request.length());
    beginWaiting();
  }

  private void addSync(DiskRequest request, long offset, long length) {
    if (disk.latch().error() != 0) {
      end(request, disk.latch().error());
    } else if (disk.isReadOnly()) {
      // Nothing was written through here, and the ring of a read-only disk may not sync.
      end(request, 0);
    } else {
      gate.add(request, offset, length);
      startSync();
    }
  }

  private void startSync() {
    if (gate.isDue()) {
      int length = gate.length();
      long offset = gate.offset();
      gate.start();
      context.addFdatasync(file, offset, length, EventLoop.userData(handler, SYNC));
    }
  }

  private void synced(int result) {
    if (result == -EINTR) {
      context.addFdatasync(file, 0, 0, EventLoop.userData(handler, SYNC));
      return;
    }
    if (result < 0) {
      disk.latch().fail(-result);
    }
    int error = disk.latch().error();
    DiskRequest served = gate.finish();
    startSync();
    while (served != null) {
      DiskRequest following = served.next;
      served.next = null;
      end(served, error);
      served = following;
    }
  }

  private void finish(DiskRequest request, int error) {
    free(request);
    end(request, error);
  }

  private void free(DiskRequest request) {
    places[request.place] = null;
    freePlaces[freeCount] = request.place;
    freeCount++;
    request.rest.clear();
  }

  private void end(DiskRequest request, int error) {
    inFlight--;
    request.completed(error);
    beginWaiting();
  }

  /** A loop and not a recursion: some requests end at once, and many of them may be waiting. */
  private void beginWaiting() {
    if (beginning) {
      return;
    }
    beginning = true;
    try {
      while (freeCount > 0 && !waiting.isEmpty()) {
        begin(waiting.remove());
      }
    } finally {
      beginning = false;
    }
  }
}
