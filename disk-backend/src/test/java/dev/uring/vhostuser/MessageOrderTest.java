package dev.uring.vhostuser;

import static dev.uring.vhostuser.VhostProtocol.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import dev.uring.virtio.BlockOptions;
import dev.uring.virtio.VirtioFeature;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The orders in which front ends in use send their messages. */
@Timeout(120)
class MessageOrderTest {
  private static final ByteBuffer NOTHING = FrontEnd.payload(0);
  private static final long FEW =
      FrontEnd.PROTOCOL | VirtioFeature.mask(VirtioFeature.VERSION_1, VirtioFeature.FLUSH);

  @TempDir Path directory;

  private static ByteBuffer region() {
    return FrontEnd.region(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0);
  }

  private static ByteBuffer table() {
    return FrontEnd.table(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0);
  }

  private static void mustWork(FrontEndRing ring, int value) {
    assertThat(ring.write(8L * ring.index, value)).isZero();
    assertThat(ring.read(8L * ring.index)).isEqualTo(value);
    assertThat(ring.request(FrontEndRing.FLUSH, 0, 0)).isZero();
  }

  /** NUM, BASE, ADDR, KICK, the call having come before, and ENABLE of all at the end. */
  private static void startAsQemu(FrontEnd frontEnd, List<FrontEndRing> used, int all) {
    for (FrontEndRing ring : used) {
      ring.describe();
      frontEnd.send(SET_VRING_KICK, FrontEnd.number(ring.index), ring.kick);
    }
    for (int index = 0; index < all; index++) {
      frontEnd.send(SET_VRING_ENABLE, FrontEnd.state(index, 1));
    }
  }

  private static void stopAsQemu(FrontEnd frontEnd, List<FrontEndRing> used, int all) {
    for (int index = 0; index < all; index++) {
      frontEnd.send(SET_VRING_ENABLE, FrontEnd.state(index, 0));
    }
    for (FrontEndRing ring : used) {
      frontEnd.ask(GET_VRING_BASE, FrontEnd.state(ring.index, 0));
    }
  }

  @Test
  void qemu_has_firmware_start_one_queue_and_linux_all_of_them_in_memory_that_it_sends_once() {
    BlockOptions two = BlockOptions.defaults().withQueues(2);
    try (ServedGuest served = ServedGuest.start(directory, two, false);
        FrontEnd frontEnd = new FrontEnd(served.path);
        FrontEndRing first = new FrontEndRing(frontEnd, 0);
        FrontEndRing second = new FrontEndRing(frontEnd, 1);
        Descriptor error = Descriptor.eventFd(0)) {
      frontEnd.askNumber(GET_FEATURES);
      long offered = frontEnd.askNumber(GET_PROTOCOL_FEATURES);
      frontEnd.send(SET_PROTOCOL_FEATURES, FrontEnd.number(offered));
      assertThat(frontEnd.askNumber(GET_QUEUE_NUM)).isEqualTo(2);
      assertThat(frontEnd.askNumber(GET_MAX_MEM_SLOTS)).isEqualTo(64);
      List<Descriptor> back = Sockets.pair();
      assertThat(frontEnd.acknowledged(SET_BACKEND_REQ_FD, NOTHING, back.get(1))).isZero();
      frontEnd.send(SET_OWNER, NOTHING);
      frontEnd.askNumber(GET_FEATURES);
      for (FrontEndRing ring : List.of(first, second)) {
        frontEnd.send(SET_VRING_CALL, FrontEnd.number(ring.index), ring.call);
        frontEnd.send(SET_VRING_ERR, FrontEnd.number(ring.index), error);
      }
      ByteBuffer wanted = FrontEnd.payload(12 + 57).putInt(4, 57);
      assertThat(frontEnd.ask(GET_CONFIG, wanted).remaining()).isEqualTo(12 + 57);

      // Firmware: few features, the first queue only, and yet all are enabled.
      frontEnd.send(SET_FEATURES, FrontEnd.number(FEW));
      frontEnd.send(SET_VRING_CALL, FrontEnd.number(0), first.call);
      frontEnd.send(SET_FEATURES, FrontEnd.number(FEW));
      assertThat(frontEnd.acknowledged(ADD_MEM_REG, region(), frontEnd.file)).isZero();
      startAsQemu(frontEnd, List.of(first), 2);
      mustWork(first, 1);
      stopAsQemu(frontEnd, List.of(first), 2);

      // Linux: more features, all queues from their beginning, and no memory.
      frontEnd.memory.put(0, new byte[0x3000]);
      frontEnd.send(SET_FEATURES, FrontEnd.number(FrontEnd.FEATURES));
      startAsQemu(frontEnd, List.of(first, second), 2);
      mustWork(first, 2);
      mustWork(second, 3);
      stopAsQemu(frontEnd, List.of(first, second), 2);
      back.forEach(Descriptor::close);
    }
  }

