package dev.uring.nbd;

import dev.uring.MemoryVector;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one connection on their way out: all that are ready when the socket is free go in
 * one message, in whatever order the disk was done.
 */
final class ReplySender {
  /** Replies in one message; each may have two pieces. */
  static final int MAXIMUM_REPLIES = 32;

  static final int MAXIMUM_PIECES = 2 * MAXIMUM_REPLIES;

  private final NbdConnection connection;
  private final MemoryVector vector = new MemoryVector(MAXIMUM_PIECES);
  private final Runnable flush = this::flush;
  private @Nullable NbdCommand first;
  private @Nullable NbdCommand last;
  private @Nullable NbdCommand sending;
  private boolean scheduled;

  ReplySender(NbdConnection connection) {
    this.connection = connection;
  }

  /** A command is done; its reply goes out at the end of the loop's turn. */
  void add(NbdCommand command) {
    command.next = null;
    if (last == null) {
      first = command;
    } else {
      last.next = command;
    }
    last = command;
    schedule();
  }

  /** Whether no reply waits or is being sent. */
  boolean isIdle() {
    return first == null && sending == null;
  }

  private void schedule() {
    if (!scheduled && sending == null && first != null) {
      scheduled = true;
      connection.loop().atEndOfTurn(flush);
    }
  }

  private void flush() {
    scheduled = false;
    if (sending != null || first == null || !connection.canSend()) {
      return;
    }
    vector.clear();
    sending = first;
    NbdCommand command = first;
    NbdCommand taken = first;
    for (int count = 0; command != null && count < MAXIMUM_REPLIES; count++) {
      command.addReplyTo(vector);
      taken = command;
      command = command.next;
    }
    taken.next = null;
    first = command;
    if (first == null) {
      last = null;
    }
    connection.stream().send(vector);
  }

  /** The message is out, all of it. */
  void sent() {
    giveBack(sending);
    sending = null;
    vector.clear();
    schedule();
  }

  /** The connection is over: no reply will be sent any more, and none is being sent. */
  void release() {
    giveBack(sending);
    giveBack(first);
    sending = null;
    first = null;
    last = null;
    vector.clear();
  }

  private void giveBack(@Nullable NbdCommand list) {
    NbdCommand command = list;
    while (command != null) {
      NbdCommand following = command.next;
      command.next = null;
      connection.give(command);
      command = following;
    }
  }
}
