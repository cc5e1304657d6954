package dev.uring.nbd;

import dev.uring.FixedFile;
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
 *   IDLE ─ ACCEPTING ─ WAITING ─ HANDSHAKE ─ TRANSMISSION ─ DRAINING
 *     ▲                   │          │             │            │
 *     └─── nothing in ────┴──────────┴── CLOSING ──┴────────────┘
 *            flight
 * </pre>
 *
 * <p>WAITING has come when the server was full. DRAINING hears nothing more from the client, and
 * sends what it is still owed. CLOSING has shut the socket down and waits for the kernel and the
 * disk to let go.
 */
final class NbdConnection implements RequestHandler {
  private static final Logger LOGGER = System.getLogger(NbdConnection.class.getName());

  /**
   * A client that finds the server full waits a second for a place, unheard: of many that came and
   * left at once, most are only being cleared away.
   */
  private static final int ATTEMPTS_TO_STAY = 50;

  private static final long ATTEMPT_NANOSECONDS = 20_000_000;

  private static final int ACCEPTED = 0;
  private static final int RECEIVED = 1;
  private static final int SENT = 2;
  private static final int SHUT_DOWN = 3;

  private enum State {
    IDLE,
    ACCEPTING,
    WAITING,
    HANDSHAKE,
    TRANSMISSION,
    DRAINING,
    CLOSING
  }

  private final NbdLoop owner;
  private final FixedFile slot;
  private final int handler;
  private final LoopTimer timer;
  private final ConnectionBudget budget;
  private final ConnectionStream stream;
  private final ReplySender replies = new ReplySender(this);

  private State state = State.IDLE;
  private int listener;
  private @Nullable HandshakeDriver handshake;
  private @Nullable CommandReceiver receiver;
  private boolean shuttingDown;

  /** Which message the timer is armed for. */
  private long watched;

  private boolean counted;
  private int attempts;

