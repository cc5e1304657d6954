package dev.uring;

/**
 * What a request works on: a {@link Descriptor}, or a {@link FixedFile} of the same context.
 *
 * <p>The two are numbers of different kinds, and which one a request means is a flag of its own; so
 * they are types here.
 */
public sealed interface Target permits Descriptor, FixedFile {}
