package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A context closes whatever waits in it, and leaves nothing of it behind. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosingInFlightTest {
  private static final int WAITING = 10;
  private static Process child;

  /** What is different about contexts. */
  enum Kind {
    SHARED,
    CONFINED,
    RESTRICTED,
    POLLED;

    URingContext open() {
      ContextBuilder builder = URingContext.builder(32);
      switch (this) {
        case CONFINED -> builder.confined();
        case RESTRICTED -> builder.confined().allowlist(ALLOWLIST);
        case POLLED -> builder.polledSubmission(Duration.ofMillis(1));
        case SHARED -> {
          // As it is.
        }
      }
      return builder.build();
    }
  }

  private static final URingAllowlist ALLOWLIST =
      URingAllowlist.builder()
          .allow(
              UringOperation.ACCEPT,
              UringOperation.RECV,
              UringOperation.RECVMSG,
              UringOperation.READ_MULTISHOT,
              UringOperation.SPLICE,
              UringOperation.FUTEX_WAIT,
              UringOperation.FUTEX_WAITV,
              UringOperation.WAITID,
              UringOperation.CONNECT)
          .allowFlags(EntryFlag.BUFFER_SELECT)
          .allowRegister(RegisterCall.REGISTER_PBUF_RING)
          .build();

  @BeforeAll
  static void start() throws IOException {
    child = new ProcessBuilder("cat").start();
  }

  @AfterAll
  static void stop() {
    child.destroyForcibly();
  }

  /** Something of every kind that waits for what never comes. */
  private static void addWhatWaits(
      URingContext context, NewDescriptors made, Descriptor listener, Descriptor end, Pipe pipe) {
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 4, 64);
    MemoryVector list = Contexts.vector(NativeMemory.allocate(8));
    Futex word = Futex.of(NativeMemory.allocate(4), 0);
    SocketRequests sockets = context.sockets();
    sockets.addAccept(listener, made, 1);
    sockets.addAcceptEach(listener, made, 1);
    sockets.addReceive(end, buffers, 1);
    sockets.addReceiveEach(end, buffers, 1);
    sockets.messages().addReceive(end, list, new Outcome<>(), 1);
    context.pipes().addReadEach(pipe.readEnd(), buffers, 1);
    context.pipes().addSplice(SpliceEnd.of(pipe.readEnd()), SpliceEnd.of(end), 10, 1);
    context.futexes().addWait(word, 0, 1);
    context.futexes().addWaitAny(List.of(word, word), new int[] {0, 0}, 1);
    context
        .processes()
        .addWait(child.toHandle(), EnumSet.of(ChildEvent.STOPPED), new Outcome<>(), 1);
  }

  private static void closeInFlight(Kind kind, boolean submitted) {
    Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1);
    List<Descriptor> pair = Sockets.pair();
    Pipe pipe = Pipe.open();
    URingContext context = kind.open();
    NewDescriptors made = new NewDescriptors();
    addWhatWaits(context, made, listener, pair.get(0), pipe);
    assertThat(context.inFlight()).isEqualTo(WAITING);
    if (submitted) {
      context.submit();
    }
    listener.close();
    pair.forEach(Descriptor::close);
    pipe.close();
    context.close();
    assertThat(context.inFlight()).isZero();
    assertThat(context.toString()).contains("CLOSED");
    for (Descriptor used : List.of(listener, pair.get(0), pipe.readEnd())) {
      assertThat(used.toString()).endsWith(", closed]");
    }
    assertThat(made.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void closing_ends_all_that_waits_and_gives_every_descriptor_back(Kind kind) {
    OpenDescriptors.mustNotLeak(
        30,
        () -> {
          closeInFlight(kind, true);
          closeInFlight(kind, false);
        });
  }

  @Test
  void everything_that_waits_can_be_cancelled() {
    try (URingContext context = URingContext.create(32);
        NewDescriptors made = new NewDescriptors();
        Descriptor listener = Sockets.listenTcp("127.0.0.1", 0, 1);
        Pipe pipe = Pipe.open()) {
      List<Descriptor> pair = Sockets.pair();
      addWhatWaits(context, made, listener, pair.get(0), pipe);
      context.submit();
      context.cancels().all(1, 2);
      int[] counts = new int[2];
      while (context.inFlight() > 0) {
        context.await(
            1,
            (userData, result, flags) -> {
              counts[(int) userData - 1]++;
              if (userData == 2) {
                assertThat(result).as("how many there were to cancel").isEqualTo(WAITING);
              } else {
                assertThat(result).isNegative();
              }
            });
      }
      assertThat(counts).containsExactly(WAITING, 1);
      pair.forEach(Descriptor::close);
      pipe.write((byte) 1);
    }
  }
}
