package dev.uring.vhostuser;

import dev.uring.DescriptorSocket;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.RawDisk;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.UringException;
import dev.uring.virtio.BlockDevice;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves a disk to virtual machines over vhost-user, one after the other.
 *
 * <p>Any thread may call. The disk stays the caller's to close, after {@link #close}.
 */
public final class VhostUserServer implements AutoCloseable {
  static final Logger LOGGER = System.getLogger(VhostUserServer.class.getName());

  private static final long ACCEPT_PAUSE_MILLISECONDS = 100;

  private final VhostListener listener;
  private final BlockDevice device;
  private final VhostQueues queues;
  private final boolean sealedMemoryOnly;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private @Nullable DescriptorSocket current;
  private @Nullable VhostConnection connection;
  private boolean stopped;

  private VhostUserServer(
      VhostListener listener, BlockDevice device, VhostQueues queues, boolean sealedMemoryOnly) {
    this.listener = listener;
    this.device = device;
    this.queues = queues;
    this.sealedMemoryOnly = sealedMemoryOnly;
    this.thread = new Thread(this::run, "uring-vhost");
    thread.setDaemon(true);
  }

  /**
   * Starts to serve. On return front ends can connect, and all rings are made and restricted.
   *
   * @param listener becomes the server's, which closes it, also if it cannot start
   * @param policyObserver gets what each ring was found to permit, in the thread of its loop and
   *     before that serves anybody; what it throws, this throws, and nothing is served
   * @throws UringException with cause and remedy if io_uring cannot be used here
   */
  public static VhostUserServer start(
      RawDisk disk,
      VhostListener listener,
      VhostUserServerOptions options,
      Consumer<PolicyObservation> policyObserver) {
    BlockDevice device = new BlockDevice(disk, options.device());
    VhostQueues queues;
    try {
      queues = new VhostQueues(device, options.polling(), policyObserver);
    } catch (RuntimeException | Error e) {
      listener.close();
      throw e;
    }
    VhostUserServer server =
        new VhostUserServer(listener, device, queues, options.sealedMemoryOnly());
    server.thread.start();
    return server;
  }

  /**
   * What each of the server's rings may do. That is so also where the disk can only be read, since
   * the rings write to the front end's eventfds; the image itself is opened for reading then.
   */
  public static URingAllowlist allowlist() {
    return URingAllowlist.mutableBlockDevice();
  }

  /** Where front ends come from. */
  public VhostListener listener() {
    return listener;
  }

  /** The device that front ends see. */
  public BlockDevice device() {
    return device;
  }

  /** The threads of the queues, for those who measure them. */
  public List<Thread> threads() {
    return queues.threads();
  }

  /**
   * Looks at the size of the image anew. If it has grown the disk has, and a guest is told whose
   * front end has said how.
   *
   * @return whether it has grown
   * @throws UringException if the kernel refuses
   */
  public boolean capacityChanged() {
    boolean unused = device.disk().image().measureAgain();
    if (!device.updateCapacity()) {
      return false;
    }
    VhostConnection told;
    synchronized (this) {
      told = connection;
    }
    if (told != null) {
      told.configurationChanged();
    }
    return true;
  }

  private void run() {
    try {
      boolean more = true;
      while (more && closing.getCount() > 0) {
        DescriptorSocket socket = accept();
        if (socket != null) {
          try (socket) {
            serve(socket);
          }
          more = !listener.isConnected();
        }
      }
      ended.complete(null);
    } catch (RuntimeException | Error e) {
      LOGGER.log(Level.ERROR, listener.name() + ": no front end can be served any more", e);
      ended.completeExceptionally(e);
      // Who connects, or waits to be served, would wait for ever.
      listener.close();
    }
  }

  /**
   * Completes, exceptionally, when the server cannot go on; or when it was closed, or its only
   * front end has gone.
   */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  private @Nullable DescriptorSocket accept() {
    try {
      DescriptorSocket socket = listener.next();
      synchronized (this) {
        if (stopped) {
          socket.close();
          return null;
        }
        current = socket;
      }
      return socket;
    } catch (UringException e) {
      if (closing.getCount() > 0) {
        LOGGER.log(Level.WARNING, "{0}: {1}", listener.name(), e.getMessage());
        pause();
      }
      return null;
    }
  }

  /** A machine out of descriptors has some again in a while; the end of the server ends this. */
  private void pause() {
    try {
      boolean unused = closing.await(ACCEPT_PAUSE_MILLISECONDS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if somebody does, all that happens is that it looks at once.
      return;
    }
  }

  private void serve(DescriptorSocket socket) {
    VhostConnection serving =
        new VhostConnection(new VhostChannel(socket), device, queues, sealedMemoryOnly);
    synchronized (this) {
      connection = serving;
    }
    try {
      serving.serve();
    } catch (VhostException | UringException e) {
      if (closing.getCount() > 0) {
        LOGGER.log(
            Level.WARNING, "{0}: a front end was cut off: {1}", listener.name(), e.getMessage());
      }
    } catch (RuntimeException e) {
      LOGGER.log(Level.WARNING, listener.name() + ": a front end was cut off", e);
    } finally {
      synchronized (this) {
        current = null;
        connection = null;
      }
      serving.end();
    }
  }

  /**
   * Cuts the front end off, finishes what is in flight, flushes, and ends.
   *
   * @return zero, or the errno of a flush that failed: then acknowledged writes may be lost
   */
  public int stop() {
    synchronized (this) {
      if (stopped) {
        return 0;
      }
      stopped = true;
      closing.countDown();
      DescriptorSocket connected = current;
      if (connected != null) {
        connected.shutdown();
      }
    }
    listener.removeName();
    listener.shutdown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    listener.close();
    return queues.stop();
  }

  /** As {@link #stop}, for those who cannot act on a failed flush. */
  @Override
  public void close() {
    int unused = stop();
  }

  @Override
  public String toString() {
    return "VhostUserServer[" + listener + ", " + device + "]";
  }
}
