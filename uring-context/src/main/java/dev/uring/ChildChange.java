package dev.uring;

/**
 * What happened to a child process.
 *
 * @param process its number
 * @param event what happened
 * @param status the exit status if it ended by itself, else the number of the signal
 * @param bySignal whether a signal did it
 */
public record ChildChange(long process, ChildEvent event, int status, boolean bySignal) {}
