package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.struct.ProtectionInformation;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What follows the user data of an entry is what its request put there, and never another's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LastWordsTest {
  private static final int ENTRIES = 4;
  private static final int STEPS = 20_000;
  private static final int FIRST_LAST_WORD = 40;
  private static final int PLAIN = 6;

  private final RingBuilder builder = Ring.builder(ENTRIES);
  private final ByteBuffer entries = Native.pages(1);
  private final ProtectionInformation information = new ProtectionInformation(0, 1, 8);
  private final long[] expected = new long[3];

  /** One request after another, most of them plain, and some of them taken back. */
  @Test
  void an_entry_has_nothing_of_those_that_were_in_its_place_before() {
    Random random = new Random(3);
    try (Ring ring = ring()) {
      SubmissionQueue queue = ring.submission();
      for (int step = 0; step < STEPS; step++) {
        boolean plainOnly = step / (8 * ENTRIES) % 2 == 0;
        SubmissionEntry entry = Queues.next(ring);
        if (random.nextInt(5) == 0) {
          // Nobody fills it: it does nothing, and leaves nothing.
          entry.userData(-1);
          Arrays.fill(expected, 0);
        } else {
          fill(entry, plainOnly ? PLAIN : random.nextInt(2 * PLAIN));
        }
        int at = (queue.tail() - 1) % ENTRIES * SubmissionEntry.BYTES;
        for (int word = 0; word < expected.length; word++) {
          assertThat(entries.getLong(at + FIRST_LAST_WORD + word * Long.BYTES))
              .as("word %s in step %s", word, step)
              .isEqualTo(expected[word]);
        }
        if (random.nextInt(3) == 0) {
          queue.takeBack(1);
        } else {
          RingRequests.nop(queue.current());
          assertThat(ring.submit()).isEqualTo(1);
        }
        ring.completion().advance(ring.completion().tail());
      }
    }
  }

  /** As above, where the entry that was taken back is not the one that left something. */
  @Test
  void taking_back_does_not_pass_for_going_on() {
    try (Ring ring = ring()) {
      SubmissionQueue queue = ring.submission();
      for (int turn = 0; turn < 4 * ENTRIES; turn++) {
        fill(Queues.next(ring), PLAIN);
        assertThat(ring.submit()).isEqualTo(1);
      }
      fill(Queues.next(ring), 0);
      int at = (queue.tail() - 1) % ENTRIES * SubmissionEntry.BYTES;
      for (int turn = 0; turn < 1000; turn++) {
        fill(Queues.next(ring), PLAIN);
        queue.takeBack(1);
      }
      for (int turn = 0; turn < ENTRIES; turn++) {
        assertThat(ring.submit()).isNotNegative();
        fill(Queues.next(ring), PLAIN);
        ring.completion().advance(ring.completion().tail());
      }
      assertThat((queue.tail() - 1) % ENTRIES * SubmissionEntry.BYTES).isEqualTo(at);
      assertThat(entries.getLong(at + FIRST_LAST_WORD)).isZero();
    }
  }

  /** Whoever asks for entries to fill, and fills them not, has others' left in them. */
  @Test
  void an_entry_that_nobody_filled_is_zeroed_when_it_comes_up_again() {
    try (Ring ring = ring()) {
      SubmissionQueue queue = ring.submission();
      fill(Queues.next(ring), 0);
      assertThat(ring.submit()).isEqualTo(1);
      int at = (queue.tail() - 1) % ENTRIES * SubmissionEntry.BYTES;
      for (int turn = 1; turn <= 5 * ENTRIES; turn++) {
        SubmissionEntry entry = Objects.requireNonNull(queue.nextToFill());
        if (turn != ENTRIES) {
          fill(entry, PLAIN);
        }
        assertThat(ring.submit()).isNotNegative();
        ring.completion().advance(ring.completion().tail());
      }
      assertThat((queue.tail() - 1) % ENTRIES * SubmissionEntry.BYTES).isEqualTo(at);
      assertThat(entries.getLong(at + FIRST_LAST_WORD)).isZero();
    }
  }

  private Ring ring() {
    assertThat(builder.memorySize().entriesBytes()).isLessThanOrEqualTo(RawMemory.pageSize());
    return builder.inMemory(Native.pages(1), entries).build();
  }

  /** A request with something in one of its last words, or in none; and what is there then. */
  private void fill(SubmissionEntry entry, int kind) {
    RingRequests.nop(entry).userData(-1);
    Arrays.fill(expected, 0);
    switch (kind) {
      case 0 -> {
        entry.bufferIndex(7);
        expected[0] = 7;
      }
      case 1 -> {
        entry.personality(9);
        expected[0] = 9L << 16;
      }
      case 2 -> {
        entry.fileIndex(5);
        expected[0] = 5L << 32;
      }
      case 3 -> {
        entry.address3(0x1234);
        expected[1] = 0x1234;
      }
      case 4 -> {
        entry.peer(1, 16);
        expected[0] = 16L << 32;
      }
      case 5 -> {
        entry.protection(information);
        expected[1] = information.address();
        expected[2] = 1;
      }
      default -> {}
    }
  }
}
