package dev.uring;

import dev.uring.sys.SocketAddressBytes;
import dev.uring.sys.SocketCalls;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.util.Objects;

/** The JDK's socket addresses as the kernel takes them. */
final class Addresses {
  private Addresses() {}

  /**
   * An address in memory of its own.
   *
   * @throws IllegalArgumentException if it is of another kind, not resolved, or too long
   */
  static SocketAddressBytes of(SocketAddress address) {
    Objects.requireNonNull(address, "address");
    if (address instanceof UnixDomainSocketAddress unix) {
      return UnixListening.address(unix.getPath());
    }
    if (!(address instanceof InetSocketAddress internet)) {
      throw new IllegalArgumentException(
          "an Internet or a Unix-domain address is wanted, not "
              + address.getClass().getSimpleName());
    }
    if (internet.isUnresolved()) {
      throw new IllegalArgumentException(
          "no address is known for host " + internet.getHostString() + ": resolve it before");
    }
    return SocketAddressBytes.internet(internet.getAddress(), internet.getPort());
  }

  /**
   * {@code AF_*}.
   *
   * @throws IllegalArgumentException if it is none of {@link StandardProtocolFamily}
   */
  static int domain(ProtocolFamily family) {
    if (family instanceof StandardProtocolFamily standard) {
      return switch (standard) {
        case UNIX -> SocketCalls.AF_UNIX;
        case INET -> SocketCalls.AF_INET;
        case INET6 -> SocketCalls.AF_INET6;
      };
    }
    Objects.requireNonNull(family, "family");
    throw new IllegalArgumentException("INET, INET6 or UNIX is wanted, not " + family.name());
  }
}
