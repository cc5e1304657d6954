package dev.uring.nbd;

import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.disk.EventLoop;
import dev.uring.disk.LoopTimer;
import dev.uring.disk.RequestHandler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * A place for one client on a loop: a slot of the ring's file table and what happens on it. The
 * place outlives its clients; the next is accepted into the same slot, which lets the last one go.
 *
 * <pre>
 *   IDLE ─ accept ─ ACCEPTING ─ HANDSHAKE ─ TRANSMISSION ─ DRAINING
 *     ▲                             │             │            │
 *     └───────── nothing in flight ─┴── CLOSING ──┴────────────┘
 * </pre>
 *
 * <p>DRAINING hears nothing more from the client, and sends what it is still owed. CLOSING has shut
 * the socket down and waits for the kernel and the disk to let go.
 */
final class NbdConnection implements RequestHandler {
  private static final Logger LOGGER = System.getLogger(NbdConnection.class.getName());

  private static final int ACCEPTED = 0;
  private static final int RECEIVED = 1;
  private static final int SENT = 2;
  private static final int SHUT_DOWN = 3;

  /** A connection has no offsets. */
  private static final long STREAM = -1;

  /**
   * Commands of one client that are under way or whose replies wait: replies without data cost no
   * budget, and a client that does not read them must not have them pile up.
   */
  private static final int MAXIMUM_COMMANDS = 1024;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private enum State {
    IDLE,
    ACCEPTING,
    HANDSHAKE,
    TRANSMISSION,
    DRAINING,
    CLOSING
  }

  private final NbdLoop owner;
  private final FixedFile slot;
  private final int handler;
  private final LoopTimer timer;
  private final ReplySender replies = new ReplySender(this);
  private final MemoryVector incoming = new MemoryVector(1);
  private final MemoryVector unsent = new MemoryVector(ReplySender.MAXIMUM_PIECES);

  private State state = State.IDLE;
  private int listener;
  private @Nullable HandshakeDriver handshake;
  private @Nullable CommandReceiver receiver;
  private @Nullable MemoryVector outgoing;
  private long sentBytes;
  private boolean receiving;
  private boolean shuttingDown;
  private boolean counted;

  /** Commands that the disk works on. */
  private int commands;

  /** Commands whose replies are not sent yet, those of the disk among them. */
  private int owed;

  private long charged;

  NbdConnection(NbdLoop owner, FixedFile slot) {
    this.owner = owner;
    this.slot = slot;
    this.handler = owner.loop().register(this);
    this.timer = owner.loop().timer(this::expired);
  }

  EventLoop loop() {
    return owner.loop();
  }

  NbdMemory memory() {
    return owner.memory();
  }

  // ---- the life of a connection

  /** Waits for a client of a listener. */
  void accept(int listenerNumber, FixedFile listenerSlot) {
    state = State.ACCEPTING;
    listener = listenerNumber;
    loop().context().sockets().addAccept(listenerSlot, slot, userData(ACCEPTED));
  }

  int listener() {
    return listener;
  }

  boolean isIdle() {
    return state == State.IDLE;
  }

  boolean isAccepting(int ofListener) {
    return state == State.ACCEPTING && listener == ofListener;
  }

  /** Whether a client is here, or what it left is still being cleared away. */
  boolean isServing() {
    return state != State.IDLE && state != State.ACCEPTING;
  }

  /** Whether this connection is among those that the server's limit counts. */
  boolean isCounted() {
    return counted;
  }

  void setCounted(boolean isCounted) {
    counted = isCounted;
  }

  /** Whether the client is still being listened to. */
  boolean isOpen() {
    return state == State.HANDSHAKE || state == State.TRANSMISSION;
  }

  private void accepted(int result) {
    if (result < 0) {
      state = State.IDLE;
      owner.acceptFailed(-result);
      return;
    }
    state = State.HANDSHAKE;
    String refusal = owner.accepted(this);
    if (refusal != null) {
      close(refusal);
      return;
    }
    timer.arm(owner.options().handshakeTimeout().toNanos());
    HandshakeDriver driver = new HandshakeDriver(this, owner.exports());
    handshake = driver;
    driver.begin();
  }

  void beginTransmission(NbdExport export, ReceiveChunk chunk, int from, int to) {
    timer.disarm();
    handshake = null;
    state = State.TRANSMISSION;
    charged = ReceiveChunk.BYTES;
    CommandReceiver commandReceiver = new CommandReceiver(this, export, owner.isAligned(), chunk);
    receiver = commandReceiver;
    commandReceiver.begin(from, to);
    watchMessage();
  }

  /** The client has said goodbye, or the server ends: what is owed is sent, then it is over. */
  void drain() {
    switch (state) {
      case TRANSMISSION -> {
        state = State.DRAINING;
        timer.disarm();
        proceedWithEnd();
      }
      case HANDSHAKE -> close("the server ends");
      case IDLE, ACCEPTING, DRAINING, CLOSING -> {}
    }
  }

  /** Ends the connection without regard to what the client is owed. */
  void close(String reason) {
    if (state == State.CLOSING || state == State.IDLE || state == State.ACCEPTING) {
      return;
    }
    LOGGER.log(Level.DEBUG, "connection in slot {0} ends: {1}", slot.slot(), reason);
    state = State.CLOSING;
    timer.disarm();
    shuttingDown = true;
    loop().context().sockets().addShutdown(slot, userData(SHUT_DOWN));
  }

