package dev.uring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.BufferGroup;
import dev.uring.ring.BufferTable;
import dev.uring.ring.FileTable;
import dev.uring.ring.Registrar;
import dev.uring.ring.Ring;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** The files and buffers that are registered with a context. */
final class ContextTables {
  private final URingContext context;
  private final ContextCore core;
  private final Registrar registrar;

  /** Held while the kernel is told, so that the ring is not closed meanwhile. */
  private final Object openLock;

  private boolean filesRegistered;

  /** Held for as long as the context: the kernel writes to these pages. */
  private FixedBuffer[] buffers = {};

  /** Held too; each has a number of its own, which none gets again. */
  private final Set<ReceiveBuffers> groups = new LinkedHashSet<>();

  private int nextGroup;

  ContextTables(URingContext context, ContextCore core, Registrar registrar, Object openLock) {
    this.context = context;
    this.core = core;
    this.registrar = registrar;
    this.openLock = openLock;
  }

  /** To be called under the lock. */
  private void checkOpen() {
    if (core.isClosed()) {
      throw new IllegalStateException("the context is closed");
    }
  }

  /** Tables are made before a restricted context is enabled. */
  private void mustBeMakeable() {
    core.state().mustNotBeClosed();
    if (core.state() != ContextState.DISABLED && core.allowlist() != null) {
      throw new IllegalStateException(
          "files and buffers are registered before a restricted context is enabled: build it"
              + " disabled()");
    }
    core.checkOwner();
  }

  /** Places are filled later, too, where the allowlist permits it: the kernel sees to that. */
  private void mustBeFillable() {
    if (core.state() == ContextState.DISABLED) {
      core.checkOwner();
    } else {
      core.checkUse();
    }
  }

  FixedFile[] registerFiles(int empty, Descriptor... files) {
    mustBeMakeable();
    // What was acquired is released, whatever becomes of the caller's array.
    Descriptor[] descriptors = files.clone();
    if (filesRegistered) {
      throw new IllegalStateException("the file table was filled before");
    }
    int[] numbers = new int[count("files", descriptors.length, empty, FileTable.MOST)];
    int acquired = 0;
    try {
      while (acquired < descriptors.length) {
        numbers[acquired] = descriptors[acquired].acquire();
        acquired++;
      }
      Arrays.fill(numbers, descriptors.length, numbers.length, -1);
      synchronized (openLock) {
        checkOpen();
        registrar.files().register(numbers);
        filesRegistered = true;
      }
    } finally {
      for (int index = 0; index < acquired; index++) {
        descriptors[index].release();
      }
    }
    FixedFile[] slots = new FixedFile[numbers.length];
    for (int slot = 0; slot < slots.length; slot++) {
      slots[slot] = new FixedFile(context, slot);
    }
    return slots;
  }

  private static int count(String what, int filled, int empty, int most) {
    if (empty < 0) {
      throw new IllegalArgumentException("empty is negative: " + empty);
    }
    long count = (long) filled + empty;
    if (count < 1 || count > most) {
      throw new IllegalArgumentException(
          "1 to " + most + " " + what + " can be registered, not " + count);
    }
    return (int) count;
  }

  void replace(FixedFile place, Descriptor file) {
    int slot = place.slotOf(context);
    mustBeFillable();
    int number = file.acquire();
    try {
      synchronized (openLock) {
        checkOpen();
        int unused = registrar.files().update(slot, number);
      }
    } finally {
      file.release();
    }
  }

  /** Refuses a group of buffers on an enabled context that may not register it. */
  private void mustPermitGroups() {
    if (core.state() == ContextState.DISABLED) {
      core.checkOwner();
      return;
    }
    core.checkUse();
    URingAllowlist allowlist = core.allowlist();
    if (allowlist != null && !allowlist.permits(RegisterCall.REGISTER_PBUF_RING)) {
      throw new IllegalStateException(
          "the context's allowlist does not permit REGISTER_PBUF_RING: register buffers before"
              + " it is enabled");
    }
  }

  ReceiveBuffers registerGroup(int count, int size) {
    mustPermitGroups();
    NativeMemory memory = NativeMemory.allocate(count * size);
    synchronized (openLock) {
      checkOpen();
      if (nextGroup > BufferGroup.MAXIMUM) {
        // A number that was used may stand in a request which is still in flight.
        throw new IllegalStateException(
            "a context has had 65,536 groups of buffers, each with a number of its own: there are"
                + " no more; keep a group and use it again, or make another context");
      }
      int number = nextGroup++;
      ReceiveBuffers group =
          new ReceiveBuffers(
              context,
              registrar.bufferRings().register(new BufferGroup(number), count, Set.of()),
              memory,
              size);
      groups.add(group);
      return group;
    }
  }

  void unregisterGroup(ReceiveBuffers group) {
    if (core.state() != ContextState.CLOSED) {
      core.checkOwner();
    }
    synchronized (openLock) {
      group.closeHere();
      groups.remove(group);
    }
  }

  /**
   * Gives the memory back that is registered, which a thread's index of the ring would keep pinned,
   * and then the ring. To be called under the lock, with nothing in flight.
   */
  void closeWith(Ring ring) {
    try {
      if (buffers.length > 0) {
        // A restricted ring may refuse; no thread but its owner has an index of it.
        int unused = registrar.buffers().tryUnregister();
      }
      groups.forEach(ReceiveBuffers::closeHere);
      groups.clear();
    } finally {
      ring.close();
    }
  }

  FixedBuffer[] registerBuffers(int empty, NativeMemory... pieces) {
    mustBeMakeable();
    NativeMemory[] memory = pieces.clone();
    if (buffers.length > 0) {
      throw new IllegalStateException("buffers were registered before");
    }
    int count = count("buffers", memory.length, empty, BufferTable.MOST);
    // Zero for both is an empty place.
    long[] addresses = new long[count];
    int[] lengths = new int[count];
    FixedBuffer[] made = new FixedBuffer[count];
    for (int index = 0; index < memory.length; index++) {
      addresses[index] = memory[index].addressOf(0, memory[index].length());
      lengths[index] = memory[index].length();
      made[index] = new FixedBuffer(context, index, memory[index]);
    }
    for (int index = memory.length; index < count; index++) {
      made[index] = new FixedBuffer(context, index, null);
    }
    synchronized (openLock) {
      checkOpen();
      registrar.buffers().register(addresses, lengths);
      buffers = made;
    }
    return made.clone();
  }

  void fill(FixedBuffer place, NativeMemory memory) {
    if (place.context() != context) {
      throw new IllegalArgumentException(place + " is registered with another context");
    }
    mustBeFillable();
    synchronized (openLock) {
      checkOpen();
      // The memory that was there would have to be held until the last request on it has ended.
      if (!place.isEmpty()) {
        throw new IllegalStateException(place + " is filled: a place can be filled once");
      }
      long[] addresses = {memory.addressOf(0, memory.length())};
      int[] lengths = {memory.length()};
      int unused = registrar.buffers().update(place.index(), addresses, lengths, null);
      place.filledWith(memory);
    }
  }
}
