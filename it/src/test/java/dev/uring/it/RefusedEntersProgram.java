package dev.uring.it;

import dev.uring.Descriptor;
import dev.uring.NativeMemory;
import dev.uring.OpenFlag;
import dev.uring.URingContext;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@link RefusedEntersIT} runs under {@code strace}: one thread, one context, and a line about
 * each thing that its methods gave.
 */
final class RefusedEntersProgram {
  /** A wait with a limit: the address of its argument is all that strace shows of it. */
  private static final Pattern LIMITED =
      Pattern.compile("io_uring_enter\\(.*IORING_ENTER_EXT_ARG\\S*, 0x([0-9a-f]+), 24");

  /** Where the argument has the address of the time. Source: {@code io_uring_enter(2)}. */
  private static final int TIME_IN_ARGUMENT = 16;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int ENTRIES = 4;

  private final URingContext context;

  private RefusedEntersProgram(URingContext context) {
    this.context = context;
  }

  /** What to do, "shared" or "confined", and what that needs further. */
  public static void main(String... arguments) throws IOException {
    boolean confined = arguments[1].equals("confined");
    var builder = URingContext.builder(ENTRIES).completionEntries(64);
    try (URingContext context = (confined ? builder.confined() : builder).build()) {
      RefusedEntersProgram program = new RefusedEntersProgram(context);
      switch (arguments[0]) {
        case "requests" -> program.requests(Path.of(arguments[2]));
        case "submits" -> program.submits(Integer.parseInt(arguments[2]));
        case "limit" ->
            program.limit(
                Path.of(arguments[2]), Long.parseLong(arguments[3]), Path.of(arguments[4]));
        case "room" -> program.room(Integer.parseInt(arguments[2]));
        case "room-for-groups" -> program.roomForGroups(Integer.parseInt(arguments[2]));
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private static void say(String what, long value) {
    System.out.println(what + " " + value);
  }

  private static void completed(long userData, int result, int flags) {
    say("completed " + userData + " with", result);
  }

  /** Two that complete at once, and one when somebody writes into the named pipe. */
  private void requests(Path fifo) {
    NativeMemory memory = NativeMemory.allocate(16);
    try (Descriptor pipe = Descriptor.open(fifo, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addNop(1);
      context.addRead(pipe, memory.buffer(), -1, 2);
      context.addNop(3);
      say("submitted", context.submit());
      say("awaited", context.await(3, RefusedEntersProgram::completed));
      say("read", memory.buffer().get(0));
      sayRest();
    }
  }

  /** Adds more after a refusal, since what was kept and what is new are submitted together. */
  private void submits(int refused) {
    context.addNop(1);
    context.addNop(2);
    for (int attempt = 0; attempt < refused; attempt++) {
      say("submitted", context.submit());
    }
    context.addNop(3);
    say("submitted", context.submit());
    say("submitted", context.submit());
    say("awaited", context.await(3, RefusedEntersProgram::completed));
    sayRest();
  }

  /** Waits for what does not come. */
  private void limit(Path fifo, long nanoseconds, Path log) throws IOException {
    NativeMemory memory = NativeMemory.allocate(16);
    try (Descriptor pipe = Descriptor.open(fifo, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addRead(pipe, memory.buffer(), -1, 1);
      long begin = System.nanoTime();
      int awaited = context.await(1, nanoseconds, RefusedEntersProgram::completed);
      long end = System.nanoTime();
      say("awaited", awaited);
      say("elapsed", end - begin);
      // Before closing, which waits with limits of its own.
      String calls = Files.readString(log);
      say("enters", calls.lines().filter(line -> LIMITED.matcher(line).find()).count());
      say("refused", calls.lines().filter(line -> line.contains("(INJECTED)")).count());
      say("limit", lastLimit(calls));
      // The request may never have been submitted, and closing would be refused in its turn.
      System.exit(0);
    }
  }

  /** The time that the last wait gave to the kernel, out of this process's own memory. */
  private static long lastLimit(String calls) throws IOException {
    Matcher matcher = LIMITED.matcher(calls);
    long argument = 0;
    while (matcher.find()) {
      argument = Long.parseLong(matcher.group(1), 16);
    }
    try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
      long time = words(memory, argument + TIME_IN_ARGUMENT, 1).getLong();
      ByteBuffer words = words(memory, time, 2);
      return words.getLong() * NANOS_PER_SECOND + words.getLong();
    }
  }

  private static ByteBuffer words(RandomAccessFile memory, long address, int count)
      throws IOException {
    byte[] bytes = new byte[count * Long.BYTES];
    memory.seek(address);
    memory.readFully(bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** Adds more than the queue has room for: every fourth has to make room. */
  private void room(int count) {
    room(count, 1, context::addNop);
  }

  /** As {@link #room(int)}, two together: every second group has to make room. */
  private void roomForGroups(int count) {
    room(count, 2, first -> context.chains().together(2, () -> addTwo(first)));
  }

  private void addTwo(long first) {
    context.addNop(first);
    context.addNop(first + 1);
  }

  private void room(int count, int step, LongConsumer adding) {
    int exceptions = 0;
    for (int added = 0; added < count; ) {
      try {
        adding.accept(added);
        added += step;
      } catch (UringException e) {
        exceptions++;
        say("exception", e.errno());
      }
    }
    say("exceptions", exceptions);
    say("awaited", context.await(count, RefusedEntersProgram::completed));
    sayRest();
  }

  /** Of what was lost or came twice, one of these would tell. */
  private void sayRest() {
    say("in flight", context.inFlight());
    say("more", context.poll(RefusedEntersProgram::completed));
  }
}
