/**
 * io_uring for people: descriptors, contexts and loops whose lifetimes are looked after.
 *
 * <p>Nothing in this package can be used to corrupt memory. There are no raw addresses, and a
 * {@link dev.uring.Descriptor} keeps its number from being given to another file for as long as a
 * request that names it has not been submitted or is in flight. The methods with which a caller
 * vouches for something are {@link dev.uring.Descriptor#borrow(int)}, for a number, and {@link
 * dev.uring.NativeMemory#vouchedFor}, for memory.
 *
 * <p>What the kernel refuses becomes a {@link dev.uring.ring.UringException} with the errno and,
 * where one is known, the remedy; what this package itself refuses is an {@link
 * java.lang.IllegalArgumentException}, an {@link java.lang.IndexOutOfBoundsException} for a range
 * outside of its memory, or an {@link java.lang.IllegalStateException}, and has not reached the
 * kernel. Descriptors may be used and closed by any thread.
 */
@NullMarked
package dev.uring;

import org.jspecify.annotations.NullMarked;
