package dev.uring.it;

import dev.uring.CompletionHandler;
import dev.uring.Descriptor;
import dev.uring.NativeMemory;
import dev.uring.OpenFlag;
import dev.uring.URingContext;
import java.nio.file.Path;

/** What {@link ServedAtOnceIT} runs under {@code strace}: turns of one thread with one context. */
final class ServedAtOnceProgram {
  private static final CompletionHandler IGNORE = (userData, result, flags) -> {};

  private ServedAtOnceProgram() {}

  /** What a turn is, "shared" or "confined", how many turns, and a named pipe. */
  public static void main(String... arguments) {
    boolean confined = arguments[1].equals("confined");
    int turns = Integer.parseInt(arguments[2]);
    var builder = URingContext.builder(8);
    URingContext context = (confined ? builder.confined() : builder).build();
    switch (arguments[0]) {
      case "one" -> one(context, turns);
      case "chain" -> chain(context, turns);
      case "answer" -> answer(context, turns, Path.of(arguments[3]));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    // Closing enters the kernel, too, and is not looked at.
    System.exit(0);
  }

  private static void one(URingContext context, int turns) {
    for (int turn = 0; turn < turns; turn++) {
      context.addNop(turn);
      mustBe(1, context.await(1, IGNORE));
    }
  }

  private static void chain(URingContext context, int turns) {
    for (int turn = 0; turn < turns; turn++) {
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addNop(1);
                context.addNop(2);
              });
      mustBe(2, context.await(2, IGNORE));
    }
  }

  /** A read waits in the kernel for what is written after it. */
  private static void answer(URingContext context, int turns, Path fifo) {
    NativeMemory in = NativeMemory.allocate(1);
    NativeMemory out = NativeMemory.allocate(1);
    try (Descriptor pipe = Descriptor.open(fifo, OpenFlag.READ, OpenFlag.WRITE)) {
      for (int turn = 0; turn < turns; turn++) {
        context.addRead(pipe, in.buffer(), -1, 1);
        context.addWrite(pipe, out.buffer(), -1, 2);
        mustBe(2, context.await(2, IGNORE));
      }
    }
  }

  private static void mustBe(int expected, int completions) {
    if (completions != expected) {
      throw new AssertionError(completions + " completions instead of " + expected);
    }
  }
}
