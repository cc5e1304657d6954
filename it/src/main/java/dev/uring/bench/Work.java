package dev.uring.bench;

import java.util.Locale;

/** What a request of the ring bench does. */
enum Work {
  /** Nothing. */
  NOP,
  /** Reads a block of a file that lies in the page cache. */
  READ_CACHED,
  /** The same, the file being a slot of the ring's table. */
  READ_CACHED_FIXED_FILE,
  /** The same, and the memory being registered too. */
  READ_CACHED_FIXED_BOTH;

  /** The size of a block that is read. */
  static final int BLOCK_BYTES = 4096;

  /** The name in tables, in JSON and towards the measured processes. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Work ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** What such a request completes with. */
  int expectedResult() {
    return this == NOP ? 0 : BLOCK_BYTES;
  }
}
