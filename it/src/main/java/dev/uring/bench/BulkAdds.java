package dev.uring.bench;

import dev.uring.Target;
import dev.uring.URingContext;
import org.jspecify.annotations.Nullable;

/** As {@link SingleAdds}, but the requests of a batch are added together. */
final class BulkAdds extends SingleAdds {
  private final Runnable adding = this::addBatch;
  private @Nullable Target target;
  private int batch;

  BulkAdds(CachedFile file, URingContext context) {
    super(file, context);
  }

  @Override
  protected void addNops(int batch) {
    together(null, batch);
  }

  @Override
  protected void addReads(Target target, int batch) {
    together(target, batch);
  }

  private void together(@Nullable Target target, int batch) {
    this.target = target;
    this.batch = batch;
    context.chains().together(batch, adding);
  }

  private void addBatch() {
    Target file = target;
    if (file == null) {
      super.addNops(batch);
    } else {
      super.addReads(file, batch);
    }
  }
}
