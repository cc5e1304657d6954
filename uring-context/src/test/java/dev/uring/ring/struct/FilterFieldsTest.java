package dev.uring.ring.struct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.RawMemory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What lies where in the structs of calls that no kernel here has. */
class FilterFieldsTest {
  @Test
  void a_filter_names_its_request_its_program_and_the_size_of_its_payload() {
    ByteBuffer instructions = ByteBuffer.allocateDirect(24).position(8);
    RequestFilter filter = new RequestFilter(45, instructions, 12).denyingTheRest();
    assertThat(filter.memory.getShort(0)).as("command").isEqualTo((short) 1);
    assertThat(filter.memory.getShort(2)).as("command's flags").isZero();
    assertThat(filter.memory.getInt(8)).as("request").isEqualTo(45);
    assertThat(filter.memory.getInt(12)).as("deny the rest").isEqualTo(1);
    assertThat(filter.strict().memory.getInt(12)).as("and be strict").isEqualTo(3);
    assertThat(filter.denyingTheRest().memory.getInt(12)).as("in any order").isEqualTo(3);
    assertThat(filter.memory.getInt(16)).as("instructions").isEqualTo(2);
    assertThat(filter.memory.get(20)).as("payload").isEqualTo((byte) 12);
    assertThat(filter.memory.getLong(24)).isEqualTo(RawMemory.addressOf(instructions) + 8);
    assertThat(filter.program().remaining()).isEqualTo(16);
  }

  @Test
  void a_control_names_its_queue_and_what_to_do_and_answers_with_a_descriptor() {
    ZeroCopyControl flush = ZeroCopyControl.flush(9);
    assertThat(flush.memory.getInt(0)).isEqualTo(9);
    assertThat(flush.memory.getInt(4)).isZero();
    ZeroCopyControl export = ZeroCopyControl.export(10);
    assertThat(export.memory.getInt(0)).isEqualTo(10);
    assertThat(export.memory.getInt(4)).isEqualTo(1);
    export.memory.putInt(24, 77);
    assertThat(export.descriptor()).isEqualTo(77);
  }
}
