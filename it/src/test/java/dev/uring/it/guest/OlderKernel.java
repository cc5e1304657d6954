package dev.uring.it.guest;

import static dev.uring.it.guest.Rules.mustBe;
import static dev.uring.it.guest.Rules.same;

import dev.uring.Descriptor;
import dev.uring.FileName;
import dev.uring.FixedFile;
import dev.uring.FreeSlot;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.NewDescriptors;
import dev.uring.OpenFlag;
import dev.uring.Opening;
import dev.uring.ReceiveBuffers;
import dev.uring.ReceivedBytes;
import dev.uring.RenameMode;
import dev.uring.Sockets;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/** What a context does on Linux 6.1, and what it says where that is too old. */
final class OlderKernel {
  private static final int POLLIN = 1;
  private static final Duration MOMENT = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Path directory;
  private final Path fifo;
  private final boolean confined;

  private OlderKernel(Path directory, boolean confined) {
    this.directory = directory;
    this.fifo = directory.resolve("fifo");
    this.confined = confined;
  }

  /** In a directory that has a named pipe "fifo". */
  public static void main(String... arguments) {
    Rules rules = new Rules();
    for (boolean confined : new boolean[] {false, true}) {
      String prefix = confined ? "confined: " : "shared: ";
      new OlderKernel(Path.of(arguments[0]), confined).all(rules, prefix);
    }
    System.exit(rules.status());
  }

  private void all(Rules rules, String prefix) {
    rules.rule(prefix + "a file is written, synced and read", this::file);
    rules.rule(prefix + "names are opened, renamed and removed", this::names);
    rules.rule(prefix + "an eventfd is polled", this::poll);
    rules.rule(prefix + "time passes", this::time);
    rules.rule(prefix + "requests are cancelled", this::cancel);
    rules.rule(prefix + "chains keep their order and end", this::chains);
    rules.rule(prefix + "sockets", this::sockets);
    rules.rule(prefix + "an allowlist refuses", this::allowlist);
    rules.rule(prefix + "closing ends a read of a pipe", this::closing);
    rules.rule(prefix + "an interrupted thread submits and does not wait", this::interruption);
    rules.rule(prefix + "an interrupt ends a wait", this::interruptionOfAnother);
    rules.rule(prefix + "a close by another thread ends a wait", this::closedByAnother);
    rules.rule(prefix + "waking up ends a wait", this::wakeup);
    rules.rule(prefix + "newer requests are refused one by one", this::newer);
  }

