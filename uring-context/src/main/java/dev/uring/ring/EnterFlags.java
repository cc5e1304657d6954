package dev.uring.ring;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of the flags that {@link Ring#enter} can be given. Immutable, and each set is one object
 * made beforehand: to combine flags, in a loop too, allocates nothing.
 *
 * <p>Not among them are those that say what kind of argument comes with the call: {@link TimedWait}
 * and {@link ExtendedWait} pass arguments, and the ring itself knows how it is named. Source:
 * {@code io_uring_enter(2)}.
 */
public final class EnterFlags {
  private static final EnterFlag[] WITHOUT_ARGUMENT = {
    EnterFlag.GETEVENTS, EnterFlag.SQ_WAKEUP, EnterFlag.SQ_WAIT, EnterFlag.NO_IOWAIT
  };

  private static final EnterFlags[] ALL = all();

  /** No flag: submit, and do not look at what is due. 5.1. */
  public static final EnterFlags NONE = ALL[0];

  /** {@link EnterFlag#GETEVENTS} alone: wait, and run what work is due for that. 5.1. */
  public static final EnterFlags EVENTS = of(EnterFlag.GETEVENTS);

  /** {@link EnterFlag#SQ_WAKEUP} alone: wake the kernel thread that polls. 5.1. */
  public static final EnterFlags WAKE = of(EnterFlag.SQ_WAKEUP);

  private final int number;
  private final int mask;

  private EnterFlags(int number) {
    int bits = 0;
    for (int index = 0; index < WITHOUT_ARGUMENT.length; index++) {
      if ((number & 1 << index) != 0) {
        bits |= WITHOUT_ARGUMENT[index].mask();
      }
    }
    this.number = number;
    this.mask = bits;
  }

  private static EnterFlags[] all() {
    EnterFlags[] sets = new EnterFlags[1 << WITHOUT_ARGUMENT.length];
    for (int number = 0; number < sets.length; number++) {
      sets[number] = new EnterFlags(number);
    }
    return sets;
  }

  /**
   * These flags.
   *
   * @throws IllegalArgumentException for a flag that wants an argument
   */
  public static EnterFlags of(EnterFlag... flags) {
    int number = 0;
    for (EnterFlag flag : flags) {
      number |= numberOf(flag);
    }
    return ALL[number];
  }

  private static int numberOf(EnterFlag flag) {
    for (int index = 0; index < WITHOUT_ARGUMENT.length; index++) {
      if (WITHOUT_ARGUMENT[index] == flag) {
        return 1 << index;
      }
    }
    throw new IllegalArgumentException(
        flag.kernelName()
            + " goes with an argument: Ring.newExtendedWait() passes it, and the ring sets the flag");
  }

  /** These flags and those. */
  public EnterFlags and(EnterFlags others) {
    return ALL[number | others.number];
  }

  /** Whether this flag is among them. */
  public boolean contains(EnterFlag flag) {
    return (mask & flag.mask()) != 0;
  }

  /** Whether there is no flag. */
  public boolean isEmpty() {
    return number == 0;
  }

  /** The bits that the call wants. */
  public int mask() {
    return mask;
  }

  @Override
  public String toString() {
    List<EnterFlag> flags = new ArrayList<>();
    for (EnterFlag flag : WITHOUT_ARGUMENT) {
      if (contains(flag)) {
        flags.add(flag);
      }
    }
    return flags.toString();
  }
}
