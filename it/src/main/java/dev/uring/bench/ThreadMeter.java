package dev.uring.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures the thread that uses it, between two calls. */
final class ThreadMeter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private long processor;
  private long wall;
  private long allocated;

  void start() {
    allocated = THREADS.getCurrentThreadAllocatedBytes();
    wall = System.nanoTime();
    processor = THREADS.getCurrentThreadCpuTime();
  }

  Sample stop() {
    long processorNow = THREADS.getCurrentThreadCpuTime();
    long wallNow = System.nanoTime();
    long allocatedNow = THREADS.getCurrentThreadAllocatedBytes();
    return new Sample(processorNow - processor, wallNow - wall, allocatedNow - allocated);
  }
}