  private void proceedWithEnd() {
    if (state == State.DRAINING && commands == 0 && outgoing == null && replies.isIdle()) {
      close("all replies are sent");
    }
    boolean inUse = receiving || outgoing != null || shuttingDown || commands > 0;
    if (state == State.CLOSING && !inUse) {
      release();
    }
  }

  private void release() {
    replies.release();
    if (handshake != null) {
      handshake.release();
      handshake = null;
    }
    if (receiver != null) {
      receiver.release();
      receiver = null;
    }
    charged = 0;
    state = State.IDLE;
    owner.released(this);
  }

  private void expired() {
    close(
        state == State.HANDSHAKE
            ? "the client did not choose an export in time"
            : "the client did not finish a message in time");
  }

  // ---- bytes in and out

  /** Receives what is there, at most so much, unless that is under way already. */
  void receive(NativeMemory memory, int position, int length) {
    if (!receiving) {
      receiving = true;
      incoming.clear();
      incoming.add(memory, position, length);
      addReceive();
    }
  }

  private void addReceive() {
    loop().context().addReadv(slot, incoming, STREAM, userData(RECEIVED));
  }

  /** Sends a list, all of it; it must stay as it is until {@code sent} is reported. */
  void send(MemoryVector vector) {
    outgoing = vector;
    sentBytes = 0;
    addSend(vector);
  }

  private void addSend(MemoryVector vector) {
    loop().context().addWritev(slot, vector, STREAM, userData(SENT));
  }

  boolean canSend() {
    return outgoing == null && (isOpen() || state == State.DRAINING);
  }

  @Override
  public void completed(int argument, int result, int flags) {
    switch (argument) {
      case ACCEPTED -> accepted(result);
      case RECEIVED -> received(result);
      case SENT -> sent(result);
      default -> shuttingDown = false;
    }
    if (state == State.TRANSMISSION) {
      watchMessage();
    }
    proceedWithEnd();
  }

  private void received(int result) {
    if ((result == -EINTR || result == -EAGAIN) && isOpen()) {
      addReceive();
      return;
    }
    receiving = false;
    if (!isOpen()) {
      return;
    }
    if (result <= 0) {
      close(result == 0 ? "the client closed it" : "receiving failed with errno " + -result);
      return;
    }
    if (handshake != null) {
      handshake.received(result);
    } else if (receiver != null) {
      receiver.received(result);
    }
  }

  private void sent(int result) {
    MemoryVector vector = outgoing;
    if (vector == null) {
      throw new IllegalStateException("a send completed that nobody started");
    }
    if (state == State.CLOSING) {
      outgoing = null;
      return;
    }
    if (result == -EINTR || result == -EAGAIN) {
      sendRest(vector);
      return;
    }
    if (result <= 0) {
      outgoing = null;
      close("sending failed with errno " + -result);
      return;
    }
    sentBytes += result;
    if (sentBytes < vector.byteCount()) {
      sendRest(vector);
      return;
    }
    outgoing = null;
    if (handshake != null) {
      handshake.sent();
    } else {
      replies.sent();
    }
  }

  private void sendRest(MemoryVector vector) {
    unsent.clear();
    addSend(unsent.addRange(vector, sentBytes, vector.byteCount() - sentBytes));
  }

  // ---- commands and their memory

  /** Whether the budget has room for so many bytes more; if so they are taken. */
  boolean charge(int bytes) {
    boolean room = charged + bytes <= owner.options().inFlightBytes();
    if (room && owed < MAXIMUM_COMMANDS) {
      charged += bytes;
      return true;
    }
    return false;
  }

  NbdCommand takeCommand(long cookie) {
    NbdCommand command = memory().takeCommand();
    command.begin(this, cookie);
    owed++;
    return command;
  }

  /** Hands a command to the disk. */
  void submit(NbdCommand command) {
    commands++;
    owner.queue().submit(command);
  }

  void commandCompleted(NbdCommand command) {
    commands--;
    reply(command);
    proceedWithEnd();
  }

  /** A command is over: its reply is owed, or it is given back if nobody is there any more. */
  void reply(NbdCommand command) {
    if (state == State.CLOSING) {
      give(command);
    } else {
      replies.add(command);
    }
  }

  /** The reply is sent, or will never be: memory and budget come back. */
  void give(NbdCommand command) {
    if (command.data != null) {
      memory().buffers().give(command.data);
      command.data = null;
    }
    if (command.chunk != null && receiver != null) {
      receiver.release(command.chunk);
      command.chunk = null;
    }
    charged -= command.charged;
    command.charged = 0;
    owed--;
    memory().giveCommand(command);
    if (receiver != null && state == State.TRANSMISSION) {
      receiver.resume();
    }
  }

  void giveChunk(ReceiveChunk chunk) {
    charged -= ReceiveChunk.BYTES;
    memory().giveChunk(chunk);
  }

  /** A message that has begun must be whole in time; what we ourselves hold up does not count. */
  private void watchMessage() {
    boolean unfinished = receiver != null && receiver.isInMidMessage();
    if (!unfinished) {
      timer.disarm();
    } else if (!timer.isArmed()) {
      timer.arm(owner.options().messageTimeout().toNanos());
    }
  }

  private long userData(int argument) {
    return EventLoop.userData(handler, argument);
  }

  @Override
  public String toString() {
    return "NbdConnection[" + slot + ", " + state + ", commands=" + commands + "]";
  }
}
