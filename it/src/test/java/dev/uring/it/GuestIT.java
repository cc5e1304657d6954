package dev.uring.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Linux in a virtual machine, with a disk that is served to it. */
@Timeout(600)
class GuestIT {
  private static final long SIZE = 256L * Images.MIB;

  @TempDir(factory = DiskBackedDirectory.class)
  private Path directory;

  private Path image;
  private Path socket;

  @BeforeEach
  void name_an_image() {
    image = directory.resolve("disk.img");
    socket = directory.resolve("guest.sock");
  }

  private Guest guest() {
    return new Guest(directory, socket);
  }

  private DiskServer serve(Object... more) {
    Object[] options = new Object[2 + more.length];
    options[0] = "--vhost-user";
    options[1] = socket;
    System.arraycopy(more, 0, options, 2, more.length);
    return DiskServer.serve(image, options);
  }

  @Test
  void a_file_system_is_made_verified_under_load_on_four_queues_and_found_whole() {
    Guest guest = guest().withProcessors(4);
    Images.sparse(image, SIZE);
    try (DiskServer server = serve("--sealed-memory")) {
      Tool.Result result =
          guest.run(
              """
              set -e
              ls /sys/block/vda/mq | wc -l
              mkfs.ext4 -q /dev/vda
              mount /dev/vda /mnt
              fio --name=f --directory=/mnt --numjobs=4 --rw=randwrite --bsrange=512-64k --size=6m \
                --ioengine=libaio --iodepth=8 --direct=1 --fsync=64 --verify=crc32c --verify_fatal=1 \
                --minimal > /tmp/fio
              dd if=/dev/urandom of=/mnt/one bs=64k count=64 conv=fsync 2> /dev/null
              sha256sum /mnt/one > /mnt/sum
              umount /mnt
              e2fsck -fn /dev/vda > /dev/null
              mount /dev/vda /mnt
              sha256sum -c /mnt/sum
              umount /mnt
              """);
      result.succeeded();
      assertThat(result.output()).startsWith("\n4\n").contains("/mnt/one: OK");
      assertThat(server.isAlive()).isTrue();
    }
    // And from this side.
    Tool.run("e2fsck", "-fn", image).succeeded();
  }

