package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of UTF-8 as in RFC 3986, section 2.1; a plus sign is only a plus sign. */
final class PercentEncoding {

  private static final String KEPT = "-._~/";

  private PercentEncoding() {}

  /**
   * Encodes everything but unreserved characters and the slash, which is harmless in both places.
   */
  static String encode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c < 0x80 && Character.isLetterOrDigit(c)) || KEPT.indexOf(c) >= 0) {
        encoded.append(c);
      } else {
        encoded.append('%').append(hex(c >> 4)).append(hex(c));
      }
    }
    return encoded.toString();
  }

  /**
   * The text that {@code encoded} stands for.
   *
   * @throws IllegalArgumentException if a percent sign is not followed by two hexadecimal digits,
   *     or the result is not UTF-8
   */
  static String decode(String encoded) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int i = 0;
    while (i < encoded.length()) {
      int percent = encoded.indexOf('%', i);
      int plainEnd = percent < 0 ? encoded.length() : percent;
      bytes.writeBytes(encoded.substring(i, plainEnd).getBytes(StandardCharsets.UTF_8));
      i = plainEnd;
      if (percent >= 0) {
        int high = percent + 2 < encoded.length() ? digit(encoded.charAt(percent + 1)) : -1;
        int low = percent + 2 < encoded.length() ? digit(encoded.charAt(percent + 2)) : -1;
        checkArgument(
            high >= 0 && low >= 0,
            "A percent sign in a URI is followed by two hexadecimal digits; write %25 for the sign"
                + " itself.");
        bytes.write(high << 4 | low);
        i += 3;
      }
    }
    try {
      ByteBuffer decoded = ByteBuffer.wrap(bytes.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(decoded).toString();
    } catch (CharacterCodingException malformed) {
      throw new IllegalArgumentException(
          "The percent-encoded bytes of the URI are not UTF-8; encode the text as UTF-8.",
          malformed);
    }
  }

  /** Unlike {@link Character#digit}, knows no digits but ASCII's. */
  private static int digit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static char hex(int nibble) {
    return "0123456789ABCDEF".charAt(nibble & 0xf);
  }
}