  private URingContext context() {
    return confined
        ? URingContext.builder(16).confined().build()
        : URingContext.builder(16).build();
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static List<String> take(URingContext context, int count) {
    List<String> taken = new ArrayList<>();
    context.await(count, LONG, (userData, result, flags) -> taken.add(userData + ":" + result));
    return taken;
  }

  private static MemoryVector eightBytes() {
    return new MemoryVector().add(NativeMemory.allocate(Long.BYTES), 0, Long.BYTES);
  }

  private void file() throws Exception {
    Path path = directory.resolve("file");
    try (URingContext context = context();
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      context.addWrite(file, direct("so much depends"), 0, 1);
      same("writing", List.of("1:15"), take(context, 1));
      context.addFsync(file, 2);
      same("a sync", List.of("2:0"), take(context, 1));
      context.addFdatasync(file, 3);
      same("a sync of the data", List.of("3:0"), take(context, 1));
      ByteBuffer read = ByteBuffer.allocateDirect(32);
      context.addRead(file, read, 0, 4);
      same("reading", List.of("4:15"), take(context, 1));
      same("the content", direct("so much depends"), read.duplicate().limit(15));
    }
    same("the content", "so much depends", Files.readString(path));
    Files.delete(path);
  }

  private void names() throws Exception {
    Path path = directory.resolve("name");
    Path other = directory.resolve("other");
    try (URingContext context = context();
        NewDescriptors made = new NewDescriptors()) {
      Opening opening = Opening.of(OpenFlag.WRITE, OpenFlag.CREATE);
      context.fileSystem().addOpen(FileName.of(path), opening, made, 1);
      same("opening", List.of("1:0"), take(context, 1));
      try (Descriptor file = made.take()) {
        context.addWrite(file, direct("glazed"), 0, 2);
        same("writing", List.of("2:6"), take(context, 1));
      }
      FixedFile slot = context.registerFiles(1)[0];
      context.fileSystem().addOpen(FileName.of(path), Opening.of(OpenFlag.READ), slot, 3);
      same("opening into a slot", List.of("3:0"), take(context, 1));
      ByteBuffer read = ByteBuffer.allocateDirect(6);
      context.addRead(slot, read, 0, 4);
      same("reading", List.of("4:6"), take(context, 1));
      same("the content", direct("glazed"), read.duplicate().limit(6));
      context.files().addClose(slot, 5);
      same("emptying a slot", List.of("5:0"), take(context, 1));
    }
    try (URingContext context = context()) {
      context
          .fileSystem()
          .addRename(FileName.of(path), FileName.of(other), RenameMode.NO_REPLACE, 7);
      same("renaming", List.of("7:0"), take(context, 1));
      context.fileSystem().addUnlink(FileName.of(other), 6);
      same("removing", List.of("6:0"), take(context, 1));
    }
    mustBe(!Files.exists(other), "the name is gone");
  }

  private void poll() {
    try (URingContext context = context();
        Descriptor event = Descriptor.eventFd(0)) {
      context.addPollFd(event, POLLIN, 1);
      context.submit();
      same("what is there", 0, context.poll((userData, result, flags) -> {}));
      ByteBuffer one = ByteBuffer.allocateDirect(Long.BYTES).put(0, (byte) 1);
      context.addWrite(event, one, -1, 2);
      List<String> taken = take(context, 2);
      mustBe(taken.contains("1:" + POLLIN) && taken.contains("2:8"), "both are among " + taken);
    }
  }

  private void time() {
    try (URingContext context = context()) {
      context.timeouts().add(Duration.ofMillis(1), 1);
      same("a timeout", List.of("1:" + -Errno.ETIME), take(context, 1));
      context.timeouts().add(LONG, 2);
      same("a limited wait", 0, context.await(1, MOMENT, (userData, result, flags) -> {}));
      context.timeouts().remove(2, 3);
      List<String> taken = take(context, 2);
      mustBe(
          taken.contains("2:" + -Errno.ECANCELED) && taken.contains("3:0"),
          "both are among " + taken);
    }
  }

  private void cancel() {
    try (URingContext context = context();
        Descriptor silent = Descriptor.eventFd(0)) {
      context.addReadv(silent, eightBytes(), -1, 1);
      context.submit();
      context.asyncCancel(1, 2);
      List<String> taken = take(context, 2);
      mustBe(
          taken.contains("1:" + -Errno.ECANCELED) && taken.contains("2:0"),
          "both are among " + taken);
      for (int read = 0; read < 3; read++) {
        context.addReadv(silent, eightBytes(), -1, 1);
      }
      context.submit();
      context.cancels().all(1, 3);
      mustBe(take(context, 4).contains("3:3"), "all with the same user data are cancelled");
      context.addReadv(silent, eightBytes(), -1, 1);
      context.addPollFd(silent, POLLIN, 2);
      context.submit();
      context.cancels().allOf(silent, 4);
      mustBe(take(context, 3).contains("4:2"), "all of a descriptor are cancelled");
      same("what is in flight", 0, context.inFlight());
    }
  }

  private void chains() throws Exception {
    Path path = directory.resolve("chained");
    try (URingContext context = context();
        Descriptor silent = Descriptor.eventFd(0);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      ByteBuffer read = ByteBuffer.allocateDirect(5);
      Runnable inOrder =
          () -> {
            context.addWrite(file, direct("rains"), 0, 1);
            context.addFdatasync(file, 2);
            context.addRead(file, read, 0, 3);
          };
      context.chains().linked(3, inOrder);
      same("in order", List.of("1:5", "2:0", "3:5"), take(context, 3));
      Runnable broken =
          () -> {
            context.addRead(file, ByteBuffer.allocateDirect(8), 0, 4);
            context.addNop(5);
          };
      context.chains().linked(2, broken);
      same("after a short read", List.of("4:5", "5:" + -Errno.ECANCELED), take(context, 2));
      Runnable limited =
          () -> {
            context.addReadv(silent, eightBytes(), -1, 6);
            context.timeouts().addLimit(Duration.ofMillis(1), 7);
          };
      context.chains().linked(2, limited);
      List<String> taken = take(context, 2);
      mustBe(
          taken.contains("6:" + -Errno.ECANCELED) && taken.contains("7:" + -Errno.ETIME),
          "both are among " + taken);
    }
    Files.delete(path);
  }

  private void sockets() {
    Path path = directory.resolve("socket");
    NativeMemory memory = NativeMemory.allocate(6);
    memory.buffer().put(0, "wheels".getBytes(StandardCharsets.UTF_8));
    try (URingContext context = context();
        Descriptor listener = Sockets.listenUnix(path, 0600, 4);
        Descriptor client = Sockets.connectUnix(path);
        ReceiveBuffers buffers = ReceiveBuffers.register(context, 4, 64)) {
      FixedFile[] slots = context.registerFiles(2);
      context.sockets().addAcceptEach(listener, FreeSlot.ANY, 1);
      int[] slot = {-1};
      context.await(1, LONG, (userData, result, flags) -> slot[0] = result);
      mustBe(slot[0] >= 0, "a connection is accepted, and not " + slot[0]);
      context.sockets().addReceiveEach(slots[slot[0]], buffers, 2);
      context.submit();
      context.sockets().addSend(client, memory, 0, 6, 3);
      AtomicReference<String> received = new AtomicReference<>();
      context.await(
          2,
          LONG,
          (userData, result, flags) -> {
            if (userData == 2) {
              same("received", 6, result);
              try (ReceivedBytes bytes = buffers.take(flags)) {
                received.set(StandardCharsets.UTF_8.decode(bytes.bytes()).toString());
              }
            }
          });
      same("the content", "wheels", received.get());
      context.cancels().everything(4);
      List<String> taken = take(context, 3);
      mustBe(taken.contains("4:2"), "both are cancelled, and not " + taken);
    }
  }

  private void allowlist() throws Exception {
    Path path = Files.writeString(directory.resolve("precious"), "precious");
    URingAllowlist reading =
        URingAllowlist.builder().allow(UringOperation.READ, UringOperation.NOP).build();
    try (URingContext context =
            confined
                ? URingContext.builder(8).confined().allowlist(reading).build()
                : URingContext.create(8, reading);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addReadv(file, eightBytes(), 0, 1);
      context.addWritev(file, eightBytes(), 0, 2);
      context.addFsync(file, 3);
      int[] results = new int[4];
      int handed = 0;
      while (handed < 3) {
        handed +=
            context.await(3, LONG, (userData, result, flags) -> results[(int) userData] = result);
      }
      same("a permitted read", 8, results[1]);
      same("a denied write", -Errno.EACCES, results[2]);
      same("a denied sync", -Errno.EACCES, results[3]);
    }
    same("the content", "precious", Files.readString(path));
    Files.delete(path);
  }

  private void closing() {
    MemoryVector memory = eightBytes();
    try (Descriptor pipe = Descriptor.open(fifo, OpenFlag.READ, OpenFlag.WRITE)) {
      URingContext context = context();
      context.addReadv(pipe, memory, -1, 1);
      context.submit();
      same("what is in flight", 1, context.inFlight());
      context.close();
      mustBe(context.isClosed(), "the context is closed");
      // Nobody reads any more: what is written stays for the next reader.
      try (URingContext next = context()) {
        next.addWrite(pipe, direct("chickens"), -1, 2);
        same("writing", List.of("2:8"), take(next, 1));
        ByteBuffer read = ByteBuffer.allocateDirect(8);
        next.addRead(pipe, read, -1, 3);
        same("reading", List.of("3:8"), take(next, 1));
        same("the content", direct("chickens"), read.duplicate().limit(8));
      }
    }
    same("what a closed context had been given", 0L, memory.memory(0).buffer().getLong(0));
  }

  private void interruption() {
    try (URingContext context = context();
        Descriptor silent = Descriptor.eventFd(0)) {
      context.addPollFd(silent, POLLIN, 1);
      Thread.currentThread().interrupt();
      int handed = context.await(1, (userData, result, flags) -> {});
      mustBe(Thread.interrupted(), "the thread is still interrupted");
      same("handed over", 0, handed);
      same("submitted", 1L, context.counters().submitted());
    }
  }

  /** A thread that waits without end; how its wait ends once something is done to it. */
  private String endOfWait(BiConsumer<Thread, URingContext> deed) throws Exception {
    CompletableFuture<URingContext> made = new CompletableFuture<>();
    AtomicReference<String> end = new AtomicReference<>("");
    Thread waiting =
        new Thread(
            () -> {
              try (Descriptor silent = Descriptor.eventFd(0)) {
                URingContext context = context();
                context.addPollFd(silent, POLLIN, 1);
                context.submit();
                made.complete(context);
                int handed = context.await(1, (userData, result, flags) -> {});
                end.set(handed + (Thread.interrupted() ? " interrupted" : ""));
                context.close();
              } catch (RuntimeException e) {
                made.completeExceptionally(e);
                end.set(e.getMessage());
              }
            });
    waiting.start();
    URingContext context = made.get();
    deed.accept(waiting, context);
    waiting.join();
    mustBe(context.isClosed(), "the context is closed");
    return end.get();
  }

  private void interruptionOfAnother() throws Exception {
    same("the end", "0 interrupted", endOfWait((waiting, context) -> waiting.interrupt()));
  }

  private void closedByAnother() throws Exception {
    same("the end", "the context is closed", endOfWait((waiting, context) -> context.close()));
  }

  private void wakeup() throws Exception {
    same("the end", "0", endOfWait((waiting, context) -> context.wakeup()));
    try (URingContext context = context()) {
      context.wakeup();
      same("a wait", 0, context.await(1, LONG, (userData, result, flags) -> {}));
      context.addNop(1);
      same("and the context goes on", List.of("1:0"), take(context, 1));
    }
  }

  private void newer() {
    try (URingContext context = context();
        NewDescriptors made = new NewDescriptors();
        Descriptor memory = Descriptor.memFd("memory", 8)) {
      context.files().addTruncate(memory, 4, 1);
      int truncated = Kernel.isOlderThan(6, 9) ? -Errno.EINVAL : 0;
      same("truncating", List.of("1:" + truncated), take(context, 1));
      context.pipes().addPipe(made, 2);
      int piped = Kernel.isOlderThan(6, 16) ? -Errno.EINVAL : 0;
      same("making a pipe", List.of("2:" + piped), take(context, 1));
      same("what is in flight", 0, context.inFlight());
    }
  }
}
