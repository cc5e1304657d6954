package dev.uring.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that is read, at random, in whole blocks. */
final class CachedFile {
  private final Path path;
  private final long mask;
  private long random = 88172645463325252L;

  CachedFile(Path path) {
    this.path = path;
    try {
      long blocks = Files.size(path) / Work.BLOCK_BYTES;
      if (Long.bitCount(blocks) != 1) {
        throw new IllegalArgumentException(path + " is not a power of two of blocks");
      }
      this.mask = blocks - 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  /** Where the next block to read begins: the sequence that the program in C reads, too. */
  long nextOffset() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return (random & mask) * Work.BLOCK_BYTES;
  }
}
