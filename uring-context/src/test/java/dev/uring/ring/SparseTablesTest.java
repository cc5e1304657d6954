package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.ResourceRegistration;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables of nothing but empty places ({@code IORING_RSRC_REGISTER_SPARSE}). */
@ParameterizedClass
@EnumSource(Layout.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SparseTablesTest {
  private static final int COUNT = 3;

  @Parameter Layout layout;

  @Test
  void a_table_that_is_said_to_be_sparse_has_no_memory_to_be_filled_from_and_is_there_once() {
    ByteBuffer descriptors = Native.bytes(COUNT * Integer.BYTES);
    for (RegisterCall call :
        new RegisterCall[] {RegisterCall.REGISTER_FILES2, RegisterCall.REGISTER_BUFFERS2}) {
      try (Ring ring = layout.builder(4).build()) {
        ResourceRegistration sparse = ResourceRegistration.sparse(COUNT);
        ByteBuffer contradictory =
            Native.bytes(sparse.bytes())
                .put(0, RawMemory.view(sparse.address(), sparse.bytes()), 0, sparse.bytes());
        contradictory.putLong(16, NativeAddress.of(descriptors));
        assertThat(ring.registrar().raw(call, contradictory, sparse.bytes()))
            .as(call.kernelName())
            .isEqualTo(-Errno.EINVAL);
        contradictory.putLong(16, 0);
        assertThat(ring.registrar().raw(call, contradictory, sparse.bytes())).isZero();
        assertThat(ring.registrar().raw(call, contradictory, sparse.bytes()))
            .isEqualTo(-Errno.EBUSY);
      }
    }
  }

  @Test
  void every_slot_of_a_sparse_table_is_there_and_empty() {
    try (Ring ring = layout.builder(4).build();
        Pipe pipe = new Pipe()) {
      FileTable files = ring.registrar().files();
      files.registerSparse(COUNT);
      for (int slot = 0; slot < COUNT; slot++) {
        RingRequests.nopOn(Queues.next(ring), new FileSlot(slot));
        assertThat(Queues.result(ring)).as("slot %s", slot).isEqualTo(-Errno.EBADF);
      }
      assertThat(files.update(0, pipe.readEnd, pipe.readEnd, pipe.writeEnd)).isEqualTo(COUNT);
      for (int slot = 0; slot < COUNT; slot++) {
        RingRequests.nopOn(Queues.next(ring), new FileSlot(slot));
        assertThat(Queues.result(ring)).as("slot %s", slot).isZero();
      }
      RingRequests.nopOn(Queues.next(ring), new FileSlot(COUNT));
      assertThat(Queues.result(ring)).as("beyond the table").isEqualTo(-Errno.EBADF);
    }
  }

  @Test
  void every_place_of_a_sparse_table_is_there_and_empty() {
    ByteBuffer memory = Native.pages(1);
    long address = NativeAddress.of(memory);
    try (Ring ring = layout.builder(4).build()) {
      BufferTable buffers = ring.registrar().buffers();
      buffers.registerSparse(COUNT);
      for (int place = 0; place < COUNT; place++) {
        RingRequests.nopWith(Queues.next(ring), new BufferIndex(place));
        assertThat(Queues.result(ring)).as("place %s", place).isEqualTo(-Errno.EFAULT);
      }
      long[] addresses = {address, address + 64, address + 128};
      assertThat(buffers.update(0, addresses, new int[] {64, 64, 64}, null)).isEqualTo(COUNT);
      for (int place = 0; place < COUNT; place++) {
        RingRequests.nopWith(Queues.next(ring), new BufferIndex(place));
        assertThat(Queues.result(ring)).as("place %s", place).isZero();
      }
    }
  }
}
