package dev.uring;

/**
 * What a context has done so far. The numbers are read one after the other while others work: each
 * is right at some moment during the call.
 *
 * @param added requests added
 * @param submitted requests that the kernel has taken
 * @param completed requests whose last completion was claimed
 * @param inFlight requests added and not completed
 * @param overflowed completions that the kernel had no memory to keep while the completion queue
 *     was full, modulo 2³²: lost, so zero in a sound program. Those that it kept are not counted
 * @param dropped entries that the kernel threw away as invalid, modulo 2³²; zero in a sound program
 * @param strangers completions that named no request, such as those sent by other rings
 */
public record ContextCounters(
    long added,
    long submitted,
    long completed,
    int inFlight,
    long overflowed,
    long dropped,
    long strangers) {}
