package dev.uring.nbd;

import dev.uring.MemoryVector;
import dev.uring.nbd.NbdHandshake.Outcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Moves the bytes of a {@link NbdHandshake} in and out. Nothing is received while replies wait to
 * be sent: a client that does not read them is not listened to.
 */
final class HandshakeDriver {
  private final NbdConnection connection;
  private final NbdHandshake handshake;
  private final ReceiveChunk input;
  private final ReceiveChunk output;
  private final MemoryVector vector = new MemoryVector();
  private Outcome outcome = Outcome.NEED_MORE;
  private int parsed;
  private int filled;

  HandshakeDriver(NbdConnection connection, NbdExports exports) {
    this.connection = connection;
    this.handshake = new NbdHandshake(exports);
    this.input = connection.memory().takeChunk();
    this.output = connection.memory().takeChunk();
  }

  /** Sends the greeting; everything else follows from what comes back. */
  void begin() {
    proceed();
  }

  void received(int count) {
    filled += count;
    ByteBuffer unread =
        input.bytes().duplicate().order(ByteOrder.BIG_ENDIAN).position(parsed).limit(filled);
    outcome = handshake.receive(unread);
    parsed = unread.position();
    proceed();
  }

  void sent() {
    vector.clear();
    proceed();
  }

  private void proceed() {
    int ready = handshake.drainTo(output.bytes().duplicate());
    if (ready > 0) {
      vector.add(output.memory(), 0, ready);
      connection.stream().send(vector);
      return;
    }
    switch (outcome) {
      case NEED_MORE -> {
        if (ReceiveChunk.BYTES - filled < NbdHandshake.INPUT_BYTES) {
          input.moveTo(input, parsed, filled);
          filled -= parsed;
          parsed = 0;
        }
        connection.stream().receive(input.memory(), filled, ReceiveChunk.BYTES - filled);
      }
      case TRANSMISSION -> {
        connection.memory().giveChunk(output);
        connection.beginTransmission(handshake.export(), input, parsed, filled);
      }
      case CLOSE -> connection.close(handshake.closeReason());
    }
  }

  /** The connection ends during the handshake, and nothing of it is in flight. */
  void release() {
    connection.memory().giveChunk(input);
    connection.memory().giveChunk(output);
  }
}
