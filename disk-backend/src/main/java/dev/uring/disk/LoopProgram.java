package dev.uring.disk;

/** What a loop runs. All methods are called on the loop's thread. */
public interface LoopProgram {
  /** Names the files that the loop will work on. The ring is not enabled yet. */
  void register(LoopFiles files);

  /** The ring is restricted and enabled: first requests can be added. */
  void start(EventLoop loop);

  /**
   * Asks the program to end: it finishes what is in flight, then calls {@link EventLoop#finish}.
   */
  void stop();
}
