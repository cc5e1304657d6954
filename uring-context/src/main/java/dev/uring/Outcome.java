package dev.uring;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * What a request tells besides its result, such as a file's status. It is here before the
 * completion is handed over, and only if that says that the request succeeded.
 *
 * <p>One for each request in flight; reusable after its completion. Any thread may read it.
 *
 * @param <T> what is told, an immutable value
 */
public final class Outcome<T> {
  private volatile @Nullable T value;

  /** Nothing told yet. */
  public Outcome() {}

  /**
   * What the last request that succeeded has told.
   *
   * @throws NoSuchElementException if none has
   */
  public T get() {
    T told = value;
    if (told == null) {
      throw new NoSuchElementException("no request that was given this has succeeded yet");
    }
    return told;
  }

  void set(T told) {
    value = told;
  }

  @Override
  public String toString() {
    return "Outcome[" + (value == null ? "nothing yet" : value) + "]";
  }
}
