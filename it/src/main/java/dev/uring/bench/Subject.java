package dev.uring.bench;

/** A way to make requests, measured. Used by the thread that made it. */
interface Subject extends AutoCloseable {
  /** A run begins with this share of its requests, unmeasured: the caches are cold by then. */
  int LEAD_IN = 16;

  /** Whether it can do such requests at all. */
  boolean supports(Work work);

  /**
   * Makes requests, so many at a time, and takes their completions.
   *
   * @throws IllegalStateException if a completion was not what it had to be
   */
  Sample measure(RingCase row, long requests);

  @Override
  void close();
}
