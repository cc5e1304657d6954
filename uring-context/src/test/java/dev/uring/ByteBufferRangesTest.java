package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A buffer is read into, and written from, between its position and its limit as they are when the
 * request is added; the context moves neither, and the caller may move both at once.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ByteBufferRangesTest {
  private static final String TEXT = "0123456789abcdef";

  @TempDir Path directory;

  private Descriptor file() throws Exception {
    Path path = Files.writeString(directory.resolve("file"), TEXT);
    return Descriptor.open(path, OpenFlag.READ, OpenFlag.WRITE);
  }

  /** A direct buffer with this text, of which a range is meant. */
  private static ByteBuffer buffer(String text, int position, int limit) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(text.length());
    return buffer.put(0, text.getBytes(StandardCharsets.US_ASCII)).limit(limit).position(position);
  }

  private static String text(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.duplicate().clear().get(0, bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private static void mustStandAt(ByteBuffer buffer, int position, int limit) {
    assertThat(buffer.position()).as("position").isEqualTo(position);
    assertThat(buffer.limit()).as("limit").isEqualTo(limit);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_read_fills_what_was_meant_when_it_was_added(boolean confined) throws Exception {
    ByteBuffer buffer = buffer("................", 3, 9);
    try (URingContext context = Contexts.of(4, confined);
        Descriptor file = file()) {
      context.addRead(file, buffer, 5, 1);
      mustStandAt(buffer, 3, 9);
      buffer.clear();
      assertThat(context.submit()).isEqualTo(1);

      assertThat(Contexts.take(context, 1)).containsExactly("1:6");
      assertThat(text(buffer)).isEqualTo("...56789a.......");
      mustStandAt(buffer, 0, 16);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_write_takes_what_was_meant_when_it_was_added(boolean confined) throws Exception {
    ByteBuffer buffer = buffer("--WXYZ----------", 2, 6);
    try (URingContext context = Contexts.of(4, confined);
        Descriptor file = file()) {
      context.addWrite(file, buffer, 7, 1);
      mustStandAt(buffer, 2, 6);
      buffer.position(6).limit(16);
      assertThat(context.submit()).isEqualTo(1);

      assertThat(Contexts.take(context, 1)).containsExactly("1:4");
      assertThat(text(buffer)).isEqualTo("--WXYZ----------");
      mustStandAt(buffer, 6, 16);
    }
    assertThat(directory.resolve("file")).hasContent("0123456WXYZbcdef");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void lists_of_buffers_do_the_same_and_may_be_changed_at_once(boolean confined) throws Exception {
    ByteBuffer first = buffer("........", 2, 5);
    ByteBuffer second = buffer("........", 7, 8);
    // The position of a part counts from the part's start.
    ByteBuffer third = buffer("--------", 1, 8).slice().position(2).limit(6);
    ByteBuffer other = buffer("########", 0, 8);
    try (URingContext context = Contexts.of(4, confined);
        Descriptor file = file()) {
      MemoryVector list = MemoryVector.of(first, second, third);
      context.addReadv(file, list, 4, 1);
      mustStandAt(first, 2, 5);
      mustStandAt(second, 7, 8);
      mustStandAt(third, 2, 6);
      first.clear();
      second.clear();
      third.clear();
      list.clear();
      list.add(NativeMemory.of(other), 0, 8);
      assertThat(context.submit()).isEqualTo(1);

      assertThat(Contexts.take(context, 1)).containsExactly("1:8");
      assertThat(text(first)).isEqualTo("..456...");
      assertThat(text(second)).isEqualTo(".......7");
      assertThat(text(third)).isEqualTo("--89ab-");
      assertThat(text(other)).isEqualTo("########");

      first.position(2).limit(4);
      third.position(3).limit(5);
      MemoryVector written = MemoryVector.of(first, third);
      context.addWritev(file, written, 12, 2);
      mustStandAt(first, 2, 4);
      mustStandAt(third, 3, 5);
      first.clear();
      third.clear();
      written.clear();
      assertThat(context.submit()).isEqualTo(1);
      assertThat(Contexts.take(context, 1)).containsExactly("2:4");
    }
    assertThat(directory.resolve("file")).hasContent("0123456789ab459a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void one_buffer_serves_two_requests_with_a_range_each(boolean confined) throws Exception {
    ByteBuffer buffer = buffer("................", 0, 4);
    try (URingContext context = Contexts.of(4, confined);
        Descriptor file = file()) {
      context.addRead(file, buffer, 12, 1);
      buffer.limit(14).position(10);
      context.addRead(file, buffer, 0, 2);
      buffer.clear();

      assertThat(Contexts.take(context, 2)).containsExactlyInAnyOrder("1:4", "2:4");
      assertThat(text(buffer)).isEqualTo("cdef......0123..");
    }
  }
}
