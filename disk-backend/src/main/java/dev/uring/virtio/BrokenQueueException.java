package dev.uring.virtio;

/**
 * A driver did to a queue what no driver may. Without a stack trace: it says something about the
 * guest and nothing about this program, and a guest can cause as many as it likes.
 */
final class BrokenQueueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokenQueueException(String reason) {
    super(reason, null, false, false);
  }
}
