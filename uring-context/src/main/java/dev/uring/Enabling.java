package dev.uring;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.Ring;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts a context's ring into force, once: restricted, enabled, and looked at. */
final class Enabling {
  private final Ring ring;
  private final @Nullable URingAllowlist allowlist;
  private Supplier<Runnable> look = () -> () -> {};
  private boolean enabled;

  /**
   * @param enabled whether the ring is enabled from the start
   */
  Enabling(Ring ring, @Nullable URingAllowlist allowlist, boolean enabled) {
    this.ring = ring;
    this.allowlist = allowlist;
    this.enabled = enabled;
  }

  /** Has the ring looked at before anybody may use it; what was seen is then told. */
  void thenLook(Supplier<Runnable> action) {
    look = action;
  }

  /** Whether the ring is enabled, and completions can be in it. */
  boolean isDone() {
    return enabled;
  }

  /**
   * Enables the ring.
   *
   * @return tells what was seen, to be run where nobody is kept waiting by it
   */
  Runnable enable() {
    if (enabled) {
      throw new IllegalStateException(
          "the context is being enabled, or what looked at it then has thrown: close it");
    }
    if (allowlist != null) {
      ring.registrar().restrict(allowlist);
    }
    ring.registrar().enable();
    enabled = true;
    return look.get();
  }
}
