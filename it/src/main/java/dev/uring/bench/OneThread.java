package dev.uring.bench;

/** A subject of one thread, which adds a batch, submits it, and takes its completions. */
abstract class OneThread implements Subject {
  private final ThreadMeter meter = new ThreadMeter();

  @Override
  public final Sample measure(RingCase row, long requests) {
    run(row.work(), row.batch(), requests / LEAD_IN + row.batch());
    meter.start();
    run(row.work(), row.batch(), requests);
    return meter.stop();
  }

  private void run(Work work, int batch, long requests) {
    long sum = 0;
    long turns = 0;
    for (long done = 0; done < requests; done += batch) {
      add(work, batch);
      sum += submitAndTake(work, batch);
      turns++;
    }
    if (sum != turns * batch * (batch - 1) / 2) {
      throw new IllegalStateException("the sum of all user data is wrong: " + sum);
    }
  }

  /** Adds a batch of requests, with 0, 1, 2 … as their user data. */
  protected abstract void add(Work work, int batch);

  /** Takes the completions of a batch; the sum of their user data. */
  protected abstract long submitAndTake(Work work, int batch);

  static IllegalStateException unexpected(int result) {
    return new IllegalStateException("a request completed with " + result);
  }
}
