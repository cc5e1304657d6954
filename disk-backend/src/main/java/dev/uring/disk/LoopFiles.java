package dev.uring.disk;

import dev.uring.Descriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes into a loop's file table before its ring is restricted and enabled. Afterwards nothing
 * more can be put in, whoever asks.
 */
public final class LoopFiles {
  private final List<Descriptor> files = new ArrayList<>();
  private int empty;

  LoopFiles() {}

  /**
   * Registers a file; its number among the loop's files. The caller may close the descriptor then.
   */
  public int add(Descriptor file) {
    files.add(file);
    return files.size() - 1;
  }

  /**
   * Asks for empty slots, after all files, into which connections will be accepted.
   *
   * @return the number of the first among the empty ones
   */
  public int addEmpty(int count) {
    int first = empty;
    empty = Math.addExact(empty, count);
    return first;
  }

  Descriptor[] files() {
    return files.toArray(Descriptor[]::new);
  }

  int empty() {
    return empty;
  }
}
