package dev.uring.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.DescriptorSocket;
import dev.uring.Sockets;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that grows while a guest has it. */
@Timeout(120)
class ConfigurationChangeTest {
  private static final int GROWN = 2 * ServedGuest.SIZE;

  @TempDir Path directory;

  /** Two ends of a socket: the front end's, and the one that it gives away. */
  private static final class Ends implements AutoCloseable {
    private final List<Descriptor> pair = Sockets.pair();
    final DescriptorSocket kept = new DescriptorSocket(pair.get(0));

    void give(FrontEnd frontEnd) {
      ByteBuffer nothing = FrontEnd.payload(0);
      long refused = frontEnd.acknowledged(VhostProtocol.SET_BACKEND_REQ_FD, nothing, pair.get(1));
      assertThat(refused).isZero();
    }

    /**
     * That the next message is: look at the configuration; without payload, or wish for a reply.
     */
    void mustTell(FrontEnd frontEnd) {
      ByteBuffer message = FrontEnd.payload(12);
      while (message.hasRemaining()) {
        frontEnd.awaitReadable(pair.get(0));
        assertThat(kept.receive(message, new ArrayList<>())).isPositive();
      }
      assertThat(message.getInt(0)).isEqualTo(2);
      assertThat(message.getInt(4)).isEqualTo(1);
      assertThat(message.getInt(8)).isZero();
    }

    @Override
    public void close() {
      kept.close();
      pair.get(1).close();
    }
  }

  private static void resize(ServedGuest served, long bytes) throws IOException {
    try (RandomAccessFile image = new RandomAccessFile(served.image.path().toFile(), "rw")) {
      image.setLength(bytes);
    }
  }

  private static long capacity(FrontEnd frontEnd) {
    ByteBuffer request = FrontEnd.payload(12 + 8).putInt(0, 0).putInt(4, 8);
    return frontEnd.ask(VhostProtocol.GET_CONFIG, request).getLong(12) * 512;
  }

  @Test
  void a_guest_is_told_that_its_disk_has_grown_and_uses_what_is_new() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path);
        Ends ends = new Ends()) {
      ends.give(frontEnd);
      FrontEndRing ring = frontEnd.startRing(0);
      long beyond = ServedGuest.SIZE / 512;
      assertThat(ring.write(beyond, 7)).isNotZero();
      resize(served, GROWN);
      assertThat(capacity(frontEnd)).isEqualTo(ServedGuest.SIZE);
      assertThat(served.server.capacityChanged()).isTrue();
      ends.mustTell(frontEnd);
      assertThat(capacity(frontEnd)).isEqualTo(GROWN);
      assertThat(ring.write(beyond, 7)).isZero();
      assertThat(ring.read(beyond)).isEqualTo(7);
      assertThat(ring.write(GROWN / 512 - 7, 7)).isNotZero();
      assertThat(served.server.capacityChanged()).isFalse();
    }
  }

  @Test
  void who_says_late_how_to_be_told_is_told_of_what_has_changed_since_it_came() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path);
        Ends ends = new Ends()) {
      assertThat(capacity(frontEnd)).isEqualTo(ServedGuest.SIZE);
      resize(served, GROWN);
      assertThat(served.server.capacityChanged()).isTrue();
      ends.give(frontEnd);
      ends.mustTell(frontEnd);
      assertThat(capacity(frontEnd)).isEqualTo(GROWN);
    }
  }

  @Test
  void who_never_reads_what_it_is_told_delays_nobody() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory)) {
      try (FrontEnd frontEnd = FrontEnd.ready(served.path);
          Ends ends = new Ends()) {
        ends.give(frontEnd);
        for (int grown = 1; grown <= 2000; grown++) {
          resize(served, ServedGuest.SIZE + grown * 512L);
          assertThat(served.server.capacityChanged()).isTrue();
        }
        assertThat(frontEnd.startRing(0).write(0, 1)).isZero();
      }
      served.mustServe(3);
    }
  }

  @Test
  void a_disk_that_became_shorter_keeps_its_size_and_what_is_gone_fails() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      resize(served, ServedGuest.SIZE / 2);
      assertThat(served.server.capacityChanged()).isFalse();
      assertThat(capacity(frontEnd)).isEqualTo(ServedGuest.SIZE);
      FrontEndRing ring = frontEnd.startRing(0);
      int status = ring.request(FrontEndRing.IN, ServedGuest.SIZE / 512 - 8, 4096);
      assertThat(status).isNotZero();
      assertThat(ring.read(0)).isZero();
    }
  }

  @Test
  void part_of_a_sector_is_not_shown() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      resize(served, ServedGuest.SIZE + 511L);
      assertThat(served.server.capacityChanged()).isFalse();
      resize(served, ServedGuest.SIZE + 1023L);
      assertThat(served.server.capacityChanged()).isTrue();
      assertThat(capacity(frontEnd)).isEqualTo(ServedGuest.SIZE + 512);
    }
  }

  @Test
  void what_is_no_socket_costs_its_front_end_the_news_and_nothing_else() throws IOException {
    try (ServedGuest served = ServedGuest.start(directory);
        FrontEnd frontEnd = FrontEnd.ready(served.path)) {
      ByteBuffer nothing = FrontEnd.payload(0);
      int message = VhostProtocol.SET_BACKEND_REQ_FD;
      assertThat(frontEnd.acknowledged(message, nothing)).isOne();
      assertThat(frontEnd.acknowledged(message, nothing, frontEnd.file)).isZero();
      resize(served, GROWN);
      assertThat(served.server.capacityChanged()).isTrue();
      assertThat(frontEnd.startRing(0).write(ServedGuest.SIZE / 512, 1)).isZero();
    }
  }
}
