package dev.uring;

/**
 * What direct I/O ({@code O_DIRECT}) asks of its requests. Source: {@code STATX_DIOALIGN} of {@code
 * statx(2)}, Linux 6.1.
 *
 * @param memory alignment of buffers in bytes
 * @param offset alignment of offsets and lengths in bytes
 */
public record DirectAlignment(int memory, int offset) {}
