package dev.uring.allowlist;

import com.google.common.base.Ascii;
import java.util.EnumSet;
import java.util.Set;

/**
 * The flags that any submission queue entry can carry: all seven of Linux 6.18.
 *
 * <p>Masks and names are the {@code IOSQE_} ones of {@code <linux/io_uring.h>}; their meaning is
 * said in {@code io_uring_enter(2)}.
 */
public enum EntryFlag implements Permission {
  /** The entry's {@code fd} is a slot of the ring's table of registered files. */
  FIXED_FILE(1 << 0, "5.1"),
  /** The entry starts when all earlier ones have completed. */
  IO_DRAIN(1 << 1, "5.2"),
  /** The next entry starts when this one has succeeded, and is cancelled otherwise. */
  IO_LINK(1 << 2, "5.3"),
  /** The next entry starts when this one has completed, however it went. */
  IO_HARDLINK(1 << 3, "5.5"),
  /** The entry goes to a worker thread without a first attempt in the submitter. */
  ASYNC(1 << 4, "5.6"),
  /** The kernel takes the buffer from a group of provided ones. */
  BUFFER_SELECT(1 << 5, "5.7"),
  /** Success posts no completion queue entry. */
  CQE_SKIP_SUCCESS(1 << 6, "5.17");

  private final int mask;
  private final String since;

  EntryFlag(int mask, String since) {
    this.mask = mask;
    this.since = since;
  }

  /** The flag's one bit in the entry's {@code flags} field, 1 to 64. */
  public int mask() {
    return mask;
  }

  @Override
  public String kernelName() {
    return "IOSQE_" + name();
  }

  @Override
  public String textName() {
    return Ascii.toLowerCase(name());
  }

  @Override
  public String since() {
    return since;
  }

  static int maskOf(Set<EntryFlag> flags) {
    int mask = 0;
    for (EntryFlag flag : flags) {
      mask |= flag.mask;
    }
    return mask;
  }

  /** The flags of a mask whose bits are all known. */
  static Set<EntryFlag> ofMask(int mask) {
    EnumSet<EntryFlag> flags = EnumSet.noneOf(EntryFlag.class);
    for (EntryFlag flag : values()) {
      if ((mask & flag.mask) != 0) {
        flags.add(flag);
      }
    }
    if (maskOf(flags) != mask) {
      throw new IllegalArgumentException(
          "The entry flags 0x%x include a bit that Linux 6.18 does not know.".formatted(mask));
    }
    return flags;
  }
}
