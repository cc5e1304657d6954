package dev.uring.cli;

import dev.uring.vhostuser.VhostListener;
import dev.uring.vhostuser.VhostUserServerOptions;
import java.util.function.Supplier;

/**
 * How virtual machines are to be served.
 *
 * @param listener opens what they connect to
 * @param options how they are served
 */
record VhostUserRequest(Supplier<VhostListener> listener, VhostUserServerOptions options) {}
