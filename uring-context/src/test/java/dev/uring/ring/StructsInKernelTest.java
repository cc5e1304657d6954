package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.EpollEvents;
import dev.uring.ring.struct.FutexWaiters;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.ring.struct.OpenHow;
import dev.uring.ring.struct.ReceivedMessage;
import dev.uring.ring.struct.SignalInfo;
import dev.uring.ring.struct.StatxResult;
import dev.uring.ring.struct.Timespec;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel reads and writes the structs as their classes say. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StructsInKernelTest {
  private static final int WORKING_DIRECTORY = FileSystemRequests.WORKING_DIRECTORY;

  @TempDir Path directory;

  private static ByteBuffer name(Path path) {
    ByteBuffer name = Native.bytes(512);
    name.put(0, (path + "\0").getBytes(StandardCharsets.UTF_8));
    return name;
  }

  private static void assumeOffered(Ring ring, UringOperation operation) {
    assumeTrue(
        ring.registrar().probe().has(operation),
        "skipped: this kernel lacks " + operation.kernelName());
  }

  @Test
  void a_time_is_a_time() {
    try (Ring ring = Ring.builder(4).build()) {
      Timespec time = Timespec.ofNanoseconds(1_500_000);
      TimeoutRequests.timeout(Queues.next(ring), time.address(), 0, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.ETIME);
      assertThat(time).hasToString("Timespec[0 s + 1500000 ns]");
    }
  }

  @Test
  void a_way_of_opening_decides_what_is_opened() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    try (Ring ring = Ring.builder(4).build()) {
      OpenHow how = new OpenHow().flags(FileCalls.O_RDONLY | FileCalls.O_CLOEXEC);
      int opened = open(ring, link, how);
      assertThat(opened).isNotNegative();
      FileCalls.close(opened);
      how.resolve(OpenHow.RESOLVE_NO_SYMLINKS);
      assertThat(open(ring, link, how)).isEqualTo(-Errno.ELOOP);
      how.resolve(0).mode(0600);
      assertThat(open(ring, file, how)).as("a mode without making").isEqualTo(-Errno.EINVAL);
    }
  }

  private static int open(Ring ring, Path path, OpenHow how) {
    ByteBuffer name = name(path);
    long second = how.address();
    Queues.next(ring)
        .prepare(
            UringOperation.OPENAT2, WORKING_DIRECTORY, NativeAddress.of(name), how.bytes(), second);
    return Queues.result(ring);
  }

  @Test
  void a_files_status_is_read() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[12_345]);
    ByteBuffer name = name(file);
    StatxResult status = new StatxResult();
    long second = status.address();
    try (Ring ring = Ring.builder(4).build()) {
      Queues.next(ring)
          .prepare(UringOperation.STATX, WORKING_DIRECTORY, NativeAddress.of(name), 0x17ff, second);
      assertThat(Queues.result(ring)).isZero();
    }
    assertThat(status.size()).isEqualTo(12_345);
    assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
    assertThat(status.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
    assertThat(status.links()).isEqualTo(Files.getAttribute(file, "unix:nlink"));
    assertThat(status.user()).isEqualTo(Files.getAttribute(file, "unix:uid"));
    assertThat(status.group()).isEqualTo(Files.getAttribute(file, "unix:gid"));
    assertThat(status.modifiedSeconds())
        .isEqualTo(Files.getLastModifiedTime(file).toMillis() / 1000);
    assertThat(status.mask() & 0x7ff).isEqualTo(0x7ff);
    assertThat(status.blockSize()).isPositive();
    assertThat(status.blocks()).isNotNegative();
  }

  @Test
  void events_are_told_and_given_back() {
    int epoll = Native.C.epoll_create1(0x80000);
    try (Ring ring = Ring.builder(4).build();
        Pipe pipe = new Pipe()) {
      assumeOffered(ring, UringOperation.EPOLL_WAIT);
      EpollEvents wanted = new EpollEvents(1).set(0, 1, 0x1122334455667788L);
      Queues.next(ring).prepare(UringOperation.EPOLL_CTL, epoll, wanted.address(), 1, pipe.readEnd);
      assertThat(Queues.result(ring)).isZero();
      EpollEvents seen = new EpollEvents(3);
      Queues.next(ring).prepare(UringOperation.EPOLL_WAIT, epoll, seen.address(), 3, 0);
      pipe.write("x");
      assertThat(Queues.result(ring)).isEqualTo(1);
      assertThat(seen.events(0)).isEqualTo(1);
      assertThat(seen.data(0)).isEqualTo(0x1122334455667788L);
    } finally {
      FileCalls.close(epoll);
    }
  }

  @Test
  void futexes_are_waited_for_together() {
    ByteBuffer words = Native.bytes(8).putInt(0, 5).putInt(4, 6);
    int flags = FutexWaiters.SIZE_U32 | FutexWaiters.PRIVATE;
    try (Ring ring = Ring.builder(4).build()) {
      assumeOffered(ring, UringOperation.FUTEX_WAITV);
      FutexWaiters waiters = new FutexWaiters(2);
      waiters.set(0, NativeAddress.of(words), 5, flags);
      waiters.set(1, NativeAddress.of(words) + 4, 7, flags);
      Queues.next(ring).prepare(UringOperation.FUTEX_WAITV, 0, waiters.address(), 2, 0);
      assertThat(Queues.result(ring)).as("the second holds 6").isEqualTo(-Errno.EAGAIN);
      waiters.set(1, NativeAddress.of(words) + 4, 6, flags);
      Queues.next(ring).prepare(UringOperation.FUTEX_WAITV, 0, waiters.address(), 2, 0);
      // The flags are in the descriptor's field, the mask in addr3, the count of the woken in off.
      Queues.next(ring)
          .prepare(UringOperation.FUTEX_WAKE, flags, NativeAddress.of(words) + 4, 0, 1)
          .address3(0xffff_ffffL)
          .userData(1);
      assertThat(ring.submitAndWait(2)).isEqualTo(2);
      assertThat(Queues.reap(ring)).containsExactlyInAnyOrder("1:1", "0:1");
    }
  }

  @Test
  void a_childs_change_is_told() throws IOException {
    Process child = new ProcessBuilder("cat").start();
    int pid = Math.toIntExact(child.pid());
    SignalInfo info = new SignalInfo();
    try (Ring ring = Ring.builder(4).build()) {
      assumeOffered(ring, UringOperation.WAITID);
      // WSTOPPED: the virtual machine itself waits for exits.
      Queues.next(ring)
          .prepare(UringOperation.WAITID, pid, 0, 1, info.address())
          .fileIndex(2)
          .userData(1);
      assertThat(ring.submit()).isEqualTo(1);
      assertThat(Native.C.tgkill(pid, pid, 19)).isZero();
      assertThat(Queues.result(ring)).isZero();
      assertThat(info.process()).isEqualTo(pid);
      assertThat(info.signal()).as("SIGCHLD").isEqualTo(17);
      assertThat(info.code()).as("CLD_STOPPED").isEqualTo(5);
      assertThat(info.status()).isEqualTo(19);
      assertThat(info.user()).isNotNegative();
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void a_message_arrives_in_a_provided_buffer_with_its_header() {
    int[] ends = new int[2];
    assertThat(Native.C.socketpair(1, 2 | 0x80000, 0, ends)).isZero();
    BufferGroup group = new BufferGroup(3);
    ByteBuffer memory = Native.bytes(256);
    try (Ring ring = Ring.builder(4).build();
        ProvidedBuffers buffers =
            ring.registrar()
                .bufferRings()
                .register(group, 2, EnumSet.noneOf(BufferRingOption.class))) {
      buffers.add(NativeAddress.of(memory), 128, 0).add(NativeAddress.of(memory) + 128, 128, 1);
      buffers.publish();
      // Room for a name of 8 bytes and 16 of control data.
      MessageHeader header = new MessageHeader().name(0, 8).control(0, 16);
      Queues.next(ring)
          .prepare(UringOperation.RECVMSG, ends[0], header.address(), 1, 0)
          .priorityBits(2)
          .buffers(group);
      assertThat(ring.submit()).isEqualTo(1);
      for (String text : new String[] {"hello", "again!"}) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertThat(Native.C.write(ends[1], bytes, bytes.length)).isEqualTo(bytes.length);
        Queues.Taken taken = Queues.one(ring);
        assertThat(taken.flags() & CompletionFlags.MORE).isNotZero();
        int id = CompletionFlags.bufferId(taken.flags());
        ReceivedMessage message =
            ReceivedMessage.read(
                memory.slice(id * 128, 128).order(memory.order()), 8, 16, taken.result());
        assertThat(message.payloadLength()).isEqualTo(text.length());
        assertThat(StandardCharsets.US_ASCII.decode(message.payload()).toString()).isEqualTo(text);
        assertThat(message.control().remaining()).isZero();
        assertThat(message.flags()).isZero();
      }
      assertThat(ring.registrar().cancelEverything(1_000_000_000L)).isNotNegative();
    } finally {
      FileCalls.close(ends[0]);
      FileCalls.close(ends[1]);
    }
  }
}
