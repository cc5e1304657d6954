package dev.uring.sys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.EnterFlag;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.struct.WaitArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ways into the kernel: every argument arrives, and every errno comes back. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnterStubTest {
  private static final int EVENTS = EnterFlag.GETEVENTS.mask();
  private static final int EXTENDED = EVENTS | EnterFlag.EXT_ARG.mask();
  private static final String NO_STUB = "skipped: there is no stub for this processor";
  private static final int NO_SUCH_FLAG = 1 << 30;

  /** A way into the kernel. */
  enum Way {
    STUB {
      @Override
      int enter(int fd, int toSubmit, int minComplete, int flags, long argument, int bytes) {
        return EnterStub.enter(fd, toSubmit, minComplete, flags, argument, bytes);
      }
    },
    LIBRARY {
      @Override
      int enter(int fd, int toSubmit, int minComplete, int flags, long argument, int bytes) {
        return UringCalls.enterByLibrary(fd, toSubmit, minComplete, flags, argument, bytes);
      }
    };

    abstract int enter(int fd, int toSubmit, int minComplete, int flags, long argument, int bytes);

    void assumeThere() {
      if (this == STUB && !EnterStub.MADE) {
        Assumptions.abort(NO_STUB);
      }
    }
  }

  private static Ring ring(int nops) {
    Ring ring = Ring.builder(8).build();
    for (int nop = 0; nop < nops; nop++) {
      SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
      RingRequests.nop(entry).userData(nop);
    }
    assertThat(ring.publish()).isEqualTo(nops);
    return ring;
  }

  @Test
  void there_is_a_stub_on_x86_64() {
    assertThat(EnterStub.MADE).isEqualTo(Abi.current() == Abi.X86_64);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void the_descriptor_and_the_flags_arrive(Way way) {
    way.assumeThere();
    try (Ring ring = ring(0)) {
      assertThat(way.enter(-1, 0, 0, 0, 0, 0)).isEqualTo(-Errno.EBADF);
      assertThat(way.enter(ring.descriptor(), 0, 0, 0, 0, 0)).isZero();
      assertThat(way.enter(ring.descriptor(), 0, 0, NO_SUCH_FLAG, 0, 0)).isEqualTo(-Errno.EINVAL);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void the_number_to_submit_arrives(Way way) {
    way.assumeThere();
    try (Ring ring = ring(3)) {
      assertThat(way.enter(ring.descriptor(), 2, 0, 0, 0, 0)).isEqualTo(2);
      assertThat(way.enter(ring.descriptor(), 5, 0, 0, 0, 0)).isEqualTo(1);
      assertThat(ring.completion().available()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void the_number_to_wait_for_and_the_argument_arrive(Way way) {
    way.assumeThere();
    try (Ring ring = ring(2)) {
      WaitArguments arguments = new WaitArguments();
      // Of which the kernel looks at the size, too: so it sees each word where it is.
      arguments.signalMask(0);
      long address = arguments.address();
      int bytes = WaitArguments.BYTES;
      int fd = ring.descriptor();
      // Without an end: it would go on if it were for more than there are.
      assertThat(way.enter(fd, 2, 2, EXTENDED, address, bytes)).isEqualTo(2);
      assertThat(way.enter(fd, 0, 2, EXTENDED, address, bytes)).isZero();
      ring.completion().advance(ring.completion().tail());
      // And for one, of which there is none, until its time is up.
      arguments.time(0);
      assertThat(way.enter(fd, 0, 1, EXTENDED, address, bytes)).isEqualTo(-Errno.ETIME);
      assertThat(way.enter(fd, 0, 1, EXTENDED, address, bytes - 1)).isEqualTo(-Errno.EINVAL);
      assertThat(way.enter(fd, 0, 1, EXTENDED, 1, bytes)).isEqualTo(-Errno.EFAULT);
    }
  }

  @Test
  void the_code_can_be_executed_and_not_written() throws IOException {
    Way.STUB.assumeThere();
    // Neighbours with the same rights are shown as one mapping.
    assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
        .filteredOn(line -> contains(line, EnterStub.address()))
        .singleElement()
        .asString()
        .contains(" r-xp ");
  }

  private static boolean contains(String mapping, long address) {
    String[] range = mapping.substring(0, mapping.indexOf(' ')).split("-", -1);
    return Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
        && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
  }
}
