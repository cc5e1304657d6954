package dev.uring;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a message came from.
 *
 * @param sender or null: of a connection, and of another family than the Internet's
 * @param truncated whether there was less room than the message had bytes; the rest is lost
 */
public record MessageOrigin(@Nullable InetSocketAddress sender, boolean truncated) {}
