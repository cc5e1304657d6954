package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.it.RingTrace.Event;
import dev.uring.it.RingTrace.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a guest was told is durable had been synced on the host before it was told. The guest marks
 * the kernel's trace, through a serial port, before it asks and after it was answered: what lies
 * between the two marks was done for it, and in that order.
 */
@Timeout(300)
class GuestDurabilityIT {
  private static final int ROUNDS = 8;
  private static final int BLOCK = 4096;
  private static final String SYNC = "FSYNC";
  private static final Set<String> WRITES = Set.of("WRITE", "WRITEV");

  @TempDir(factory = DiskBackedDirectory.class)
  private Path directory;

  private Path image;
  private Path socket;

  @BeforeEach
  void make_an_image() {
    image = Images.sparse(directory.resolve("disk.img"), 16L * Images.MIB);
    socket = directory.resolve("guest.sock");
  }

  /** The events between the two marks of each round. */
  private List<List<Event>> traced(String preparation, String command) throws IOException {
    String script =
        String.format(
            """
            set -e
            stty -F /dev/ttyS2 raw -echo
            %s
            cat /sys/block/vda/cache_type
            before=$(awk '{ print $16 }' /sys/block/vda/stat)
            for round in $(seq %d); do
              printf b > /dev/ttyS2
              dd if=/dev/zero of=/dev/vda bs=4k count=1 seek=$round %s 2> /dev/null
              printf e > /dev/ttyS2
            done
            echo flushes $(($(awk '{ print $16 }' /sys/block/vda/stat) - before))
            """,
            preparation, ROUNDS, command);
    Guest guest = new Guest(directory, socket).withProcessors(1);
    try (RingTrace trace = RingTrace.begin(directory);
        DiskServer server = DiskServer.serve(image, "--vhost-user", socket)) {
      List<Long> threads = server.threads("uring-vhost-");
      Tool.Result result = guest.with("-serial", "file:" + trace.marker()).run(script);
      printed = result.succeeded().output();
      return rounds(trace.events(threads));
    }
  }

  private String printed = "";

  private static List<List<Event>> rounds(List<Event> events) {
    List<List<Event>> rounds = new ArrayList<>();
    List<Event> current = null;
    for (Event event : events) {
      if (event.is(Kind.MARK, "b")) {
        current = new ArrayList<>();
      } else if (event.is(Kind.MARK, "e") && current != null) {
        rounds.add(current);
        current = null;
      } else if (current != null) {
        current.add(event);
      }
    }
    return rounds;
  }

  private static int first(List<Event> round, Kind kind, Set<String> names) {
    for (int index = 0; index < round.size(); index++) {
      if (round.get(index).kind() == kind && names.contains(round.get(index).what())) {
        return index;
      }
    }
    throw new AssertionError("no " + kind + " of " + names + " in " + round);
  }

  /** One write of the image, then one sync that began after it, and ended without an error. */
  private static void assertWrittenAndSynced(List<Event> round) {
    assertThat(round.stream().filter(event -> event.is(Kind.SUBMITTED, SYNC))).hasSize(1);
    int synced = first(round, Kind.COMPLETED, Set.of(SYNC));
    assertThat(round.get(synced).result()).isZero();
    List<Event> before = round.subList(0, first(round, Kind.SUBMITTED, Set.of(SYNC)));
    assertThat(before)
        .as("what came before the sync in %s", round)
        .anyMatch(
            event ->
                event.kind() == Kind.COMPLETED
                    && WRITES.contains(event.what())
                    && event.result() == BLOCK);
  }

  @Test
  void each_fsync_of_a_guest_with_a_write_cache_has_a_sync_of_its_own_that_ended_before()
      throws IOException {
    List<List<Event>> rounds = traced("", "conv=fsync oflag=direct");
    assertThat(printed).contains("write back").contains("flushes " + ROUNDS);
    assertThat(rounds).hasSize(ROUNDS).allSatisfy(GuestDurabilityIT::assertWrittenAndSynced);
  }

  @Test
  void each_write_of_a_guest_without_a_write_cache_has_a_sync_of_its_own_that_ended_before()
      throws IOException {
    String off = "echo 'write through' > /sys/block/vda/cache_type";
    List<List<Event>> rounds = traced(off, "oflag=direct");
    assertThat(printed).contains("write through").contains("flushes 0");
    assertThat(rounds).hasSize(ROUNDS).allSatisfy(GuestDurabilityIT::assertWrittenAndSynced);
  }

  @Test
  void writes_of_a_guest_with_a_write_cache_are_not_synced_unless_it_asks() throws IOException {
    List<List<Event>> rounds = traced("", "oflag=direct");
    assertThat(printed).contains("write back").contains("flushes 0");
    assertThat(rounds)
        .hasSize(ROUNDS)
        .allSatisfy(round -> assertThat(round).noneMatch(event -> event.is(Kind.SUBMITTED, SYNC)));
  }
}
