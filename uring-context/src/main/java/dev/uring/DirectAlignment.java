package dev.uring;

/**
 * What direct I/O ({@code O_DIRECT}) asks of its requests.
 *
 * @param memory alignment of buffers in bytes
 * @param offset alignment of offsets and lengths in bytes
 */
public record DirectAlignment(int memory, int offset) {}
