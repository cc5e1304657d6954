package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.RingParameters.CompletionField;
import dev.uring.ring.RingParameters.SubmissionField;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries, completions and parameters beside those that the C compiler lays out. */
class EntriesInCTest {
  private static final String PROGRAM =
      """
      #include <linux/io_uring.h>
      #include <stdio.h>
      #include <string.h>

      int main(void) {
          struct io_uring_sqe sqe;
          struct io_uring_params params;
          struct io_uring_cqe cqe;
          memset(&sqe, 0, sizeof(sqe));
          sqe.opcode = IORING_OP_WRITE;
          sqe.flags = IOSQE_ASYNC | IOSQE_IO_LINK;
          sqe.ioprio = 0x1213;
          sqe.fd = 0x14151617;
          sqe.off = 0x2122232425262728;
          sqe.addr = 0x3132333435363738;
          sqe.len = 0x41424344;
          sqe.rw_flags = 0x51525354;
          sqe.user_data = 0x6162636465666768;
          sqe.buf_index = 0x1172;
          sqe.personality = 0x7374;
          sqe.file_index = 0x76777879;
          sqe.addr3 = 0x0182838485868788;
          memset(&params, 0, sizeof(params));
          params.sq_entries = 1;
          params.cq_entries = 2;
          params.flags = 3;
          params.sq_thread_cpu = 4;
          params.sq_thread_idle = 5;
          params.features = 6;
          params.wq_fd = 7;
          params.sq_off.head = 10;
          params.sq_off.tail = 11;
          params.sq_off.ring_mask = 12;
          params.sq_off.ring_entries = 13;
          params.sq_off.flags = 14;
          params.sq_off.dropped = 15;
          params.sq_off.array = 16;
          params.cq_off.head = 20;
          params.cq_off.tail = 21;
          params.cq_off.ring_mask = 22;
          params.cq_off.ring_entries = 23;
          params.cq_off.overflow = 24;
          params.cq_off.cqes = 25;
          params.cq_off.flags = 26;
          memset(&cqe, 0, sizeof(cqe));
          cqe.user_data = 0x0102030405060708;
          cqe.res = 0x090a0b0c;
          cqe.flags = 0x0d0e0f10;
          static unsigned char space[sizeof(struct io_uring_probe)
                                     + 4 * sizeof(struct io_uring_probe_op)];
          struct io_uring_probe *probe = (struct io_uring_probe *)space;
          probe->last_op = 3;
          probe->ops_len = 3;
          for (int i = 0; i < 4; i++)
              probe->ops[i].op = i;
          probe->ops[1].flags = IO_URING_OP_SUPPORTED;
          probe->ops[2].flags = 0xfffe;
          probe->ops[3].flags = IO_URING_OP_SUPPORTED;
          return fwrite(&sqe, 64, 1, stdout) != 1
              || fwrite(&params, sizeof(params), 1, stdout) != 1
              || fwrite(&cqe, 16, 1, stdout) != 1
              || fwrite(space, sizeof(space), 1, stdout) != 1;
      }
      """;

  @TempDir static Path directory;

  private static ByteBuffer inC;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    Path source = Files.writeString(directory.resolve("entries.c"), PROGRAM);
    Path binary = directory.resolve("entries");
    Path log = directory.resolve("compiler.log");
    try {
      Process compiler =
          new ProcessBuilder("gcc", "-o", binary.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      int status = exitStatus(compiler);
      assumeTrue(
          status == 0 || !Files.readString(log).contains("linux/io_uring.h: No such file"),
          "skipped: no C compiler with linux/io_uring.h");
      assertThat(status).as(Files.readString(log)).isZero();
    } catch (IOException notInstalled) {
      abort("skipped: no C compiler");
    }
    Path output = directory.resolve("output");
    assertThat(
            exitStatus(
                new ProcessBuilder(binary.toString()).redirectOutput(output.toFile()).start()))
        .isZero();
    inC = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.nativeOrder());
    assertThat(inC.capacity()).isEqualTo(64 + 120 + 16 + 48);
  }

  private static int exitStatus(Process process) throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The C compiler, or what it built, did not end within a minute.");
    }
    return process.exitValue();
  }

  @Test
  void an_entry_is_filled_as_in_c() {
    ByteBuffer memory = Native.bytes(64);
    new SubmissionEntry(memory)
        .prepare(
            UringOperation.WRITE, 0x14151617, 0x3132333435363738L, 0x41424344, 0x2122232425262728L)
        .operationFlags(0x51525354)
        .priorityBits(0x1213)
        .userData(0x6162636465666768L)
        .buffer(new BufferIndex(0x1172))
        .personality(0x7374)
        .fileIndex(0x76777879)
        .address3(0x0182838485868788L)
        .flag(EntryFlag.ASYNC)
        .flag(EntryFlag.IO_LINK);

    assertThat(memory).isEqualTo(inC.slice(0, 64));
  }

  @Test
  void parameters_are_asked_for_and_read_as_in_c() {
    RingParameters asked = new RingParameters();
    asked.submissionEntries(1);
    asked.completionEntries(2);
    asked.flags(3);
    asked.pollingThread(4, 5);
    asked.features(6);
    asked.workersOf(7);
    assertThat(asked.memory().slice(0, 40)).isEqualTo(inC.slice(64, 40));

    RingParameters answered = new RingParameters();
    answered.memory().put(0, inC, 64, 120);
    int expected = 10;
    for (SubmissionField field : SubmissionField.values()) {
      assertThat(answered.submissionOffset(field)).as(field.name()).isEqualTo(expected++);
    }
    expected = 20;
    for (CompletionField field : CompletionField.values()) {
      assertThat(answered.completionOffset(field)).as(field.name()).isEqualTo(expected++);
    }
  }

  @Test
  void a_completion_is_read_as_in_c() {
    ByteBuffer shared = Native.bytes(128);
    RingParameters parameters = new RingParameters();
    ByteBuffer offsets = parameters.memory();
    offsets.putInt(80, 0).putInt(84, 4).putInt(88, 8).putInt(92, 12).putInt(100, 64);
    shared.putInt(12, 1);
    shared.put(64, inC, 184, 16);
    CompletionQueue queue = new CompletionQueue(parameters, shared);

    assertThat(queue.userData(0)).isEqualTo(0x0102030405060708L);
    assertThat(queue.result(0)).isEqualTo(0x090a0b0c);
    assertThat(queue.flags(0)).isEqualTo(0x0d0e0f10);
  }

  @Test
  void an_answer_to_the_probe_is_read_as_in_c() {
    KernelProbe probe = KernelProbe.read(inC.slice(200, 48).order(ByteOrder.nativeOrder()));

    // The fourth entry lies beyond the length that the answer states.
    assertThat(probe.operations()).containsExactly(UringOperation.READV);
  }
}
