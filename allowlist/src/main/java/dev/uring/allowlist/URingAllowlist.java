package dev.uring.allowlist;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a ring permits: requests, register calls, and the flags that an entry may or must carry.
 * Whatever is not named is denied.
 *
 * <p>An immutable value, safe for use by any thread. It distinguishes what was wished ({@link
 * #operations()}, {@link #registerCalls()}, {@link #allowedFlags()}, {@link #requiredFlags()}) from
 * what will be in the encoded list ({@link #effectiveOperations()} and its siblings), because the
 * library adds to every list what it needs to close a ring: {@link UringOperation#ASYNC_CANCEL},
 * {@link RegisterCall#UNREGISTER_FILES}, {@link RegisterCall#UNREGISTER_RING_FDS} and {@link
 * RegisterCall#REGISTER_SYNC_CANCEL}. None of the four can reach a file: the first and the last end
 * requests of the ring itself, the others only empty tables. Without them a restricted ring with a
 * request in flight or a registered ring descriptor would live, with its files and their locks,
 * until its thread exits.
 *
 * <p>Restrictions exist since Linux 5.10 ({@code io_uring_register(2)}, {@code
 * IORING_REGISTER_RESTRICTIONS}) and are given to a ring once, while it is disabled.
 */
public final class URingAllowlist {
  /** The size of one entry of the {@linkplain #encode() encoded} array, in bytes. */
  public static final int RESTRICTION_BYTES = RestrictionEncoding.BYTES;

  private static final ImmutableSet<UringOperation> LIBRARY_OPERATIONS =
      Sets.immutableEnumSet(UringOperation.ASYNC_CANCEL);
  private static final ImmutableSet<RegisterCall> LIBRARY_REGISTER_CALLS =
      Sets.immutableEnumSet(
          RegisterCall.UNREGISTER_FILES,
          RegisterCall.UNREGISTER_RING_FDS,
          RegisterCall.REGISTER_SYNC_CANCEL);

  private final @Nullable String name;
  private final ImmutableSet<UringOperation> operations;
  private final ImmutableSet<RegisterCall> registerCalls;
  private final ImmutableSet<EntryFlag> allowedFlags;
  private final ImmutableSet<EntryFlag> requiredFlags;

  URingAllowlist(@Nullable String name, AllowlistBuilder from) {
    this.name = name;
    operations = Sets.immutableEnumSet(from.operations);
    registerCalls = Sets.immutableEnumSet(from.registerCalls);
    requiredFlags = Sets.immutableEnumSet(from.requiredFlags);
    allowedFlags = Sets.immutableEnumSet(Sets.difference(from.allowedFlags, from.requiredFlags));
  }

  /** A builder that permits nothing yet. */
  public static AllowlistBuilder builder() {
    return new AllowlistBuilder();
  }

  /**
   * Permits nothing but what the library adds. A ring under it can be closed and does no I/O; it is
   * the start for a list of one's own.
   */
  public static URingAllowlist nothing() {
    return Presets.NOTHING;
  }

  /**
   * For an embedded disk: reads, writes, flushes and their kin on files registered before the ring
   * was enabled, and on nothing else.
   *
   * <p>Promises: every entry must name a slot of the ring's table ({@link EntryFlag#FIXED_FILE}),
   * and no permitted request or register call can put a file into that table. The ring cannot touch
   * another file, whatever is submitted to it.
   *
   * <p>Does not promise: anything about other rings of the process, one of which could send a file
   * into this table; nor a distinction between the slots, which are all equally readable and
   * writable as far as their descriptors were opened so. Timers are the wait's own timeout.
   */
  public static URingAllowlist closedBlockDevice() {
    return Presets.CLOSED_BLOCK_DEVICE;
  }

  /**
   * As {@link #closedBlockDevice()}, without any request that changes or flushes a file. A file
   * whose descriptor is open for writing is still not written through this ring.
   */
  public static URingAllowlist closedBlockDeviceReadOnly() {
    return Presets.CLOSED_BLOCK_DEVICE_READ_ONLY;
  }

  /**
   * As {@link #closedBlockDevice()}, with the door that a network block device server needs:
   * accepting and shutting down, on listeners and slots registered before the ring was enabled.
   * Connections are read and written as files are.
   *
   * <p>Promises: the ring cannot open a file, make a socket, connect anywhere or pass descriptors
   * to a peer. Every entry must name a slot ({@link EntryFlag#FIXED_FILE}).
   *
   * <p>Does not promise that the table never changes: {@link UringOperation#ACCEPT} puts a
   * connection into a slot, also into an occupied one, whose file it replaces. What comes in that
   * way is always a connection made to one of the registered listeners, never a file. ACCEPT can
   * also be told to make an ordinary descriptor of the process, which this ring then cannot use.
   *
   * <p>It leaves out what sockets have of their own, with reason (seen on Linux 6.18): {@link
   * UringOperation#SENDMSG} passes any descriptor of the process to the peer of a Unix-domain
   * connection and {@link UringOperation#RECVMSG} takes one in; {@link UringOperation#SEND} with an
   * address and MSG_FASTOPEN makes a TCP listener that was shut down connect elsewhere.
   */
  public static URingAllowlist closedBlockServer() {
    return Presets.CLOSED_BLOCK_SERVER;
  }

  /**
   * As {@link #closedBlockServer()}, without any request that changes or flushes a file, but for
   * {@link UringOperation#WRITE} and {@link UringOperation#WRITEV}, with which connections are
   * answered. What keeps that off the image is that the image was opened for reading only (EBADF).
   */
  public static URingAllowlist closedBlockServerReadOnly() {
    return Presets.CLOSED_BLOCK_SERVER_READ_ONLY;
  }

  /**
   * As {@link #closedBlockDevice()}, with a table that can be changed while the ring runs ({@link
   * RegisterCall#REGISTER_FILES_UPDATE}): for vhost-user, whose descriptors arrive later.
   *
   * <p>Promises: the ring itself opens nothing, and its requests name slots only.
   *
   * <p>Does not promise that the ring cannot touch another file: any descriptor that the process
   * has, or comes to have, can be put into a slot.
   */
  public static URingAllowlist mutableBlockDevice() {
    return Presets.MUTABLE_BLOCK_DEVICE;
  }

  /**
   * As {@link #mutableBlockDevice()}, without any request that changes or flushes a file. That
   * includes writes to an eventfd: a vhost-user device with it signals its guest outside this ring.
   */
  public static URingAllowlist mutableBlockDeviceReadOnly() {
    return Presets.MUTABLE_BLOCK_DEVICE_READ_ONLY;
  }

  /**
   * For a daemon that talks over sockets: making, accepting, connecting, using and closing them,
   * with timers, polls, provided buffers and every entry flag.
   *
   * <p>Promises: the ring opens no file by name and changes no directory, starts nothing and
   * reaches no other ring.
   *
   * <p>Does not promise that only sockets are used: no flag is required, so reads, writes and close
   * work on every descriptor that the process has.
   */
  public static URingAllowlist service() {
    return Presets.SERVICE;
  }

  /** All presets by their names, in the order of this class; unmodifiable. */
  public static Map<String, URingAllowlist> presets() {
    return Presets.BY_NAME;
  }

  /** The preset's name, such as {@code closed-block-device}; empty for a list of one's own. */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /** The requests that were allowed by wish; unmodifiable, in the order of their numbers. */
  public Set<UringOperation> operations() {
    return operations;
  }

  /** The register calls that were allowed by wish; unmodifiable, in the order of their numbers. */
  public Set<RegisterCall> registerCalls() {
    return registerCalls;
  }

  /** The flags that an entry may carry and need not; unmodifiable. Never one that is required. */
  public Set<EntryFlag> allowedFlags() {
    return allowedFlags;
  }

  /** The flags that every entry must carry; unmodifiable. */
  public Set<EntryFlag> requiredFlags() {
    return requiredFlags;
  }

  /** All requests of the encoded list, with those that the library adds; never empty. */
  public Set<UringOperation> effectiveOperations() {
    return Sets.immutableEnumSet(Sets.union(operations, LIBRARY_OPERATIONS));
  }

  /** All register calls of the encoded list, with those that the library adds; never empty. */
  public Set<RegisterCall> effectiveRegisterCalls() {
    return Sets.immutableEnumSet(Sets.union(registerCalls, LIBRARY_REGISTER_CALLS));
  }

  /** All flags that an entry may carry, the required ones among them. */
  public Set<EntryFlag> effectiveAllowedFlags() {
    return Sets.immutableEnumSet(Sets.union(allowedFlags, requiredFlags));
  }

  /** The flags that every entry must carry: as wished, the library adds none. */
  public Set<EntryFlag> effectiveRequiredFlags() {
    return requiredFlags;
  }

  /** What is in the encoded list and was not wished; unmodifiable, requests first. */
  public Set<Permission> addedByLibrary() {
    return ImmutableSet.<Permission>builder()
        .addAll(Sets.difference(LIBRARY_OPERATIONS, operations))
        .addAll(Sets.difference(LIBRARY_REGISTER_CALLS, registerCalls))
        .build();
  }

  /** Whether an entry with this request and exactly these flags passes. */
  public boolean permits(UringOperation operation, Set<EntryFlag> flags) {
    return (operations.contains(operation) || LIBRARY_OPERATIONS.contains(operation))
        && flags.containsAll(requiredFlags)
        && effectiveAllowedFlags().containsAll(flags);
  }

  /** Whether this register call passes once the ring is enabled. */
  public boolean permits(RegisterCall call) {
    return registerCalls.contains(call) || LIBRARY_REGISTER_CALLS.contains(call);
  }

  /**
   * Whether this list permits nothing that the other does not. A requirement counts: what passes
   * without a flag is not within a list that requires it.
   *
   * <p>What the library adds is in every list and is not compared. A list without a request of its
   * own has nothing that a requirement could bind, so {@link #nothing()} is within every list.
   */
  public boolean isWithin(URingAllowlist other) {
    return other.ownOperations().containsAll(ownOperations())
        && other.effectiveRegisterCalls().containsAll(registerCalls)
        && other.grantedFlags().containsAll(grantedFlags())
        && (!hasOwnOperations() || requiredFlags.containsAll(other.requiredFlags));
  }

  /**
   * The smallest list that both this and the other are {@linkplain #isWithin within}. It can permit
   * more than the two apart: requests of the one with the flags of the other.
   *
   * <p>A flag stays required only if both require it (a list without a request of its own has no
   * say in that). To add to a list and keep what it requires, use {@link #toBuilder()}.
   */
  public URingAllowlist plus(URingAllowlist other) {
    AllowlistBuilder sum =
        builder()
            .allow(operations)
            .allow(other.operations)
            .allowRegister(registerCalls)
            .allowRegister(other.registerCalls)
            .allowFlags(grantedFlags())
            .allowFlags(other.grantedFlags());
    if (hasOwnOperations() == other.hasOwnOperations()) {
      sum.requireFlags(Sets.intersection(requiredFlags, other.requiredFlags));
    } else {
      sum.requireFlags(hasOwnOperations() ? requiredFlags : other.requiredFlags);
    }
    return sum.build();
  }

  /**
   * This list without the requests, register calls and allowed flags that the other names. What
   * this list requires stays required: taking away never permits more.
   */
  public URingAllowlist minus(URingAllowlist other) {
    return builder()
        .allow(Sets.difference(operations, other.operations))
        .allowRegister(Sets.difference(registerCalls, other.registerCalls))
        .allowFlags(Sets.difference(allowedFlags, other.effectiveAllowedFlags()))
        .requireFlags(requiredFlags)
        .build();
  }

  /** A builder that starts with all that this list permits and requires, without its name. */
  public AllowlistBuilder toBuilder() {
    return builder().include(this);
  }

  /**
   * The argument of {@code IORING_REGISTER_RESTRICTIONS}: an array of {@code struct
   * io_uring_restriction}, {@value #RESTRICTION_BYTES} bytes each, in the machine's byte order. The
   * same list always gives the same bytes, with what the library adds included.
   *
   * <p>For a kernel that has everything of the list. One that does not know a number in it refuses
   * the whole list with EINVAL; see {@link #encodeFor}.
   *
   * @return a new array, of {@code length / RESTRICTION_BYTES} entries
   */
  public byte[] encode() {
    return RestrictionEncoding.encode(
        effectiveRegisterCalls(), effectiveOperations(), effectiveAllowedFlags(), requiredFlags);
  }

  /**
   * As {@link #encode()}, without what the kernel does not have. The meaning stays the same, as
   * such a kernel cannot do those things at all. Flags are never left out.
   *
   * @param kernelOperations the requests that the running kernel has, by its own answer
   * @param kernelRegisterCalls the register calls that the running kernel has
   * @throws IllegalArgumentException if no request or no register call would be left, since an
   *     empty half can mean "unrestricted" to a kernel
   */
  public byte[] encodeFor(
      Set<UringOperation> kernelOperations, Set<RegisterCall> kernelRegisterCalls) {
    Set<UringOperation> known = Sets.intersection(effectiveOperations(), kernelOperations);
    Set<RegisterCall> knownCalls = Sets.intersection(effectiveRegisterCalls(), kernelRegisterCalls);
    if (known.isEmpty() || knownCalls.isEmpty()) {
      throw new IllegalArgumentException(
          "A kernel without ASYNC_CANCEL or without UNREGISTER_FILES has no restrictions either:"
              + " ask it again which requests and register calls it has.");
    }
    return RestrictionEncoding.encode(knownCalls, known, effectiveAllowedFlags(), requiredFlags);
  }

  /**
   * Reads an array of {@code struct io_uring_restriction} back. What is in it counts as wished,
   * whoever put it there. As in the kernel, the last mask of allowed or required flags counts.
   *
   * @throws IllegalArgumentException if the array is no whole number of entries or has more than
   *     the kernel takes, if a reserved byte is not zero, or if a number is unknown to Linux 6.18
   */
  public static URingAllowlist decode(byte[] encoded) {
    return RestrictionEncoding.decode(encoded);
  }

  /** A table of many lines for people to read, with what was added by the library marked so. */
  public String toTable() {
    return AllowlistTable.of(this);
  }

  /** Whether both permit and require the same by wish. The name does not count. */
  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof URingAllowlist other
        && operations.equals(other.operations)
        && registerCalls.equals(other.registerCalls)
        && allowedFlags.equals(other.allowedFlags)
        && requiredFlags.equals(other.requiredFlags);
  }

  @Override
  public int hashCode() {
    return Objects.hash(operations, registerCalls, allowedFlags, requiredFlags);
  }

  /** One line with everything in it, what the library adds included. */
  @Override
  public String toString() {
    return AllowlistTable.line(this);
  }

  private Set<UringOperation> ownOperations() {
    return Sets.difference(operations, LIBRARY_OPERATIONS);
  }

  private boolean hasOwnOperations() {
    return !ownOperations().isEmpty();
  }

  /** A required flag is a permission only where there is a request that can carry it. */
  private Set<EntryFlag> grantedFlags() {
    return hasOwnOperations() ? effectiveAllowedFlags() : allowedFlags;
  }
}
