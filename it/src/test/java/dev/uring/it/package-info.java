/**
 * Other people's NBD clients, and a hostile one of our own, against the built program.
 *
 * <p>Everything here starts {@code ./uring-disk} as a user would and judges it from outside the
 * process: by what clients see, by what the image holds, and by what {@code /proc} says.
 */
@NullMarked
package dev.uring.it;

import org.jspecify.annotations.NullMarked;
