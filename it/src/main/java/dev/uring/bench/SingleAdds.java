package dev.uring.bench;

import dev.uring.CompletionHandler;
import dev.uring.Descriptor;
import dev.uring.FixedBuffer;
import dev.uring.FixedBufferRequests;
import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.OpenFlag;
import dev.uring.Target;
import dev.uring.URingContext;

/**
 * {@link URingContext}, each request added by a call of its own, completions taken by a handler of
 * primitives. What adds or takes in another way extends this.
 */
class SingleAdds extends OneThread {
  protected final URingContext context;
  protected final CachedFile file;
  protected final MemoryVector[] memory = new MemoryVector[RingCase.MAXIMUM_BATCH];
  private final Descriptor descriptor;
  private final FixedFile fixed;
  private final FixedBuffer[] registered;
  private final CompletionHandler handler = this::completed;
  private int expected;
  private long sum;

  SingleAdds(CachedFile file, URingContext context) {
    this.file = file;
    this.context = context;
    this.descriptor = Descriptor.open(file.path(), OpenFlag.READ);
    this.fixed = context.registerFiles(0, descriptor)[0];
    NativeMemory[] blocks = new NativeMemory[memory.length];
    for (int slot = 0; slot < memory.length; slot++) {
      blocks[slot] = NativeMemory.allocate(Work.BLOCK_BYTES);
      memory[slot] = new MemoryVector().add(blocks[slot], 0, Work.BLOCK_BYTES);
    }
    this.registered = context.registerBuffers(blocks);
  }

  @Override
  public boolean supports(Work work) {
    return true;
  }

  /** The file as this kind of work names it. */
  protected final Target target(Work work) {
    return work == Work.READ_CACHED ? descriptor : fixed;
  }

  // A method for each kind of request, so that each is compiled for itself.
  @Override
  protected void add(Work work, int batch) {
    if (work == Work.NOP) {
      addNops(batch);
    } else if (work == Work.READ_CACHED_FIXED_BOTH) {
      addFixedReads(batch);
    } else {
      addReads(target(work), batch);
    }
  }

  protected void addNops(int batch) {
    for (int slot = 0; slot < batch; slot++) {
      context.addNop(slot);
    }
  }

  protected void addReads(Target target, int batch) {
    for (int slot = 0; slot < batch; slot++) {
      context.addReadv(target, memory[slot], file.nextOffset(), slot);
    }
  }

  protected void addFixedReads(int batch) {
    FixedBufferRequests requests = context.fixedBuffers();
    for (int slot = 0; slot < batch; slot++) {
      requests.addRead(fixed, registered[slot], 0, Work.BLOCK_BYTES, file.nextOffset(), slot);
    }
  }

  @Override
  protected long submitAndTake(Work work, int batch) {
    expected = work.expectedResult();
    sum = 0;
    int taken = take(batch);
    if (taken != batch) {
      throw new IllegalStateException(taken + " completions of a batch of " + batch);
    }
    return sum;
  }

  /** Waits for so many completions and looks at each; how many there were. */
  protected int take(int batch) {
    return context.await(batch, handler);
  }

  protected final void completed(long userData, int result, int flags) {
    if (result != expected) {
      throw unexpected(result);
    }
    sum += userData;
  }

  @Override
  public void close() {
    context.close();
    descriptor.close();
  }
}
