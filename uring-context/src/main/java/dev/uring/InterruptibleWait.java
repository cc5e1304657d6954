package dev.uring;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets {@link Thread#interrupt} reach a thread that waits in the kernel.
 *
 * <p>The platform offers one way to be called when a thread is interrupted: to be a selector,
 * between {@code begin} and {@code end}. This is one in nothing else.
 *
 * <p>What is true of selectors is true here: JDK 17 looks whom to call before it notes the
 * interrupt, so that one which comes just as the wait begins can fall between the two, and is
 * noticed when the wait has ended otherwise (seen once in some 100,000 such moments, with both
 * processors busy). JDK 25 notes it first.
 */
final class InterruptibleWait extends AbstractSelector {
  private final Runnable nudge;

  /** Waits of the context that are to end because of an interrupt, and have not yet. */
  private final AtomicInteger interrupted;

  private final AtomicBoolean counted = new AtomicBoolean();

  InterruptibleWait(Runnable nudge, AtomicInteger interrupted) {
    super(null);
    this.nudge = nudge;
    this.interrupted = interrupted;
  }

  /** From here on an interrupt of this thread nudges; at once, if it is interrupted already. */
  void enter() {
    begin();
  }

  void leave() {
    end();
    // After end() nobody calls wakeup() any more.
    if (counted.getPlain() && counted.getAndSet(false)) {
      interrupted.decrementAndGet();
    }
  }

  @Override
  public Selector wakeup() {
    // The nudge may be taken by another thread before this one sleeps: who takes it passes it on
    // for as long as this is counted.
    if (!counted.getAndSet(true)) {
      interrupted.incrementAndGet();
    }
    nudge.run();
    return this;
  }

  @Override
  protected void implCloseSelector() {}

  @Override
  protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
    throw new UnsupportedOperationException("no channels here");
  }

  @Override
  public Set<SelectionKey> keys() {
    return Set.of();
  }

  @Override
  public Set<SelectionKey> selectedKeys() {
    return Set.of();
  }

  @Override
  public int selectNow() {
    return 0;
  }

  @Override
  public int select(long timeout) {
    return 0;
  }

  @Override
  public int select() {
    return 0;
  }
}
