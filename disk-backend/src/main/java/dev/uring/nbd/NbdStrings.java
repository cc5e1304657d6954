package dev.uring.nbd;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's strings: UTF-8, no NUL, at most 4096 bytes, no terminator (proto.md,
 * "Conventions").
 */
final class NbdStrings {

  private NbdStrings() {}

  /**
   * Takes the next {@code length} bytes of {@code input}, which must be there, whatever they hold.
   *
   * @return the string, or null if it breaks one of the protocol's three conditions
   */
  static @Nullable String take(ByteBuffer input, int length) {
    ByteBuffer bytes = input.slice(input.position(), length);
    input.position(input.position() + length);
    if (length > NbdProtocol.MAXIMUM_STRING_BYTES) {
      return null;
    }
    try {
      // A new decoder reports malformed input; String's constructor would replace it in silence.
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      return text.indexOf('\0') >= 0 ? null : text;
    } catch (CharacterCodingException malformed) {
      return null;
    }
  }

  /** Whether {@code text} can be sent as a string of the protocol. */
  static boolean isAcceptable(String text) {
    // A char is at least one byte, so a longer text needs no encoding to be refused.
    if (text.length() > NbdProtocol.MAXIMUM_STRING_BYTES || text.indexOf('\0') >= 0) {
      return false;
    }
    try {
      int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
      return bytes <= NbdProtocol.MAXIMUM_STRING_BYTES;
    } catch (CharacterCodingException loneSurrogate) {
      return false;
    }
  }

  static byte[] encode(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