  @Test
  void firmware_starts_linux_from_the_disk_and_again_when_the_machine_restarts()
      throws IOException {
    Guest guest = guest().startedByFirmware().withProcessors(1);
    Files.copy(Guest.bootDisk(), image);
    Images.enlarge(image, SIZE);
    try (DiskServer server = serve()) {
      Tool.Result result =
          guest.run(
              String.format(
                  """
                  set -e
                  addpart /dev/vda 1 %d %d
                  if mount -t ext4 /dev/vda1 /mnt 2> /dev/null; then
                    sha256sum -c /mnt/sum
                    umount /mnt
                    e2fsck -fn /dev/vda1 > /dev/null
                  else
                    mkfs.ext4 -q /dev/vda1
                    mount /dev/vda1 /mnt
                    dd if=/dev/urandom of=/mnt/one bs=64k count=16 2> /dev/null
                    sha256sum /mnt/one > /mnt/sum
                    umount /mnt
                    echo restarting
                    reboot -f
                  fi
                  """,
                  Guest.BOOT_BYTES / 512, (SIZE - Guest.BOOT_BYTES) / 512));
      result.succeeded();
      assertThat(result.output()).contains("restarting").contains("/mnt/one: OK");
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void what_a_guest_discards_is_space_on_the_host_again_and_reads_as_zeros() {
    Guest guest = guest();
    Images.random(image, 64L * Images.MIB, 7);
    try (DiskServer server = serve()) {
      assertThat(Images.allocated(image)).isGreaterThanOrEqualTo(64L * Images.MIB);
      guest.run("blkdiscard -o 16777216 -l 33554432 /dev/vda").succeeded();
      assertThat(Images.allocated(image)).isLessThanOrEqualTo(33L * Images.MIB);
      assertThat(server.isAlive()).isTrue();
    }
    assertThat(Images.read(image, 16L * Images.MIB, Images.MIB)).containsOnly(0);
    assertThat(Images.read(image, 48L * Images.MIB, 4096)).isNotEqualTo(new byte[4096]);
  }

  @Test
  void memory_of_four_gibibytes_lies_in_two_regions_and_all_of_it_is_reached() {
    // Two gibibytes end where devices begin; the others lie behind them.
    Guest guest = guest().withMemory(4096);
    Images.random(image, 16L * Images.MIB, 8);
    try (DiskServer server = serve()) {
      Tool.Result result =
          guest.run(
              """
              set -e
              grep 'System RAM' /proc/iomem | tail -n 1
              sha256sum < /dev/vda
              # The kernel takes what lies high first. So much of it that the rest must be low:
              mount -t tmpfs -o size=3g big /mnt
              dd if=/dev/zero of=/mnt/filling bs=1M count=2300 2> /dev/null
              echo 3 > /proc/sys/vm/drop_caches
              sha256sum < /dev/vda
              """);
      result.succeeded();
      List<String> lines = result.output().strip().lines().toList();
      assertThat(lines.get(0)).endsWith("-17fffffff : System RAM");
      String expected = Tool.run("sha256sum", image).succeeded().output().substring(0, 64);
      assertThat(lines.get(1)).startsWith(expected);
      assertThat(lines.get(2)).startsWith(expected);
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void a_disk_that_is_served_read_only_is_read_by_a_guest_and_refuses_its_writes() {
    Guest guest = guest();
    Images.random(image, 8L * Images.MIB, 9);
    byte[] before = Images.read(image, 0, 8 * Images.MIB);
    try (DiskServer server = serve("--read-only")) {
      Tool.Result result =
          guest.run(
              """
              blockdev --getro /dev/vda
              sha256sum < /dev/vda
              dd if=/dev/zero of=/dev/vda bs=4k count=1 conv=fsync 2> /dev/null && echo written
              blkdiscard /dev/vda 2> /dev/null && echo discarded
              exit 0
              """);
      String expected = Tool.run("sha256sum", image).succeeded().output().substring(0, 64);
      assertThat(result.output().strip()).isEqualTo("1\n" + expected + "  -");
      assertThat(server.isAlive()).isTrue();
    }
    assertThat(Images.read(image, 0, before.length)).isEqualTo(before);
  }

  @Test
  void two_guests_in_turn_have_the_same_disk() {
    Guest first = guest();
    Images.sparse(image, SIZE);
    try (DiskServer server = serve()) {
      first
          .run(
              """
              set -e
              mkfs.ext4 -q /dev/vda
              mount /dev/vda /mnt
              dd if=/dev/urandom of=/mnt/one bs=64k count=64 2> /dev/null
              sha256sum /mnt/one > /mnt/sum
              umount /mnt
              """)
          .succeeded();
      Tool.Result result =
          guest()
              .withQueues(1)
              .run(
                  "e2fsck -fn /dev/vda > /dev/null && mount /dev/vda /mnt && sha256sum -c /mnt/sum");
      assertThat(result.succeeded().output()).contains("/mnt/one: OK");
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void a_guest_sees_its_disk_grow() throws Exception {
    Guest guest = guest();
    Images.sparse(image, 16L * Images.MIB);
    String script =
        """
        set -e
        cat /sys/block/vda/size
        printf ready | dd of=/dev/vda conv=fsync 2> /dev/null
        while [ "$(cat /sys/block/vda/size)" = 32768 ]; do sleep 0.1; done
        cat /sys/block/vda/size
        printf there | dd of=/dev/vda bs=1M seek=31 conv=fsync 2> /dev/null
        """;
    try (DiskServer server = serve()) {
      CompletableFuture<Tool.Result> ended = CompletableFuture.supplyAsync(() -> guest.run(script));
      Await.until(
          "the guest is ready",
          Duration.ofMinutes(2),
          () -> Images.read(image, 0, 1)[0] == 'r' || ended.isDone());
      Images.enlarge(image, 32L * Images.MIB);
      server.signal("USR1");
      assertThat(ended.get().succeeded().output().strip()).isEqualTo("32768\n65536");
      assertThat(server.output()).contains("resized " + image + ": now 33554432 bytes");
    }
    assertThat(new String(Images.read(image, 31L * Images.MIB, 5), US_ASCII)).isEqualTo("there");
  }

  @Test
  @Tag("long")
  @Timeout(1800)
  void a_file_system_under_load_for_minutes_is_found_whole_by_the_next_guest() {
    Guest guest = guest().withProcessors(4).within(Duration.ofMinutes(15));
    Images.sparse(image, 4 * SIZE);
    try (DiskServer server = serve()) {
      guest
          .run(
              """
              set -e
              mkfs.ext4 -q /dev/vda
              mount -o discard /dev/vda /mnt
              for round in 1 2 3 4 5; do
                fio --name=f --directory=/mnt --numjobs=4 --rw=randrw --bsrange=512-128k --size=32m \
                  --ioengine=libaio --iodepth=16 --direct=1 --fsync=32 --verify=crc32c \
                  --verify_fatal=1 --randseed=$round --minimal > /tmp/fio
                rm /mnt/f.*
              done
              dd if=/dev/urandom of=/mnt/one bs=64k count=256 2> /dev/null
              sha256sum /mnt/one > /mnt/sum
              umount /mnt
              """)
          .succeeded();
      Tool.Result result =
          guest()
              .run(
                  "e2fsck -fn /dev/vda > /dev/null && mount /dev/vda /mnt && sha256sum -c /mnt/sum");
      assertThat(result.succeeded().output()).contains("/mnt/one: OK");
      assertThat(server.isAlive()).isTrue();
    }
  }
}
