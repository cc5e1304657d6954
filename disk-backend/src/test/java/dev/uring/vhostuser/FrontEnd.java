package dev.uring.vhostuser;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.SharedMapping;
import dev.uring.Sockets;
import dev.uring.URingContext;
import dev.uring.ring.UringException;
import dev.uring.virtio.VirtioFeature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A front end written from the specification: messages in any order and any shape, and {@linkplain
 * FrontEndRing rings} in memory of its own. Sharing nothing with the back end but sockets.
 */
final class FrontEnd implements AutoCloseable {
  /** Where the guest has its memory, and where this process claims to have it. */
  static final long GUEST = 0x10_0000;

  static final long USER = 0x7f00_0000_0000L;
  static final int MEMORY_BYTES = 1 << 20;
  static final long PROTOCOL = 1L << 30;
  static final long FEATURES =
      PROTOCOL
          | VirtioFeature.mask(
              VirtioFeature.VERSION_1, VirtioFeature.FLUSH, VirtioFeature.EVENT_IDX);

  private static final int VERSION = 1;
  private static final int NEED_REPLY = 8;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int POLLIN = 1;

  DescriptorSocket socket;
  private Descriptor connection;
  final URingContext context = URingContext.create(8);
  final Descriptor file = Descriptor.memFd("guest", MEMORY_BYTES);
  final ByteBuffer memory;
  private final SharedMapping mapping = SharedMapping.map(file, 0, MEMORY_BYTES);
  private final List<FrontEndRing> rings = new ArrayList<>();

  FrontEnd(Path path) {
    this(Sockets.connectUnix(path));
  }

  /** On a socket that is connected. */
  FrontEnd(Descriptor connected) {
    memory = mapping.memory().buffer().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    connection = connected;
    socket = new DescriptorSocket(connected);
  }

  /** Hangs up and connects anew; memory and rings stay as they are. */
  void reconnect(Path path) {
    socket.close();
    connection = Sockets.connectUnix(path);
    socket = new DescriptorSocket(connection);
  }

  /** A payload with room for {@code bytes}. */
  static ByteBuffer payload(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static ByteBuffer number(long value) {
    return payload(8).putLong(0, value);
  }

  /** { u32 index; u32 number }. */
  static ByteBuffer state(int index, int number) {
    return payload(8).putInt(0, index).putInt(4, number);
  }

  /** Sends anything at all. */
  void sendRaw(int request, int flags, int size, ByteBuffer payload, Descriptor... descriptors) {
    ByteBuffer bytes = payload(12 + payload.capacity());
    bytes.putInt(request).putInt(flags).putInt(size).put(payload.duplicate().clear()).flip();
    socket.send(bytes, descriptors);
  }

  void send(int request, ByteBuffer payload, Descriptor... descriptors) {
    sendRaw(request, VERSION, payload.capacity(), payload, descriptors);
  }

  /** Sends a message and returns what it is acknowledged with. */
  long acknowledged(int request, ByteBuffer payload, Descriptor... descriptors) {
    sendRaw(request, VERSION | NEED_REPLY, payload.capacity(), payload, descriptors);
    return receive(request).getLong(0);
  }

  /** Sends a message and returns its reply's payload. */
  ByteBuffer ask(int request, ByteBuffer payload) {
    send(request, payload);
    return receive(request);
  }

  long askNumber(int request) {
    return ask(request, payload(0)).getLong(0);
  }

  private ByteBuffer receive(int request) {
    ByteBuffer header = fill(12);
    if (header.getInt(0) != request || header.getInt(4) != (VERSION | 4)) {
      throw new AssertionError(
          "a reply to " + header.getInt(0) + " with flags " + header.getInt(4));
    }
    return header.getInt(8) == 0 ? payload(0) : fill(header.getInt(8));
  }

  private ByteBuffer fill(int bytes) {
    ByteBuffer into = payload(bytes);
    List<Descriptor> none = new ArrayList<>();
    while (into.hasRemaining()) {
      awaitReadable();
      if (socket.receive(into, none) == 0) {
        throw new IllegalStateException("the back end has hung up");
      }
    }
    return into.flip();
  }

  /** A back end that says nothing fails the test; a receive would wait for ever. */
  private void awaitReadable() {
    awaitReadable(connection);
  }

  /** Waits for a message on a socket beside the connection. */
  void awaitReadable(Descriptor socketBeside) {
    context.addPollFd(socketBeside, POLLIN, 0);
    if (context.await(1, PATIENCE, (userData, result, flags) -> {}) == 0) {
      throw new AssertionError("the back end says nothing");
    }
  }

  /** Whether the back end hangs up, instead of ever saying anything more. */
  boolean isCutOff() {
    try {
      awaitReadable();
      return socket.receive(payload(1), new ArrayList<>()) == 0;
    } catch (UringException e) {
      // With messages of ours unread the kernel says ECONNRESET.
      return true;
    }
  }

  /** What comes before anything of a queue. */
  FrontEnd negotiate(long features) {
    long offered = askNumber(VhostProtocol.GET_FEATURES);
    if ((features & ~offered) != 0) {
      throw new AssertionError("not offered: 0x" + Long.toHexString(features & ~offered));
    }
    send(VhostProtocol.SET_PROTOCOL_FEATURES, number(askNumber(16 - 1)));
    send(VhostProtocol.SET_OWNER, payload(0));
    send(VhostProtocol.SET_FEATURES, number(features));
    return this;
  }

  FrontEnd shareMemory() {
    send(VhostProtocol.SET_MEM_TABLE, table(GUEST, MEMORY_BYTES, USER, 0), file);
    return this;
  }

  static ByteBuffer table(long guest, long size, long user, long offset) {
    return payload(40)
        .putInt(0, 1)
        .putLong(8, guest)
        .putLong(16, size)
        .putLong(24, user)
        .putLong(32, offset);
  }

  /** The payload of ADD_MEM_REG and REM_MEM_REG. */
  static ByteBuffer region(long guest, long size, long user, long offset) {
    return table(guest, size, user, offset).putLong(0, 0);
  }

  /** A ring with both descriptors, set up and enabled. */
  FrontEndRing startRing(int index) {
    FrontEndRing ring = new FrontEndRing(this, index);
    rings.add(ring);
    ring.describe();
    ring.giveDescriptors();
    ring.enable(true);
    return ring;
  }

  /** All that a well-behaved front end does before its first request. */
  static FrontEnd ready(Path path) {
    return new FrontEnd(path).negotiate(FEATURES).shareMemory();
  }

  @Override
  public void close() {
    socket.close();
    rings.forEach(FrontEndRing::close);
    context.close();
    mapping.close();
    file.close();
  }
}
