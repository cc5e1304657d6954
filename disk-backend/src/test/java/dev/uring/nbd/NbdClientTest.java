package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.CommandFlag;
import dev.uring.nbd.NbdProtocol.ErrorNumber;
import dev.uring.nbd.NbdProtocol.TransmissionFlag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One request at a time, against a server made of our own handshake and rules. */
@Timeout(60)
class NbdClientTest {

  private static final int SIZE = 4 << 20;

  @TempDir Path directory;
  private MemoryServer server;

  @BeforeEach
  void serve() throws IOException {
    NbdExport full =
        NbdExport.builder("", SIZE)
            .description("everything")
            .maximumBlockSize(64 * 1024)
            .flush(true)
            .fua(true)
            .trim(true)
            .writeZeroes(true)
            .cache(true)
            .build();
    NbdExport readOnly =
        NbdExport.builder("read only", SIZE).minimumBlockSize(512).readOnly(true).build();
    server = MemoryServer.unix(directory, full, readOnly);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    assertThat(server.failures()).isEmpty();
  }

  private static ByteBuffer random(int bytes) {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    return ByteBuffer.wrap(data);
  }

  private static void assertRefused(int error, ThrowingCallable request) {
    assertThatExceptionOfType(NbdException.class)
        .isThrownBy(request)
        .satisfies(e -> assertThat(e.error()).isEqualTo(error));
  }

  @Test
  void the_export_is_as_the_server_describes_it() throws IOException {
    try (NbdClient client = NbdClient.connect(server.address())) {
      RemoteExport export = client.export();
      assertThat(export.size()).isEqualTo(SIZE);
      assertThat(export.description()).isEqualTo("everything");
      assertThat(export.has(TransmissionFlag.SEND_FLUSH | TransmissionFlag.SEND_TRIM)).isTrue();
      assertThat(export.has(TransmissionFlag.SEND_FLUSH | TransmissionFlag.READ_ONLY)).isFalse();
      assertThat(export.blockSizes()).isEqualTo(new RemoteExport.BlockSizes(1, 4096, 64 * 1024));
    }
    try (NbdClient client = NbdClient.connect(server.address().withExportName("read only"))) {
      assertThat(client.export().name()).isEqualTo("read only");
      assertThat(client.export().blockSizes().minimum()).isEqualTo(512);
    }
  }

  @Test
  void the_servers_exports_are_listed() throws IOException {
    assertThat(NbdClient.list(server.address()))
        .containsExactly(
            new NbdClient.Listing("", "everything"), new NbdClient.Listing("read only", ""));
  }

  @Test
  void what_was_written_is_read_back_in_as_many_requests_as_it_takes() throws Exception {
    ByteBuffer data = random(1_000_003);
    ByteBuffer read = ByteBuffer.allocateDirect(1_000_003);
    try (NbdClient client = NbdClient.connect(server.address())) {
      client.write(17, data, 0);
      assertThat(data.hasRemaining()).isFalse();
      client.read(17, read);
      assertThat(read.hasRemaining()).isFalse();
      client.disconnect();
    }
    assertThat(read.flip()).isEqualTo(data.flip());
    for (int i = 0; i < 32; i++) {
      assertThat(server.commands().take()).isEqualTo(i < 16 ? Command.WRITE : Command.READ);
    }
    assertThat(server.commands().take()).isEqualTo(Command.DISC);
  }

  @Test
  void only_the_part_between_position_and_limit_is_transferred() throws IOException {
    try (NbdClient client = NbdClient.connect(server.address())) {
      client.write(0, ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}).position(1).limit(4), 0);
      ByteBuffer read = ByteBuffer.allocate(6).position(1).limit(5);
      client.read(0, read);
      assertThat(read.array()).containsExactly(0, 2, 3, 4, 0, 0);
    }
  }

  @Test
  void zeroes_trim_cache_and_flush_reach_the_server() throws IOException {
    try (NbdClient client = NbdClient.connect(server.address())) {
      client.write(0, random(8192), CommandFlag.FUA);
      client.writeZeroes(0, 4096, CommandFlag.NO_HOLE | CommandFlag.FUA);
      client.trim(4096, 1024, CommandFlag.FUA);
      client.cache(0, SIZE);
      client.flush();
      ByteBuffer read = ByteBuffer.allocate(8192);
      client.read(0, read);
      ByteBuffer expected = random(8192);
      expected.put(0, new byte[5120]);
      assertThat(read.flip()).isEqualTo(expected);
    }
    assertThat(server.commands())
        .containsExactly(
            Command.WRITE,
            Command.WRITE_ZEROES,
            Command.TRIM,
            Command.CACHE,
            Command.FLUSH,
            Command.READ);
  }

  @Test
  void an_error_carries_its_number_and_the_connection_goes_on() throws IOException {
    try (NbdClient client = NbdClient.connect(server.address())) {
      assertRefused(ErrorNumber.ENOSPC, () -> client.write(SIZE - 1, random(50_000), 0));
      assertRefused(ErrorNumber.EINVAL, () -> client.read(SIZE, ByteBuffer.allocate(1)));
      assertRefused(ErrorNumber.EINVAL, () -> client.read(-1, ByteBuffer.allocate(2)));
      assertRefused(ErrorNumber.ENOSPC, () -> client.writeZeroes(0, 0xffff_ffffL, 0));
      assertRefused(ErrorNumber.EINVAL, () -> client.trim(1, SIZE, 0));
      assertRefused(ErrorNumber.EINVAL, () -> client.writeZeroes(0, 1, CommandFlag.FAST_ZERO));
      client.write(0, random(10), 0);
    }
    try (NbdClient client = NbdClient.connect(server.address().withExportName("read only"))) {
      assertRefused(ErrorNumber.EPERM, () -> client.write(0, random(512), 0));
      assertRefused(ErrorNumber.EINVAL, () -> client.flush());
      client.read(0, ByteBuffer.allocate(512));
    }
  }

  @Test
  void a_request_of_4_gib_is_not_cut_in_silence() throws IOException {
    try (NbdClient client = NbdClient.connect(server.address())) {
      assertThatIllegalArgumentException().isThrownBy(() -> client.trim(0, 1L << 32, 0));
      assertThatIllegalArgumentException().isThrownBy(() -> client.writeZeroes(0, -1, 0));
    }
  }

  @Test
  void an_unknown_export_is_named_as_the_cause() {
    assertThatExceptionOfType(NbdException.class)
        .isThrownBy(() -> NbdClient.connect(server.address().withExportName("nobody")))
        .withMessageContaining("no export");
  }

  @Test
  void nobody_listening_is_said_with_the_address() throws IOException {
    server.close();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> NbdClient.connect(server.address()))
        .withMessageContaining(server.address().uri());
  }

  @Test
  void tcp_serves_as_well() throws IOException {
    try (MemoryServer tcp = MemoryServer.tcp(NbdExport.builder("", SIZE).build());
        NbdClient client = NbdClient.connect(NbdAddress.parse(tcp.address().uri()))) {
      ByteBuffer read = ByteBuffer.allocate(300_000);
      client.write(5, random(300_000), 0);
      client.read(5, read);
      assertThat(read.flip()).isEqualTo(random(300_000));
    }
  }
}
