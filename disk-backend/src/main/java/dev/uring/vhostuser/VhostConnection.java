package dev.uring.vhostuser;

import static dev.uring.vhostuser.VhostProtocol.*;

import dev.uring.Descriptor;
import dev.uring.FileKind;
import dev.uring.ring.UringException;
import dev.uring.virtio.BlockDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One front end's connection: takes its messages in turn and does what they say. */
final class VhostConnection {
  private final VhostChannel channel;
  private final BlockDevice device;
  private final VhostQueues queues;
  private final VhostMemory memory;
  private final BackendChannel toFrontEnd = new BackendChannel();
  private final List<VhostRing> rings = new ArrayList<>();

  /** A change since then may be one that the front end has not seen. */
  private final int firstGeneration;

  private long protocolFeatures;
  private int status;

  /** Whether the guest turned the write cache off. */
  private boolean cacheOff;

  VhostConnection(
      VhostChannel channel, BlockDevice device, VhostQueues queues, boolean sealedMemoryOnly) {
    this.channel = channel;
    this.device = device;
    this.queues = queues;
    this.firstGeneration = device.configurationGeneration();
    this.memory = new VhostMemory(queues, sealedMemoryOnly);
    for (int index = 0; index < queues.count(); index++) {
      rings.add(new VhostRing(queues, index));
    }
  }

  /**
   * Serves until the front end hangs up.
   *
   * @throws VhostException if it asks for what makes no sense, and does not want to be told
   * @throws UringException if the connection broke
   */
  void serve() {
    VhostMessage message = channel.receive();
    while (message != null) {
      try (VhostMessage current = message) {
        take(current);
      }
      message = channel.receive();
    }
  }

  private void take(VhostMessage message) {
    boolean acknowledge =
        message.wantsReply()
            && (protocolFeatures & PROTOCOL_REPLY_ACK) != 0
            && !isAnswered(message.request());
    try {
      handle(message);
    } catch (VhostException e) {
      if (!acknowledge) {
        throw e;
      }
      VhostUserServer.LOGGER.log(
          System.Logger.Level.WARNING, "refused to a front end: {0}", e.getMessage());
      channel.sendReply(message.request(), 1);
      return;
    }
    if (acknowledge) {
      channel.sendReply(message.request(), 0);
    }
  }

  private void handle(VhostMessage message) {
    int request = message.request();
    switch (request) {
      case GET_FEATURES ->
          channel.sendReply(request, device.features() | FEATURE_PROTOCOL_FEATURES);
      case SET_FEATURES -> setFeatures(message.number());
      // Ownership means nothing here: whoever is connected has the device.
      case SET_OWNER, RESET_OWNER -> {}
      case GET_PROTOCOL_FEATURES -> channel.sendReply(request, PROTOCOL_FEATURES);
      case SET_PROTOCOL_FEATURES -> setProtocolFeatures(message.number());
      case GET_QUEUE_NUM -> channel.sendReply(request, queues.count());
      case SET_MEM_TABLE -> replaceMemory(message);
      case GET_MAX_MEM_SLOTS -> channel.sendReply(request, VhostMemory.MOST_REGIONS);
      case ADD_MEM_REG -> memory.add(message);
      case REM_MEM_REG -> memory.remove(message);
      case SET_BACKEND_REQ_FD -> setBackendChannel(message);
      case GET_CONFIG -> sendConfiguration(message);
      case SET_CONFIG -> setConfiguration(message);
      case RESET_DEVICE -> reset();
      case SET_STATUS -> setStatus(message.number());
      case GET_STATUS -> channel.sendReply(request, status);
      default -> handleRing(message);
    }
  }

  private void handleRing(VhostMessage message) {
    switch (message.request()) {
      case SET_VRING_NUM -> ringOfState(message).setSize(stateNumber(message));
      case SET_VRING_BASE -> ringOfState(message).setBase(stateNumber(message));
      case SET_VRING_ADDR -> setAddresses(message);
      case SET_VRING_ENABLE -> ringOfState(message).setEnabled(stateNumber(message) != 0);
      case GET_VRING_BASE -> sendBase(message);
      case SET_VRING_KICK -> setKick(message);
      case SET_VRING_CALL -> setCall(message);
      // Nobody is told by it that a queue broke; the message closes the descriptor.
      case SET_VRING_ERR -> ringOfDescriptor(message);
      default ->
          throw new VhostException(
              message + " is unknown here, or of a feature that was not offered");
    }
    startRings();
  }

  /** In any order of messages a ring starts when the last thing that it needs has come. */
  private void startRings() {
    for (VhostRing ring : rings) {
      ring.startIfDue(memory.memory());
    }
  }

  private VhostRing ring(long index) {
    if (index < 0 || index >= rings.size()) {
      throw new VhostException(
          "there is no ring " + Long.toUnsignedString(index) + ", there are " + rings.size());
    }
    return rings.get((int) index);
  }

  private VhostRing ringOfState(VhostMessage message) {
    ByteBuffer payload = message.payload(VRING_STATE_BYTES);
    return ring(Integer.toUnsignedLong(payload.getInt(payload.position())));
  }

  private static int stateNumber(VhostMessage message) {
    ByteBuffer payload = message.payload(VRING_STATE_BYTES);
    return payload.getInt(payload.position() + Integer.BYTES);
  }

