package dev.uring;

import dev.uring.sys.Errno;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Receives the descriptors that requests make, each before its completion is handed over: a handler
 * that sees a result of zero can {@link #take} it. The number itself is shown to nobody.
 *
 * <pre>{@code
 * NewDescriptors made = new NewDescriptors();
 * context.fileSystem().addOpen(FileName.of(path), Opening.of(OpenFlag.READ), made, 1);
 * context.await(1, (userData, result, flags) -> file = made.take());
 * }</pre>
 *
 * <p>What nobody took is closed by {@link #close}, or some time after the last reference to this
 * was dropped. What is made after that, or while the context closes, is closed at once, and its
 * request completes with -ECANCELED.
 *
 * <p>Any thread may call any method. Descriptors come in the order in which completions are handed
 * over: who shares one of these between requests takes each within the handler, in one thread.
 */
public final class NewDescriptors implements Destination, AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Waiting waiting = new Waiting();
  private final Cleaner.Cleanable cleanable = CLEANER.register(this, waiting);

  /** Empty. */
  public NewDescriptors() {}

  /**
   * The oldest that nobody took; the caller closes it.
   *
   * @throws NoSuchElementException if there is none
   */
  public Descriptor take() {
    Descriptor oldest = poll();
    if (oldest == null) {
      throw new NoSuchElementException("no request has made a descriptor that nobody took");
    }
    return oldest;
  }

  /** As {@link #take}, but null if there is none. */
  public @Nullable Descriptor poll() {
    try {
      Integer number = waiting.numbers.poll();
      return number == null ? null : Descriptor.own(number, "made by a request");
    } finally {
      // Or this could be collected, and the number closed, just before it is taken.
      Reference.reachabilityFence(this);
    }
  }

  /** Whether there is none to take. */
  public boolean isEmpty() {
    return waiting.numbers.isEmpty();
  }

  /** Closes those that nobody took, and from now on whatever else requests make. */
  @Override
  public void close() {
    cleanable.clean();
  }

  /** Looks at the completions of a request whose result is a descriptor. */
  Intercept receiver(SubmitRing submit) {
    return new Receiver(submit, waiting);
  }

  /** Where a request that makes several at once puts them, in order. */
  Waiting waiting() {
    return waiting;
  }

  @Override
  public String toString() {
    return "NewDescriptors[" + waiting.numbers.size() + (waiting.closed ? ", closed]" : "]");
  }

  /** The numbers. Refers to nothing else, so that its owner can be collected. */
  static final class Waiting implements Runnable {
    private final ConcurrentLinkedQueue<Integer> numbers = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /** Whether it was taken in; else it is closed. Without locks. */
    boolean add(int number) {
      numbers.add(number);
      if (closed) {
        // Whoever closed it may have looked before it was here; one of the two gets it.
        run();
        return false;
      }
      return true;
    }

    @Override
    public void run() {
      closed = true;
      Integer number = numbers.poll();
      while (number != null) {
        new DescriptorNumber(number, /* owned= */ true).run();
        number = numbers.poll();
      }
    }
  }

  /** Takes in a number that the kernel has just made, or closes it: whether it was taken in. */
  static boolean receive(SubmitRing submit, Waiting into, int number) {
    if (submit.isClosing()) {
      // Nobody may be there to be told of it.
      new DescriptorNumber(number, /* owned= */ true).run();
      return false;
    }
    return into.add(number);
  }

  private record Receiver(SubmitRing submit, Waiting into) implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (result < 0) {
        return result;
      }
      return receive(submit, into, result) ? 0 : -Errno.ECANCELED;
    }
  }
}
