package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.disk.DiskException;
import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.CommandFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A random stream of requests, cut into random pieces on its way, against a model in memory:
 * whatever the sizes, wherever a payload begins in the server's memory, image and replies are the
 * model's.
 */
class RandomWorkloadTest {
  private static final int SIZE = 4 << 20;
  private static final int ROUNDS = 60;
  private static final int REQUESTS_A_ROUND = 24;

  @TempDir Path directory;

  private final byte[] model = new byte[SIZE];

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, true", "4, true"})
  void image_and_replies_are_those_of_a_simple_model(long seed, boolean direct) throws Exception {
    Random random = new Random(seed);
    try (ServedDisk disk = start(direct)) {
      int block = disk.image.minimumBlockSize();
      try (NbdClient client = disk.client()) {
        assertThat(client.export().size()).isEqualTo(SIZE);
      }
      try (Stream stream = new Stream(disk.address, random)) {
        for (int round = 0; round < ROUNDS; round++) {
          stream.exchange(requests(random, block));
        }
      }
    }
    assertThat(Files.readAllBytes(directory.resolve("image"))).isEqualTo(model);
  }

  private ServedDisk start(boolean direct) {
    try {
      return ServedDisk.start(
          directory,
          SIZE,
          ImageOptions.defaults().withDirect(direct),
          NbdServerOptions.defaults().withInFlightBytes(1).withMaximumRequest(256 * 1024));
    } catch (DiskException e) {
      assumeTrue(!direct, "skipped: no O_DIRECT on the file system of the temporary directory");
      throw e;
    }
  }

  private record Request(int type, int flags, int offset, int length, ByteBuffer data) {}

  /**
   * Requests that do not overlap, so that their order does not matter; reads see earlier rounds.
   */
  private List<Request> requests(Random random, int block) {
    List<Request> requests = new ArrayList<>();
    int slice = SIZE / REQUESTS_A_ROUND / block * block;
    for (int index = 0; index < REQUESTS_A_ROUND; index++) {
      int blocks = slice / block;
      int start = random.nextInt(blocks);
      int count = 1 + random.nextInt(Math.min(blocks - start, size(random, block)));
      requests.add(request(random, index * slice + start * block, count * block));
    }
    return requests;
  }

  private static int size(Random random, int block) {
    int[] limits = {1, 512, 4096, 5000, 65_536, 70_000, 200_000};
    return Math.max(limits[random.nextInt(limits.length)] / block, 1);
  }

  private Request request(Random random, int offset, int length) {
    int kind = random.nextInt(10);
    if (kind < 3) {
      return new Request(
          Command.READ,
          0,
          offset,
          length,
          ByteBuffer.wrap(Arrays.copyOfRange(model, offset, offset + length)));
    }
    if (kind < 8) {
      byte[] data = new byte[length];
      random.nextBytes(data);
      System.arraycopy(data, 0, model, offset, length);
      return new Request(
          Command.WRITE, kind == 7 ? CommandFlag.FUA : 0, offset, length, ByteBuffer.wrap(data));
    }
    Arrays.fill(model, offset, offset + length, (byte) 0);
    int flags = random.nextBoolean() ? CommandFlag.NO_HOLE : 0;
    return new Request(Command.WRITE_ZEROES, flags, offset, length, ByteBuffer.allocate(0));
  }

  /**
   * A connection that sends a whole round in pieces that fit no message, then takes all replies.
   */
  private static final class Stream implements AutoCloseable {
    private final SocketChannel channel;
    private final Random random;

    Stream(NbdAddress address, Random random) throws Exception {
      this.random = random;
      channel = RawClient.enterTransmission(address);
    }

    void exchange(List<Request> requests) throws Exception {
      int bytes = 0;
      for (Request request : requests) {
        bytes += NbdRequest.HEADER_BYTES + request.length();
      }
      ByteBuffer out = ByteBuffer.allocate(bytes);
      for (int index = 0; index < requests.size(); index++) {
        Request request = requests.get(index);
        RawClient.putRequest(
            out, request.type(), request.flags(), index, request.offset(), request.length());
        if (request.type() == Command.WRITE) {
          out.put(request.data().duplicate());
        }
      }
      out.flip();
      Thread sender = new Thread(() -> sendInPieces(out));
      sender.start();
      receive(requests);
      sender.join();
    }

    private void sendInPieces(ByteBuffer out) {
      try {
        while (out.hasRemaining()) {
          int piece = Math.min(1 + random.nextInt(90_000), out.remaining());
          ByteBuffer part = out.slice(out.position(), piece);
          out.position(out.position() + piece);
          while (part.hasRemaining()) {
            channel.write(part);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void receive(List<Request> requests) throws Exception {
      boolean[] answered = new boolean[requests.size()];
      for (int count = 0; count < requests.size(); count++) {
        ByteBuffer header = RawClient.receive(channel, NbdReply.SIMPLE_HEADER_BYTES);
        assertThat(NbdReply.error(header, 0)).isZero();
        int index = (int) NbdReply.cookie(header, 0);
        assertThat(answered[index]).isFalse();
        answered[index] = true;
        Request request = requests.get(index);
        if (request.type() == Command.READ) {
          ByteBuffer data = RawClient.receive(channel, request.length());
          assertThat(data.equals(request.data())).isTrue();
        }
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
