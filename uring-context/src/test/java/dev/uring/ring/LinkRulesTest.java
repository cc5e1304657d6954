package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What links do, on entries with bare flags: which requests go on, which end, which say so. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinkRulesTest {
  private static final String CANCELED = ":" + -Errno.ECANCELED;
  private static final long MARKER = 99;
  private static final int LONGER = 6;
  private static final EntryFlag SOFT = EntryFlag.IO_LINK;
  private static final EntryFlag HARD = EntryFlag.IO_HARDLINK;
  private static final EntryFlag SILENT = EntryFlag.CQE_SKIP_SUCCESS;

  @Parameter RingKind kind;
  @TempDir Path directory;

  private static void nop(Ring ring, long userData, int result, EntryFlag... flags) {
    SubmissionEntry entry =
        RingRequests.nopWithResult(Queues.next(ring), result).userData(userData);
    for (EntryFlag flag : flags) {
      entry.flag(flag);
    }
  }

  /** A request that no kernel takes: a flush with a flag that there is not. */
  private static SubmissionEntry invalid(Ring ring, long userData) {
    return FileRequests.fsync(Queues.next(ring), 0).operationFlags(1 << 30).userData(userData);
  }

  /** Everything that completes before a longer chain that is submitted behind it. */
  private static List<String> everything(Ring ring) {
    for (int request = 0; request < LONGER; request++) {
      nop(ring, MARKER, 0, HARD);
    }
    nop(ring, MARKER, 1);
    List<String> seen = new ArrayList<>();
    while (!seen.contains(MARKER + ":1")) {
      seen.addAll(Queues.take(ring, 1));
    }
    seen.removeIf(one -> one.startsWith(MARKER + ":"));
    return seen;
  }

  @Test
  void a_failure_ends_a_soft_chain_and_nothing_of_the_rest_takes_place() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "before");
    ByteBuffer text = Native.ascii("after");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(file);
      nop(ring, 1, 5, SOFT);
      nop(ring, 2, -Errno.EIO, SOFT);
      FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 5, 0)
          .flag(SOFT)
          .userData(3);
      nop(ring, 4, 7);
      nop(ring, 5, 8);
      assertThat(Queues.take(ring, 5))
          .containsExactlyInAnyOrder(
              "1:5", "2:" + -Errno.EIO, "3" + CANCELED, "4" + CANCELED, "5:8");
      assertThat(file).hasContent("before");
    }
  }

  @Test
  void a_hard_chain_goes_on_after_a_failure_in_its_order() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "before");
    ByteBuffer text = Native.ascii("after!");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(file);
      nop(ring, 1, -Errno.EIO, HARD);
      FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 6, 0)
          .flag(HARD)
          .userData(2);
      FileRequests.ftruncate(Queues.next(ring), fd, 5).flag(HARD).userData(3);
      nop(ring, 4, 9);
      assertThat(Queues.take(ring, 4)).containsExactly("1:" + -Errno.EIO, "2:6", "3:0", "4:9");
      assertThat(file).hasContent("after");
    }
  }

  @Test
  void a_soft_link_behind_a_hard_one_still_breaks() {
    try (Ring ring = kind.open()) {
      nop(ring, 1, -Errno.EIO, HARD);
      nop(ring, 2, -Errno.EIO, SOFT);
      nop(ring, 3, 1, HARD);
      nop(ring, 4, 1);
      assertThat(Queues.take(ring, 4))
          .containsExactly("1:" + -Errno.EIO, "2:" + -Errno.EIO, "3" + CANCELED, "4" + CANCELED);
    }
  }

  @Test
  void a_short_read_breaks_a_soft_link_and_no_hard_one() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "four");
    ByteBuffer memory = Native.ascii("........");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(file);
      long address = NativeAddress.of(memory);
      FileRequests.read(Queues.next(ring), fd, address, 4, 0).flag(SOFT).userData(1);
      nop(ring, 2, 6);
      assertThat(Queues.take(ring, 2)).as("all of it").containsExactly("1:4", "2:6");
      FileRequests.read(Queues.next(ring), fd, address, 5, 0).flag(SOFT).userData(3);
      nop(ring, 4, 6);
      assertThat(Queues.take(ring, 2)).as("one short").containsExactly("3:4", "4" + CANCELED);
      FileRequests.read(Queues.next(ring), fd, address, 5, 0).flag(HARD).userData(5);
      nop(ring, 6, 6);
      assertThat(Queues.take(ring, 2)).containsExactly("5:4", "6:6");
      assertThat(Native.text(memory, 0, 8)).isEqualTo("four....");
    }
  }

  @Test
  void an_invalid_entry_in_mid_chain_cancels_all_of_it_and_spares_what_comes_after() {
    ByteBuffer text = Native.ascii("x");
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      FileRequests.write(Queues.next(ring), pipe.writeEnd, NativeAddress.of(text), 1, -1)
          .flag(SOFT)
          .userData(1);
      invalid(ring, 2).flag(SOFT);
      nop(ring, 3, 0);
      nop(ring, 4, 4);
      assertThat(Queues.take(ring, 4))
          .containsExactlyInAnyOrder("1" + CANCELED, "2:" + -Errno.EINVAL, "3" + CANCELED, "4:4");
      // Had the first one run, its byte would come first.
      pipe.write("y");
      assertThat(Native.read(pipe.readEnd)).isEqualTo("y");
    }
  }

  @Test
  void an_invalid_entry_at_a_chains_end_cancels_it_and_stops_the_batch_unless_all_is_submitted() {
    boolean all = kind == RingKind.OWNED;
    try (Ring ring = kind.open()) {
      nop(ring, 1, 1, SOFT);
      invalid(ring, 2);
      nop(ring, 3, 3);
      int submitted = ring.submit();
      if (kind != RingKind.POLLED) {
        assertThat(submitted).isEqualTo(all ? 3 : 2);
        assertThat(ring.submission().pending()).isEqualTo(all ? 0 : 1);
      }
      assertThat(Queues.take(ring, 3))
          .containsExactlyInAnyOrder("1" + CANCELED, "2:" + -Errno.EINVAL, "3:3");
    }
  }

  @Test
  void a_chain_over_two_submits_is_two_chains() {
    try (Ring ring = kind.open()) {
      // The last of a submit is linked to nothing, whatever its flags say.
      nop(ring, 1, -Errno.EIO, SOFT);
      assertThat(Queues.take(ring, 1)).containsExactly("1:" + -Errno.EIO);
      nop(ring, 2, 2);
      assertThat(Queues.take(ring, 1)).containsExactly("2:2");
    }
  }

  @Test
  void a_silent_request_tells_its_failure_only() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "before");
    ByteBuffer text = Native.ascii("after!");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(file);
      FileRequests.write(Queues.next(ring), fd, NativeAddress.of(text), 6, 0)
          .flag(SILENT)
          .flag(SOFT)
          .userData(1);
      nop(ring, 2, 2);
      assertThat(Queues.take(ring, 1)).containsExactly("2:2");
      assertThat(Files.readString(file, StandardCharsets.US_ASCII)).isEqualTo("after!");
      nop(ring, 3, -Errno.EIO, SILENT);
      nop(ring, 4, 7, SILENT);
      assertThat(everything(ring)).containsExactly("3:" + -Errno.EIO);
    }
  }

  @Test
  void a_chain_of_silent_requests_tells_its_first_failure_and_nothing_of_the_rest() {
    try (Ring ring = kind.open()) {
      nop(ring, 1, 1, SILENT, SOFT);
      nop(ring, 2, -Errno.EIO, SILENT, SOFT);
      nop(ring, 3, 3, SILENT, SOFT);
      nop(ring, 4, 4);
      assertThat(everything(ring)).containsExactly("2:" + -Errno.EIO);
    }
  }

  @Test
  void a_silent_request_that_is_cancelled_by_a_loud_failure_before_it_is_told() {
    try (Ring ring = kind.open()) {
      nop(ring, 1, -Errno.EIO, SOFT);
      nop(ring, 2, 2, SILENT, SOFT);
      nop(ring, 3, 3);
      assertThat(everything(ring))
          .containsExactly("1:" + -Errno.EIO, "2" + CANCELED, "3" + CANCELED);
    }
  }

  @Test
  void silent_requests_that_succeed_leave_the_last_to_speak_for_the_chain() {
    try (Ring ring = kind.open()) {
      nop(ring, 1, 1, SILENT, SOFT);
      nop(ring, 2, 2, SILENT, HARD);
      nop(ring, 3, 3);
      assertThat(everything(ring)).containsExactly("3:3");
    }
  }

  @Test
  void a_drain_after_a_silent_request_is_refused() {
    try (Ring ring = kind.open()) {
      nop(ring, 1, 0, EntryFlag.IO_DRAIN);
      assertThat(Queues.take(ring, 1)).containsExactly("1:0");
      nop(ring, 2, 0, SILENT);
      nop(ring, 3, 0, EntryFlag.IO_DRAIN);
      assertThat(Queues.take(ring, 1)).containsExactly("3:" + -Errno.EOPNOTSUPP);
    }
  }
}
