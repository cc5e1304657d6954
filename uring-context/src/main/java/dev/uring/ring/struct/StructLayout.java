package dev.uring.ring.struct;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the fields of a struct lie, by their names in C, so that a test can ask the C compiler. The
 * accessors take their offsets from here and from nowhere else.
 */
final class StructLayout {
  private final String name;
  private final String header;
  private final int bytes;
  private final Map<String, Integer> fields = new LinkedHashMap<>();

  /**
   * A layout without fields yet.
   *
   * @param name as in C, such as {@code struct iovec}
   * @param header that declares it, such as {@code sys/uio.h}
   * @param bytes its whole size
   */
  StructLayout(String name, String header, int bytes) {
    this.name = name;
    this.header = header;
    this.bytes = bytes;
  }

  /** A struct of {@code linux/io_uring.h}. */
  static StructLayout ofUring(String name, int bytes) {
    return new StructLayout("struct " + name, "linux/io_uring.h", bytes);
  }

  /** Notes a field by its name in C and returns its offset. */
  int field(String field, int offset) {
    if (fields.put(field, offset) != null || offset < 0 || offset >= bytes) {
      throw new IllegalArgumentException(name + " cannot have " + field + " at " + offset);
    }
    return offset;
  }

  String name() {
    return name;
  }

  String header() {
    return header;
  }

  int bytes() {
    return bytes;
  }

  Map<String, Integer> fields() {
    return Collections.unmodifiableMap(fields);
  }

  @Override
  public String toString() {
    return name;
  }
}
