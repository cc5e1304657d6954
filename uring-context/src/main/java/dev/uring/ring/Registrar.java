package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The register calls of a ring ({@code io_uring_register(2)}).
 *
 * <p>On a ring with a single issuer they are for that thread.
 */
public final class Registrar {
  private final int fd;

  Registrar(int fd) {
    this.fd = fd;
  }

  /**
   * Fills the file table: slot i gets {@code descriptors[i]}, or stays empty where that is -1. The
   * table holds a reference of its own on each file. 5.1; empty slots 5.5.
   */
  public void files(int[] descriptors) {
    ByteBuffer argument = direct(descriptors.length * Integer.BYTES);
    for (int index = 0; index < descriptors.length; index++) {
      argument.putInt(index * Integer.BYTES, descriptors[index]);
    }
    call(RegisterCall.REGISTER_FILES, argument, descriptors.length);
  }

  /**
   * Registers memory: the kernel pins its pages until the buffers are unregistered or the ring is
   * closed. At most 16,384 pieces, each up to 1 GiB; counted against the limit on locked memory.
   * 5.1.
   *
   * @param addresses of the pieces
   * @param lengths in bytes, above zero
   */
  public void buffers(long[] addresses, int[] lengths) {
    ByteBuffer argument = direct(addresses.length * 16);
    for (int index = 0; index < addresses.length; index++) {
      argument.putLong(index * 16, addresses[index]);
      argument.putLong(index * 16 + Long.BYTES, lengths[index]);
    }
    call(RegisterCall.REGISTER_BUFFERS, argument, addresses.length);
  }

  /** Puts a descriptor into a slot of the table, or empties the slot with -1. 5.5. */
  public void updateFile(int slot, int descriptor) {
    ByteBuffer argument = direct(24);
    argument.putInt(0, slot);
    argument.putLong(8, RawMemory.addressOf(argument) + 16);
    argument.putInt(16, descriptor);
    call(RegisterCall.REGISTER_FILES_UPDATE, argument, 1);
  }

  /** Empties and removes the file table. 5.1. */
  public void unregisterFiles() {
    call(RegisterCall.UNREGISTER_FILES, null, 0);
  }

  /** As {@link #unregisterFiles}, when it is the end anyway: zero, or minus an errno. */
  public int tryUnregisterFiles() {
    return raw(RegisterCall.UNREGISTER_FILES, null, 0);
  }

  /**
   * Restricts a disabled ring to what {@code allowlist} permits; once only. What the kernel does
   * not have is left out of the list, which does not change its meaning. 5.10.
   *
   * @throws IllegalStateException if the ring is restricted or enabled already
   */
  public void restrict(URingAllowlist allowlist) {
    Restricting restricting =
        new Restricting(this::tryRestrict, () -> KernelProbe.of(this).operations());
    check(RegisterCall.REGISTER_RESTRICTIONS, restricting.restrict(allowlist));
  }

  private int tryRestrict(byte[] encoded) {
    ByteBuffer argument = direct(encoded.length);
    argument.put(0, encoded);
    int entries = encoded.length / URingAllowlist.RESTRICTION_BYTES;
    return raw(RegisterCall.REGISTER_RESTRICTIONS, argument, entries);
  }

  /**
   * Enables a ring that was made disabled; the caller becomes its single issuer. 5.10.
   *
   * @throws IllegalStateException if the ring is enabled already
   */
  public void enable() {
    call(RegisterCall.REGISTER_ENABLE_RINGS, null, 0);
  }

  /**
   * Cancels everything that is in flight, and waits for that, so long at most. 6.0.
   *
   * @return the result as a number of requests or minus an errno, ENOENT if nothing was in flight
   */
  public int cancelEverything(long nanoseconds) {
    ByteBuffer argument = direct(64);
    argument.putInt(8, -1);
    argument.putInt(12, CANCEL_ALL | CANCEL_ANY);
    argument.putLong(16, nanoseconds / 1_000_000_000L);
    argument.putLong(24, nanoseconds % 1_000_000_000L);
    return raw(RegisterCall.REGISTER_SYNC_CANCEL, argument, 1);
  }

  private static final int CANCEL_ALL = 1;
  private static final int CANCEL_ANY = 1 << 2;

  /** Registers the ring's own descriptor with this thread: its index, or minus an errno. 5.18. */
  int tryRegisterRing() {
    ByteBuffer argument = direct(16);
    argument.putInt(0, -1);
    argument.putLong(8, fd);
    int result = raw(RegisterCall.REGISTER_RING_FDS, argument, 1);
    return result == 1 ? argument.getInt(0) : -Errno.EINVAL;
  }

  void unregisterRing(int index) {
    ByteBuffer argument = direct(16);
    argument.putInt(0, index);
    raw(RegisterCall.UNREGISTER_RING_FDS, argument, 1);
  }

  /** The call itself, for what has no method here: its result, or minus the errno. */
  int raw(RegisterCall call, @Nullable ByteBuffer argument, int count) {
    long address = argument == null ? 0 : RawMemory.addressOf(argument);
    try {
      return UringCalls.register(fd, call.code(), address, count);
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  private void call(RegisterCall call, @Nullable ByteBuffer argument, int count) {
    check(call, raw(call, argument, count));
  }

  private static void check(RegisterCall call, int result) {
    if (result < 0) {
      IllegalStateException mistake = LifeCycle.mistake(call, -result);
      if (mistake != null) {
        throw mistake;
      }
      throw new UringException(call.kernelName(), -result, remedy(call, -result));
    }
  }

  private static String remedy(RegisterCall call, int errno) {
    if (errno == Errno.EMFILE && call == RegisterCall.REGISTER_FILES) {
      return "a file table may not be larger than the limit on open files; raise ulimit -n";
    }
    if (errno == Errno.EACCES) {
      return "the ring's allowlist does not permit this call on the enabled ring; files and buffers"
          + " are registered while it is disabled";
    }
    if (errno == Errno.EEXIST) {
      return "the ring belongs to another thread";
    }
    return Unavailability.remedy(errno);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
