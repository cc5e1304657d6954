package dev.uring;

import dev.uring.ring.ProcessRequests;
import dev.uring.ring.struct.FutexWaiters;
import java.util.List;

/**
 * Requests on {@linkplain Futex words of memory} that threads and processes wait on, of a {@link
 * URingContext}. The words' memory is held until the completion. Source: {@code futex(2)}. 6.7.
 */
public final class FutexRequests {
  private final SubmitRing submit;

  FutexRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * Waits until somebody wakes those who wait on a word, as {@code futex(2)}, by {@code
   * context.futexes().addWait(word, 0, 1)}. Zero when woken, or at once -EAGAIN if the word does
   * not hold what was expected when the kernel took the request; -ECANCELED. 6.7.
   */
  public void addWait(Futex word, int expected, long userData) {
    wait(word, expected, ProcessRequests.ANY_BITS, userData);
  }

  /**
   * As {@link #addWait}, and only a wake-up whose mask shares a bit counts, by {@code
   * context.futexes().addWaitMasked(word, 0, 0b100, 1)}. 6.7.
   *
   * @param mask 32 bits, not zero
   * @throws IllegalArgumentException if the mask is zero
   */
  public void addWaitMasked(Futex word, int expected, int mask, long userData) {
    wait(word, expected, checked(mask), userData);
  }

  private void wait(Futex word, int expected, long mask, long userData) {
    long address = word.address();
    int place = submit.begin(userData);
    submit.hold(place).retained = word.memory();
    ProcessRequests.futexWait(submit.entry(), address, expected, mask, word.flags());
    submit.end();
  }

  /**
   * Wakes those who wait on a word, requests or threads, as {@code futex(2)}, by {@code
   * context.futexes().addWake(word, 1, 1)}. The result is how many, zero if nobody waits. 6.7.
   *
   * @param most how many at most, 1 or more
   * @throws IllegalArgumentException if it is less
   */
  public void addWake(Futex word, int most, long userData) {
    wake(word, most, ProcessRequests.ANY_BITS, userData);
  }

  /**
   * As {@link #addWake}, but only those whose mask shares a bit, by {@code
   * context.futexes().addWakeMasked(word, 1, 0b100, 1)}. 6.7.
   *
   * @param most how many at most, 1 or more
   * @param mask 32 bits, not zero
   * @throws IllegalArgumentException if the mask is zero, or there are to be none
   */
  public void addWakeMasked(Futex word, int most, int mask, long userData) {
    wake(word, most, checked(mask), userData);
  }

  private void wake(Futex word, int most, long mask, long userData) {
    if (most < 1) {
      throw new IllegalArgumentException("most is not above zero: " + most);
    }
    long address = word.address();
    int place = submit.begin(userData);
    submit.hold(place).retained = word.memory();
    ProcessRequests.futexWake(submit.entry(), address, most, mask, word.flags());
    submit.end();
  }

  /**
   * Waits on several words until one is woken, as {@code futex(2)} says of {@code futex_waitv}, by
   * {@code context.futexes().addWaitAny(List.of(one, other), new int[] {0, 0}, 1)}. The result is
   * the woken one's index, or at once -EAGAIN if one does not hold what was expected. 6.7.
   *
   * @param words 1 to 128
   * @param expected of each; copied
   * @throws IllegalArgumentException if there are more words or none, or not as many values
   */
  public void addWaitAny(List<Futex> words, int[] expected, long userData) {
    List<Futex> copy = List.copyOf(words);
    if (copy.isEmpty() || copy.size() > FutexWaiters.MOST || copy.size() != expected.length) {
      throw new IllegalArgumentException(
          "from 1 to "
              + FutexWaiters.MOST
              + " words and as many values are expected, not "
              + copy.size()
              + " and "
              + expected.length);
    }
    FutexWaiters waiters = new FutexWaiters(copy.size());
    for (int index = 0; index < copy.size(); index++) {
      Futex word = copy.get(index);
      waiters.set(index, word.address(), expected[index], word.flags());
    }
    Object[] retained = {copy, waiters};
    int place = submit.begin(userData);
    submit.hold(place).retained = retained;
    ProcessRequests.futexWaitAny(submit.entry(), waiters);
    submit.end();
  }

  private static long checked(int mask) {
    if (mask == 0) {
      throw new IllegalArgumentException("a mask of zero matches nobody");
    }
    return Integer.toUnsignedLong(mask);
  }
}
