package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DescriptorSocketTest {
  private static final int SOL_SOCKET = 1;
  private static final int SO_PASSPIDFD = 76;

  private Descriptor receiving;
  private DescriptorSocket receiver;
  private DescriptorSocket sender;

  @BeforeEach
  void open() {
    List<Descriptor> ends = Sockets.pair();
    receiving = ends.get(0);
    receiver = new DescriptorSocket(receiving);
    sender = new DescriptorSocket(ends.get(1));
  }

  @AfterEach
  void close() {
    receiver.close();
    sender.close();
  }

  @Test
  void nowhere_to_put_descriptors_is_noticed_before_anything_is_received() {
    ByteBuffer into = ByteBuffer.allocateDirect(1);
    sender.send(ByteBuffer.allocateDirect(1).put(0, (byte) 7));
    assertThatThrownBy(() -> receiver.receive(into, null)).isInstanceOf(NullPointerException.class);
    assertThat(into.position()).isZero();
    assertThat(receiver.receive(into, new ArrayList<>())).isOne();
    assertThat(into.get(0)).isEqualTo((byte) 7);
  }

  @Test
  void the_sender_that_came_as_a_descriptor_is_the_callers_to_close() {
    try (URingContext context = URingContext.create(4)) {
      context.sockets().options().addSet(receiving, SOL_SOCKET, SO_PASSPIDFD, 1, 1);
      Assumptions.assumeTrue(Contexts.result(context) == 0, "skipped: a kernel before 6.7");
    }
    List<Descriptor> came = new ArrayList<>();
    sender.send(ByteBuffer.allocateDirect(1));
    assertThat(receiver.receive(ByteBuffer.allocateDirect(1), came)).isOne();
    assertThat(came).hasSize(1);
    assertThat(came.get(0).status().size()).as("of a file that is open").isZero();
    assertThat(OpenDescriptors.closesOnExec(came.get(0))).isTrue();
    came.get(0).close();
  }

  @Test
  void a_socket_is_wanted() {
    assertThatThrownBy(() -> new DescriptorSocket(null)).isInstanceOf(NullPointerException.class);
  }
}
