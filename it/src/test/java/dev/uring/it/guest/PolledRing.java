package dev.uring.it.guest;

import static dev.uring.it.guest.Rules.mustBe;
import static dev.uring.it.guest.Rules.same;

import dev.uring.ring.CompletionReader;
import dev.uring.ring.FileRequests;
import dev.uring.ring.NativeAddress;
import dev.uring.ring.Ring;
import dev.uring.ring.RingBuilder;
import dev.uring.ring.SetupFlag;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.UringException;
import dev.uring.sys.Abi;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What the bare ring promises where it polls, on a device that can be polled. */
final class PolledRing {
  private static final int ENTRIES = 16;
  private static final int BLOCK = 4096;

  private final String path;

  private PolledRing(String path) {
    this.path = path;
  }

  /** For a device that can be polled, of 64 KiB or more, whose content may be lost. */
  public static void main(String... arguments) {
    Rules rules = new Rules();
    PolledRing ring = new PolledRing(arguments[0]);
    rules.rule("a ring that polls", () -> ring.writtenAndRead(Ring.builder(ENTRIES)));
    rules.rule(
        "a ring that polls for its owner",
        () -> ring.writtenAndRead(Ring.builder(ENTRIES).ownedByThisThread()));
    rules.rule(
        "a ring that polls, and whose submissions are polled for",
        () -> ring.writtenAndRead(Ring.builder(ENTRIES).polledSubmission(100)));
    rules.rule("hybrid polling, or its refusal by name", PolledRing::hybrid);
    System.exit(rules.status());
  }

  private void writtenAndRead(RingBuilder builder) throws Exception {
    byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
    int fd = FileCalls.open(name, FileCalls.O_RDWR | Abi.current().openDirect(), 0);
    mustBe(fd >= 0, "the device can be opened, and not " + fd);
    try (Ring ring = builder.polledIo().build()) {
      mustBe(ring.setupFlags().contains(SetupFlag.IOPOLL), "the ring has the flag");
      ByteBuffer memory = ByteBuffer.allocateDirect((ENTRIES + 1) * BLOCK).alignedSlice(BLOCK);
      long address = NativeAddress.of(memory);
      for (int position = 0; position < ENTRIES * BLOCK; position += Integer.BYTES) {
        memory.putInt(position, position ^ fd);
      }
      long before = Interrupts.ofQueues();
      for (int block = 0; block < ENTRIES; block++) {
        long offset = (long) block * BLOCK;
        FileRequests.write(next(ring), fd, address + offset, BLOCK, offset).userData(block);
      }
      completeAll(ring);
      for (int position = 0; position < ENTRIES * BLOCK; position += Integer.BYTES) {
        memory.putInt(position, -1);
      }
      for (int block = 0; block < ENTRIES; block++) {
        long offset = (long) block * BLOCK;
        FileRequests.read(next(ring), fd, address + offset, BLOCK, offset).userData(block);
      }
      completeAll(ring);
      same("interrupts", 0L, Interrupts.ofQueues() - before);
      for (int position = 0; position < ENTRIES * BLOCK; position += Integer.BYTES) {
        same("the content at " + position, position ^ fd, memory.getInt(position));
      }
    } finally {
      FileCalls.close(fd);
    }
  }

  private static SubmissionEntry next(Ring ring) {
    return Objects.requireNonNull(ring.submission().next(), "the queue is full");
  }

  /** Each once. */
  private static void completeAll(Ring ring) {
    boolean[] taken = new boolean[ENTRIES];
    CompletionReader reader = ring.reader();
    int count = 0;
    while (count < ENTRIES) {
      mustBe(ring.submitAndWait(1) >= 0, "the kernel takes what is there");
      for (; reader.next(); count++) {
        same("bytes", BLOCK, reader.result());
        mustBe(!taken[(int) reader.userData()], "one completion a request");
        taken[(int) reader.userData()] = true;
      }
      reader.release();
    }
  }

  private static void hybrid() {
    boolean refused = Kernel.isOlderThan(6, 13);
    try (Ring ring = Ring.builder(ENTRIES).hybridPolledIo().build()) {
      mustBe(!refused, "this kernel lacks hybrid polling, and made " + ring);
    } catch (UringException e) {
      mustBe(refused, "it should not be refused: " + e.getMessage());
      same("the error", Errno.EINVAL, e.errno());
      mustBe(
          e.getMessage().contains("this kernel lacks IORING_SETUP_HYBRID_IOPOLL (Linux 6.13)"),
          "it says what is lacking: " + e.getMessage());
    }
  }
}
