/** P. */
@NullMarked
package dev.uring.ring;

import org.jspecify.annotations.NullMarked;
