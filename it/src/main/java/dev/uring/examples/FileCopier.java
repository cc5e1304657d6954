package dev.uring.examples;

import dev.uring.FileName;
import dev.uring.FixedFile;
import dev.uring.MemoryVector;
import dev.uring.NativeMemory;
import dev.uring.OpenFlag;
import dev.uring.Opening;
import dev.uring.RenameMode;
import dev.uring.URingContext;
import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.UringException;
import java.nio.file.Path;

/**
 * Copies files: an example of the requests on files, in one thread with many requests in flight.
 *
 * <p>Its ring may open, read, write, make durable, rename, remove and close files, and nothing
 * else. A copy gets its name when it is complete and durable, and not before.
 */
public final class FileCopier implements AutoCloseable {
  /** What the ring may do. */
  public static final URingAllowlist ALLOWLIST =
      URingAllowlist.builder()
          .allow(
              UringOperation.OPENAT2,
              UringOperation.READ,
              UringOperation.WRITE,
              UringOperation.FSYNC,
              UringOperation.RENAMEAT,
              UringOperation.UNLINKAT,
              UringOperation.CLOSE)
          .allowFlags(EntryFlag.FIXED_FILE)
          .build();

  /** So much is read at once, in bytes. */
  public static final int BLOCK = 1 << 16;

  private static final int BLOCKS = 16;

  private static final Opening SOURCE = Opening.of(OpenFlag.READ);
  private static final Opening COPY =
      Opening.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  private final URingContext context =
      URingContext.builder(2 * BLOCKS).allowlist(ALLOWLIST).disabled().build();
  private final FixedFile source;
  private final FixedFile copy;
  private final Block[] blocks = new Block[BLOCKS];

  // Of the copy that is being made.
  private long nextOffset;
  private long copied;
  private boolean ended;

  /** A piece of memory that travels from one file to the other, again and again. */
  private static final class Block {
    final NativeMemory memory = NativeMemory.allocate(BLOCK);
    final MemoryVector part = new MemoryVector();
    long offset;
    int from;
    int length;
    boolean reading;

    MemoryVector part(int position, int count) {
      part.clear();
      return part.add(memory, position, count);
    }
  }

  /** A copier that can be used again and again, by one thread at a time. */
  public FileCopier() {
    FixedFile[] slots = context.registerFiles(2);
    source = slots[0];
    copy = slots[1];
    for (int index = 0; index < BLOCKS; index++) {
      blocks[index] = new Block();
    }
    // From here on the ring can do what the allowlist says, and no more.
    context.enable();
  }

  /**
   * Copies a file; one that has the name already is replaced.
   *
   * @return how many bytes it has
   * @throws UringException if that fails; then there is no copy
   */
  public long copy(Path from, Path to) {
    FileName name = FileName.of(to);
    FileName unfinished = FileName.of(Path.of(to + ".unfinished"));
    context.fileSystem().addOpen(FileName.of(from), SOURCE, source, 0);
    one("open " + from);
    try {
      context.fileSystem().addOpen(unfinished, COPY, copy, 0);
      one("make " + to);
      boolean done = false;
      try {
        copyContent();
        context.addFsync(copy, 0);
        one("fsync");
        context.fileSystem().addRename(unfinished, name, RenameMode.REPLACE, 0);
        one("rename to " + to);
        done = true;
      } finally {
        if (!done) {
          context.fileSystem().addUnlink(unfinished, 0);
          one("remove what is unfinished of " + to);
        }
        context.files().addClose(copy, 0);
        one("close");
      }
    } finally {
      context.files().addClose(source, 0);
      one("close");
    }
    return copied;
  }

  /** Waits for the one request that is in flight. */
  private void one(String what) {
    context.await(
        1,
        (userData, result, flags) -> {
          if (result < 0) {
            throw new UringException(what, -result);
          }
        });
  }

  private void copyContent() {
    nextOffset = 0;
    copied = 0;
    ended = false;
    for (int index = 0; index < BLOCKS; index++) {
      readNext(index);
    }
    int[] failed = {0};
    while (context.inFlight() > 0) {
      context.await(
          1,
          (userData, result, flags) -> {
            if (result < 0) {
              failed[0] = result;
              ended = true;
            } else {
              goOn((int) userData, result);
            }
          });
    }
    if (failed[0] < 0) {
      throw new UringException("copy", -failed[0]);
    }
  }

  private void readNext(int index) {
    if (ended) {
      return;
    }
    Block block = blocks[index];
    block.offset = nextOffset;
    block.from = 0;
    block.length = 0;
    nextOffset += BLOCK;
    read(index);
  }

  private void read(int index) {
    Block block = blocks[index];
    block.reading = true;
    context.addReadv(
        source, block.part(block.length, BLOCK - block.length), block.offset + block.length, index);
  }

  private void write(int index) {
    Block block = blocks[index];
    block.reading = false;
    context.addWritev(
        copy, block.part(block.from, block.length - block.from), block.offset + block.from, index);
  }

  /** Reads and writes may be short: what is left is asked for again. */
  private void goOn(int index, int count) {
    Block block = blocks[index];
    if (block.reading) {
      block.length += count;
      if (count > 0 && block.length < BLOCK) {
        read(index);
      } else if (block.length > 0) {
        ended |= count == 0;
        write(index);
      } else {
        ended = true;
      }
      return;
    }
    block.from += count;
    copied += count;
    if (block.from < block.length) {
      write(index);
    } else {
      readNext(index);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
