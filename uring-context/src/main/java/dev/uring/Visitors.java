package dev.uring;

import com.google.common.collect.MapMaker;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The visitor of each thread that uses a context.
 *
 * <p>The context holds the visitors and the threads refer to them weakly: a context that is closed
 * and dropped is collected though threads that used it live on, and a visitor goes with its thread.
 */
final class Visitors {
  /** By identity: what a thread says of itself, whose class may be anybody's, is not asked. */
  private final Map<Thread, Visitor> held = new MapMaker().weakKeys().makeMap();

  @SuppressWarnings("ThreadLocalUsage") // One a context, on purpose: a thread may use several.
  private final ThreadLocal<WeakReference<Visitor>> current = new ThreadLocal<>();

  private final Supplier<Visitor> maker;

  /**
   * The last one that was asked for: to look it up as a thread's is to go to six places in memory,
   * which are cold after a system call (10 to 20 ns). A plain field, whose readers see whose it is.
   */
  private @Nullable Visitor last;

  Visitors(Supplier<Visitor> maker) {
    this.maker = maker;
  }

  /** The calling thread's. */
  Visitor current() {
    Visitor recent = last;
    if (recent != null && recent.isOf(Thread.currentThread())) {
      return recent;
    }
    Visitor visitor = find();
    last = visitor;
    return visitor;
  }

  private Visitor find() {
    WeakReference<Visitor> known = current.get();
    @Nullable Visitor visitor = known == null ? null : known.get();
    return visitor == null ? make() : visitor;
  }

  private Visitor make() {
    Visitor visitor = maker.get();
    held.put(Thread.currentThread(), visitor);
    current.set(new WeakReference<>(visitor));
    return visitor;
  }
}
