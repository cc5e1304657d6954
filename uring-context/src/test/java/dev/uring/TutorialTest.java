package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.UringException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tutorial, to be read from top to bottom. It is run with the other tests, so it is true.
 *
 * <p>io_uring turns system calls inside out. You do not call the kernel and wait for the answer:
 * you <em>add</em> a request to a queue that you share with the kernel, <em>submit</em> as many as
 * you like with one system call, and take <em>completions</em> from a second queue, in whatever
 * order things get done. A {@link URingContext} is such a pair of queues, and looks after what is
 * easily got wrong about them: memory that must stay where it is until the kernel is done with it,
 * descriptors that must not be reused meanwhile, completions that must find their way back.
 *
 * <p>Everything here needs Linux; 5.18 is enough for most of it, and what needs a newer kernel says
 * so in its documentation.
 */
@TestMethodOrder(OrderAnnotation.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TutorialTest {
  /** From {@code poll(2)}: there is something to read. The same number on every Linux. */
  private static final int POLLIN = 1;

  /** A failed request gives the number of its error, negative: those of {@code errno(3)}. */
  private static final int EACCES = 13;

  private static final int ETIME = 62;
  private static final int ECANCELED = 125;

  @TempDir Path directory;

  /**
   * Waiting for a descriptor.
   *
   * <p>Our first request asks to be told when a descriptor has something to read. Anything that
   * {@code poll(2)} takes will do: a socket, a pipe, a timer. We use an eventfd, which is a counter
   * in the kernel: reading waits until it is above zero, and writing adds to it.
   */
  @Test
  @Order(1)
  void polling_a_descriptor() {
    // A context with room for eight requests that were added and not submitted yet. More than that
    // can be in flight: twice as many, unless you ask for another number. A context holds memory
    // and a descriptor, so it is closed when it is done, and try does that best.
    try (URingContext context = URingContext.create(8);
        Descriptor event = Descriptor.eventFd(0)) {

      // The last argument is the user data: 64 bits of your own that come back with the completion
      // and say which request it was. They may be an index, an identifier, whatever you like; no
      // value is reserved, and nothing forbids to use one twice.
      context.addPollFd(event, POLLIN, 17);

      // So far the request lies in the queue. Now the kernel takes it: one request was submitted.
      assertThat(context.submit()).isEqualTo(1);

      // The counter is zero, so there is no completion. poll looks, and never waits.
      assertThat(context.poll((userData, result, flags) -> {})).isZero();
      assertThat(context.inFlight()).isEqualTo(1);

      // Writing eight bytes adds to the counter. Of course we write with the ring as well.
      // The kernel can only use memory that no garbage collector moves: NativeMemory is that.
      NativeMemory one = NativeMemory.allocate(Long.BYTES);
      one.buffer().putLong(0, 1);
      context.addWritev(event, new MemoryVector().add(one, 0, Long.BYTES), -1, 18);

      // await submits what was added, waits for so many completions, and gives them to a handler.
      // It may give more than were asked for, never fewer, unless somebody ends the wait early.
      List<String> seen = new ArrayList<>();
      context.await(2, (userData, result, flags) -> seen.add(userData + " gave " + result));

      // The write gave the number of bytes written, and the poll the events that are true.
      assertThat(seen).containsExactlyInAnyOrder("18 gave 8", "17 gave " + POLLIN);
    }
  }

  /**
   * Files.
   *
   * <p>Reads and writes name the place in the file, so that many can be in flight at once without
   * sharing a position.
   */
  @Test
  @Order(2)
  void reading_and_writing_a_file() throws Exception {
    Path path = directory.resolve("poem.txt");
    try (URingContext context = URingContext.create(8);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {

      // A direct buffer can be written from as it is: from its position to its limit. The context
      // holds on to it until the request has completed. Neither is moved by that.
      ByteBuffer line = direct("so much depends\n");
      context.addWrite(file, line, 0, 1);

      // If you would rather have objects than a callback, await gives an iterator. A request that
      // fails has a negative result; orThrow turns that into an exception with a sentence in it,
      // and otherwise gives the result: here, how many bytes were written.
      try (Completions completions = context.await(1)) {
        assertThat(completions.next().orThrow()).isEqualTo(16);
      }

      // Requests that are in flight together may be done in any order. Where one must come after
      // another, link them: the second starts when the first has succeeded in full, and is
      // cancelled otherwise. This is how to write something and know that it is on the disk.
      ByteBuffer more = direct("upon\na red wheel\n");
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addWrite(file, more, 16, 2);
                context.addFdatasync(file, 3);
              });
      List<Long> order = new ArrayList<>();
      context.await(2, (userData, result, flags) -> order.add(userData));
      assertThat(order).containsExactly(2L, 3L);

      // A list of pieces is read into in one request. Each piece is a part of some memory.
      NativeMemory memory = NativeMemory.allocate(64);
      MemoryVector pieces = new MemoryVector().add(memory, 32, 16).add(memory, 0, 32);
      context.addReadv(file, pieces, 0, 4);
      try (Completions completions = context.await(1)) {
        // The pieces have room for 48 bytes, and the file has 33: a count may be short, and a zero
        // says that the file has ended. Nothing is read again on its own, as with read(2).
        assertThat(completions.next().orThrow()).isEqualTo(33);
      }
      assertThat(text(memory, 32, 16)).isEqualTo("so much depends\n");
      assertThat(text(memory, 0, 17)).isEqualTo("upon\na red wheel\n");

      // What cannot work is refused before it reaches the kernel. This buffer is on the heap.
      ByteBuffer heap = ByteBuffer.allocate(8);
      assertThatThrownBy(() -> context.addRead(file, heap, 0, 5))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("allocateDirect");

      // And what the kernel refuses is the result of the request, not an exception at this place:
      // a directory can be opened, but not read like a file.
      try (Descriptor folder = Descriptor.open(directory, OpenFlag.READ)) {
        context.addReadv(folder, pieces, 0, 6);
        Completion completion = context.await(1).next();
        assertThat(completion.userData()).isEqualTo(6);
        assertThat(completion.isError()).isTrue();
        assertThatThrownBy(completion::orThrow)
            .isInstanceOf(UringException.class)
            .hasMessageContaining("EISDIR");
      }
    }
    assertThat(Files.readString(path)).isEqualTo("so much depends\nupon\na red wheel\n");
  }

  /**
   * A daemon: one thread that serves several descriptors, and has things to do by the clock.
   *
   * <p>It is a loop around one call. Each turn submits what the turn before has added, and waits,
   * all in a single system call, however many descriptors there are.
   */
  private static final class DoorbellService implements Runnable {
    /** The timer's user data; the doorbells have their numbers. */
    private static final long TIMER = -1;

    private final Descriptor[] doorbells;
    private final Semaphore[] rings;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch ticks = new CountDownLatch(3);
    private URingContext context;
    private NativeMemory[] counters;
    private volatile boolean stopped;

    DoorbellService(Descriptor... doorbells) {
      this.doorbells = doorbells;
      this.rings = new Semaphore[doorbells.length];
    }

    @Override
    public void run() {
      // A context that only one thread uses is faster when it knows: it takes no locks, and the
      // kernel does its part of the work in this thread's own waits. Any other thread is refused,
      // except for ending a wait and for closing.
      try (URingContext confined = URingContext.builder(32).confined().build()) {
        context = confined;
        counters = new NativeMemory[doorbells.length];
        for (int bell = 0; bell < doorbells.length; bell++) {
          rings[bell] = new Semaphore(0);
          counters[bell] = NativeMemory.allocate(Long.BYTES);
          listen(bell);
        }
        // A timer is a request like any other. This one completes every millisecond, for ever.
        context.timeouts().addRepeated(Duration.ofMillis(1), 0, TIMER);
        started.countDown();
        while (!stopped) {
          context.await(1, this::completed);
        }
        // Leaving this block closes the context: what is still in flight, the reads and the timer,
        // is cancelled and waited for. Nothing is left that could write to our memory.
      }
    }

    /** A read of an eventfd waits until somebody rings: there is no need to poll it first. */
    private void listen(int bell) {
      MemoryVector memory = new MemoryVector().add(counters[bell], 0, Long.BYTES);
      context.addReadv(doorbells[bell], memory, -1, bell);
    }

    /** A handler may add requests; they are submitted by the next turn's await. */
    private void completed(long userData, int result, int flags) {
      if (userData == TIMER) {
        // That the time is up is an "error" by the kernel's way of counting.
        assertThat(result).isEqualTo(-ETIME);
        ticks.countDown();
        return;
      }
      int bell = (int) userData;
      rings[bell].release((int) counters[bell].buffer().getLong(0));
      listen(bell);
    }

    /** From any thread: ends the wait, so that the loop looks at its flag. Linux 5.18. */
    void stop() {
      stopped = true;
      context.wakeup();
    }
  }

  @Test
  @Order(3)
  void a_daemons_loop_over_several_descriptors_with_timers() throws Exception {
    try (Descriptor front = Descriptor.eventFd(0);
        Descriptor back = Descriptor.eventFd(0)) {
      DoorbellService service = new DoorbellService(front, back);
      Thread daemon = new Thread(service, "doorbells");
      daemon.start();
      service.started.await();

      // Ring twice at the front and once at the back, with a context of our own. It belongs to
      // this thread, and the descriptors to both: they may be used by any thread.
      NativeMemory one = NativeMemory.allocate(Long.BYTES);
      one.buffer().putLong(0, 1);
      MemoryVector press = new MemoryVector().add(one, 0, Long.BYTES);
      try (URingContext visitor = URingContext.create(4)) {
        visitor.addWritev(front, press, -1, 1);
        visitor.addWritev(back, press, -1, 2);
        visitor.addWritev(front, press, -1, 3);
        visitor.await(3, (userData, result, flags) -> assertThat(result).isEqualTo(Long.BYTES));
      }

      // Both were heard, as often as they were rung; the clock has ticked; the daemon goes home.
      service.rings[0].acquire(2);
      service.rings[1].acquire(1);
      service.ticks.await();
      service.stop();
      daemon.join();
      assertThat(service.context.isClosed()).isTrue();
    }
  }

  /**
   * A ring that may do little.
   *
   * <p>A program that handles what strangers send may be talked into things. Its ring need not be
   * able to do them: an allowlist is enforced by the kernel, from the moment when the context is
   * enabled, for good, and nothing in the process can lift it.
   */
  @Test
  @Order(4)
  void a_sandboxed_ring() throws Exception {
    Path path = directory.resolve("image");
    Files.writeString(path, "precious");

    // Whatever is not named is refused. There are lists for common cases, such as
    // URingAllowlist.closedBlockDevice(), and they can be built upon; this is one of our own.
    URingAllowlist readOnly =
        URingAllowlist.builder().allow(UringOperation.READ, UringOperation.NOP).build();
    NativeMemory memory = NativeMemory.allocate(8);
    MemoryVector all = new MemoryVector().add(memory, 0, 8);
    try (URingContext context = URingContext.create(8, readOnly);
        Descriptor file = Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addReadv(file, all, 0, 1);
      context.addWritev(file, all, 0, 2);
      context.addFsync(file, 3);
      int[] results = new int[4];
      context.await(3, (userData, result, flags) -> results[(int) userData] = result);

      // The read was done. The others were refused, and by the kernel: they got as far as that.
      assertThat(results).containsExactly(0, 8, -EACCES, -EACCES);
    }

    // One can go further. This list also demands that every request names a slot of the context's
    // own table of files; so the ring can reach these files, and no other that the process has.
    // The table is filled while the context is disabled. After enable() it stays as it is.
    URingAllowlist closed = URingAllowlist.closedBlockDeviceReadOnly();
    try (URingContext context =
        URingContext.builder(8).confined().allowlist(closed).disabled().build()) {
      FixedFile slot;
      try (Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
        slot = context.registerFiles(0, file)[0];
      }
      context.enable();

      // The descriptor was closed again: the table has a reference of its own. A slot is used
      // wherever a descriptor would be, and costs the kernel less.
      context.addReadv(slot, all, 0, 1);
      assertThat(context.await(1).next().orThrow()).isEqualTo(8);

      try (Descriptor other = Descriptor.open(path, OpenFlag.READ)) {
        assertThatThrownBy(() -> context.addReadv(other, all, 0, 2))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("requires registered files");
      }
    }
    assertThat(Files.readString(path)).isEqualTo("precious");
  }

  /**
   * Changing your mind.
   *
   * <p>A request that was submitted is the kernel's. To cancel it is another request, with a
   * completion of its own, and the one that was cancelled completes all the same.
   */
  @Test
  @Order(5)
  void cancelling() {
    try (URingContext context = URingContext.create(16);
        Descriptor silent = Descriptor.eventFd(0)) {
      MemoryVector memory = new MemoryVector().add(NativeMemory.allocate(8), 0, 8);
      int[] results = new int[8];
      CompletionHandler handler = (userData, result, flags) -> results[(int) userData] = result;

      // Nobody will ever write to this eventfd, so this read would wait for ever. It is named by
      // the user data that it was added with. Zero says that it was found and has been cancelled.
      context.addReadv(silent, memory, -1, 1);
      context.submit();
      context.asyncCancel(1, 2);
      context.await(2, handler);
      assertThat(results[1]).isEqualTo(-ECANCELED);
      assertThat(results[2]).isZero();

      // All that a descriptor is waited for with, at once: the result says how many there were.
      context.addReadv(silent, memory, -1, 1);
      context.addPollFd(silent, POLLIN, 2);
      context.submit();
      context.cancels().allOf(silent, 3);
      context.await(3, handler);
      assertThat(results[1]).isEqualTo(-ECANCELED);
      assertThat(results[2]).isEqualTo(-ECANCELED);
      assertThat(results[3]).isEqualTo(2);

      // Or say beforehand how long something may take: a limit is linked to the request before it.
      context
          .chains()
          .linked(
              2,
              () -> {
                context.addReadv(silent, memory, -1, 4);
                context.timeouts().addLimit(Duration.ofMillis(1), 5);
              });
      context.await(2, handler);
      assertThat(results[4]).isEqualTo(-ECANCELED);
      assertThat(results[5]).isEqualTo(-ETIME);

      // A wait can have a time limit too. When the time is up it gives what it has, here nothing;
      // the request is still in flight.
      context.addReadv(silent, memory, -1, 6);
      assertThat(context.await(1, Duration.ofMillis(1), handler)).isZero();
      assertThat(context.inFlight()).isEqualTo(1);

      // There is no need to cancel before closing. Close does that, and waits: after it, the
      // kernel has no business with our memory any more.
    }
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static String text(NativeMemory memory, int position, int length) {
    byte[] bytes = new byte[length];
    memory.buffer().get(position, bytes);
    return new String(bytes, UTF_8);
  }
}
