package dev.uring;

import dev.uring.sys.SocketAddressBytes;
import dev.uring.sys.SocketCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The JDK's socket addresses as the kernel takes them. */
final class Addresses {
  private static final int AT_PORT = 2;
  private static final int AT_IPV4 = 4;
  private static final int AT_IPV6 = 8;

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

  /** The Internet address in a {@code struct sockaddr}, or null if there is none. */
  static @Nullable InetSocketAddress read(ByteBuffer name) {
    ByteBuffer bytes = name.duplicate().order(ByteOrder.nativeOrder());
    if (bytes.remaining() < AT_IPV4 + Integer.BYTES) {
      return null;
    }
    int family = bytes.getShort(0);
    int port = Short.toUnsignedInt(bytes.order(ByteOrder.BIG_ENDIAN).getShort(AT_PORT));
    if (family == SocketCalls.AF_INET) {
      return at(bytes, AT_IPV4, new byte[4], port);
    }
    boolean six = family == SocketCalls.AF_INET6 && bytes.remaining() >= AT_IPV6 + 16;
    return six ? at(bytes, AT_IPV6, new byte[16], port) : null;
  }

  private static InetSocketAddress at(ByteBuffer bytes, int position, byte[] number, int port) {
    bytes.get(position, number);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(number), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes is of a legal length", e);
    }
  }
}
