package dev.uring.virtio;

import org.jspecify.annotations.Nullable;

/** Requests in order, first in, first out; a request is in one list at a time. */
final class RequestList {
  private @Nullable BlockRequest first;
  private @Nullable BlockRequest last;

  void add(BlockRequest request) {
    BlockRequest before = last;
    if (before == null) {
      first = request;
    } else {
      before.following = request;
    }
    last = request;
  }

  @Nullable BlockRequest poll() {
    BlockRequest request = first;
    if (request != null) {
      first = request.following;
      request.following = null;
      if (first == null) {
        last = null;
      }
    }
    return request;
  }
}
