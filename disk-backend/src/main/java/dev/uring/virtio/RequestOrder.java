package dev.uring.virtio;

import org.jspecify.annotations.Nullable;

/** With IN_ORDER: the requests that were taken and not given back, in the order of their taking. */
final class RequestOrder {
  private @Nullable BlockRequest oldest;
  private @Nullable BlockRequest newest;

  void append(BlockRequest request) {
    BlockRequest last = newest;
    if (last == null) {
      oldest = request;
    } else {
      last.nextInOrder = request;
    }
    newest = request;
  }

  /** Takes the oldest request off if it has ended. */
  @Nullable BlockRequest pollEnded() {
    BlockRequest request = oldest;
    return request != null && request.status != RequestDecoder.PENDING ? poll() : null;
  }

  /** Takes off, one after the other, all that have ended, and forgets those that have not. */
  @Nullable BlockRequest pollEndedOfAll() {
    BlockRequest request = poll();
    while (request != null && request.status == RequestDecoder.PENDING) {
      request = poll();
    }
    return request;
  }

  private @Nullable BlockRequest poll() {
    BlockRequest request = oldest;
    if (request != null) {
      oldest = request.nextInOrder;
      request.nextInOrder = null;
      if (oldest == null) {
        newest = null;
      }
    }
    return request;
  }
}
