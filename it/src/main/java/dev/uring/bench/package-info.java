/**
 * Benchmarks against C, each as a ratio taken in the same run; {@code docs/benchmarks.md} says how
 * they are made and how to read them. Not published, and no interface for anybody.
 */
@NullMarked
package dev.uring.bench;

import org.jspecify.annotations.NullMarked;
