/** P. */
@NullMarked
package dev.uring.sys;

import org.jspecify.annotations.NullMarked;
