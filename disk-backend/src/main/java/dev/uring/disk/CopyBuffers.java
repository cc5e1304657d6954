package dev.uring.disk;

import dev.uring.NativeMemory;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Aligned memory through which bytes on the heap go to and from the kernel. Any thread. */
final class CopyBuffers {
  /** The length of each in bytes. */
  static final int BYTES = 256 * 1024;

  private static final int KEPT = 16;

  private final ConcurrentLinkedQueue<NativeMemory> free = new ConcurrentLinkedQueue<>();
  private final AtomicInteger kept = new AtomicInteger();

  NativeMemory take() {
    NativeMemory memory = free.poll();
    if (memory == null) {
      return NativeMemory.allocate(BYTES);
    }
    kept.decrementAndGet();
    return memory;
  }

  void give(NativeMemory memory) {
    if (kept.incrementAndGet() <= KEPT) {
      free.add(memory);
    } else {
      kept.decrementAndGet();
    }
  }
}
