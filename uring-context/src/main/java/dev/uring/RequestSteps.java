package dev.uring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.ring.DestinationSlot;
import dev.uring.ring.FileSlot;
import dev.uring.ring.FileSystemRequests;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Steps that the families of requests have in common: checks before a request is begun. */
final class RequestSteps {
  private final URingContext context;
  private final SubmitRing submit;

  RequestSteps(URingContext context, SubmitRing submit) {
    this.context = context;
    this.submit = submit;
  }

  /** Refuses what the kernel refuses of every entry that says its file is a slot. */
  void checkWithoutSlot(String what) {
    if (requiresSlots()) {
      throw new IllegalArgumentException(
          "this context's allowlist requires registered files, and " + what + " is of no such");
    }
  }

  private boolean requiresSlots() {
    return (submit.requiredFlags() & EntryFlag.FIXED_FILE.mask()) != 0;
  }

  /** Begins a request on a name. */
  int begin(FileName name, long userData) {
    checkWithoutSlot("a request on a name");
    Descriptor directory = name.directory();
    return directory == null ? submit.begin(userData) : submit.begin(directory, userData);
  }

  /** The descriptor that the name of the request that was begun is relative to. */
  int directory(FileName name) {
    return name.directory() == null ? FileSystemRequests.WORKING_DIRECTORY : submit.fd();
  }

  /**
   * The slot that a file shall go into, or null if it shall become a descriptor.
   *
   * @throws IllegalArgumentException if it is a slot of another context
   */
  @Nullable DestinationSlot slot(Destination into) {
    if (into instanceof FixedFile slot) {
      return DestinationSlot.of(new FileSlot(checked(slot)));
    }
    Objects.requireNonNull(into, "where the file shall go");
    return into instanceof FreeSlot ? DestinationSlot.any() : null;
  }

  /** A slot's number. */
  int checked(FixedFile slot) {
    return slot.slotOf(context);
  }

  /** Who puts the file that a request will make where it shall go; null if the kernel does. */
  @Nullable Intercept receiver(Destination into) {
    return into instanceof NewDescriptors made ? made.receiver(submit) : null;
  }

  /** Has the file that a request makes put where it shall go. */
  void receive(int place, @Nullable Intercept receiver) {
    if (receiver != null) {
      submit.hold(place).intercept = receiver;
    }
  }

  /**
   * Becomes a user of a target that is not the one that the entry's flags are about.
   *
   * @throws IllegalArgumentException if it is a slot of another context, or a descriptor where the
   *     allowlist requires slots
   */
  SecondTarget second(Target target) {
    if (target instanceof FixedFile slot) {
      FileSlot number = new FileSlot(checked(slot));
      return new SecondTarget(null, number.index(), number);
    }
    checkWithoutSlot(target.toString());
    Descriptor descriptor = (Descriptor) target;
    return new SecondTarget(descriptor, descriptor.acquire(), null);
  }

  /** Becomes a user of the directory of a second name. */
  SecondTarget directoryOf(FileName name) {
    Descriptor directory = name.directory();
    return directory == null
        ? new SecondTarget(null, FileSystemRequests.WORKING_DIRECTORY, null)
        : new SecondTarget(directory, directory.acquire(), null);
  }

  /**
   * Has a request begun that uses a second file too, which is given back if it is not.
   *
   * @param beginning made before the second file was had: nobody gives that back if there is no
   *     memory for it
   */
  int begin(SecondTarget second, IntSupplier beginning) {
    boolean begun = false;
    try {
      int place = beginning.getAsInt();
      submit.hold(place).intercept = second;
      begun = true;
      return place;
    } finally {
      if (!begun) {
        second.letGo();
      }
    }
  }

  /**
   * One more file that a request uses until its last completion.
   *
   * @param slot with that number, if it is one
   */
  record SecondTarget(@Nullable Descriptor descriptor, int number, @Nullable FileSlot slot)
      implements Intercept {
    @Override
    public long completed(int result, int flags) {
      return result;
    }

    /** Of a request that was never begun, too. */
    @Override
    public void letGo() {
      if (descriptor != null) {
        descriptor.release();
      }
    }
  }
}
