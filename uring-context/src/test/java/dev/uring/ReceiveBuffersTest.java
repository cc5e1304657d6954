package dev.uring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.CompletionFlags;
import dev.uring.sys.Errno;
import dev.uring.sys.SocketCalls;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers that the kernel chooses: whose they are at each moment, and what happens without any. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReceiveBuffersTest {
  private static final int SIZE = 8;

  /** A completion with what was in its buffer, if it had one. */
  private record Seen(long userData, int result, boolean last, String text, int flags) {}

  private URingContext context;
  private Descriptor end;
  private Pipe peer;

  @BeforeEach
  void open() {
    context = URingContext.create(16);
    List<Descriptor> pair = Sockets.pair();
    end = pair.get(0);
    peer = new Pipe(pair.get(1), pair.get(1));
  }

  @AfterEach
  void close() {
    context.close();
    assertThat(context.inFlight()).isZero();
    end.close();
    peer.close();
  }

  private void send(String text) {
    peer.write(text.getBytes(US_ASCII));
  }

  /** Takes completions, and gives buffers back at once. */
  private List<Seen> take(ReceiveBuffers buffers, int count) {
    List<Seen> seen = new ArrayList<>();
    context.await(
        count,
        (userData, result, flags) -> {
          String text = "";
          if (ReceiveBuffers.isIn(flags)) {
            try (ReceivedBytes received = buffers.take(flags)) {
              text = text(received);
            }
          }
          seen.add(new Seen(userData, result, CompletionFlags.isLast(flags), text, flags));
        });
    return seen;
  }

  private static String text(ReceivedBytes received) {
    return US_ASCII.decode(received.bytes().duplicate()).toString();
  }

  @Test
  void what_comes_is_in_a_buffer_and_the_end_ends_it() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 4, SIZE);
    context.sockets().addReceiveEach(end, buffers, 3);
    context.submit();
    // Far more than there are buffers, since each is given back.
    for (int round = 0; round < 50; round++) {
      send("hello" + round);
      Seen seen = take(buffers, 1).get(0);
      assertThat(seen.text()).isEqualTo("hello" + round);
      assertThat(seen.userData()).isEqualTo(3);
      assertThat(seen.result()).isEqualTo(seen.text().length());
      assertThat(seen.last()).isFalse();
    }
    peer.close();
    Seen last = take(buffers, 1).get(0);
    assertThat(last.result()).isZero();
    assertThat(last.last()).isTrue();
    assertThat(context.inFlight()).isZero();
  }

  @Test
  void without_a_buffer_it_ends_and_goes_on_when_one_was_given_back() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 2, SIZE);
    context.sockets().addReceiveEach(end, buffers, 1);
    send("aaaaaaaabbbbbbbbcccccccc");
    List<ReceivedBytes> taken = new ArrayList<>();
    List<Integer> results = new ArrayList<>();
    context.await(
        3,
        (userData, result, flags) -> {
          results.add(result);
          if (ReceiveBuffers.isIn(flags)) {
            taken.add(buffers.take(flags));
          }
          assertThat(CompletionFlags.isLast(flags)).isEqualTo(result < 0);
        });
    assertThat(results).containsExactly(SIZE, SIZE, -Errno.ENOBUFS);
    assertThat(taken).extracting(ReceiveBuffersTest::text).containsExactly("aaaaaaaa", "bbbbbbbb");
    assertThat(context.inFlight()).isZero();
    taken.get(1).close();
    context.sockets().addReceive(end, buffers, 2);
    Seen seen = take(buffers, 1).get(0);
    assertThat(seen.text()).isEqualTo("cccccccc");
    assertThat(seen.last()).isTrue();
    assertThat(text(taken.get(0))).as("still its taker's").isEqualTo("aaaaaaaa");
  }

  @Test
  void a_buffer_is_taken_once_and_given_back_once() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, SIZE);
    context.sockets().addReceive(end, buffers, 1);
    send("x");
    int[] seen = {0};
    context.await(1, (userData, result, flags) -> seen[0] = flags);
    ReceivedBytes received = buffers.take(seen[0]);
    assertThatThrownBy(() -> buffers.take(seen[0])).isInstanceOf(IllegalStateException.class);
    received.close();
    received.close();
    assertThatThrownBy(() -> buffers.take(seen[0])).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> buffers.take(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> buffers.take(CompletionFlags.BUFFER | 1 << 16))
        .isInstanceOf(IllegalArgumentException.class);
    // Were it with the kernel twice, a second request would find one too.
    send("y");
    context.sockets().addReceive(end, buffers, 2);
    assertThat(Contexts.take(context, 1)).containsExactly("2:1");
    send("z");
    context.sockets().addReceive(end, buffers, 3);
    assertThat(Contexts.take(context, 1)).containsExactly("3:" + -Errno.ENOBUFS);
  }

  @Test
  void requests_with_the_same_user_data_have_buffers_of_their_own() {
    List<Descriptor> other = Sockets.pair();
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 4, SIZE);
    context.sockets().addReceiveEach(end, buffers, 5);
    context.sockets().addReceiveEach(other.get(0), buffers, 5);
    send("one");
    new Pipe(other.get(1), other.get(1)).write("two".getBytes(US_ASCII));
    List<Seen> seen = take(buffers, 2);
    assertThat(seen).extracting(Seen::text).containsExactlyInAnyOrder("one", "two");
    assertThat(seen).extracting(Seen::userData).containsOnly(5L);
    context.cancels().all(5, 6);
    assertThat(Contexts.take(context, 3))
        .containsExactlyInAnyOrder("5:" + -Errno.ECANCELED, "5:" + -Errno.ECANCELED, "6:2");
    other.forEach(Descriptor::close);
  }

  @Test
  void groups_do_not_mix_and_belong_to_one_context() {
    ReceiveBuffers small = ReceiveBuffers.register(context, 1, 2);
    ReceiveBuffers large = ReceiveBuffers.register(context, 1, 4);
    send("abcdef");
    context.sockets().addReceive(end, large, 1);
    assertThat(take(large, 1).get(0).text()).isEqualTo("abcd");
    context.sockets().addReceive(end, small, 1);
    assertThat(take(small, 1).get(0).text()).isEqualTo("ef");
    try (URingContext other = URingContext.create(2)) {
      assertThatThrownBy(() -> other.sockets().addReceiveEach(end, small, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another context");
    }
  }

  @Test
  void closed_buffers_are_given_to_no_request_and_what_came_can_be_read() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 4, SIZE);
    context.sockets().addReceiveEach(end, buffers, 1);
    send("before");
    int[] seen = {0};
    context.await(1, (userData, result, flags) -> seen[0] = flags);
    buffers.close();
    buffers.close();
    assertThatThrownBy(() -> context.sockets().addReceive(end, buffers, 2))
        .isInstanceOf(IllegalStateException.class);
    send("after");
    assertThat(Contexts.take(context, 1)).containsExactly("1:" + -Errno.ENOBUFS);
    try (ReceivedBytes received = buffers.take(seen[0])) {
      assertThat(text(received)).isEqualTo("before");
    }
    ReceiveBuffers next = ReceiveBuffers.register(context, 4, SIZE);
    context.sockets().addReceive(end, next, 3);
    assertThat(take(next, 1).get(0).text()).isEqualTo("after");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_context_that_closes_takes_its_buffers_along(boolean confined) {
    URingContext other = Contexts.of(4, confined);
    ReceiveBuffers buffers = ReceiveBuffers.register(other, 4, SIZE);
    other.sockets().addReceiveEach(end, buffers, 1);
    send("there");
    int[] seen = {0};
    other.await(1, (userData, result, flags) -> seen[0] = flags);
    ReceivedBytes received = buffers.take(seen[0]);
    assertThat(buffers.toString()).isEqualTo("ReceiveBuffers[4 of 8 bytes]");
    other.close();
    assertThat(buffers.toString()).endsWith(", closed]");
    assertThat(text(received)).isEqualTo("there");
    received.close();
    buffers.close();
    assertThatThrownBy(() -> ReceiveBuffers.register(other, 4, SIZE))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void the_memory_is_held_for_a_request_that_waits() {
    WeakReference<ReceiveBuffers> dropped = addAndDrop();
    List<ByteBuffer> victims = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      ByteBuffer victim = ByteBuffer.allocateDirect(1 << 16);
      while (victim.hasRemaining()) {
        victim.put((byte) 0x11);
      }
      victims.add(victim);
    }
    ReceiveBuffers buffers = dropped.get();
    assertThat(buffers).isNotNull();
    send("landed");
    assertThat(take(buffers, 1).get(0).text()).isEqualTo("landed");
    for (ByteBuffer victim : victims) {
      byte[] bytes = new byte[1 << 16];
      victim.get(0, bytes);
      assertThat(bytes).containsOnly((byte) 0x11);
    }
  }

  private WeakReference<ReceiveBuffers> addAndDrop() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, 1 << 15);
    context.sockets().addReceiveEach(end, buffers, 1);
    context.submit();
    return new WeakReference<>(buffers);
  }

  @Test
  void closed_buffers_are_held_by_a_request_until_it_ends() {
    WeakReference<ReceiveBuffers> dropped = addAndDrop();
    Objects.requireNonNull(dropped.get()).close();
    for (int round = 0; round < 10; round++) {
      System.gc();
    }
    assertThat(dropped.get()).isNotNull();
    send("x");
    assertThat(Contexts.take(context, 1)).containsExactly("1:" + -Errno.ENOBUFS);
    while (dropped.get() != null) {
      System.gc();
    }
  }

  @Test
  void closed_buffers_that_nothing_uses_are_collected() {
    WeakReference<Object> dropped = new WeakReference<>(registeredAndClosed());
    while (dropped.get() != null) {
      System.gc();
    }
    assertThat(context.isClosed()).isFalse();
  }

  private ReceiveBuffers registeredAndClosed() {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, SIZE);
    buffers.close();
    return buffers;
  }

  @Test
  void threads_that_receive_and_give_back_have_each_message_once() throws Exception {
    int messages = 20_000;
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 8, 4);
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    AtomicInteger again = new AtomicInteger();
    List<Descriptor> pair = packets();
    context.sockets().addReceiveEach(pair.get(0), buffers, 1);
    context.submit();
    WaitingThread sender =
        WaitingThread.start(
            () -> {
              Pipe packets = new Pipe(pair.get(1), pair.get(1));
              for (int message = 0; message < messages; message++) {
                packets.write(ByteBuffer.allocate(4).putInt(message).array());
              }
              return 0;
            });
    CompletionHandler handler =
        (userData, result, flags) -> {
          if (ReceiveBuffers.isIn(flags)) {
            try (ReceivedBytes received = buffers.take(flags)) {
              assertThat(seen.add(received.bytes().getInt(0))).isTrue();
            }
          }
          if (CompletionFlags.isLast(flags)) {
            again.incrementAndGet();
            context.sockets().addReceiveEach(pair.get(0), buffers, 1);
          }
        };
    List<WaitingThread> threads = new ArrayList<>();
    for (int index = 0; index < 2; index++) {
      threads.add(
          WaitingThread.start(
              () -> {
                while (seen.size() < messages) {
                  context.await(1, 10_000_000L, handler);
                }
                return 0;
              }));
    }
    sender.result();
    for (WaitingThread thread : threads) {
      thread.result();
    }
    assertThat(seen).hasSize(messages).isEqualTo(allBelow(messages));
    pair.forEach(Descriptor::close);
  }

  private static Set<Integer> allBelow(int count) {
    Set<Integer> all = new HashSet<>();
    for (int number = 0; number < count; number++) {
      all.add(number);
    }
    return all;
  }

  private static List<Descriptor> packets() {
    int[] numbers = new int[2];
    int seqpacket = 5 | SocketCalls.SOCK_CLOEXEC;
    Calls.check("socketpair", SocketCalls.socketpair(1, seqpacket, numbers));
    return List.of(Descriptor.own(numbers[0], "pair"), Descriptor.own(numbers[1], "pair"));
  }

  @Test
  void sizes_that_the_kernel_does_not_take_are_refused() {
    for (int[] wrong :
        new int[][] {{0, 1}, {-1, 1}, {3, 1}, {65_536, 1}, {1, 0}, {1, -1}, {32_768, 65_536}}) {
      assertThatThrownBy(() -> ReceiveBuffers.register(context, wrong[0], wrong[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 32, 1);
    assertThat(buffers.count()).isEqualTo(32);
    assertThat(buffers.size()).isOne();
  }

  @Test
  void a_restricted_context_has_buffers_that_were_registered_before_or_that_it_may_register() {
    URingAllowlist receiving =
        URingAllowlist.builder()
            .allow(UringOperation.RECV)
            .allowFlags(EntryFlag.BUFFER_SELECT)
            .build();
    try (URingContext restricted =
        URingContext.builder(4).allowlist(receiving).disabled().build()) {
      ReceiveBuffers buffers = ReceiveBuffers.register(restricted, 4, SIZE);
      restricted.enable();
      assertThatThrownBy(() -> ReceiveBuffers.register(restricted, 4, SIZE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("REGISTER_PBUF_RING");
      restricted.sockets().addReceiveEach(end, buffers, 1);
      send("x");
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:1");
    }
    URingAllowlist registering =
        receiving.toBuilder().allowRegister(RegisterCall.REGISTER_PBUF_RING).build();
    try (URingContext restricted = URingContext.create(4, registering)) {
      ReceiveBuffers buffers = ReceiveBuffers.register(restricted, 4, SIZE);
      restricted.sockets().addReceive(end, buffers, 1);
      send("y");
      assertThat(Contexts.take(restricted, 1)).containsExactly("1:1");
    }
  }
}
