package dev.uring;

import dev.uring.ring.struct.OpenHow;
import dev.uring.sys.FileCalls;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * How a file shall be opened by {@link PathRequests#addOpen}. Immutable: make one, keep it, pass it
 * often. Source: {@code openat2(2)}.
 *
 * <pre>{@code
 * private static final Opening LOG =
 *     Opening.of(OpenFlag.WRITE, OpenFlag.CREATE).mode(0640).where(PathCondition.BENEATH);
 * }</pre>
 */
public final class Opening {
  private static final int DEFAULT_MODE = 0666;
  private static final int PERMISSION_BITS = 07777;

  private final Set<OpenFlag> flags;
  private final int mode;
  private final Set<PathCondition> conditions;
  private final OpenHow forDescriptor;
  private final OpenHow forSlot;

  private Opening(Set<OpenFlag> flags, int mode, Set<PathCondition> conditions) {
    this.flags = flags;
    this.mode = mode;
    this.conditions = conditions;
    int bits = Descriptor.openBits(flags);
    checkTogether();
    long resolve = 0;
    for (PathCondition condition : conditions) {
      resolve |= condition.mask();
    }
    forSlot = new OpenHow().flags(bits).mode(mode).resolve(resolve);
    // Close-on-exec means nothing for a slot, and the kernel refuses it there.
    forDescriptor = new OpenHow().flags(bits | FileCalls.O_CLOEXEC).mode(mode).resolve(resolve);
  }

  /**
   * Without conditions; with the permissions 0666 less the umask if the file is made.
   *
   * @param flags {@link OpenFlag#READ}, {@link OpenFlag#WRITE} or both, and any others
   * @throws IllegalArgumentException if it shall be opened neither for reading nor for writing, or
   *     is to be both made and a directory
   */
  public static Opening of(OpenFlag... flags) {
    Set<OpenFlag> set = EnumSet.noneOf(OpenFlag.class);
    set.addAll(Arrays.asList(flags));
    int mode = set.contains(OpenFlag.CREATE) ? DEFAULT_MODE : 0;
    return new Opening(Collections.unmodifiableSet(set), mode, EnumSet.noneOf(PathCondition.class));
  }

  /**
   * As this, with other permissions for a file that is made.
   *
   * @param permissions 0 to 07777, less the umask
   * @throws IllegalArgumentException if there are other bits, or no file shall be made
   */
  public Opening mode(int permissions) {
    if ((permissions & ~PERMISSION_BITS) != 0) {
      throw new IllegalArgumentException("mode is not of permission bits: " + permissions);
    }
    if (!flags.contains(OpenFlag.CREATE)) {
      throw new IllegalArgumentException("a mode is for a file that is made: add CREATE");
    }
    return new Opening(flags, permissions, conditions);
  }

  /**
   * As this, if these hold too.
   *
   * @throws IllegalArgumentException if they contradict each other, or cannot hold
   */
  public Opening where(PathCondition... further) {
    Set<PathCondition> all = EnumSet.noneOf(PathCondition.class);
    all.addAll(conditions);
    all.addAll(Arrays.asList(further));
    return new Opening(flags, mode, all);
  }

  private void checkTogether() {
    if (flags.contains(OpenFlag.CREATE) && flags.contains(OpenFlag.DIRECTORY)) {
      throw new IllegalArgumentException("opening makes no directories: use addMakeDirectory");
    }
    if (conditions.contains(PathCondition.BENEATH) && conditions.contains(PathCondition.IN_ROOT)) {
      throw new IllegalArgumentException("BENEATH and IN_ROOT contradict each other");
    }
    if (conditions.contains(PathCondition.CACHED)
        && (flags.contains(OpenFlag.CREATE) || flags.contains(OpenFlag.TRUNCATE))) {
      throw new IllegalArgumentException("what is made or emptied is not opened from the cache");
    }
  }

  /** What the kernel reads; never changed. */
  OpenHow how(boolean intoSlot) {
    return intoSlot ? forSlot : forDescriptor;
  }

  @Override
  public String toString() {
    return "Opening[" + flags + ", mode " + Integer.toOctalString(mode) + ", " + conditions + "]";
  }
}
