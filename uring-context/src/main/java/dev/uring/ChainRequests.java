package dev.uring;

import dev.uring.allowlist.EntryFlag;

/**
 * Adds several requests to a {@link URingContext} as one: under one lock, and submitted in one
 * piece. All of them are added, or none if the action throws.
 *
 * <pre>{@code
 * context.chains().linked(2, () -> {
 *   context.addWritev(file, data, 0, 1);
 *   context.addFsync(file, 2);   // only if all was written
 * });
 * }</pre>
 *
 * <p>The action may neither submit nor wait, nor add together once more: it gets an {@link
 * IllegalStateException}, and so it does for one request more than were announced. What it throws
 * is thrown to the caller, and then none of its requests was added. It runs at once, in the calling
 * thread; other threads wait with their additions meanwhile, and with submit, but not with await:
 * if one of them leaves that before the action is done, what it could not submit is submitted when
 * it is, and these requests with it. Source: {@code io_uring_enter(2)}.
 */
public final class ChainRequests {
  private final SubmitRing submit;

  ChainRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * Adds requests that have nothing to do with each other, at the cost of one lock; or chains whose
   * links the action {@linkplain RequestOptions#link sets itself}.
   *
   * @param requests how many there will be at most, 1 to the number of entries
   * @throws IllegalArgumentException if there are to be none, or more than entries
   * @throws RingFullException if there is no room for so many; then none was added
   */
  public void together(int requests, Runnable adding) {
    submit.groups().together(requests, 0, adding);
  }

  /**
   * Adds requests that each have options which their own method does not take: any request can be
   * {@linkplain RequestOptions#async async}, or {@linkplain RequestOptions#drain drained}.
   *
   * <pre>{@code
   * context.chains().together(1, RequestOptions.NONE.drain(), () -> context.addFsync(file, 1));
   * }</pre>
   *
   * @param requests how many there will be at most, 1 to the number of entries
   * @param options of each; what only reads and writes can have is refused, and links make a chain
   *     of them as {@link #linked} and {@link #hardLinked} do
   * @throws IllegalArgumentException if options are refused, or there are to be none, or more than
   *     entries
   * @throws RingFullException if there is no room for so many; then none was added
   */
  public void together(int requests, RequestOptions options, Runnable adding) {
    if (options.readWriteFlags() != 0) {
      throw new IllegalArgumentException(
          "only reads and writes have " + options + ": pass it to each of them");
    }
    submit.groups().together(requests, options.entryFlags(), adding);
  }

  /**
   * Adds a chain: each request starts when the one before has succeeded in full, and ends with
   * -ECANCELED otherwise; but for requests that say that their failure ends no chain. 5.3.
   *
   * @param requests how many there will be at most, 1 to the number of entries
   * @throws IllegalArgumentException if there are to be none, or more than entries
   * @throws RingFullException if there is no room for so many; then none was added
   */
  public void linked(int requests, Runnable adding) {
    submit.groups().together(requests, EntryFlag.IO_LINK.mask(), adding);
  }

  /**
   * Adds a chain: each request starts when the one before has ended, however. 5.5.
   *
   * @param requests how many there will be at most, 1 to the number of entries
   * @throws IllegalArgumentException if there are to be none, or more than entries
   * @throws RingFullException if there is no room for so many; then none was added
   */
  public void hardLinked(int requests, Runnable adding) {
    submit.groups().together(requests, EntryFlag.IO_HARDLINK.mask(), adding);
  }
}
