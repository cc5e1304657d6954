/**
 * Programs to read and to start from, on the safe interface. Tests run them, benches measure them.
 */
@NullMarked
package dev.uring.examples;

import org.jspecify.annotations.NullMarked;
