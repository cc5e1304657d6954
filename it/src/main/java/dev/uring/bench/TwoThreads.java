package dev.uring.bench;

import dev.uring.CompletionHandler;
import dev.uring.URingContext;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.jspecify.annotations.Nullable;

/** A shared {@link URingContext}: the measuring thread adds and submits, another one pops. */
final class TwoThreads implements Subject {
  private final URingContext context;
  private final ThreadMeter meter = new ThreadMeter();

  TwoThreads(URingContext context) {
    this.context = context;
  }

  @Override
  public boolean supports(Work work) {
    return work == Work.NOP;
  }

  @Override
  public Sample measure(RingCase row, long requests) {
    CyclicBarrier start = new CyclicBarrier(2);
    long whole = (requests + row.batch() - 1) / row.batch() * row.batch();
    Popper popper = new Popper(whole, start);
    popper.start();
    await(start);
    meter.start();
    add(row.batch(), whole);
    Sample adder = meter.stop();
    boolean interrupted = false;
    while (popper.isAlive()) {
      try {
        popper.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Sample both = meter.stop();
    Sample popped = popper.sample;
    if (popped == null || popper.sum != whole * (row.batch() - 1) / 2) {
      throw new IllegalStateException("the popping thread failed or the sum is wrong");
    }
    return new Sample(
        adder.processorNanoseconds() + popped.processorNanoseconds(),
        both.wallNanoseconds(),
        adder.allocatedBytes() + popped.allocatedBytes());
  }

  // The program in C yields as well; whoever waits longer for room than that has lost the row.
  @SuppressWarnings("ThreadPriorityCheck")
  private void add(int batch, long requests) {
    for (long done = 0; done < requests; done += batch) {
      while (context.room() < batch) {
        Thread.yield();
      }
      for (int slot = 0; slot < batch; slot++) {
        context.addNop(slot);
      }
      context.submit();
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException("the two threads did not meet", e);
    }
  }

  @Override
  public void close() {
    context.close();
  }

  private final class Popper extends Thread {
    private final long requests;
    private final CyclicBarrier start;
    private final CompletionHandler handler = this::completed;
    private long sum;
    private volatile @Nullable Sample sample;

    Popper(long requests, CyclicBarrier start) {
      super("popper");
      this.requests = requests;
      this.start = start;
    }

    @Override
    public void run() {
      ThreadMeter own = new ThreadMeter();
      TwoThreads.await(start);
      own.start();
      for (long popped = 0; popped < requests; ) {
        popped += context.await(1, handler);
      }
      sample = own.stop();
    }

    private void completed(long userData, int result, int flags) {
      if (result != 0) {
        throw OneThread.unexpected(result);
      }
      sum += userData;
    }
  }
}
