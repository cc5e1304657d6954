package dev.uring;

/**
 * Where a request that makes a file (open, accept, socket, pipe) puts it: into a {@linkplain
 * FixedFile slot} of the same context, into {@linkplain FreeSlot any slot that is free}, or into
 * {@link NewDescriptors} as a descriptor.
 */
public sealed interface Destination permits FixedFile, FreeSlot, NewDescriptors {}
