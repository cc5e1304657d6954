package dev.uring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.PolicyObservation;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one process left for another is read as written, or not at all. */
class PolicyRecordTest {
  private static final int RUNS = 3_000;

  private static PolicyRecord record(URingAllowlist wish) {
    PolicyObservation ring = PolicySubjects.bare(wish).rings().get(0);
    return new PolicyRecord(wish, List.of(ring, ring));
  }

  private static Optional<PolicyRecord> read(String text) {
    return PolicyRecord.read(text.getBytes(UTF_8));
  }

  @Test
  void what_is_written_is_read_back() {
    for (URingAllowlist preset : URingAllowlist.presets().values()) {
      PolicyRecord record = record(preset);

      PolicyRecord read = read(record.text()).orElseThrow();

      assertThat(read.wish()).isEqualTo(preset);
      assertThat(read.rings()).hasSize(2);
      for (PolicyObservation ring : read.rings()) {
        assertThat(ring.findings()).isEqualTo(record.rings().get(0).findings());
        assertThat(ring.differencesFrom(preset)).isEmpty();
      }
    }
  }

  @Test
  void a_record_of_the_most_rings_a_server_has_is_not_too_long() {
    PolicyObservation ring = record(URingAllowlist.service()).rings().get(0);
    List<PolicyObservation> most = Collections.nCopies(64, ring);

    assertThat(new PolicyRecord(URingAllowlist.service(), most).text().getBytes(UTF_8).length)
        .isLessThan(PolicyRecord.MAXIMUM_BYTES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "uring-disk policy 2\n",
        "uring-disk policy 1\nring\n",
        "uring-disk policy 1\nring\nnop permitted\n",
        "uring-disk policy 1\nnop permitted\n",
        "uring-disk policy 1\nwish allow reed\n",
        "uring-disk policy 1\nring\nreed permitted\n",
        "uring-disk policy 1\nring\nnop maybe\n",
        "uring-disk policy 1\nring\nnop\n",
      })
  void what_makes_no_sense_is_no_record(String text) {
    assertThat(read(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"reed permitted", "reed", " ", "nop", "nop maybe", "wish allow reed"})
  void a_whole_record_with_a_line_that_nobody_knows_is_not_believed(String line) {
    String text = record(URingAllowlist.service()).text();

    assertThat(read(text)).isPresent();
    assertThat(read(text + line + "\n")).isEmpty();
  }

  @Test
  void a_thing_told_twice_is_not_believed() {
    String text = record(URingAllowlist.service()).text();

    assertThat(read(text + "openat permitted\n")).isEmpty();
  }

  @Test
  void a_damaged_record_is_read_or_not_and_nothing_else() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] sound = record(URingAllowlist.closedBlockServer()).text().getBytes(UTF_8);
    int refused = 0;
    for (int run = 0; run < RUNS; run++) {
      byte[] damaged = sound.clone();
      for (int count = 1 + random.nextInt(3); count > 0; count--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      refused += PolicyRecord.read(damaged).isEmpty() ? 1 : 0;
    }
    assertThat(refused).as("seed " + seed).isGreaterThan(RUNS / 2);
  }
}
