/**
 * The kernel's io_uring interface, whole and thin.
 *
 * <p>This floor speaks in raw addresses and raw descriptors, and its caller vouches for both:
 * memory named in a submission queue entry belongs to the kernel until the request's last
 * completion. A {@link dev.uring.ring.Ring} has one submitter and one reaper, which may be two
 * threads. What the kernel reads or writes beyond entries is in {@link dev.uring.ring.struct}; what
 * the kernel has is told by {@link dev.uring.ring.KernelCapabilities}. Who wants lifetimes, many
 * threads and user data of 64 free bits uses {@code dev.uring.URingContext}.
 */
@NullMarked
package dev.uring.ring;

import org.jspecify.annotations.NullMarked;
