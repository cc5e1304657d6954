package dev.uring;

import dev.uring.sys.SocketCalls;

/** What a socket carries. Source: {@code socket(2)}. */
public enum SocketKind {
  /** A stream of bytes, connected. */
  STREAM(SocketCalls.SOCK_STREAM),
  /** Messages, each by itself; some may be lost. */
  DATAGRAM(2),
  /** Messages in their order, connected. */
  SEQUENCED_PACKET(5);

  private final int type;

  SocketKind(int type) {
    this.type = type;
  }

  /** {@code SOCK_*}. */
  int type() {
    return type;
  }
}
