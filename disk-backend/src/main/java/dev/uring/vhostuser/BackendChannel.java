package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.ring.UringException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The way for messages to the front end, once it has given a socket for them (SET_BACKEND_REQ_FD).
 * Any thread may call; nothing here waits, whatever the front end does with its end.
 */
final class BackendChannel implements AutoCloseable {
  private final ByteBuffer message =
      ByteBuffer.allocateDirect(VhostProtocol.HEADER_BYTES).order(ByteOrder.nativeOrder());
  private @Nullable DescriptorSocket socket;

  /** Takes a socket, which becomes this object's, instead of the one before. */
  synchronized void set(Descriptor descriptor) {
    close();
    socket = new DescriptorSocket(descriptor);
  }

  /** Tells the front end that the configuration has changed, if it can be told. */
  synchronized void configurationChanged() {
    DescriptorSocket to = socket;
    if (to == null) {
      return;
    }
    message.clear();
    message.putInt(VhostProtocol.BACKEND_CONFIG_CHANGE);
    message.putInt(VhostProtocol.FLAG_VERSION_1).putInt(0).flip();
    try {
      if (to.offer(message)) {
        return;
      }
      VhostUserServer.LOGGER.log(
          Level.WARNING, "a front end does not read what it is told; it is told nothing more");
    } catch (UringException e) {
      VhostUserServer.LOGGER.log(
          Level.WARNING, "a front end could not be told of a change: {0}", e.getMessage());
    }
    close();
  }

  @Override
  public synchronized void close() {
    DescriptorSocket before = socket;
    socket = null;
    if (before != null) {
      before.close();
    }
  }
}
