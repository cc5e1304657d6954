package dev.uring.cli;

import dev.uring.disk.ByteSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as an option takes and shows it.
 *
 * @param value 0 or more
 */
record Bytes(long value) {
  @Override
  public String toString() {
    return ByteSize.format(value);
  }

  /** Reads {@code 512M} and the like. */
  static final class Converter implements ITypeConverter<Bytes> {
    @Override
    public Bytes convert(String text) {
      try {
        return new Bytes(ByteSize.parse(text));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
