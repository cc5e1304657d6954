package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.sys.Errno;
import dev.uring.sys.SocketCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands to sockets and to block devices. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandRequestsTest {
  private static final int SOL_SOCKET = SocketCalls.SOL_SOCKET;
  private static final int SO_KEEPALIVE = SocketCalls.SO_KEEPALIVE;
  private static final int SO_TYPE = 3;
  private static final int SO_TIMESTAMPING = 37;

  /** Of packets queued and sent, by software, numbered, without the packets themselves. */
  private static final int SEND_TIMES = 1 << 1 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 11;

  @Parameter RingKind kind;
  @TempDir Path directory;

  @Test
  @Shows(UringOperation.URING_CMD)
  void a_socket_says_what_waits_in_its_queues() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int listener = tcp(files);
      int client = SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_STREAM);
      files.opened(client);
      ByteBuffer address = Native.bytes(32);
      assertThat(Native.C.getsockname(listener, NativeAddress.of(address), new int[] {32}))
          .isZero();
      NetworkRequests.connect(Queues.next(ring), client, NativeAddress.of(address), 16);
      assertThat(Queues.result(ring)).isZero();
      NetworkRequests.accept(Queues.next(ring), listener);
      int accepted = files.opened(Queues.result(ring));
      Native.write(client, "seven b");
      PollRequests.pollAdd(Queues.next(ring), accepted, /* POLLIN */ 1, 0);
      assertThat(Queues.result(ring)).isPositive();
      CommandRequests.receivable(Queues.next(ring), accepted);
      assertThat(Queues.result(ring)).isEqualTo(7);
      CommandRequests.unsent(Queues.next(ring), accepted);
      assertThat(Queues.result(ring)).isZero();
      BufferIndex buffer = new BufferIndex(0);
      CommandRequests.commandFixed(Queues.next(ring), accepted, 0, 0, 0, 0, buffer);
      assertThat(Queues.result(ring)).as("its driver looks at no buffer").isEqualTo(7);
    }
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void a_socket_tells_when_each_packet_was_sent() {
    ByteBuffer options = Native.bytes(4).putInt(0, SEND_TIMES);
    ByteBuffer any = SocketAddresses.loopback(0);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int socket = files.opened(SocketCalls.socket(SocketCalls.AF_INET, /* SOCK_DGRAM */ 2));
      CommandRequests.setSocketOption(
          Queues.next(ring), socket, SOL_SOCKET, SO_TIMESTAMPING, NativeAddress.of(options), 4);
      assertThat(Queues.result(ring)).isZero();
      // A peer that is bound, so that nothing comes back to complain.
      int peer = files.opened(SocketCalls.socket(SocketCalls.AF_INET, 2));
      NetworkRequests.bind(Queues.next(ring), peer, NativeAddress.of(any), any.capacity());
      assertThat(Queues.result(ring)).isZero();
      ByteBuffer address = Native.bytes(16);
      assertThat(Native.C.getsockname(peer, NativeAddress.of(address), new int[] {16})).isZero();
      NetworkRequests.connect(Queues.next(ring), socket, NativeAddress.of(address), 16);
      assertThat(Queues.result(ring)).isZero();

      CommandRequests.transmitTimestamps(Queues.next(ring), socket).userData(9);
      if (!Set.of(RingKind.WIDE, RingKind.MIXED).contains(kind)) {
        assertThat(Queues.result(ring)).as("no room for a time").isEqualTo(-Errno.EINVAL);
        return;
      }
      assertThat(ring.submit()).isNotNegative();
      long before = System.currentTimeMillis() / 1000;
      for (int packet = 0; packet < 2; packet++) {
        Native.write(socket, "packet");
        assertStamped(Queues.one(ring), packet, CommandRequests.TIMESTAMP_SCHEDULED, before);
        assertStamped(Queues.one(ring), packet, CommandRequests.TIMESTAMP_SENT, before);
      }
    }
  }

  private static void assertStamped(Queues.Taken taken, int packet, int kind, long before) {
    assertThat(taken.userData()).isEqualTo(9);
    assertThat(taken.result()).as("its number").isEqualTo(packet);
    assertThat(CompletionFlags.isLast(taken.flags())).isFalse();
    assertThat(CommandRequests.timestampKind(taken.flags())).isEqualTo(kind);
    assertThat(taken.extra0()).as("seconds").isBetween(before - 1, before + 60);
    assertThat(taken.extra1()).as("nanoseconds").isBetween(0L, 999_999_999L);
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void a_command_says_where_its_memory_is_and_whether_it_stays() {
    ByteBuffer filled = Native.bytes(SubmissionEntry.BYTES);
    SubmissionEntry entry = new SubmissionEntry(filled);
    CommandRequests.commandFixed(entry, 5, 7, 8, 9, 10, new BufferIndex(11));
    assertThat(filled.getInt(28)).as("IORING_URING_CMD_FIXED").isEqualTo(1);
    assertThat(filled.getShort(40)).as("buf_index").isEqualTo((short) 11);
    assertThat(filled.get(1)).as("flags").isZero();
    CommandRequests.commandMultishot(entry, 5, 7, new BufferGroup(12), 10);
    assertThat(filled.getInt(28)).as("IORING_URING_CMD_MULTISHOT").isEqualTo(2);
    assertThat(filled.getShort(40)).as("buf_group").isEqualTo((short) 12);
    assertThat(filled.get(1)).as("flags").isEqualTo((byte) EntryFlag.BUFFER_SELECT.mask());
    assertThat(filled.getLong(48)).as("cmd").isEqualTo(10);
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void a_command_that_its_driver_does_not_have_does_not_stay() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int socket = files.opened(SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_STREAM));
      CommandRequests.commandMultishot(Queues.next(ring), socket, 0x7fff, new BufferGroup(1), 0);
      Queues.Taken taken = Queues.one(ring);
      assertThat(taken.result()).isEqualTo(-Errno.EOPNOTSUPP);
      assertThat(CompletionFlags.isLast(taken.flags())).isTrue();
      // The kernel wants a group with the one flag and none with the other.
      CommandRequests.commandMultishot(Queues.next(ring), socket, 0, new BufferGroup(1), 0)
          .withoutFlags(EntryFlag.BUFFER_SELECT.mask());
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
      CommandRequests.commandFixed(Queues.next(ring), socket, 0, 0, 0, 0, new BufferIndex(0))
          .flag(EntryFlag.BUFFER_SELECT);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
    }
  }

  private static int tcp(OpenFiles files) {
    int listener = SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_STREAM);
    files.opened(listener);
    assertThat(SocketCalls.listen(listener, 4)).isZero();
    return listener;
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void an_option_of_a_socket_is_set_and_read() {
    ByteBuffer value = Native.bytes(12).putInt(0, 77).putInt(4, 1).putInt(8, 99);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int socket = files.opened(SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_STREAM));
      assertThat(SocketCalls.getsockopt(socket, SOL_SOCKET, SO_KEEPALIVE)).isZero();
      long second = NativeAddress.of(value) + 4;
      CommandRequests.setSocketOption(
          Queues.next(ring), socket, SOL_SOCKET, SO_KEEPALIVE, second, 4);
      assertThat(Queues.result(ring)).isZero();
      assertThat(SocketCalls.getsockopt(socket, SOL_SOCKET, SO_KEEPALIVE)).isEqualTo(1);

      value.putInt(4, -1);
      CommandRequests.getSocketOption(Queues.next(ring), socket, SOL_SOCKET, SO_TYPE, second, 4);
      assertThat(Queues.result(ring)).isEqualTo(4);
      assertThat(value.getInt(0)).isEqualTo(77);
      assertThat(value.getInt(4)).isEqualTo(SocketCalls.SOCK_STREAM);
      assertThat(value.getInt(8)).isEqualTo(99);
      CommandRequests.getSocketOption(
          Queues.next(ring), socket, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NODELAY, second, 4);
      assertThat(Queues.result(ring)).as("another level").isEqualTo(-Errno.EOPNOTSUPP);
      CommandRequests.setSocketOption(Queues.next(ring), socket, SOL_SOCKET, 9999, second, 4);
      assertThat(Queues.result(ring)).as("ENOPROTOOPT").isEqualTo(-92);
    }
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void what_takes_no_commands_says_so() {
    try (Ring ring = kind.open();
        Pipe pipe = new Pipe()) {
      CommandRequests.command(Queues.next(ring), pipe.readEnd, 1, 0, 0, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EOPNOTSUPP);
    }
  }

  @Test
  @Shows(UringOperation.URING_CMD)
  void a_block_device_forgets_the_range_and_no_more() throws Exception {
    long block = 4096;
    Path file = directory.resolve("backing");
    byte[] data = new byte[64 * (int) block];
    Arrays.fill(data, (byte) 7);
    Files.write(file, data);
    String device = attach(file);
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(Path.of(device));
      CommandRequests.discard(Queues.next(ring), fd, 8 * block, 2 * block);
      assertThat(Queues.result(ring)).isZero();
      assertThat(firstByte(device, 7 * block)).isEqualTo(7);
      assertThat(firstByte(device, 8 * block)).isZero();
      assertThat(firstByte(device, 9 * block)).isZero();
      assertThat(firstByte(device, 10 * block)).isEqualTo(7);
      CommandRequests.discard(Queues.next(ring), fd, 100, block);
      assertThat(Queues.result(ring)).as("not a whole block").isEqualTo(-Errno.EINVAL);
      SubmissionEntry entry = Queues.next(ring);
      assertThatThrownBy(() -> CommandRequests.discard(entry, fd, 0, 0))
          .isInstanceOf(IllegalArgumentException.class);
    } finally {
      run("losetup", "-d", device);
    }
  }

  private static int firstByte(String device, long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(device, "r")) {
      file.seek(offset);
      return file.read();
    }
  }

  private static String attach(Path file) throws Exception {
    try {
      String device = run("losetup", "-b", "4096", "-f", "--show", file.toString());
      assumeTrue(device.startsWith("/dev/loop"), "skipped: no loop device may be made here");
      return device;
    } catch (IOException notInstalled) {
      assumeTrue(false, "skipped: losetup is not installed");
      throw notInstalled;
    }
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.strip();
  }
}
