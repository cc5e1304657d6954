package dev.uring.nbd;

import dev.uring.ContextBuilder;
import dev.uring.Descriptor;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LastFlush;
import dev.uring.disk.RawDisk;
import dev.uring.ring.PolicyObservation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Serves a disk to NBD clients, on one or more loops.
 *
 * <p>Each loop's ring holds the image, the listeners and slots for clients, and is then restricted:
 * it can reach nothing else. A flush on any connection covers all writes that were acknowledged on
 * any other, since all of them write to the same file (CAN_MULTI_CONN).
 *
 * <p>Any thread may call. The disk stays the caller's to close, after {@link #close}.
 */
public final class NbdServer implements AutoCloseable {
  /** Requests that one loop has at the disk at once; more wait in the loop. */
  private static final int DISK_DEPTH = 512;

  private static final int ENTRIES = 256;

  /** What all loops of a server have in common. */
  record Shared(
      RawDisk disk,
      NbdExports exports,
      NbdServerOptions options,
      ConnectionCount count,
      List<Descriptor> listeners) {}

  private final List<NbdListener> listeners;
  private final List<EventLoop> loops = new ArrayList<>();
  private final List<LastFlush> flushes = new ArrayList<>();
  private final URingAllowlist allowlist;
  private final Consumer<PolicyObservation> policyObserver;
  private boolean stopped;

  private NbdServer(
      List<NbdListener> listeners,
      URingAllowlist allowlist,
      Consumer<PolicyObservation> policyObserver) {
    this.listeners = listeners;
    this.allowlist = allowlist;
    this.policyObserver = policyObserver;
  }

  /** As {@link #start(RawDisk, NbdExports, List, NbdServerOptions, Consumer)}, unobserved. */
  public static NbdServer start(
      RawDisk disk, NbdExports exports, List<NbdListener> listeners, NbdServerOptions options) {
    return start(disk, exports, listeners, options, found -> {});
  }

  /**
   * Starts to serve. On return clients can connect.
   *
   * @param listeners become the server's, which closes them, also if it cannot start
   * @param policyObserver gets what each ring was found to permit, in the thread of its loop and
   *     before that serves anybody; what it throws, this throws, and nothing is served
   * @throws dev.uring.ring.UringException with cause and remedy if io_uring cannot be used here
   */
  public static NbdServer start(
      RawDisk disk,
      NbdExports exports,
      List<NbdListener> listeners,
      NbdServerOptions options,
      Consumer<PolicyObservation> policyObserver) {
    URingAllowlist allowlist = allowlist(disk);
    NbdServer server = new NbdServer(List.copyOf(listeners), allowlist, policyObserver);
    for (NbdExport export : exports.list()) {
      if (export.maximumBlockSize() > options.maximumRequest()) {
        server.close();
        throw new IllegalArgumentException(
            export + " lets clients send larger requests than the server takes");
      }
    }
    List<Descriptor> sockets = new ArrayList<>();
    for (NbdListener listener : listeners) {
      sockets.add(listener.socket());
    }
    ConnectionCount count = new ConnectionCount(options.connections());
    try {
      Shared shared = new Shared(disk, exports, options, count, List.copyOf(sockets));
      for (int number = 0; number < options.threads(); number++) {
        server.startLoop(number, shared);
      }
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
    return server;
  }

  private void startLoop(int number, Shared shared) {
    LastFlush lastFlush = new LastFlush();
    // A client has a receive, a send and a shutdown under way at most; each listener one accept.
    int places = shared.options().connections() + shared.listeners().size();
    int inFlight = DISK_DEPTH + 3 * places + shared.listeners().size() + 1;
    ContextBuilder context =
        URingContext.builder(ENTRIES)
            .completionEntries(Integer.highestOneBit(inFlight) * 2)
            .preparedPieces(ReplySender.MAXIMUM_PIECES)
            .allowlist(allowlist)
            .observePolicy(policyObserver);
    try (Descriptor image = shared.disk().openForQueue()) {
      NbdLoop program = new NbdLoop(shared, image, DISK_DEPTH, lastFlush);
      loops.add(EventLoop.start("uring-loop-" + number, context, program));
      flushes.add(lastFlush);
    }
  }

  /** Where clients connect to. */
  public List<NbdAddress> addresses() {
    return listeners.stream().map(NbdListener::address).toList();
  }

  /** What the rings of a server of this disk may do. */
  public static URingAllowlist allowlist(RawDisk disk) {
    return disk.isReadOnly()
        ? URingAllowlist.closedBlockServerReadOnly()
        : URingAllowlist.closedBlockServer();
  }

  /** What each of the server's rings may do. */
  public URingAllowlist allowlist() {
    return allowlist;
  }

  /** The loops, for those who measure them. */
  public List<EventLoop> loops() {
    return List.copyOf(loops);
  }

  /** Completes, exceptionally, when a loop has failed; or when the server was closed. */
  public CompletableFuture<Object> ended() {
    return CompletableFuture.anyOf(
        loops.stream().map(EventLoop::ended).toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Stops accepting, finishes what is in flight, flushes, and ends. Clients that do not take their
   * replies are waited for ten seconds.
   *
   * @return zero, or the errno of a flush that failed: then acknowledged writes may be lost
   */
  public synchronized int stop() {
    if (stopped) {
      return 0;
    }
    stopped = true;
    for (NbdListener listener : listeners) {
      listener.removeName();
    }
    for (EventLoop loop : loops) {
      loop.stop();
    }
    int error = 0;
    for (int index = 0; index < loops.size(); index++) {
      try {
        loops.get(index).ended().join();
        int flushError = flushes.get(index).error();
        error = error == 0 ? flushError : error;
      } catch (CompletionException e) {
        // The loop had failed before; whoever watches ended() was told, and its clients are gone.
        error = error == 0 ? EIO : error;
      }
    }
    for (NbdListener listener : listeners) {
      listener.close();
    }
    return error;
  }

  private static final int EIO = 5;

  /** As {@link #stop}, for those who cannot act on a failed flush. */
  @Override
  public void close() {
    stop();
  }
}