  private VhostRing ringOfDescriptor(VhostMessage message) {
    return ring(message.number() & RING_INDEX_MASK);
  }

  private void setBackendChannel(VhostMessage message) {
    toFrontEnd.set(message.takeDescriptor());
    if (device.configurationGeneration() != firstGeneration) {
      toFrontEnd.configurationChanged();
    }
  }

  /** Has the guest look at the configuration anew, if its front end can be told. Any thread. */
  void configurationChanged() {
    toFrontEnd.configurationChanged();
  }

  private void setFeatures(long features) {
    if (!device.negotiate(features & ~FEATURE_PROTOCOL_FEATURES)) {
      throw new VhostException(
          "the features 0x" + Long.toHexString(features) + " were not all offered");
    }
    if (cacheOff) {
      // A front end that stops and goes on says its features anew, and its guest does not choose
      // anew: it would not flush, and so must not be given a cache.
      device.writeConfiguration(CONFIG_WRITEBACK, 0);
    }
    if ((features & FEATURE_PROTOCOL_FEATURES) == 0) {
      rings.forEach(ring -> ring.setEnabled(true));
      startRings();
    }
  }

  private void setProtocolFeatures(long features) {
    if ((features & ~PROTOCOL_FEATURES) != 0) {
      throw new VhostException(
          "the protocol features 0x" + Long.toHexString(features) + " were not all offered");
    }
    protocolFeatures = features;
  }

  private void replaceMemory(VhostMessage message) {
    memory.replace(message);
    startRings();
  }

  private void sendConfiguration(VhostMessage message) {
    ByteBuffer payload = message.payload(CONFIG_HEADER_BYTES);
    int offset = payload.getInt(payload.position());
    int size = payload.getInt(payload.position() + 4);
    int flags = payload.getInt(payload.position() + 8);
    ByteBuffer reply = channel.startReply();
    if (isInConfiguration(offset, size)) {
      reply.putInt(offset).putInt(size).putInt(flags);
      for (int index = 0; index < size; index++) {
        reply.put((byte) device.readConfiguration(offset + index));
      }
    }
    // A reply without a payload says that the range is none.
    channel.sendReply(message.request());
  }

  private static boolean isInConfiguration(int offset, int size) {
    return offset >= 0
        && size >= 0
        && offset <= CONFIG_SPACE_BYTES
        && size <= CONFIG_SPACE_BYTES - offset;
  }

  private void setConfiguration(VhostMessage message) {
    ByteBuffer payload = message.payload(CONFIG_HEADER_BYTES);
    int offset = payload.getInt(payload.position());
    int size = payload.getInt(payload.position() + 4);
    if (!isInConfiguration(offset, size)) {
      throw new VhostException("a range outside of the configuration cannot be set");
    }
    message.payload(CONFIG_HEADER_BYTES + size);
    int first = payload.position() + CONFIG_HEADER_BYTES;
    for (int index = 0; index < size; index++) {
      byte value = payload.get(first + index);
      device.writeConfiguration(offset + index, value);
      if (offset + index == CONFIG_WRITEBACK) {
        cacheOff = value == 0;
      }
    }
  }

  private void setAddresses(VhostMessage message) {
    ByteBuffer payload = message.payload(VRING_ADDRESS_BYTES);
    int at = payload.position();
    ring(Integer.toUnsignedLong(payload.getInt(at)))
        .setAddresses(payload.getLong(at + 8), payload.getLong(at + 16), payload.getLong(at + 24));
  }

  private void sendBase(VhostMessage message) {
    int base = ringOfState(message).stopForGood();
    ByteBuffer payload = message.payload(VRING_STATE_BYTES);
    int index = payload.getInt(payload.position());
    channel.startReply().putInt(index).putInt(base);
    channel.sendReply(message.request());
  }

  private void setKick(VhostMessage message) {
    VhostRing ring = ringOfDescriptor(message);
    ring.setKick(takeEvent(message));
  }

  private void setCall(VhostMessage message) {
    VhostRing unused = ringOfDescriptor(message);
    int index = (int) (message.number() & RING_INDEX_MASK);
    try (Descriptor call = takeEvent(message)) {
      queues.setCall(index, call);
    }
  }

  /** Files, sockets and devices wait in ways of their own, and may never be done with a request. */
  private static @Nullable Descriptor takeEvent(VhostMessage message) {
    Descriptor descriptor = message.takeRingDescriptor();
    if (descriptor == null) {
      return null;
    }
    try {
      if (descriptor.status().kind() == FileKind.OTHER) {
        return descriptor;
      }
    } catch (UringException e) {
      descriptor.close();
      throw new VhostException(message + " came with a descriptor that has no status", e);
    }
    descriptor.close();
    throw new VhostException(message + " came with something else than an eventfd");
  }

  private void setStatus(long value) {
    status = (int) value & 0xff;
    if (status == 0) {
      reset();
    }
  }

  private void reset() {
    for (VhostRing ring : rings) {
      int unused = ring.stopForGood();
      ring.setEnabled(false);
    }
    device.reset();
    status = 0;
  }

  /** Ends all that the front end began, and lets go of its memory. */
  void end() {
    toFrontEnd.close();
    try {
      queues.release();
      memory.clear();
    } finally {
      rings.forEach(VhostRing::forget);
      device.reset();
    }
  }
}
