package dev.uring.cli;

import dev.uring.vhostuser.VhostUserServerOptions;
import java.nio.file.Path;

/**
 * How virtual machines are to be served.
 *
 * @param path of the socket that they connect to
 * @param options how they are served
 */
record VhostUserRequest(Path path, VhostUserServerOptions options) {}
