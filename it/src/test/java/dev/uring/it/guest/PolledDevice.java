package dev.uring.it.guest;

import static dev.uring.it.guest.Rules.mustBe;
import static dev.uring.it.guest.Rules.same;

import dev.uring.CompletionHandler;
import dev.uring.ContextBuilder;
import dev.uring.Descriptor;
import dev.uring.FixedBuffer;
import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.OpenFlag;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** What the library promises of contexts that poll, on a device that can be polled. */
final class PolledDevice {
  private static final int ENTRIES = 32;
  private static final int BLOCKS = 256;

  /** Another thread may have taken what this one waits for. */
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** Some seconds, in which a device has answered. */
  private static final int MANY_LOOKS = 10_000_000;

  private final Path path;
  private int generation;

  private PolledDevice(Path path) {
    this.path = path;
  }

  /** For each of the files: a device that can be polled, or a file on one, of 4 MiB or more. */
  public static void main(String... paths) {
    Rules rules = new Rules();
    for (String path : paths) {
      new PolledDevice(Path.of(path)).all(rules, path + ": ");
    }
    System.exit(rules.status());
  }

  private void all(Rules rules, String prefix) {
    rules.rule(prefix + "a shared context", () -> writtenAndRead(builder()));
    rules.rule(prefix + "a confined context", () -> writtenAndRead(builder().confined()));
    rules.rule(prefix + "an allowlist", () -> writtenAndRead(builder().allowlist(transfers())));
    rules.rule(prefix + "registered files and buffers", this::registered);
    rules.rule(prefix + "two threads and one context", this::twoThreads);
    rules.rule(prefix + "what cannot be polled", this::notPolled);
    rules.rule(prefix + "waits with a limit", this::limitedWaits);
    rules.rule(prefix + "looking without waiting", this::looking);
    rules.rule(prefix + "closing with requests in flight", this::closing);
    rules.rule(prefix + "an ordinary context interrupts", this::interrupting);
  }

  private static ContextBuilder builder() {
    return URingContext.builder(ENTRIES).polledIo();
  }

  private static URingAllowlist transfers() {
    return URingAllowlist.builder()
        .allow(UringOperation.READV, UringOperation.WRITEV, UringOperation.NOP)
        .allow(UringOperation.READ, UringOperation.WRITE)
        .build();
  }

