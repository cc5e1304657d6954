package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import dev.uring.disk.OpenDescriptors;
import dev.uring.virtio.VirtioFeature;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Front ends that do what none may: each costs itself, and the next one is served. */
@Timeout(120)
class HostileFrontEndTest {
  @TempDir Path directory;

  private static Arguments of(String name, Consumer<FrontEnd> action) {
    return Arguments.of(name, action);
  }

  private static void send(FrontEnd frontEnd, int request, ByteBuffer payload) {
    frontEnd.send(request, payload);
  }

  static Stream<Arguments> nonsense() {
    return Stream.of(
        of("a reply", f -> f.sendRaw(1, 5, 0, FrontEnd.payload(0))),
        of("another version", f -> f.sendRaw(1, 2, 0, FrontEnd.payload(0))),
        of("a huge payload", f -> f.sendRaw(2, 1, -1, FrontEnd.payload(8))),
        of("an unknown message", f -> send(f, 4711, FrontEnd.payload(0))),
        of(
            "a message without payload",
            f -> send(f, VhostProtocol.SET_FEATURES, FrontEnd.payload(0))),
        of("features that nobody offered", f -> send(f, 2, FrontEnd.number(-1))),
        of("protocol features that nobody offered", f -> send(f, 16, FrontEnd.number(-1))),
        of("the size of ring 9999", f -> send(f, 8, FrontEnd.state(9999, 128))),
        of("ring 70000 enabled", f -> send(f, 18, FrontEnd.state(70_000, 1))),
        of("ring -1 enabled", f -> send(f, 18, FrontEnd.state(-1, 1))),
        of("the base of ring 2", f -> send(f, 11, FrontEnd.state(2, 0))),
        of("a kick for ring 255", f -> send(f, 12, FrontEnd.number(255))),
        of("a size that is no power", f -> send(f, 8, FrontEnd.state(0, 100))),
        of("a size of zero", f -> send(f, 8, FrontEnd.state(0, 0))),
        of("a size beyond all", f -> send(f, 8, FrontEnd.state(0, 1 << 16))),
        of("a kick that did not come", f -> send(f, 12, FrontEnd.number(0))),
        of("a kick that is memory", f -> f.send(12, FrontEnd.number(0), f.file)),
        of("a table without files", f -> send(f, 5, FrontEnd.table(0, 4096, 0, 0))),
        of("a table of 9", f -> send(f, 5, FrontEnd.payload(300).putInt(0, 9))),
        of("a table of -1", f -> send(f, 5, FrontEnd.payload(300).putInt(0, -1))),
        of("a table shorter than it says", f -> send(f, 5, FrontEnd.payload(40).putInt(0, 2))),
        of("a region longer than its file", f -> table(f, 0, 1L << 30, 0)),
        of("a region beyond all files", f -> table(f, 0, 4096, Long.MAX_VALUE - 100)),
        of("a region of no length", f -> table(f, 0, 0, 0)),
        of("a region of half of everything", f -> table(f, 0, Long.MIN_VALUE, 0)),
        of("a region that wraps", f -> table(f, -4096, 8192, 0)),
        of("a region that lies askew", f -> table(f, 8, 4096, 0)),
        of("a region that was never added", f -> send(f, 38, FrontEnd.region(0, 4096, 0, 0))),
        of("a configuration beyond its end", f -> send(f, 25, FrontEnd.payload(12).putInt(4, 999))),
        of("a ring out of memory", HostileFrontEndTest::ringOutOfMemory),
        of("a ring across the end", HostileFrontEndTest::ringAcrossTheEnd),
        of("a ring that is askew", HostileFrontEndTest::ringAskew));
  }

  private static void table(FrontEnd f, long guest, long size, long offset) {
    f.send(VhostProtocol.SET_MEM_TABLE, FrontEnd.table(guest, size, 0, offset), f.file);
  }

  private static void ringAt(FrontEnd frontEnd, long user) {
    frontEnd.shareMemory();
    try (FrontEndRing ring = new FrontEndRing(frontEnd, 0)) {
      ring.describe();
      frontEnd.send(VhostProtocol.SET_VRING_ADDR, ring.addresses(user));
      ring.giveDescriptors();
      ring.enable(true);
    }
  }

  private static void ringOutOfMemory(FrontEnd frontEnd) {
    ringAt(frontEnd, 0x1234_0000);
  }

  private static void ringAcrossTheEnd(FrontEnd frontEnd) {
    ringAt(frontEnd, FrontEnd.USER + FrontEnd.MEMORY_BYTES - 16);
  }

