/**
 * What an io_uring may do, as plain immutable values.
 *
 * <p>A {@link dev.uring.allowlist.URingAllowlist} says which requests, register calls and entry
 * flags a ring permits. It is built by hand, taken from a preset, or read from a configuration file
 * ({@link dev.uring.allowlist.AllowlistText}); it is compared, combined and printed; and it is
 * encoded to the array that the kernel takes in {@code IORING_REGISTER_RESTRICTIONS}.
 *
 * <h2>What this package promises</h2>
 *
 * <ul>
 *   <li>A value never changes, and is safe to share between threads. Builders are neither.
 *   <li>What is encoded is what is printed: the few things that the library adds so that a ring can
 *       be closed are part of every list, and are named by {@link
 *       dev.uring.allowlist.URingAllowlist#addedByLibrary()}.
 *   <li>An encoded list means the same on every kernel that accepts it. Kernels of 2026 leave
 *       register calls unrestricted when a list names none; every list that is encoded here names
 *       at least one register call and one request.
 *   <li>Text from a file is refused with line and column, or understood exactly; nothing is guessed
 *       and nothing is skipped.
 * </ul>
 *
 * <h2>What it does not promise</h2>
 *
 * <ul>
 *   <li>Nothing here calls the kernel. That a list is in force on a ring is known by asking that
 *       ring, not from the value it was made with.
 *   <li>Restrictions bind one ring. A process that may still call {@code io_uring_setup(2)} can
 *       make another ring without any, and one that may call {@code open(2)} needs no ring at all:
 *       a sandbox closes both as well.
 *   <li>A list says which requests pass, not on which bytes or with which arguments. Two registered
 *       files are equally open to every request that is allowed.
 *   <li>Another ring can put files into a restricted ring's table ({@code IORING_OP_MSG_RING}); the
 *       restricted ring's own list cannot prevent that. What prevents it is a process that has, and
 *       can make, no other ring.
 * </ul>
 */
@NullMarked
package dev.uring.allowlist;

import org.jspecify.annotations.NullMarked;
