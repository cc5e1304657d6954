package dev.uring.disk;

/**
 * Remembers that making a disk's data durable has failed.
 *
 * <p>The kernel reports a failed write-back once and may have thrown the data away: a second flush
 * that succeeds says nothing about it. So after one failure every later flush of the disk fails, on
 * every queue and every export, until the image is opened anew. Any thread.
 */
final class FlushLatch {
  private volatile int error;

  /** Zero, or the errno of the first flush that failed. */
  int error() {
    return error;
  }

  /** Latches a failure; the first one stays. */
  synchronized void fail(int errno) {
    if (error == 0) {
      error = errno;
    }
  }
}