  private static void ringAskew(FrontEnd frontEnd) {
    ringAt(frontEnd, FrontEnd.USER + 1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nonsense")
  void nonsense_ends_its_connection_and_nothing_else(String name, Consumer<FrontEnd> action) {
    try (ServedGuest served = ServedGuest.start(directory)) {
      try (FrontEnd frontEnd = new FrontEnd(served.path).negotiate(FrontEnd.FEATURES)) {
        action.accept(frontEnd);
        assertThat(frontEnd.isCutOff()).isTrue();
      }
      served.mustServe(7);
    }
  }

  @Test
  void who_wants_to_be_told_of_a_mistake_is_told_and_goes_on() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      for (int request : new int[] {8, 9, 12, 18, 38, 4711}) {
        assertThat(frontEnd.acknowledged(request, FrontEnd.state(9999, 3))).isOne();
      }
      assertThat(frontEnd.startRing(0).write(0, 4)).isZero();
    }
  }

  @Test
  void a_message_that_is_answered_anyway_is_answered_once() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      assertThat(frontEnd.acknowledged(VhostProtocol.GET_QUEUE_NUM, FrontEnd.payload(0)))
          .isEqualTo(2);
      assertThat(frontEnd.askNumber(VhostProtocol.GET_MAX_MEM_SLOTS)).isEqualTo(64);
    }
  }

  @Test
  void half_a_message_keeps_nobody_from_being_served_next() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      for (int bytes = 1; bytes < 20; bytes += 3) {
        try (FrontEnd frontEnd = new FrontEnd(served.path)) {
          ByteBuffer message = FrontEnd.payload(20).putInt(0, 2).putInt(4, 1).putInt(8, 8);
          frontEnd.socket.send(message.limit(bytes));
        }
      }
      served.mustServe(9);
    }
  }

  @Test
  void a_call_that_can_never_be_written_ends_with_its_connection() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
        FrontEndRing ring = frontEnd.startRing(0);
        // The counter is full: a write waits for a read that will not come.
        frontEnd.context.addWrite(ring.call, FrontEnd.number(-2), 0, 1);
        assertThat(frontEnd.context.await(1, (userData, result, flags) -> {})).isOne();
        for (int round = 1; round <= 3; round++) {
          ring.offer(FrontEndRing.IN, 0, 512);
          ring.kick();
          ring.awaitUsed(round);
        }
      }
      served.mustServe(2);
    }
  }

  @Test
  void a_ring_that_makes_no_sense_is_broken_and_the_other_goes_on() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
        FrontEndRing broken = frontEnd.startRing(0);
        broken.showIndex(30_000);
        broken.kick();
        assertThat(frontEnd.startRing(1).write(8, 6)).isZero();
        assertThat(broken.usedIndex()).isZero();
      }
      served.mustServe(1);
    }
  }

  @Test
  void memory_that_is_gone_costs_its_own_connection() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      for (int round = 0; round < 5; round++) {
        try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
          FrontEndRing ring = frontEnd.startRing(0);
          assertThat(ring.write(0, round)).isZero();
          frontEnd.file.truncate(0);
          frontEnd.context.addWrite(ring.kick, FrontEnd.number(1), 0, 1);
          assertThat(frontEnd.context.await(1, (userData, result, flags) -> {})).isOne();
        }
        served.mustServe(round);
      }
    }
  }

  @Test
  void descriptors_that_nobody_asked_for_are_closed() {
    try (ServedGuest served = ServedGuest.start(directory);
        Descriptor surplus = Descriptor.open(Path.of("/dev/null"), OpenFlag.READ)) {
      served.mustServe(1);
      Descriptor[] many = new Descriptor[100];
      java.util.Arrays.fill(many, surplus);
      int before = OpenDescriptors.count();
      for (int round = 0; round < 30; round++) {
        try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
          FrontEndRing ring = frontEnd.startRing(0);
          frontEnd.send(VhostProtocol.SET_OWNER, FrontEnd.payload(0), many);
          frontEnd.send(VhostProtocol.SET_VRING_ERR, FrontEnd.number(0), surplus);
          frontEnd.send(VhostProtocol.SET_VRING_CALL, FrontEnd.number(0), ring.call, surplus);
          frontEnd.send(4711, FrontEnd.payload(0), many);
          assertThat(frontEnd.isCutOff()).isTrue();
        }
      }
      served.mustServe(1);
      assertThat(OpenDescriptors.count()).isLessThan(before + 20);
    }
  }

  @Test
  void threads_and_descriptors_do_not_grow_over_many_connections() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      served.mustServe(1);
      int descriptors = OpenDescriptors.count();
      int threads = Thread.activeCount();
      for (int round = 0; round < 150; round++) {
        served.mustServe(round);
      }
      assertThat(OpenDescriptors.count()).isLessThan(descriptors + 20);
      assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + 1);
    }
  }

  @Test
  void no_features_of_packed_rings_are_offered() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path)) {
      long offered = frontEnd.askNumber(VhostProtocol.GET_FEATURES);
      assertThat(offered & 1L << 34).isZero();
      assertThat(VirtioFeature.VERSION_1.isIn(offered)).isTrue();
    }
  }
}
