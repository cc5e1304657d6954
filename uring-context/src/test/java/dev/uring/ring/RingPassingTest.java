package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.struct.IoVectors;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.sys.DescriptorMessage;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A ring's descriptor stays where it is: no other process gets it, and no table holds it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RingPassingTest {
  private static final int STREAM = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SOL_SOCKET = 1;
  private static final int CONTROL_BYTES = 24;

  private final OpenFiles files = new OpenFiles();
  private int here;
  private int there;

  @BeforeEach
  void connect() {
    int[] ends = new int[2];
    assertThat(Native.C.socketpair(SocketAddresses.AF_UNIX, STREAM | 0x80000, 0, ends)).isZero();
    here = files.opened(ends[0]);
    there = files.opened(ends[1]);
  }

  @AfterEach
  void close() {
    files.close();
  }

  private void assertNothingCame(DescriptorMessage message) {
    ByteBuffer byteOfNote = Native.ascii("!");
    assertThat(message.send(here, byteOfNote)).isEqualTo(1);
    ByteBuffer into = Native.bytes(8);
    assertThat(message.receive(there, into)).as("what was sent after it").isEqualTo(1);
    assertThat(message.received()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(RingKind.class)
  void a_ring_is_not_sent_over_a_socket_nor_what_goes_with_it(RingKind kind) {
    DescriptorMessage message = new DescriptorMessage();
    ByteBuffer bytes = Native.ascii("x");
    try (Ring ring = kind.open()) {
      assertThat(message.send(here, bytes, ring.descriptor())).isEqualTo(-Errno.EINVAL);
      assertThat(message.send(here, bytes, there, ring.descriptor())).isEqualTo(-Errno.EINVAL);
      assertNothingCame(message);
      assertThat(message.send(here, bytes, there)).as("another descriptor").isEqualTo(1);
      assertThat(message.receive(there, Native.bytes(8))).isEqualTo(1);
      assertThat(message.received()).hasSize(1);
      files.opened(message.received()[0]);
    }
  }

  @ParameterizedTest
  @EnumSource(RingKind.class)
  void no_request_sends_it_either(RingKind kind) {
    ByteBuffer bytes = Native.ascii("x");
    try (Ring ring = kind.open()) {
      ByteBuffer control =
          Native.bytes(CONTROL_BYTES)
              .putLong(0, 20)
              .putInt(8, SOL_SOCKET)
              .putInt(12, SCM_RIGHTS)
              .putInt(16, ring.descriptor());
      MessageHeader header =
          new MessageHeader()
              .data(new IoVectors(1).set(0, NativeAddress.of(bytes), 1))
              .control(NativeAddress.of(control), CONTROL_BYTES);
      NetworkRequests.sendMessage(Queues.next(ring), here, header.address(), 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EINVAL);
      assertNothingCame(new DescriptorMessage());
      control.putInt(16, there);
      NetworkRequests.sendMessage(Queues.next(ring), here, header.address(), 0);
      assertThat(Queues.result(ring)).as("another descriptor").isEqualTo(1);
    }
  }

  @Test
  void no_table_holds_a_ring() {
    try (Ring ring = Ring.builder(4).build();
        Ring other = Ring.builder(4).build()) {
      for (Ring owner : new Ring[] {ring, other}) {
        FileTable table = owner.registrar().files();
        assertThatThrownBy(() -> table.register(ring.descriptor()))
            .isInstanceOfSatisfying(
                UringException.class,
                refused -> assertThat(refused.errno()).isEqualTo(Errno.EBADF));
      }
    }
  }

  @Test
  void a_ring_is_not_opened_by_its_name_among_the_descriptors() {
    try (Ring ring = Ring.builder(4).build()) {
      Path name = Path.of("/proc/self/fd/" + ring.descriptor());
      int result = FileCalls.open(NativePath.bytes(name), FileCalls.O_RDWR, 0);
      assertThat(result).isEqualTo(-Errno.ENXIO);
    }
  }
}