  /** All messages acknowledged, the memory before the queues, the way back last of all. */
  private static void startAsCloudHypervisor(
      FrontEnd frontEnd, List<FrontEndRing> rings, Descriptor back) {
    assertThat(frontEnd.acknowledged(SET_FEATURES, FrontEnd.number(FrontEnd.FEATURES))).isZero();
    assertThat(frontEnd.acknowledged(SET_MEM_TABLE, table(), frontEnd.file)).isZero();
    for (FrontEndRing ring : rings) {
      ByteBuffer size = FrontEnd.state(ring.index, FrontEndRing.SIZE);
      assertThat(frontEnd.acknowledged(SET_VRING_NUM, size)).isZero();
    }
    for (FrontEndRing ring : rings) {
      ByteBuffer addresses = ring.addresses(FrontEnd.USER + ring.index * 0x8000L);
      ByteBuffer base = FrontEnd.state(ring.index, ring.availableIndex());
      ByteBuffer number = FrontEnd.number(ring.index);
      assertThat(frontEnd.acknowledged(SET_VRING_ADDR, addresses)).isZero();
      assertThat(frontEnd.acknowledged(SET_VRING_BASE, base)).isZero();
      assertThat(frontEnd.acknowledged(SET_VRING_CALL, number, ring.call)).isZero();
      assertThat(frontEnd.acknowledged(SET_VRING_KICK, number, ring.kick)).isZero();
    }
    for (FrontEndRing ring : rings) {
      ByteBuffer on = FrontEnd.state(ring.index, 1);
      assertThat(frontEnd.acknowledged(SET_VRING_ENABLE, on)).isZero();
    }
    assertThat(frontEnd.acknowledged(SET_BACKEND_REQ_FD, NOTHING, back)).isZero();
  }

  private static void negotiateAsCloudHypervisor(FrontEnd frontEnd) {
    frontEnd.send(SET_OWNER, NOTHING);
    frontEnd.askNumber(GET_FEATURES);
    long known = PROTOCOL_MQ | PROTOCOL_REPLY_ACK | PROTOCOL_CONFIG | PROTOCOL_BACKEND_REQ;
    long both = frontEnd.askNumber(GET_PROTOCOL_FEATURES) & (known | PROTOCOL_CONFIGURE_MEM_SLOTS);
    frontEnd.send(SET_PROTOCOL_FEATURES, FrontEnd.number(both));
  }

