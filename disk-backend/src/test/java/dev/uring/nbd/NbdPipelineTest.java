package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.uring.nbd.NbdProtocol.ErrorNumber;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many requests in flight over one connection. */
@Timeout(60)
class NbdPipelineTest {

  private static final int SIZE = 16 << 20;

  @TempDir Path directory;
  private MemoryServer server;
  private NbdClient client;

  @BeforeEach
  void connect() throws IOException {
    server = MemoryServer.unix(directory, NbdExport.builder("", SIZE).flush(true).build());
    client = NbdClient.connect(server.address());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
    assertThat(server.failures()).isEmpty();
  }

  @Test
  void every_slot_gets_the_data_of_its_own_request() throws IOException {
    ByteBuffer image = ByteBuffer.allocate(SIZE);
    while (image.hasRemaining()) {
      image.putInt(image.position());
    }
    client.write(0, image.flip(), 0);
    NbdPipeline pipeline = client.pipeline(32, 4096);
    Random random = new Random(1);
    int[] offsets = new int[32];
    int made = 0;
    for (; made < 32; made++) {
      offsets[made] = random.nextInt(SIZE / 4096) * 4096;
      pipeline.read(made, offsets[made], 4096);
    }
    assertThat(pipeline.inFlight()).isEqualTo(32);
    while (pipeline.inFlight() > 0) {
      int slot = pipeline.await();
      assertThat(pipeline.error(slot)).isZero();
      assertThat(pipeline.buffer(slot)).isEqualTo(image.slice(offsets[slot], 4096));
      if (made++ < 5000) {
        offsets[slot] = random.nextInt(SIZE / 4096) * 4096;
        pipeline.read(slot, offsets[slot], 4096);
      }
    }
    assertThat(made).isGreaterThanOrEqualTo(5000);
  }

  @Test
  void a_refused_request_is_the_error_of_its_slot_alone() throws IOException {
    NbdPipeline pipeline = client.pipeline(3, 512);
    pipeline.read(0, SIZE, 512);
    pipeline.write(1, SIZE, 512, 0);
    pipeline.read(2, 0, 512);
    for (int i = 0; i < 3; i++) {
      pipeline.await();
    }
    assertThat(pipeline.error(0)).isEqualTo(ErrorNumber.EINVAL);
    assertThat(pipeline.error(1)).isEqualTo(ErrorNumber.ENOSPC);
    assertThat(pipeline.error(2)).isZero();
    assertThat(pipeline.buffer(0).hasRemaining()).isFalse();
    assertThat(pipeline.buffer(2).remaining()).isEqualTo(512);
  }

  @Test
  void written_data_is_what_the_buffer_held_and_a_flush_can_follow() throws IOException {
    NbdPipeline pipeline = client.pipeline(2, 512);
    pipeline.buffer(0).put(0, (byte) 42);
    pipeline.write(0, 1000, 1, 0);
    assertThat(pipeline.await()).isZero();
    pipeline.flush(1);
    assertThat(pipeline.await()).isEqualTo(1);
    ByteBuffer read = ByteBuffer.allocate(1);
    client.read(1000, read);
    assertThat(read.get(0)).isEqualTo((byte) 42);
  }

  /** This server answers before it reads on: both sides would wait for the other to read. */
  @Test
  void large_reads_and_writes_in_flight_together_never_wait_for_each_other() throws IOException {
    NbdPipeline pipeline = client.pipeline(32, 1 << 20);
    for (int i = 0; i < 200; i++) {
      int slot = i < 32 ? i : pipeline.await();
      long offset = (long) (i % 16) << 20;
      if (i % 2 == 0) {
        pipeline.read(slot, offset, 1 << 20);
      } else {
        pipeline.write(slot, offset, 1 << 20, 0);
      }
    }
    while (pipeline.inFlight() > 0) {
      assertThat(pipeline.error(pipeline.await())).isZero();
    }
  }

  @Test
  void a_slot_in_flight_is_not_used_twice() throws IOException {
    NbdPipeline pipeline = client.pipeline(1, 512);
    pipeline.read(0, 0, 512);
    assertThatIllegalStateException().isThrownBy(() -> pipeline.read(0, 0, 512));
    assertThat(pipeline.await()).isZero();
    assertThatIllegalStateException().isThrownBy(pipeline::await);
  }

  @Test
  void nobody_else_uses_the_connection_while_requests_are_in_flight() throws IOException {
    NbdPipeline pipeline = client.pipeline(1, 512);
    NbdPipeline other = client.pipeline(1, 512);
    pipeline.read(0, 0, 512);
    assertThatIllegalStateException().isThrownBy(() -> client.read(0, ByteBuffer.allocate(1)));
    assertThatIllegalStateException().isThrownBy(() -> other.read(0, 0, 512));
    pipeline.await();
    client.read(0, ByteBuffer.allocate(1));
  }

  @Test
  void a_pipeline_has_limits() throws IOException {
    assertThatIllegalArgumentException().isThrownBy(() -> client.pipeline(0, 512));
    assertThatIllegalArgumentException().isThrownBy(() -> client.pipeline(257, 512));
    assertThatIllegalArgumentException().isThrownBy(() -> client.pipeline(1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> client.pipeline(1, (32 << 20) + 1));
    NbdPipeline pipeline = client.pipeline(1, 512);
    assertThatIllegalArgumentException().isThrownBy(() -> pipeline.read(0, 0, 513));
    assertThatIllegalArgumentException().isThrownBy(() -> pipeline.write(0, 0, -1, 0));
  }
}