  NbdConnection(NbdLoop owner, FixedFile slot) {
    this.owner = owner;
    this.slot = slot;
    this.handler = owner.loop().register(this);
    this.timer = owner.loop().timer(this::expired);
    this.budget = owner.newBudget();
    this.stream = new ConnectionStream(owner.loop(), slot, userData(RECEIVED), userData(SENT));
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

  /** Whether this place waits for a client of the listener, or with one for room. */
  boolean isAccepting(int ofListener) {
    return (state == State.ACCEPTING || state == State.WAITING) && listener == ofListener;
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
    state = State.WAITING;
    attempts = 0;
    if (owner.isStopping()) {
      close("the server ends");
    } else {
      tryToStay();
    }
  }

  /** Begins the handshake if there is room for one more client, or comes back to that soon. */
  void tryToStay() {
    if (state != State.WAITING) {
      return;
    }
    if (owner.admit(this)) {
      state = State.HANDSHAKE;
      owner.accept(listener);
      timer.arm(owner.options().handshakeTimeout().toNanos());
      HandshakeDriver driver = new HandshakeDriver(this, owner.exports());
      handshake = driver;
      driver.begin();
    } else if (attempts < ATTEMPTS_TO_STAY) {
      attempts++;
      timer.arm(ATTEMPT_NANOSECONDS);
    } else {
      owner.accept(listener);
      close("there are as many connections as the server may have");
    }
  }

  void beginTransmission(NbdExport export, ReceiveChunk chunk, int from, int to) {
    timer.disarm();
    handshake = null;
    state = State.TRANSMISSION;
    budget.add(ReceiveChunk.BYTES);
    CommandReceiver commandReceiver = new CommandReceiver(this, export, owner.isAligned(), chunk);
    receiver = commandReceiver;
    commandReceiver.begin(from, to);
    if (state == State.TRANSMISSION) {
      watchMessage();
    }
  }

  /** The client has said goodbye, or the server ends: what is owed is sent, then it is over. */
  void drain() {
    switch (state) {
      case TRANSMISSION -> {
        state = State.DRAINING;
        timer.disarm();
        proceedWithEnd();
      }
      case WAITING, HANDSHAKE -> close("the server ends");
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
    if (state == State.DRAINING && !budget.isAtDisk() && !stream.isSending() && replies.isIdle()) {
      close("all replies are sent");
    }
    boolean inUse = stream.isReceiving() || stream.isSending() || shuttingDown || budget.isAtDisk();
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
    budget.reset();
    state = State.IDLE;
    owner.released(this);
  }

  private void expired() {
    if (state == State.WAITING) {
      tryToStay();
      return;
    }
    close(
        state == State.HANDSHAKE
            ? "the client did not choose an export in time"
            : "the client did not finish a message in time");
  }

  // ---- bytes in and out

  ConnectionStream stream() {
    return stream;
  }

  /** Whether somebody is there who could be answered. */
  boolean isWaitedFor() {
    return isOpen() || state == State.DRAINING;
  }

  boolean canSend() {
    return !stream.isSending() && isWaitedFor();
  }

  @Override
  public void completed(int argument, int result, int flags) {
    try {
      switch (argument) {
        case ACCEPTED -> accepted(result);
        case RECEIVED -> received(result);
        case SENT -> sent(result);
        default -> shuttingDown = false;
      }
    } catch (OutOfMemoryError e) {
      // One client asked for what the machine does not have; the others are not to blame.
      LOGGER.log(Level.WARNING, "a client is cut off: {0}", e.getMessage());
      close("there is no memory for its requests");
    }
    if (state == State.TRANSMISSION) {
      watchMessage();
    }
    proceedWithEnd();
  }

  private void received(int result) {
    if (stream.received(result, isOpen()) || !isOpen()) {
      return;
    }
    if (result <= 0) {
      close(result == 0 ? "the client closed it" : "receiving failed with errno " + -result);
    } else if (handshake != null) {
      handshake.received(result);
    } else if (receiver != null) {
      receiver.received(result);
    }
  }

  private void sent(int result) {
    int outcome = stream.sent(result, state != State.CLOSING);
    if (outcome == ConnectionStream.GOES_ON || state == State.CLOSING) {
      return;
    }
    if (outcome != ConnectionStream.DONE) {
      close("sending failed with errno " + -outcome);
    } else if (handshake != null) {
      handshake.sent();
    } else {
      replies.sent();
    }
  }

  // ---- commands and their memory

  ConnectionBudget budget() {
    return budget;
  }

  NbdCommand takeCommand(long cookie) {
    NbdCommand command = memory().takeCommand();
    command.begin(this, cookie);
    budget.owes();
    return command;
  }

  /** Hands a command to the disk. */
  void submit(NbdCommand command) {
    budget.atDisk();
    owner.queue().submit(command);
  }

  void commandCompleted(NbdCommand command) {
    budget.fromDisk();
    reply(command);
    resume();
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
    budget.give(command.charged);
    command.charged = 0;
    budget.paid();
    memory().giveCommand(command);
    resume();
  }

  private void resume() {
    if (receiver != null && state == State.TRANSMISSION) {
      receiver.resume();
    }
  }

  void giveChunk(ReceiveChunk chunk) {
    budget.give(ReceiveChunk.BYTES);
    memory().giveChunk(chunk);
  }

  /** A message that has begun must be whole in time; what we ourselves hold up does not count. */
  private void watchMessage() {
    CommandReceiver current = receiver;
    if (current == null || !current.isInMidMessage()) {
      timer.disarm();
    } else if (!timer.isArmed() || watched != current.messages()) {
      watched = current.messages();
      timer.arm(owner.options().messageTimeout().toNanos());
    }
  }

  private long userData(int argument) {
    return EventLoop.userData(handler, argument);
  }

  @Override
  public String toString() {
    return "NbdConnection[" + slot + ", " + state + "]";
  }
}
