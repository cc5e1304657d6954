package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.ring.struct.ReceivedMessage;
import dev.uring.ring.struct.Timespec;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** When a request that stays goes on, when it ends, and that nothing is lost where it ended. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MultishotRulesTest {
  private static final int POLLIN = 1;
  private static final int DATAGRAM = 2;
  private static final int SEQUENCED = 5;
  private static final long ASKED = 7;
  private static final long FILLER = 8;
  private static final int SIZE = 64;
  private static final BufferGroup GROUP = new BufferGroup(9);

  private final ByteBuffer memory = Native.bytes(8 * SIZE);
  private final MessageHeader header = new MessageHeader();

  @Parameter RingKind kind;
  @TempDir Path directory;

  private ProvidedBuffers buffers(Ring ring, int count) {
    ProvidedBuffers buffers =
        ring.registrar().bufferRings().register(GROUP, 8, EnumSet.noneOf(BufferRingOption.class));
    for (int id = 0; id < count; id++) {
      give(buffers, id);
    }
    return buffers;
  }

  private void give(ProvidedBuffers buffers, int id) {
    buffers.add(NativeAddress.of(memory) + (long) id * SIZE, SIZE, id).publish();
  }

  private static void assertGoesOn(Queues.Taken taken, int result) {
    assertThat(taken.userData()).isEqualTo(ASKED);
    assertThat(taken.result()).isEqualTo(result);
    assertThat(CompletionFlags.isLast(taken.flags())).as("the last").isFalse();
  }

  private static void assertEnds(Queues.Taken taken, int result) {
    assertThat(taken.userData()).isEqualTo(ASKED);
    assertThat(taken.result()).isEqualTo(result);
    assertThat(CompletionFlags.isLast(taken.flags())).as("the last").isTrue();
  }

  /** Leaves no room for completions. */
  private static void fillCompletions(Ring ring) {
    while (ring.completion().available() < ring.completion().capacity()) {
      Queues.nop(ring, FILLER);
      assertThat(ring.submit()).isNotNegative();
      while (ring.submission().pending() > 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** Has what is due take place, which finds no room, and then takes everything but the filler. */
  private static List<Queues.Taken> overflow(Ring ring) {
    do {
      assertThat(ring.flush()).isNotNegative();
    } while (!ring.submission().hasOverflow());
    List<Queues.Taken> taken = new ArrayList<>();
    while (ring.completion().available() > 0 || ring.submission().hasOverflow()) {
      Queues.Taken one = Queues.one(ring);
      if (one.userData() != FILLER) {
        taken.add(one);
      }
    }
    return taken;
  }

  private static void assertSilent(Ring ring) {
    Queues.nop(ring, FILLER);
    assertThat(Queues.take(ring, 1)).containsExactly(FILLER + ":0");
  }

  private static void cancel(Ring ring) {
    PollRequests.cancel(Queues.next(ring), ASKED).userData(FILLER);
    List<Queues.Taken> taken = List.of(Queues.one(ring), Queues.one(ring));
    Queues.Taken ended = taken.get(taken.get(0).userData() == ASKED ? 0 : 1);
    assertEnds(ended, -Errno.ECANCELED);
  }

  private static String text(Queues.Taken taken, ByteBuffer memory) {
    assertThat(taken.flags() & CompletionFlags.BUFFER).isNotZero();
    return Native.text(memory, CompletionFlags.bufferId(taken.flags()) * SIZE, taken.result());
  }

  @Test
  void a_poll_ends_when_its_news_finds_no_room_and_the_news_is_kept() {
    try (Ring ring = kind.open();
        Native.EventFd event = new Native.EventFd()) {
      PollRequests.pollAdd(Queues.next(ring), event.fd, POLLIN, PollRequests.ADD_MULTISHOT)
          .userData(ASKED);
      event.add();
      assertGoesOn(Queues.one(ring), POLLIN);
      fillCompletions(ring);
      event.add();
      List<Queues.Taken> late = overflow(ring);
      assertThat(late).hasSize(1);
      assertEnds(late.get(0), POLLIN);
      event.add();
      assertSilent(ring);
      PollRequests.pollAdd(Queues.next(ring), event.fd, POLLIN, PollRequests.ADD_MULTISHOT)
          .userData(ASKED);
      assertGoesOn(Queues.one(ring), POLLIN);
      cancel(ring);
      assertThat(ring.completion().overflow()).as("lost").isZero();
    }
  }

  @Test
  void a_timeout_ends_when_an_expiry_finds_no_room() {
    Timespec brief = Timespec.ofNanoseconds(1_000_000);
    // Long enough for there to be room for all until it is removed.
    Timespec longer = Timespec.ofNanoseconds(100_000_000);
    try (Ring ring = kind.open()) {
      int multishot = TimeoutRequests.MULTISHOT;
      TimeoutRequests.timeout(Queues.next(ring), brief.address(), 0, multishot).userData(ASKED);
      assertGoesOn(Queues.one(ring), -Errno.ETIME);
      List<Queues.Taken> late = new ArrayList<>();
      // What finds no room may be the filler, if an expiry came before the last of it.
      do {
        fillCompletions(ring);
        late.addAll(overflow(ring));
      } while (late.stream().noneMatch(taken -> CompletionFlags.isLast(taken.flags())));
      Queues.Taken last = late.remove(late.size() - 1);
      late.forEach(taken -> assertGoesOn(taken, -Errno.ETIME));
      assertEnds(last, -Errno.ETIME);
      TimeoutRequests.timeout(Queues.next(ring), longer.address(), 0, multishot).userData(ASKED);
      assertGoesOn(Queues.one(ring), -Errno.ETIME);
      assertEnds(removeUntilFound(ring), -Errno.ECANCELED);
    }
  }

  /** A timeout that is just expiring is not found, and then goes on. */
  private static Queues.Taken removeUntilFound(Ring ring) {
    TimeoutRequests.remove(Queues.next(ring), ASKED).userData(FILLER);
    while (true) {
      Queues.Taken taken = Queues.one(ring);
      if (taken.userData() == ASKED && CompletionFlags.isLast(taken.flags())) {
        return taken;
      }
      if (taken.userData() == FILLER && taken.result() < 0) {
        TimeoutRequests.remove(Queues.next(ring), ASKED).userData(FILLER);
      }
    }
  }

  @Test
  void an_accept_ends_when_it_finds_no_room_and_the_connection_is_kept() {
    Path name = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = files.listener(name);
      MultishotRequests.accept(Queues.next(ring), listener).userData(ASKED);
      assertThat(ring.submit()).isNotNegative();
      for (int turn = 0; turn < 3; turn++) {
        int client = files.client(name);
        Queues.Taken taken = Queues.one(ring);
        assertGoesOn(taken, taken.result());
        assertConnected(client, files.opened(taken.result()));
      }
      fillCompletions(ring);
      int client = files.client(name);
      List<Queues.Taken> late = overflow(ring);
      assertThat(late).hasSize(1);
      assertEnds(late.get(0), late.get(0).result());
      assertConnected(client, files.opened(late.get(0).result()));

      int waiting = files.client(name);
      assertSilent(ring);
      MultishotRequests.accept(Queues.next(ring), listener).userData(ASKED);
      Queues.Taken taken = Queues.one(ring);
      assertGoesOn(taken, taken.result());
      assertConnected(waiting, files.opened(taken.result()));
      cancel(ring);
    }
  }

  private static void assertConnected(int one, int other) {
    String text = one + "/" + other;
    Native.write(one, text);
    assertThat(Native.read(other)).isEqualTo(text);
  }

  @Test
  void an_accept_into_slots_ends_when_none_is_free_and_goes_on_when_asked_again() {
    Path name = directory.resolve("socket");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = files.listener(name);
      ring.registrar().files().registerSparse(2);
      MultishotRequests.acceptIntoSlots(Queues.next(ring), listener).userData(ASKED);
      assertThat(ring.submit()).isNotNegative();
      for (int slot = 0; slot < 2; slot++) {
        files.client(name);
        assertGoesOn(Queues.one(ring), slot);
      }
      // It is accepted before there is found to be no slot, and so it is closed.
      int refused = files.client(name);
      assertEnds(Queues.one(ring), -Errno.ENFILE);
      assertThat(Native.read(refused)).as("the end").isEmpty();
      ring.registrar().files().update(1, FileTable.EMPTY);
      MultishotRequests.acceptIntoSlots(Queues.next(ring), listener).userData(ASKED);
      assertThat(ring.submit()).isNotNegative();
      files.client(name);
      assertGoesOn(Queues.one(ring), 1);
    }
  }

  @Test
  void a_read_ends_when_its_data_finds_no_room_and_the_data_is_kept() {
    try (Ring ring = kind.open(UringOperation.READ_MULTISHOT);
        Pipe pipe = new Pipe();
        ProvidedBuffers buffers = buffers(ring, 8)) {
      MultishotRequests.read(Queues.next(ring), pipe.readEnd, GROUP).userData(ASKED);
      assertStaysUntilThereIsNoRoom(ring, pipe.writeEnd);
      MultishotRequests.read(Queues.next(ring), pipe.readEnd, GROUP).userData(ASKED);
      assertThat(text(Queues.one(ring), memory)).isEqualTo("waiting");
      cancel(ring);
      assertThat(buffers.available()).isEqualTo(4);
    }
  }

  @Test
  void a_receive_ends_when_its_data_finds_no_room_and_the_data_is_kept() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles();
        ProvidedBuffers buffers = buffers(ring, 8)) {
      int[] pair = pair(files, SEQUENCED);
      MultishotRequests.receive(Queues.next(ring), pair[0], GROUP, 0, 0).userData(ASKED);
      assertStaysUntilThereIsNoRoom(ring, pair[1]);
      MultishotRequests.receive(Queues.next(ring), pair[0], GROUP, 0, 0).userData(ASKED);
      assertThat(text(Queues.one(ring), memory)).isEqualTo("waiting");
      cancel(ring);
      assertThat(buffers.available()).isEqualTo(4);
    }
  }

  /** Four things come: two in time, one when there is no room, and one when it has ended. */
  private void assertStaysUntilThereIsNoRoom(Ring ring, int writeEnd) {
    assertThat(ring.submit()).isNotNegative();
    for (int turn = 0; turn < 2; turn++) {
      Native.write(writeEnd, "turn " + turn);
      Queues.Taken taken = Queues.one(ring);
      assertGoesOn(taken, 6);
      assertThat(text(taken, memory)).isEqualTo("turn " + turn);
    }
    fillCompletions(ring);
    Native.write(writeEnd, "no room");
    List<Queues.Taken> late = overflow(ring);
    assertThat(late).hasSize(1);
    assertEnds(late.get(0), 7);
    assertThat(text(late.get(0), memory)).isEqualTo("no room");
    Native.write(writeEnd, "waiting");
    assertSilent(ring);
  }

  private static int[] pair(OpenFiles files, int type) {
    int[] ends = new int[2];
    assertThat(Native.C.socketpair(SocketAddresses.AF_UNIX, type | 0x80000, 0, ends)).isZero();
    files.opened(ends[0]);
    files.opened(ends[1]);
    return ends;
  }

  /** Asks for what comes. */
  private interface Asking {
    void ask(Ring ring, int fd);
  }

  private void assertEndsWithoutBuffers(
      Ring ring, int readEnd, int writeEnd, int head, Asking asking) {
    try (ProvidedBuffers buffers = buffers(ring, 2)) {
      asking.ask(ring, readEnd);
      assertThat(ring.submit()).isNotNegative();
      List<String> seen = new ArrayList<>();
      for (String text : List.of("one", "two")) {
        Native.write(writeEnd, text);
        Queues.Taken taken = Queues.one(ring);
        assertGoesOn(taken, head + 3);
        seen.add(text(taken, memory).substring(head));
      }
      Native.write(writeEnd, "six");
      Queues.Taken ended = Queues.one(ring);
      assertEnds(ended, -Errno.ENOBUFS);
      assertThat(ended.flags() & CompletionFlags.BUFFER).isZero();

      give(buffers, 5);
      assertSilent(ring);
      asking.ask(ring, readEnd);
      Queues.Taken taken = Queues.one(ring);
      assertThat(CompletionFlags.bufferId(taken.flags())).isEqualTo(5);
      seen.add(text(taken, memory).substring(head));
      assertThat(seen).containsExactly("one", "two", "six");
    }
  }

  @Test
  void a_read_without_a_buffer_ends_and_leaves_its_data_to_the_next() {
    try (Ring ring = kind.open(UringOperation.READ_MULTISHOT);
        Pipe pipe = new Pipe()) {
      assertEndsWithoutBuffers(
          ring,
          pipe.readEnd,
          pipe.writeEnd,
          0,
          (on, fd) -> MultishotRequests.read(Queues.next(on), fd, GROUP).userData(ASKED));
    }
  }

  @Test
  void a_receive_without_a_buffer_ends_and_leaves_its_data_to_the_next() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int[] pair = pair(files, SEQUENCED);
      assertEndsWithoutBuffers(
          ring,
          pair[0],
          pair[1],
          0,
          (on, fd) -> MultishotRequests.receive(Queues.next(on), fd, GROUP, 0, 0).userData(ASKED));
    }
  }

  @Test
  void a_receive_of_messages_without_a_buffer_ends_and_leaves_its_message_to_the_next() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int[] pair = pair(files, DATAGRAM);
      assertEndsWithoutBuffers(
          ring,
          pair[0],
          pair[1],
          ReceivedMessage.HEADER_BYTES,
          (on, fd) ->
              MultishotRequests.receiveMessage(Queues.next(on), fd, GROUP, header, 0, 0)
                  .userData(ASKED));
    }
  }

  @Test
  void the_end_of_what_can_be_read_ends_it() {
    try (Ring ring = kind.open(UringOperation.READ_MULTISHOT);
        ProvidedBuffers buffers = buffers(ring, 2)) {
      try (Pipe pipe = new Pipe()) {
        Native.write(pipe.writeEnd, "rest");
        MultishotRequests.read(Queues.next(ring), pipe.readEnd, GROUP).userData(ASKED);
        assertGoesOn(Queues.one(ring), 4);
        FileCalls.close(pipe.writeEnd);
        assertEnds(Queues.one(ring), 0);
      }
      assertThat(buffers.available()).as("one was used").isEqualTo(1);
    }
  }
}
