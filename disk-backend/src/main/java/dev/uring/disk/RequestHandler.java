package dev.uring.disk;

/** Takes the completions of one participant of an {@link EventLoop}, on the loop's thread. */
@FunctionalInterface
public interface RequestHandler {
  /**
   * A request has completed.
   *
   * @param argument what the participant gave the request to know it by
   * @param result a count or whatever the request returns; minus an errno if it failed
   * @param flags {@link dev.uring.ring.CompletionFlags} bits
   */
  void completed(int argument, int result, int flags);
}
