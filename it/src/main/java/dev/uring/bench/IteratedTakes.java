package dev.uring.bench;

import dev.uring.Completion;
import dev.uring.Completions;
import dev.uring.URingContext;

/** As {@link SingleAdds}, but completions are taken one by one, as objects. */
final class IteratedTakes extends SingleAdds {
  IteratedTakes(CachedFile file, URingContext context) {
    super(file, context);
  }

  @Override
  protected int take(int batch) {
    int taken = 0;
    try (Completions completions = context.await(batch)) {
      while (taken < batch && completions.hasNext()) {
        Completion completion = completions.next();
        completed(completion.userData(), completion.result(), completion.flags());
        taken++;
      }
    }
    return taken;
  }
}
