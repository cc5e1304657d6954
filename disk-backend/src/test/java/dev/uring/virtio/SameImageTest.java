package dev.uring.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.disk.EmbeddedDisk;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdClient;
import dev.uring.nbd.NbdExport;
import dev.uring.nbd.NbdExports;
import dev.uring.nbd.NbdListener;
import dev.uring.nbd.NbdServer;
import dev.uring.nbd.NbdServerOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever way a disk is reached, the same requests make the same image. */
@Timeout(120)
class SameImageTest {
  private static final int SIZE = 4 << 20;
  private static final int SECTORS = SIZE / 512;

  @TempDir Path directory;

  /** A way to a disk. */
  private interface Way {
    byte[] read(long sector, int count) throws Exception;

    void write(long sector, byte[] data) throws Exception;

    void zero(long sector, int count) throws Exception;

    void flush() throws Exception;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void the_same_workload_makes_the_same_image_whichever_way_it_takes(long seed) throws Exception {
    byte[] model = new byte[SIZE];
    try (EmbeddedDisk disk =
        EmbeddedDisk.open(
            directory.resolve("blocking"), ImageOptions.defaults().withCreate(SIZE))) {
      play(new Blocking(disk), seed, model);
    }
    try (Machine machine = Machine.make(directory, SIZE).boot()) {
      play(new Mmio(machine.driver), seed, new byte[SIZE]);
    }
    ImageFile image =
        ImageFile.open(directory.resolve("nbd"), ImageOptions.defaults().withCreate(SIZE));
    NbdAddress address = new NbdAddress.Unix(directory.resolve("socket").toString());
    NbdExport export =
        NbdExport.builder("", SIZE)
            .flush(true)
            .fua(true)
            .writeZeroes(true)
            .maximumBlockSize(NbdServerOptions.defaults().maximumRequest())
            .build();
    try (image;
        NbdServer server =
            NbdServer.start(
                new RawDisk(image),
                NbdExports.of(export),
                List.of(NbdListener.open(address)),
                NbdServerOptions.defaults());
        NbdClient client = NbdClient.connect(server.addresses().get(0))) {
      play(new Nbd(client), seed, new byte[SIZE]);
    }
    for (String name : List.of("blocking", "image", "nbd")) {
      byte[] content = Files.readAllBytes(directory.resolve(name));
      assertThat(Arrays.mismatch(content, model)).as(name).isEqualTo(-1);
    }
  }

  /** One disk, three ways at once: what one of them writes, all of them read. */
  @ParameterizedTest
  @ValueSource(longs = 4)
  void ways_that_share_a_disk_see_each_others_writes(long seed) throws Exception {
    Random random = new Random(seed);
    try (Machine machine = Machine.make(directory, SIZE).boot();
        EmbeddedDisk disk = EmbeddedDisk.of(machine.disk)) {
      List<Way> ways = List.of(new Mmio(machine.driver), new Blocking(disk));
      for (int round = 0; round < 200; round++) {
        byte[] data = new byte[512 * (1 + random.nextInt(8))];
        random.nextBytes(data);
        int sector = random.nextInt(SECTORS - 8);
        ways.get(round % 2).write(sector, data);
        assertThat(ways.get(1 - round % 2).read(sector, data.length / 512)).isEqualTo(data);
      }
    }
  }

  private static void play(Way way, long seed, byte[] model) throws Exception {
    Random random = new Random(seed);
    for (int step = 0; step < 400; step++) {
      int sector = random.nextInt(SECTORS);
      int count = 1 + random.nextInt(Math.min(SECTORS - sector, 100));
      int from = sector * 512;
      int to = from + count * 512;
      switch (random.nextInt(8)) {
        case 0, 1 ->
            assertThat(ByteBuffer.wrap(way.read(sector, count)))
                .isEqualTo(ByteBuffer.wrap(model, from, to - from));
        case 2 -> {
          way.zero(sector, count);
          Arrays.fill(model, from, to, (byte) 0);
        }
        case 3 -> way.flush();
        default -> {
          byte[] data = new byte[to - from];
          random.nextBytes(data);
          way.write(sector, data);
          System.arraycopy(data, 0, model, from, data.length);
        }
      }
    }
  }

  private record Blocking(EmbeddedDisk disk) implements Way {
    @Override
    public byte[] read(long sector, int count) throws IOException {
      byte[] data = new byte[count * 512];
      disk.read(sector * 512, data, 0, data.length);
      return data;
    }

    @Override
    public void write(long sector, byte[] data) throws IOException {
      disk.write(sector * 512, data, 0, data.length);
    }

    @Override
    public void zero(long sector, int count) throws IOException {
      disk.writeZeroes(sector * 512, count * 512L, false);
    }

    @Override
    public void flush() throws IOException {
      disk.flush();
    }
  }

  private record Mmio(MmioDriver driver) implements Way {
    @Override
    public byte[] read(long sector, int count) throws InterruptedException {
      return driver.read(sector, count * 512);
    }

    @Override
    public void write(long sector, byte[] data) throws InterruptedException {
      driver.write(sector, data);
    }

    @Override
    public void zero(long sector, int count) throws InterruptedException {
      byte[] range =
          ByteBuffer.allocate(16)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(sector)
              .putInt(count)
              .putInt(1)
              .array();
      assertThat(driver.request(MmioDriver.WRITE_ZEROES, 0, range, 0).status()).isZero();
    }

    @Override
    public void flush() throws InterruptedException {
      driver.flush();
    }
  }

  private record Nbd(NbdClient client) implements Way {
    @Override
    public byte[] read(long sector, int count) throws IOException {
      ByteBuffer data = ByteBuffer.allocate(count * 512);
      client.read(sector * 512, data);
      return data.array();
    }

    @Override
    public void write(long sector, byte[] data) throws IOException {
      client.write(sector * 512, ByteBuffer.wrap(data), 0);
    }

    @Override
    public void zero(long sector, int count) throws IOException {
      client.writeZeroes(sector * 512, count * 512L, 0);
    }

    @Override
    public void flush() throws IOException {
      client.flush();
    }
  }
}
