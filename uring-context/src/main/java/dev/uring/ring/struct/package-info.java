/**
 * The structs that the kernel reads or writes for io_uring, as small classes with documented
 * layouts.
 *
 * <p>Each object owns its memory, which is zero at first and freed some time after the object is no
 * longer reachable. {@link dev.uring.ring.struct.Struct#address} is what goes into an entry or a
 * call: <b>whoever passes it on keeps the object reachable</b> for as long as the kernel may touch
 * it, for a request until its last completion. Offsets in the layouts are bytes; numbers are in the
 * machine's byte order. Not thread-safe.
 *
 * <p>A test holds every layout against the one of the C compiler.
 */
@NullMarked
package dev.uring.ring.struct;

import org.jspecify.annotations.NullMarked;
