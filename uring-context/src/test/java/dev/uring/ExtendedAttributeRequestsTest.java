package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.sys.Errno;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Extended attributes as requests set and read them, seen through the JDK's eyes. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExtendedAttributeRequestsTest {
  private static final int ENODATA = 61;
  private static final int ERANGE = 34;

  @TempDir Path directory;
  private URingContext context;
  private ExtendedAttributeRequests attributes;
  private Path path;
  private FileName name;

  @BeforeEach
  void open() throws Exception {
    context = URingContext.create(8);
    attributes = context.fileSystem().attributes();
    path = Files.write(directory.resolve("file"), new byte[1]);
    name = FileName.of(path);
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  private int result() {
    return Contexts.result(context);
  }

  private void set(String attribute, String value) {
    attributes.addSet(
        name, attribute, Contexts.memory(value.getBytes(UTF_8)), AttributeMode.SET, 1);
    int result = result();
    if (result == -Errno.EOPNOTSUPP) {
      Assumptions.abort("skipped: the file system has no extended attributes");
    }
    assertThat(result).isZero();
  }

  private String seen(String attribute) throws Exception {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
    ByteBuffer value = ByteBuffer.allocate(view.size(attribute));
    view.read(attribute, value);
    return new String(value.array(), UTF_8);
  }

  @Test
  void attributes_are_set_and_read_by_path_and_by_open_file() throws Exception {
    set("user.first", "one");
    assertThat(seen("first")).isEqualTo("one");
    NativeMemory room = NativeMemory.allocate(16);
    try (Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      attributes.addGet(file, "user.first", room, 1);
      assertThat(result()).isEqualTo(3);
      assertThat(Contexts.bytes(room)).startsWith('o', 'n', 'e', 0);
      NativeMemory value = Contexts.memory((byte) 't', (byte) 'w', (byte) 'o', (byte) '!');
      attributes.addSet(file, "user.second", value, AttributeMode.CREATE, 1);
      assertThat(result()).isZero();
      assertThat(seen("second")).isEqualTo("two!");
      FixedFile slot = context.registerFiles(0, file)[0];
      attributes.addGet(slot, "user.second", room, 1);
      assertThat(result()).isEqualTo(4);
      assertThat(Contexts.bytes(room)).startsWith('t', 'w', 'o', '!');
    }
    attributes.addGet(name, "user.first", room, 1);
    assertThat(result()).isEqualTo(3);
    assertThat(Contexts.bytes(room)).startsWith('o', 'n', 'e');
    attributes.addGet(name, "user.second", room.slice(0, 2), 1);
    assertThat(result()).isEqualTo(-ERANGE);
  }

  @Test
  void an_attribute_is_made_or_replaced_as_its_mode_says() throws Exception {
    set("user.there", "one");
    NativeMemory value = Contexts.memory((byte) '2');
    attributes.addSet(name, "user.there", value, AttributeMode.CREATE, 1);
    assertThat(result()).isEqualTo(-Errno.EEXIST);
    attributes.addSet(name, "user.not", value, AttributeMode.REPLACE, 1);
    assertThat(result()).isEqualTo(-ENODATA);
    attributes.addSet(name, "user.there", value, AttributeMode.REPLACE, 1);
    assertThat(result()).isZero();
    assertThat(seen("there")).isEqualTo("2");
    attributes.addGet(name, "user.not", NativeMemory.allocate(1), 1);
    assertThat(result()).isEqualTo(-ENODATA);
  }

  @Test
  void what_cannot_be_an_attribute_is_refused() {
    NativeMemory value = NativeMemory.allocate(1);
    NativeMemory readOnly = NativeMemory.of(value.buffer().asReadOnlyBuffer());
    try (Descriptor start = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY)) {
      FileName relative = FileName.in(start, Path.of("file"));
      NativeMemory long1 = NativeMemory.allocate(65_537);
      for (Runnable use :
          List.<Runnable>of(
              () -> attributes.addGet(name, "", value, 1),
              () -> attributes.addGet(name, "user.a\0b", value, 1),
              () -> attributes.addGet(name, "user." + "x".repeat(251), value, 1),
              () -> attributes.addGet(relative, "user.a", value, 1),
              () -> attributes.addGet(name, "user.a", readOnly, 1),
              () -> attributes.addGet(start, "user.a", readOnly, 1),
              () -> attributes.addGet(start, "user.a", long1, 1),
              () -> attributes.addSet(start, "user.a", long1, AttributeMode.SET, 1),
              () -> attributes.addSet(relative, "user.a", value, AttributeMode.SET, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
      }
      for (Runnable use :
          List.<Runnable>of(
              () -> attributes.addGet((FileName) null, "user.a", value, 1),
              () -> attributes.addGet((Target) null, "user.a", value, 1),
              () -> attributes.addGet(name, null, value, 1),
              () -> attributes.addGet(name, "user.a", null, 1),
              () -> attributes.addSet(name, "user.a", value, null, 1))) {
        assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
      }
    }
    assertThat(context.counters().added()).isZero();
  }
}
