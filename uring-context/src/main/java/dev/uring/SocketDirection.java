package dev.uring;

import dev.uring.sys.SocketCalls;

/** Which direction of a connection is ended. Source: {@code shutdown(2)}. */
public enum SocketDirection {
  /** Nothing more is received. */
  RECEIVE(SocketCalls.SHUT_RD),
  /** Nothing more is sent: the peer reads to the end. */
  SEND(SocketCalls.SHUT_WR),
  /** Neither. */
  BOTH(SocketCalls.SHUT_RDWR);

  private final int how;

  SocketDirection(int how) {
    this.how = how;
  }

  int how() {
    return how;
  }
}
