package dev.uring.disk;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them: a whole number of bytes, or of the units k, M, G, T, P and E, each
 * 1024 times the one before, in upper or lower case.
 */
public final class ByteSize {
  private static final String UNITS = "KMGTPE";
  private static final int BITS_PER_UNIT = 10;
  // Nineteen digits are enough for every long, and keep the number parser's input bounded.
  private static final Pattern SYNTAX = Pattern.compile("0*([0-9]{1,19})([kKmMgGtTpPeE]?)");

  private ByteSize() {}

  /**
   * The number of bytes that a text means.
   *
   * @param text such as {@code 1G}, {@code 512M}, {@code 64k} or {@code 1048576}
   * @return 0 to 2^63-1
   * @throws IllegalArgumentException if it is not of that form, or more than 2^63-1
   */
  public static long parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a size: write a whole number of bytes, or one with a unit, such as 64k,"
              + " 512M, 1G or 2T");
    }
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit(matcher.group(2)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          text + " is more than any file can hold: the limit is one byte less than 8E", e);
    }
  }

  private static long unit(String letter) {
    return letter.isEmpty()
        ? 1
        : 1L << (BITS_PER_UNIT * (UNITS.indexOf(Character.toUpperCase(letter.charAt(0))) + 1));
  }

  /**
   * The shortest exact text, such as {@code 1G} or {@code 1000}; {@link #parse} gives the number
   * back.
   *
   * @param bytes 0 or more
   * @throws IllegalArgumentException if it is negative
   */
  public static String format(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("size is negative: " + bytes);
    }
    int units = bytes == 0 ? 0 : Long.numberOfTrailingZeros(bytes) / BITS_PER_UNIT;
    return units == 0
        ? Long.toString(bytes)
        : (bytes >> (BITS_PER_UNIT * units)) + UNITS.substring(units - 1, units);
  }
}
