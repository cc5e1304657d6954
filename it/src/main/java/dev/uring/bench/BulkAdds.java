package dev.uring.bench;

import dev.uring.Target;
import dev.uring.URingContext;
import org.jspecify.annotations.Nullable;

/** As {@link SingleAdds}, but the requests of a batch are added together. */
final class BulkAdds extends SingleAdds {
  private final Runnable adding = this::addBatch;
  private @Nullable Target target;
  private Work work = Work.NOP;
  private int batch;

  BulkAdds(CachedFile file, URingContext context) {
    super(file, context);
  }

  @Override
  protected void addNops(int batch) {
    together(Work.NOP, null, batch);
  }

  @Override
  protected void addFixedReads(int batch) {
    together(Work.READ_CACHED_FIXED_BOTH, null, batch);
  }

  @Override
  protected void addReads(Target target, int batch) {
    together(Work.READ_CACHED, target, batch);
  }

  private void together(Work work, @Nullable Target target, int batch) {
    this.work = work;
    this.target = target;
    this.batch = batch;
    context.chains().together(batch, adding);
  }

  private void addBatch() {
    Target file = target;
    if (file != null) {
      super.addReads(file, batch);
    } else if (work == Work.NOP) {
      super.addNops(batch);
    } else {
      super.addFixedReads(batch);
    }
  }
}