  private Descriptor open() {
    return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.DIRECT);
  }

  /** By one context; no queue of a device interrupts meanwhile, but for a file system. */
  private void writtenAndRead(ContextBuilder builder) throws Exception {
    generation++;
    Blocks blocks = new Blocks(0, BLOCKS).fill(generation);
    try (URingContext context = builder.build();
        Descriptor file = open()) {
      long before = Interrupts.ofQueues();
      blocks.write(context, file);
      blocks.clear().read(context, file);
      if (!Files.isRegularFile(path)) {
        same("interrupts", 0L, Interrupts.ofQueues() - before);
      }
    }
    blocks.check(generation);
  }

  private void interrupting() throws Exception {
    Blocks blocks = new Blocks(0, BLOCKS);
    try (URingContext context = URingContext.create(ENTRIES);
        Descriptor file = open()) {
      long before = Interrupts.ofQueues();
      blocks.read(context, file);
      mustBe(Interrupts.ofQueues() > before, "there are interrupts");
    }
    blocks.check(generation);
  }

  private void registered() {
    generation++;
    Blocks blocks = new Blocks(0, ENTRIES).fill(generation);
    try (URingContext context = builder().build()) {
      FixedFile slot;
      try (Descriptor file = open()) {
        slot = context.registerFiles(0, file)[0];
      }
      FixedBuffer buffer = context.registerBuffers(blocks.memory())[0];
      for (boolean writing : new boolean[] {true, false}) {
        for (int index = 0; index < blocks.count(); index++) {
          int position = index * Blocks.BYTES;
          if (writing) {
            context
                .fixedBuffers()
                .addWrite(slot, buffer, position, Blocks.BYTES, blocks.offset(index), index);
          } else {
            context
                .fixedBuffers()
                .addRead(slot, buffer, position, Blocks.BYTES, blocks.offset(index), index);
          }
        }
        context.await(
            blocks.count(), (userData, result, flags) -> same("bytes", Blocks.BYTES, result));
        if (writing) {
          blocks.clear();
        }
      }
    }
    blocks.check(generation);
  }

  /** Each thread adds, and takes whatever completes, of the other's too. */
  private void twoThreads() throws Exception {
    generation++;
    Blocks blocks = new Blocks(0, BLOCKS).fill(generation);
    try (URingContext context = builder().completionEntries(BLOCKS).build();
        Descriptor file = open()) {
      AtomicInteger taken = new AtomicInteger();
      ExecutorService threads = Executors.newFixedThreadPool(2);
      Future<?> even = threads.submit(() -> writeEverySecond(context, file, blocks, 0, taken));
      Future<?> odd = threads.submit(() -> writeEverySecond(context, file, blocks, 1, taken));
      even.get();
      odd.get();
      threads.shutdown();
      same("completions", BLOCKS, taken.get());
      same("what is in flight", 0, context.inFlight());
      blocks.clear().read(context, file);
    }
    blocks.check(generation);
  }

  private static void writeEverySecond(
      URingContext context, Descriptor file, Blocks blocks, int from, AtomicInteger taken) {
    CompletionHandler handler =
        (userData, result, flags) -> {
          same("bytes", Blocks.BYTES, result);
          taken.incrementAndGet();
        };
    for (int index = from; index < blocks.count(); index += 2) {
      MemoryVector piece =
          new MemoryVector().add(blocks.memory(), index * Blocks.BYTES, Blocks.BYTES);
      context.addWritev(file, piece, blocks.offset(index), index);
      context.await(1, MOMENT, handler);
    }
    while (taken.get() < blocks.count()) {
      context.await(1, MOMENT, handler);
    }
  }

  /** Completes with an error, and leaves what can be polled in peace. */
  private void notPolled() {
    NativeMemory memory = NativeMemory.allocate(Blocks.BYTES);
    MemoryVector piece = new MemoryVector().add(memory, 0, Blocks.BYTES);
    try (URingContext context = builder().build();
        Descriptor event = Descriptor.eventFd(1);
        Descriptor buffered = Descriptor.open(path, OpenFlag.READ);
        Descriptor file = open()) {
      context.addReadv(event, new MemoryVector().add(memory, 0, Long.BYTES), -1, 0);
      context.addReadv(buffered, piece, 0, 1);
      context.addFsync(file, 2);
      context.addReadv(file, piece, 0, 3);
      int[] results = new int[4];
      context.await(4, (userData, result, flags) -> results[(int) userData] = result);
      same("reading an eventfd", -Errno.EOPNOTSUPP, results[0]);
      same("reading through the page cache", -Errno.EOPNOTSUPP, results[1]);
      same("a sync", -Errno.EINVAL, results[2]);
      same("reading directly", Blocks.BYTES, results[3]);
    }
  }

  private void limitedWaits() {
    NativeMemory memory = NativeMemory.allocate(Blocks.BYTES);
    MemoryVector piece = new MemoryVector().add(memory, 0, Blocks.BYTES);
    try (URingContext context = builder().build();
        Descriptor file = open()) {
      Duration limit = Duration.ofMillis(20);
      long before = System.nanoTime();
      same("what nobody asked for", 0, context.await(1, limit, (userData, result, flags) -> {}));
      mustBe(System.nanoTime() - before >= limit.toNanos(), "the time is up");
      context.addReadv(file, piece, 0, 1);
      int handed = context.await(1, Duration.ofMinutes(1), (userData, result, flags) -> {});
      same("what was asked for", 1, handed);
    }
  }

  /** Whoever never waits has the device looked at, too. */
  private void looking() {
    for (boolean confined : new boolean[] {false, true}) {
      NativeMemory memory = NativeMemory.allocate(Blocks.BYTES);
      MemoryVector piece = new MemoryVector().add(memory, 0, Blocks.BYTES);
      try (URingContext context = (confined ? builder().confined() : builder()).build();
          Descriptor file = open()) {
        context.addReadv(file, piece, 0, 1);
        same("submitted", 1, context.submit());
        int handed = 0;
        for (int look = 0; handed == 0 && look < MANY_LOOKS; look++) {
          handed = context.poll((userData, result, flags) -> same("bytes", Blocks.BYTES, result));
        }
        same("what was asked for", 1, handed);
      }
    }
  }

  /** The kernel is done with the memory when close returns. */
  private void closing() {
    for (boolean confined : new boolean[] {false, true}) {
      Blocks blocks = new Blocks(0, ENTRIES).clear();
      ContextBuilder builder = confined ? builder().confined() : builder();
      URingContext context = builder.build();
      try (Descriptor file = open()) {
        for (int index = 0; index < blocks.count(); index++) {
          MemoryVector piece =
              new MemoryVector().add(blocks.memory(), index * Blocks.BYTES, Blocks.BYTES);
          context.addReadv(file, piece, blocks.offset(index), index);
        }
        same("submitted", ENTRIES, context.submit());
        context.close();
      }
      blocks.check(generation);
    }
  }
}
