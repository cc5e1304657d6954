package dev.uring.ring.struct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the structs refuse, and how they are taken apart. */
class StructsTest {

  private static ByteBuffer message(int name, int control, int payload) {
    ByteBuffer buffer = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    buffer.putInt(0, name).putInt(4, control).putInt(8, payload).putInt(12, 0x20);
    buffer.put(16, "nameCTRLpayload".getBytes(StandardCharsets.US_ASCII));
    return buffer;
  }

  private static String text(ByteBuffer part) {
    return StandardCharsets.US_ASCII.decode(part).toString();
  }

  @Test
  void a_message_is_taken_apart_by_the_rooms_that_were_given() {
    ReceivedMessage message = ReceivedMessage.read(message(4, 4, 7), 4, 4, 31);

    assertThat(text(message.name())).isEqualTo("name");
    assertThat(text(message.control())).isEqualTo("CTRL");
    assertThat(text(message.payload())).isEqualTo("payload");
    assertThat(message.flags()).isEqualTo(0x20);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 1 << 30, -1, Integer.MIN_VALUE})
  void lengths_beyond_the_rooms_are_told_and_cut(int length) {
    ReceivedMessage message = ReceivedMessage.read(message(length, length, length), 4, 4, 27);

    assertThat(text(message.name())).isEqualTo("name");
    assertThat(text(message.control())).isEqualTo("CTRL");
    assertThat(text(message.payload())).isEqualTo("pay");
    assertThat(message.nameLength()).isEqualTo(length);
    assertThat(message.controlLength()).isEqualTo(length);
    assertThat(message.payloadLength()).isEqualTo(length);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 4, 23",
    "4, 4, 65",
    "0, 0, 15",
    "-1, 4, 40",
    "4, -1, 40",
    "4, 4, -9",
    "2147483647, 2147483647, 40"
  })
  void what_is_too_short_or_too_long_to_be_a_message_is_refused(int name, int control, int result) {
    assertThatThrownBy(() -> ReceivedMessage.read(message(0, 0, 0), name, control, result))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_time_is_of_seconds_and_the_rest() {
    Timespec time = Timespec.ofNanoseconds(3_000_000_007L);
    assertThat(time.seconds()).isEqualTo(3);
    assertThat(time.nanoseconds()).isEqualTo(7);
    assertThatThrownBy(() -> time.set(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(time.set(Long.MAX_VALUE).nanoseconds()).isEqualTo(854_775_807);
  }

  @Test
  void a_cancellation_waits_for_seconds_and_the_rest_or_without_end() {
    SynchronousCancel cancel = new SynchronousCancel(1, 2, 3, 4);
    assertThat(cancel.memory.getLong(16)).as("seconds, unless told").isEqualTo(-1);
    assertThat(cancel.memory.getLong(24)).isEqualTo(-1);
    cancel.timeout(3_000_000_007L);
    assertThat(cancel.memory.getLong(16)).as("seconds").isEqualTo(3);
    assertThat(cancel.memory.getLong(24)).as("nanoseconds").isEqualTo(7);
    cancel.timeout(Long.MIN_VALUE);
    assertThat(cancel.memory.getLong(16)).as("seconds without end").isEqualTo(-1);
    assertThat(cancel.memory.getLong(24)).isEqualTo(-1);
    cancel.timeout(0);
    assertThat(cancel.memory.getLong(16)).as("seconds at once").isZero();
    assertThat(cancel.memory.getLong(24)).isZero();
  }

  @Test
  void arrays_have_ends() {
    IoVectors vectors = new IoVectors(2).set(1, 4096, 10);
    assertThat(vectors.base(1)).isEqualTo(4096);
    assertThat(vectors.length(1)).isEqualTo(10);
    assertThat(vectors.length(0)).isZero();
    for (int wrong : new int[] {-1, 2, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> vectors.set(wrong, 0, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new IoVectors(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EpollEvents(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EpollEvents(1).data(1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FutexWaiters(129)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MessageHeader().data(new IoVectors(1025)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new OpenHow().mode(010_000))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_message_header_holds_on_to_its_vectors() {
    IoVectors vectors = new IoVectors(1);
    assertThat(new MessageHeader().data(vectors).vectors()).isSameAs(vectors);
    assertThat(new MessageHeader().vectors()).isNull();
  }
}
