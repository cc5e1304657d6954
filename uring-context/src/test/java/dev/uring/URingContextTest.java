package dev.uring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.FallocateMode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class URingContextTest {
  private static final int EACCES = 13;
  private static final int POLLIN = 1;

  @TempDir Path directory;

  private static URingContext context(boolean confined) {
    ContextBuilder builder = URingContext.builder(16);
    return confined ? builder.confined().build() : builder.build();
  }

  private static List<String> take(URingContext context, int count) {
    List<String> taken = new ArrayList<>();
    context.await(count, (userData, result, flags) -> taken.add(userData + ":" + result));
    return taken;
  }

  private static MemoryVector vector(NativeMemory memory) {
    return new MemoryVector().add(memory, 0, memory.length());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_request_comes_back_with_its_own_user_data_whatever_its_bits(boolean confined) {
    try (URingContext context = context(confined)) {
      context.addNop(-1);
      context.addNop(0);
      context.addNop(0x8000_0000_FFFF_FFFEL);
      context.addNop(0);
      assertThat(take(context, 4))
          .containsExactly("-1:0", "0:0", 0x8000_0000_FFFF_FFFEL + ":0", "0:0");
      assertThat(context.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_was_written_in_pieces_is_read_back_in_others(boolean confined) throws Exception {
    Path file = directory.resolve("file");
    byte[] content = "the quick brown fox jumps over the lazy dog".getBytes(US_ASCII);
    NativeMemory memory = NativeMemory.allocate(content.length);
    memory.buffer().put(0, content);
    try (URingContext context = context(confined);
        Descriptor descriptor =
            Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE)) {
      MemoryVector pieces = new MemoryVector();
      pieces.add(memory, 0, 4).add(memory, 4, 6).add(memory, 10, content.length - 10);
      context.addWritev(descriptor, pieces, 100, 1);
      assertThat(take(context, 1)).containsExactly("1:" + content.length);

      NativeMemory back = NativeMemory.allocate(content.length);
      context.addReadv(descriptor, vector(back), 100, 2);
      assertThat(take(context, 1)).containsExactly("2:" + content.length);
      byte[] read = new byte[content.length];
      back.buffer().get(0, read);
      assertThat(read).isEqualTo(content);
    }
    assertThat(Files.size(file)).isEqualTo(100 + content.length);
  }

  @Test
  void allocating_syncing_and_punching_change_the_file_as_their_system_calls_do() throws Exception {
    Path file = directory.resolve("file");
    Files.write(file, "0123456789".repeat(1000).getBytes(US_ASCII));
    try (URingContext context = context(true);
        Descriptor descriptor = Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addFallocate(descriptor, FallocateMode.ALLOCATE, 0, 50_000, 1);
      context.addFsync(descriptor, 2);
      context.addFdatasync(descriptor, 3);
      assertThat(take(context, 3)).containsExactlyInAnyOrder("1:0", "2:0", "3:0");
      context.addFallocate(
          descriptor, FallocateMode.PUNCH_HOLE | FallocateMode.KEEP_SIZE, 100, 500, 4);
      assertThat(take(context, 1)).containsExactly("4:0");
    }
    byte[] content = Files.readAllBytes(file);
    assertThat(content).hasSize(50_000);
    assertThat(content[99]).isEqualTo((byte) '9');
    assertThat(content[100]).isZero();
    assertThat(content[599]).isZero();
    assertThat(content[600]).isEqualTo((byte) '0');
  }

  @Test
  void a_full_context_refuses_and_loses_nothing() {
    try (URingContext context = URingContext.builder(4).completionEntries(8).confined().build()) {
      for (int i = 0; i < 8; i++) {
        context.addNop(i);
      }
      assertThat(context.room()).isZero();
      assertThatThrownBy(() -> context.addNop(8)).isInstanceOf(RingFullException.class);
      assertThat(take(context, 8)).hasSize(8).contains("0:0", "7:0");
      context.addNop(9);
      assertThat(take(context, 1)).containsExactly("9:0");
    }
  }

  @Test
  void a_request_outside_the_allowlist_is_refused_by_the_kernel_and_its_neighbours_are_not()
      throws Exception {
    Path file = directory.resolve("file");
    Files.writeString(file, "untouched");
    URingAllowlist readOnly =
        URingAllowlist.builder().allow(UringOperation.READ, UringOperation.NOP).build();
    NativeMemory memory = NativeMemory.allocate(9);
    try (URingContext context = URingContext.create(8, readOnly);
        Descriptor descriptor = Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE)) {
      context.addReadv(descriptor, vector(memory), 0, 1);
      context.addWritev(descriptor, vector(memory), 0, 2);
      context.addNop(3);
      assertThat(take(context, 3)).containsExactlyInAnyOrder("1:9", "2:" + -EACCES, "3:0");
    }
    assertThat(Files.readString(file)).isEqualTo("untouched");
  }

  @Test
  void a_closed_context_works_on_its_registered_file_and_on_no_other() throws Exception {
    Path file = directory.resolve("file");
    Files.writeString(file, "content");
    NativeMemory memory = NativeMemory.allocate(7);
    try (URingContext context =
        URingContext.builder(8)
            .confined()
            .allowlist(URingAllowlist.closedBlockDevice())
            .disabled()
            .build()) {
      FixedFile slot;
      try (Descriptor descriptor = Descriptor.open(file, OpenFlag.READ, OpenFlag.WRITE)) {
        slot = context.registerFiles(0, descriptor)[0];
        assertThatThrownBy(() -> context.addNop(0))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("enable()");
        context.enable();
        assertThatThrownBy(() -> context.addFsync(descriptor, 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("requires registered files");
      }
      context.addReadv(slot, vector(memory), 0, 2);
      context.addNop(3);
      assertThat(take(context, 2)).containsExactlyInAnyOrder("2:7", "3:0");
      assertThat(context.allowlist().requiredFlags()).containsExactly(EntryFlag.FIXED_FILE);
    }
  }

  @Test
  void a_slot_of_another_context_is_refused() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    try (URingContext one = context(true);
        URingContext other = context(true);
        Descriptor descriptor = Descriptor.open(file, OpenFlag.READ)) {
      FixedFile slot = one.registerFiles(0, descriptor)[0];
      assertThatThrownBy(() -> other.addFsync(slot, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another context");
      other.addNop(2);
      assertThat(take(other, 1)).containsExactly("2:0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wakeup_ends_a_wait_that_has_nothing_to_wait_for(boolean confined) throws Exception {
    AtomicReference<URingContext> shared = new AtomicReference<>();
    CountDownLatch made = new CountDownLatch(1);
    List<Integer> delivered = new ArrayList<>();
    Thread waiter =
        new Thread(
            () -> {
              try (URingContext context = context(confined)) {
                shared.set(context);
                made.countDown();
                delivered.add(context.await(1, (userData, result, flags) -> {}));
              }
            });
    waiter.start();
    made.await();
    shared.get().wakeup();
    waiter.join(10_000);
    assertThat(waiter.isAlive()).isFalse();
    assertThat(delivered).containsExactly(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_wait_ends_when_its_time_is_up_and_the_context_goes_on(boolean confined) {
    try (URingContext context = context(confined)) {
      assertThat(context.await(1, Duration.ofMillis(1), (userData, result, flags) -> {})).isZero();
      context.addNop(7);
      assertThat(context.await(1, Duration.ofSeconds(60), (userData, result, flags) -> {}))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_ends_what_would_never_end_by_itself(boolean confined) {
    try (Descriptor event = Descriptor.eventFd(0)) {
      URingContext context = context(confined);
      context.addPollFd(event, POLLIN, 1);
      context.addReadv(event, vector(NativeMemory.allocate(8)), -1, 2);
      context.submit();
      assertThat(context.inFlight()).isEqualTo(2);
      context.close();
      context.close();
      assertThat(context.inFlight()).isZero();
      assertThatThrownBy(() -> context.addNop(3))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
      assertThatThrownBy(() -> context.await(1, (userData, result, flags) -> {}))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closing_from_another_thread_ends_the_wait_with_an_exception_or_a_wakeup(boolean confined)
      throws Exception {
    AtomicReference<URingContext> made = new AtomicReference<>();
    CountDownLatch waiting = new CountDownLatch(1);
    Thread waiter =
        new Thread(
            () -> {
              URingContext context = context(confined);
              made.set(context);
              waiting.countDown();
              try {
                while (true) {
                  context.await(1, (userData, result, flags) -> {});
                }
              } catch (IllegalStateException e) {
                // The clear exception that a closed context promises.
              }
            });
    waiter.start();
    waiting.await();
    made.get().close();
    waiter.join(10_000);
    assertThat(waiter.isAlive()).isFalse();
    assertThat(made.get().isClosed()).isTrue();
  }

  @Test
  void a_confined_context_refuses_a_foreign_thread() throws Exception {
    try (URingContext context = context(true)) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread foreign =
          new Thread(
              () -> {
                try {
                  context.addNop(1);
                } catch (IllegalStateException e) {
                  thrown.set(e);
                }
              });
      foreign.start();
      foreign.join();
      assertThat(thrown.get()).hasMessageContaining("confined to");
    }
  }

  @Test
  void a_handler_that_throws_loses_no_other_completion() {
    try (URingContext context = context(true)) {
      for (int i = 0; i < 3; i++) {
        context.addNop(i);
      }
      assertThatThrownBy(
              () ->
                  context.await(
                      3,
                      (userData, result, flags) -> {
                        throw new UnsupportedOperationException("at " + userData);
                      }))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("at 0");
      assertThat(take(context, 2)).containsExactly("1:0", "2:0");
    }
  }

  @Test
  void a_handler_may_close_the_context() {
    URingContext context = context(true);
    context.addNop(1);
    context.addNop(2);
    List<Long> seen = new ArrayList<>();
    context.await(
        1,
        (userData, result, flags) -> {
          seen.add(userData);
          context.close();
        });
    assertThat(seen).contains(1L);
    assertThatThrownBy(() -> context.addNop(3)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void memory_on_the_heap_is_refused_with_the_way_out() {
    assertThatThrownBy(() -> NativeMemory.of(ByteBuffer.allocate(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("allocateDirect");
  }

  @Test
  void connections_are_accepted_into_slots_and_carry_bytes_both_ways() throws Exception {
    Path path = directory.resolve("socket");
    URingAllowlist allowlist =
        URingAllowlist.closedBlockServer().toBuilder()
            .allow(UringOperation.RECV, UringOperation.SENDMSG)
            .build();
    try (Descriptor listener = Sockets.listenUnix(path, 0600, 8);
        URingContext context =
            URingContext.builder(16).confined().allowlist(allowlist).disabled().build();
        java.nio.channels.SocketChannel client =
            java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      FixedFile[] slots = context.registerFiles(1, listener);
      context.enable();
      context.sockets().addAccept(slots[0], slots[1], 1);
      client.connect(java.net.UnixDomainSocketAddress.of(path));
      assertThat(take(context, 1)).containsExactly("1:0");

      client.write(ByteBuffer.wrap("hello".getBytes(US_ASCII)));
      NativeMemory memory = NativeMemory.allocate(16);
      context.sockets().addReceive(slots[1], memory, 0, 16, 2);
      assertThat(take(context, 1)).containsExactly("2:5");

      MemoryVector reply = new MemoryVector().add(memory, 4, 1).add(memory, 0, 4);
      context.sockets().addSendv(slots[1], reply, 3);
      assertThat(take(context, 1)).containsExactly("3:5");
      ByteBuffer received = ByteBuffer.allocate(5);
      while (received.hasRemaining()) {
        client.read(received);
      }
      assertThat(new String(received.array(), US_ASCII)).isEqualTo("ohell");
      context.sockets().addShutdown(slots[1], 4);
      assertThat(take(context, 1)).containsExactly("4:0");
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void a_list_that_was_cleared_is_as_writable_as_what_it_is_given_then() {
    NativeMemory readOnly = NativeMemory.of(ByteBuffer.allocateDirect(8).asReadOnlyBuffer());
    MemoryVector list = Contexts.vector(readOnly);
    list.clear();
    list.add(NativeMemory.allocate(8), 0, 8).add(readOnly, 0, 0);
    try (URingContext context = URingContext.create(1);
        Descriptor zero = Descriptor.open(Path.of("/dev/zero"), OpenFlag.READ)) {
      context.addReadv(zero, list, 0, 1);
      assertThat(Contexts.take(context, 1)).containsExactly("1:8");
    }
  }
}
