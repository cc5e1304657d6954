package dev.uring.ring;

/**
 * How much memory a ring takes, for {@link RingBuilder#inMemory}.
 *
 * @param ringBytes of the indices and completions
 * @param entriesBytes of the submission entries
 */
public record RingMemorySize(int ringBytes, int entriesBytes) {}
