/**
 * The program {@code uring-disk}: what a person types, what the program says, how it ends.
 *
 * <p>It is made of the packages beside it and adds nothing to what they can do. Every failure is
 * one sentence on standard error, which says what is wrong and what to do; the exit status is 2 for
 * wrong usage and 1 for everything else.
 */
@NullMarked
package dev.uring.cli;

import org.jspecify.annotations.NullMarked;
