package dev.uring;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Lets {@link Thread#interrupt} reach a thread that waits in the kernel.
 *
 * <p>The platform offers one way to be called when a thread is interrupted: to be a selector,
 * between {@code begin} and {@code end}. This is one in nothing else.
 */
final class InterruptibleWait extends AbstractSelector {
  private final Runnable nudge;

  InterruptibleWait(Runnable nudge) {
    super(null);
    this.nudge = nudge;
  }

  /** From here on an interrupt of this thread nudges; at once, if it is interrupted already. */
  void enter() {
    begin();
  }

  void leave() {
    end();
  }

  @Override
  public Selector wakeup() {
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
