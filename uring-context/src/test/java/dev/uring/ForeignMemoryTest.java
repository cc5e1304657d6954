package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Plain system calls of the library reach no memory that is another's, whatever the caller does.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForeignMemoryTest {
  private static DescriptorSocket[] pair() {
    List<Descriptor> ends = Sockets.pair();
    return new DescriptorSocket[] {
      new DescriptorSocket(ends.get(0)), new DescriptorSocket(ends.get(1))
    };
  }

  @Test
  void neither_a_ring_nor_a_device_of_the_kernels_memory_is_mapped() {
    try (URingContext context = URingContext.create(8);
        Descriptor ring = Descriptor.ofCompletions(context);
        Descriptor device =
            Descriptor.open(java.nio.file.Path.of("/dev/zero"), OpenFlag.READ, OpenFlag.WRITE);
        Descriptor event = Descriptor.eventFd(0)) {
      for (Descriptor file : List.of(ring, device, event)) {
        for (long offset : new long[] {0, 0x800_0000L, 0x1000_0000L}) {
          assertThatThrownBy(() -> SharedMapping.map(file, offset, 4096))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("only regular files");
        }
      }
    }
  }

  @Test
  void a_socket_takes_the_same_buffers_as_a_request() {
    DescriptorSocket[] ends = pair();
    try (DescriptorSocket one = ends[0];
        DescriptorSocket other = ends[1]) {
      one.send(Contexts.memory((byte) 1).buffer().duplicate());
      ByteBuffer readOnly = ByteBuffer.allocateDirect(8).asReadOnlyBuffer();
      for (ByteBuffer wrong :
          List.of(ByteBuffer.allocate(8), ByteBuffer.allocateDirect(0), readOnly)) {
        assertThatThrownBy(() -> other.receive(wrong, new ArrayList<>()))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(readOnly.get(0)).isZero();
      for (ByteBuffer wrong : List.of(ByteBuffer.allocate(8), ByteBuffer.allocateDirect(0))) {
        assertThatThrownBy(() -> one.send(wrong)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.offer(wrong)).isInstanceOf(IllegalArgumentException.class);
      }
      ByteBuffer room = ByteBuffer.allocateDirect(8).position(3);
      assertThat(other.receive(room, new ArrayList<>())).isOne();
      assertThat(room.position()).isEqualTo(4);
      assertThat(room.get(3)).isEqualTo((byte) 1);
    }
  }

  @Test
  void descriptors_that_the_callers_list_refuses_are_closed() {
    DescriptorSocket[] ends = pair();
    try (DescriptorSocket one = ends[0];
        DescriptorSocket other = ends[1];
        Pipe pipe = Pipe.open()) {
      one.send(Contexts.memory((byte) 1).buffer().duplicate(), pipe.writeEnd());
      List<Descriptor> refused = new ArrayList<>();
      List<Descriptor> refusing =
          new ArrayList<>() {
            @Override
            public boolean addAll(Collection<? extends Descriptor> descriptors) {
              refused.addAll(descriptors);
              throw new UnsupportedOperationException("refused");
            }
          };
      assertThatThrownBy(() -> other.receive(ByteBuffer.allocateDirect(8), refusing))
          .hasMessage("refused");
      assertThat(refused).hasSize(1);
      assertThat(refused.get(0).toString()).contains("closed");
    }
  }
}
