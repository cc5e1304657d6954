package dev.uring.virtio;

import dev.uring.MemoryVector;
import java.nio.ByteBuffer;

/** Bytes copied out of and into pieces of a guest's memory, wherever they are cut. */
final class PieceBytes {
  private PieceBytes() {}

  /** Copies {@code length} bytes from byte {@code from} of the pieces on, which they have. */
  static void copyOut(MemoryVector pieces, long from, ByteBuffer target, int length) {
    long skip = from;
    int done = 0;
    for (int piece = 0; done < length; piece++) {
      int size = pieces.length(piece);
      if (skip >= size) {
        skip -= size;
        continue;
      }
      int count = (int) Math.min(size - skip, length - done);
      int at = pieces.position(piece) + (int) skip;
      target.put(done, pieces.memory(piece).buffer(), at, count);
      done += count;
      skip = 0;
    }
  }

  /** Copies {@code length} bytes to byte {@code to} of the pieces on, which they have. */
  static void copyIn(ByteBuffer source, int length, MemoryVector pieces, long to) {
    long skip = to;
    int done = 0;
    for (int piece = 0; done < length; piece++) {
      int size = pieces.length(piece);
      if (skip >= size) {
        skip -= size;
        continue;
      }
      int count = (int) Math.min(size - skip, length - done);
      int at = pieces.position(piece) + (int) skip;
      pieces.memory(piece).buffer().put(at, source, done, count);
      done += count;
      skip = 0;
    }
  }
}
