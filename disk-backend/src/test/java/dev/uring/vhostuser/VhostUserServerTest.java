package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.Descriptor;
import dev.uring.ring.UringException;
import dev.uring.virtio.BlockOptions;
import dev.uring.virtio.VirtioFeature;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a well-behaved front end gets. */
@Timeout(120)
class VhostUserServerTest {
  @TempDir Path directory;

  @Test
  void what_a_guest_writes_it_reads_again_and_lies_in_the_image() throws Exception {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      FrontEndRing ring = frontEnd.startRing(0);
      for (int round = 1; round <= 40; round++) {
        assertThat(ring.write(8L * round, round)).isZero();
        assertThat(ring.read(8L * round)).isEqualTo(round);
      }
      assertThat(ring.request(FrontEndRing.FLUSH, 0, 0)).isZero();
      assertThat(Files.readAllBytes(served.image.path())[4096 * 7]).isEqualTo((byte) 7);
    }
  }

  @Test
  void one_front_end_after_the_other_is_served_on_the_same_threads() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      var threads = served.server.threads();
      for (int round = 0; round < 20; round++) {
        served.mustServe(round);
      }
      assertThat(served.server.threads()).isEqualTo(threads).allMatch(Thread::isAlive);
    }
  }

  @Test
  void a_front_end_may_leave_with_requests_in_flight() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      for (int round = 0; round < 20; round++) {
        try (FrontEnd frontEnd = FrontEnd.ready(served.path)) {
          FrontEndRing ring = frontEnd.startRing(round % 2);
          ring.offer(FrontEndRing.OUT, 8, FrontEndRing.DATA_BYTES);
          ring.kick();
        }
      }
      served.mustServe(3);
    }
  }

  @Test
  void a_disabled_ring_stands_still_until_it_is_enabled() {
    BlockOptions oneThread = BlockOptions.defaults().withQueues(2);
    try (ServedGuest served = ServedGuest.start(directory, oneThread, false);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      FrontEndRing ring = frontEnd.startRing(0);
      FrontEndRing other = frontEnd.startRing(1);
      assertThat(ring.write(0, 1)).isZero();
      ring.enable(false);
      // The answer comes after the ring was disabled.
      assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isZero();
      ring.offer(FrontEndRing.IN, 0, 512);
      ring.kick();
      for (int round = 0; round < 20; round++) {
        assertThat(other.write(8, round)).isZero();
      }
      assertThat(ring.usedIndex()).isEqualTo(1);
      ring.enable(true);
      ring.awaitUsed(2);
      assertThat(ring.status()).isZero();
    }
  }

  @Test
  void enabling_a_ring_that_was_never_described_does_nothing() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      frontEnd.send(VhostProtocol.SET_VRING_ENABLE, FrontEnd.state(1, 1));
      assertThat(frontEnd.startRing(0).write(0, 9)).isZero();
    }
  }

  @Test
  void without_protocol_features_rings_are_enabled_from_the_first() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path)) {
      frontEnd.send(
          VhostProtocol.SET_FEATURES, FrontEnd.number(FrontEnd.FEATURES & ~FrontEnd.PROTOCOL));
      frontEnd.shareMemory();
      try (FrontEndRing ring = new FrontEndRing(frontEnd, 0)) {
        ring.describe();
        ring.giveDescriptors();
        assertThat(ring.write(0, 9)).isZero();
      }
    }
  }

  @Test
  void a_ring_without_kick_and_call_descriptors_is_looked_at() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path);
        FrontEndRing ring = new FrontEndRing(frontEnd, 0)) {
      ring.describe();
      ring.giveNoDescriptors();
      ring.enable(true);
      for (int round = 1; round <= 20; round++) {
        ring.offer(FrontEndRing.IN, 0, 512);
        ring.awaitUsed(round);
        assertThat(ring.status()).isZero();
      }
    }
  }

  @Test
  void a_stopped_ring_says_where_it_got_to_and_goes_on_from_there() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      FrontEndRing ring = frontEnd.startRing(0);
      for (int round = 1; round <= 3; round++) {
        assertThat(ring.write(0, round)).isZero();
        ByteBuffer base = frontEnd.ask(VhostProtocol.GET_VRING_BASE, FrontEnd.state(0, 0));
        assertThat(base.getInt(0)).isZero();
        assertThat(base.getInt(4)).isEqualTo(round);
        ring.describe();
        ring.giveDescriptors();
      }
      assertThat(ring.read(0)).isEqualTo(3);
    }
  }

  @Test
  void memory_comes_and_goes_while_a_queue_runs() {
    long elsewhere = FrontEnd.GUEST + (1L << 32);
    long user = FrontEnd.USER + (1L << 32);
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path).negotiate(FrontEnd.FEATURES);
        Descriptor more = Descriptor.memFd("more", 1 << 20)) {
      ByteBuffer first = FrontEnd.region(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0);
      assertThat(frontEnd.acknowledged(VhostProtocol.ADD_MEM_REG, first, frontEnd.file)).isZero();
      FrontEndRing ring = frontEnd.startRing(0);
      ByteBuffer second = FrontEnd.region(elsewhere, 1 << 20, user, 0);
      for (int round = 0; round < 10; round++) {
        assertThat(frontEnd.acknowledged(VhostProtocol.ADD_MEM_REG, second, more)).isZero();
        assertThat(ring.write(0, round)).isZero();
        assertThat(frontEnd.acknowledged(VhostProtocol.REM_MEM_REG, second)).isZero();
        assertThat(ring.read(0)).isEqualTo(round);
      }
      assertThat(frontEnd.acknowledged(VhostProtocol.REM_MEM_REG, second)).isNotZero();
    }
  }

  @Test
  void the_configuration_is_that_of_the_device() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      // As QEMU asks: fewer bytes than the payload has room for.
      ByteBuffer request = FrontEnd.payload(12 + 57).putInt(0, 0).putInt(4, 57);
      ByteBuffer reply = frontEnd.ask(VhostProtocol.GET_CONFIG, request);
      assertThat(reply.remaining()).isEqualTo(12 + 57);
      assertThat(reply.getLong(12)).isEqualTo(ServedGuest.SIZE / 512);
      assertThat(reply.getShort(12 + 34)).isEqualTo((short) 2);
      assertThat(frontEnd.askNumber(VhostProtocol.GET_QUEUE_NUM)).isEqualTo(2);
      ByteBuffer beyond = FrontEnd.payload(12).putInt(0, 250).putInt(4, 100);
      assertThat(frontEnd.ask(VhostProtocol.GET_CONFIG, beyond).remaining()).isZero();
    }
  }

  @Test
  void a_driver_that_did_not_take_flush_writes_through_and_one_that_did_can_choose() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path)) {
      long few = FrontEnd.PROTOCOL | VirtioFeature.VERSION_1.mask();
      frontEnd.negotiate(few);
      assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isZero();
      assertThat(served.server.device().isWriteThrough()).isTrue();
      long all = few | VirtioFeature.mask(VirtioFeature.FLUSH, VirtioFeature.CONFIG_WCE);
      frontEnd.negotiate(all);
      assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isZero();
      assertThat(served.server.device().isWriteThrough()).isFalse();
      ByteBuffer off = FrontEnd.payload(13).putInt(0, 32).putInt(4, 1);
      assertThat(frontEnd.acknowledged(VhostProtocol.SET_CONFIG, off)).isZero();
      assertThat(served.server.device().isWriteThrough()).isTrue();
    }
  }

  @Test
  void a_cache_that_the_guest_turned_off_stays_off_when_the_front_end_stops_and_goes_on() {
    long features =
        FrontEnd.PROTOCOL
            | VirtioFeature.mask(
                VirtioFeature.VERSION_1, VirtioFeature.FLUSH, VirtioFeature.CONFIG_WCE);
    try (ServedGuest served = ServedGuest.start(directory)) {
      try (FrontEnd frontEnd = new FrontEnd(served.path).negotiate(features)) {
        ByteBuffer off = FrontEnd.payload(13).putInt(0, 32).putInt(4, 1);
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_CONFIG, off)).isZero();
        ByteBuffer again = FrontEnd.number(features);
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_FEATURES, again)).isZero();
        assertThat(served.server.device().isWriteThrough()).isTrue();
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_STATUS, FrontEnd.number(0))).isZero();
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_FEATURES, again)).isZero();
        assertThat(served.server.device().isWriteThrough()).isTrue();
        ByteBuffer on = FrontEnd.payload(13).putInt(0, 32).putInt(4, 1).put(12, (byte) 1);
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_CONFIG, on)).isZero();
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_FEATURES, again)).isZero();
        assertThat(served.server.device().isWriteThrough()).isFalse();
        assertThat(frontEnd.acknowledged(VhostProtocol.SET_CONFIG, off)).isZero();
      }
      // The choice is the guest's, and goes with it.
      try (FrontEnd frontEnd = new FrontEnd(served.path).negotiate(features)) {
        assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isZero();
        assertThat(served.server.device().isWriteThrough()).isFalse();
      }
    }
  }

  @Test
  void a_reset_stops_all_rings_and_forgets_the_driver() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      FrontEndRing ring = frontEnd.startRing(0);
      assertThat(ring.write(0, 5)).isZero();
      frontEnd.send(VhostProtocol.SET_STATUS, FrontEnd.number(15));
      assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isEqualTo(15);
      assertThat(frontEnd.acknowledged(VhostProtocol.RESET_DEVICE, FrontEnd.payload(0))).isZero();
      assertThat(frontEnd.askNumber(VhostProtocol.GET_STATUS)).isZero();
      assertThat(served.server.device().negotiated()).isZero();
      frontEnd.send(VhostProtocol.SET_FEATURES, FrontEnd.number(FrontEnd.FEATURES));
      ring.describe();
      ring.giveDescriptors();
      ring.enable(true);
      assertThat(ring.read(0)).isEqualTo(5);
    }
  }

  @Test
  void a_disk_that_can_only_be_read_is_read() throws Exception {
    Path image = Files.write(directory.resolve("given"), new byte[1 << 20]);
    try (ServedGuest served = ServedGuest.startReadOnly(image, directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      assertThat(VirtioFeature.RO.isIn(frontEnd.askNumber(VhostProtocol.GET_FEATURES))).isTrue();
      FrontEndRing ring = frontEnd.startRing(0);
      assertThat(ring.read(0)).isZero();
      assertThat(ring.write(0, 1)).isNotZero();
      assertThat(ring.read(0)).isZero();
    }
  }

  @Test
  void memory_that_could_become_shorter_is_refused_where_that_is_asked_for() {
    try (ServedGuest served = ServedGuest.start(directory, BlockOptions.defaults(), true);
        FrontEnd frontEnd = new FrontEnd(served.path).negotiate(FrontEnd.FEATURES)) {
      ByteBuffer table = FrontEnd.table(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0);
      assertThat(frontEnd.acknowledged(VhostProtocol.SET_MEM_TABLE, table, frontEnd.file)).isOne();
    }
  }

  @Test
  void a_name_that_is_taken_is_refused_and_a_closed_server_leaves_none() {
    try (ServedGuest served = ServedGuest.start(directory)) {
      assertThatThrownBy(() -> VhostListener.open(served.path)).isInstanceOf(UringException.class);
      served.mustServe(1);
      served.server.close();
      assertThat(served.path).doesNotExist();
    }
  }
}
