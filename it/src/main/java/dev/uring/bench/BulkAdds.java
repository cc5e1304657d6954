package dev.uring.bench;

import dev.uring.Target;
import dev.uring.URingContext;

/** As {@link SingleAdds}, but the requests of a batch are added together. */
final class BulkAdds extends SingleAdds {
  // An action for each kind of request, so that each is compiled for itself and little is passed
  // on.
  private final Runnable nops = this::addBatchOfNops;
  private final Runnable fixedReads = this::addBatchOfFixedReads;
  private final Runnable reads = this::addBatchOfReads;
  private Target target;
  private int batch;

  BulkAdds(CachedFile file, URingContext context) {
    super(file, context);
    target = target(Work.READ_CACHED);
  }

  @Override
  protected void addNops(int batch) {
    together(batch, nops);
  }

  @Override
  protected void addFixedReads(int batch) {
    together(batch, fixedReads);
  }

  @Override
  protected void addReads(Target target, int batch) {
    if (this.target != target) {
      this.target = target;
    }
    together(batch, reads);
  }

  private void together(int batch, Runnable adding) {
    this.batch = batch;
    context.chains().together(batch, adding);
  }

  private void addBatchOfNops() {
    super.addNops(batch);
  }

  private void addBatchOfFixedReads() {
    super.addFixedReads(batch);
  }

  private void addBatchOfReads() {
    super.addReads(target, batch);
  }
}
