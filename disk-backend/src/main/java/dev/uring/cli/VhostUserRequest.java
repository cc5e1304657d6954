package dev.uring.cli;

import dev.uring.virtio.BlockOptions;
import java.nio.file.Path;

/**
 * How virtual machines are to be served.
 *
 * @param path of the socket that they connect to
 * @param options how the device shall be
 * @param sealedMemoryOnly whether guest memory that could become shorter is refused
 */
record VhostUserRequest(Path path, BlockOptions options, boolean sealedMemoryOnly) {}