  @Test
  void cloud_hypervisor_has_everything_acknowledged_and_comes_back_where_its_driver_is() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path);
        FrontEndRing first = new FrontEndRing(frontEnd, 0);
        FrontEndRing second = new FrontEndRing(frontEnd, 1)) {
      List<Descriptor> back = Sockets.pair();
      negotiateAsCloudHypervisor(frontEnd);
      assertThat(frontEnd.acknowledged(GET_QUEUE_NUM, NOTHING)).isEqualTo(2);
      ByteBuffer wanted = FrontEnd.payload(12 + 60).putInt(4, 60).putInt(8, 1);
      ByteBuffer configuration = frontEnd.ask(GET_CONFIG, wanted);
      assertThat(configuration.remaining()).isEqualTo(12 + 60);
      assertThat(configuration.getInt(8)).isEqualTo(1);
      startAsCloudHypervisor(frontEnd, List.of(first, second), back.get(1));
      mustWork(first, 1);
      mustWork(second, 2);

      // It stops its queues by disabling them, and goes on by enabling them.
      // So often that its counters have left the first turn of the ring.
      for (int round = 3; round < 10; round++) {
        assertThat(frontEnd.acknowledged(SET_VRING_ENABLE, FrontEnd.state(0, 0))).isZero();
        assertThat(frontEnd.acknowledged(SET_VRING_ENABLE, FrontEnd.state(0, 1))).isZero();
        mustWork(first, round);
      }

      // Cut off with a request before the device, it connects anew, and names the available index.
      assertThat(frontEnd.acknowledged(SET_VRING_ENABLE, FrontEnd.state(0, 0))).isZero();
      int used = first.usedIndex();
      first.offer(FrontEndRing.IN, 0, 512);
      frontEnd.reconnect(served.path);
      negotiateAsCloudHypervisor(frontEnd);
      startAsCloudHypervisor(frontEnd, List.of(first, second), back.get(1));
      first.awaitUsed(used + 1);
      assertThat(first.status()).isZero();
      back.forEach(Descriptor::close);
    }
  }

  @Test
  void firecracker_has_one_queue_and_may_do_without_the_configuration() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path);
        FrontEndRing ring = new FrontEndRing(frontEnd, 0)) {
      frontEnd.send(SET_OWNER, NOTHING);
      frontEnd.askNumber(GET_FEATURES);
      frontEnd.askNumber(GET_PROTOCOL_FEATURES);
      frontEnd.send(SET_PROTOCOL_FEATURES, FrontEnd.number(0));
      frontEnd.send(SET_FEATURES, FrontEnd.number(FrontEnd.FEATURES));
      frontEnd.send(SET_MEM_TABLE, table(), frontEnd.file);
      frontEnd.send(SET_VRING_NUM, FrontEnd.state(0, FrontEndRing.SIZE));
      frontEnd.send(SET_VRING_ADDR, ring.addresses(FrontEnd.USER));
      frontEnd.send(SET_VRING_BASE, FrontEnd.state(0, 0));
      frontEnd.send(SET_VRING_CALL, FrontEnd.number(0), ring.call);
      frontEnd.send(SET_VRING_KICK, FrontEnd.number(0), ring.kick);
      frontEnd.send(SET_VRING_ENABLE, FrontEnd.state(0, 1));
      mustWork(ring, 1);
    }
  }

  @Test
  void libblkio_adds_memory_while_its_queues_run_that_is_not_a_whole_number_of_pages() {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = new FrontEnd(served.path).negotiate(FrontEnd.FEATURES);
        Descriptor more = Descriptor.memFd("more", 10_000)) {
      ByteBuffer wanted = FrontEnd.payload(12 + 60).putInt(4, 60);
      assertThat(frontEnd.ask(GET_CONFIG, wanted).remaining()).isEqualTo(12 + 60);
      assertThat(frontEnd.acknowledged(ADD_MEM_REG, region(), frontEnd.file)).isZero();
      FrontEndRing ring = frontEnd.startRing(0);
      mustWork(ring, 1);
      long elsewhere = FrontEnd.GUEST + (1L << 30);
      ByteBuffer odd = FrontEnd.region(elsewhere, 10_000, FrontEnd.USER + (1L << 30), 0);
      assertThat(frontEnd.acknowledged(ADD_MEM_REG, odd, more)).isZero();
      mustWork(ring, 2);
      assertThat(frontEnd.acknowledged(REM_MEM_REG, odd)).isZero();
      mustWork(ring, 3);
    }
  }
}
