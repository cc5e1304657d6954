package dev.uring.disk;

import org.jspecify.annotations.Nullable;

/**
 * The flush after which a loop ends: what nobody flushed is flushed. Once, on the loop's thread.
 */
public final class LastFlush extends DiskRequest {
  private @Nullable EventLoop loop;
  private volatile int error;

  /** A flush that is not asked for yet. */
  public LastFlush() {}

  /** Flushes the disk and then ends the loop. Nothing else is in flight at the disk. */
  public void thenFinish(EventLoop ending, DiskQueue disk) {
    loop = ending;
    prepare(Operation.FLUSH, 0, 0);
    disk.submit(this);
  }

  @Override
  protected void completed(int result) {
    error = result;
    EventLoop ending = loop;
    if (ending != null) {
      ending.finish();
    }
  }

  /** Zero, or the errno of the flush, once the loop has ended. Any thread. */
  public int error() {
    return error;
  }
}
