package dev.uring;

/** What kind of thing a file is, by the {@code S_IFMT} bits of {@code inode(7)}. */
public enum FileKind {
  FIFO(0x1000),
  CHARACTER_DEVICE(0x2000),
  DIRECTORY(0x4000),
  BLOCK_DEVICE(0x6000),
  REGULAR(0x8000),
  SYMBOLIC_LINK(0xa000),
  SOCKET(0xc000),
  /** Has no kind of its own, such as an eventfd. */
  OTHER(0);

  private final int bits;

  FileKind(int bits) {
    this.bits = bits;
  }

  static FileKind of(int bits) {
    for (FileKind kind : values()) {
      if (kind.bits == bits) {
        return kind;
      }
    }
    return OTHER;
  }
}
