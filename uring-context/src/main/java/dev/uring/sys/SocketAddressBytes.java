package dev.uring.sys;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A {@code struct sockaddr} in native memory, as in {@code unix(7)}, {@code ip(7)} and {@code
 * ipv6(7)}. The family is in the machine's byte order, port and address in the network's.
 */
public final class SocketAddressBytes {
  /** The longest path of a Unix-domain socket in bytes, its NUL not counted. */
  public static final int UNIX_PATH_MAXIMUM = 107;

  private static final int STORAGE_SIZE = 128;
  private static final int IPV4_SIZE = 16;
  private static final int IPV6_SIZE = 28;
  private static final int AT_PORT = 2;
  private static final int AT_PATH = 2;
  private static final int AT_IPV4 = 4;
  private static final int AT_IPV6 = 8;
  private static final int AT_SCOPE = 24;

  private final Pointer memory;
  private final int length;

  private SocketAddressBytes(int family, int length) {
    this.memory = FileCalls.allocate(STORAGE_SIZE);
    this.length = length;
    memory.putShort(0, (short) family);
  }

  /** Room for an address of any family, to be filled by the kernel. */
  public static SocketAddressBytes empty() {
    return new SocketAddressBytes(0, STORAGE_SIZE);
  }

  /**
   * A name in the file system.
   *
   * @param path at most {@link #UNIX_PATH_MAXIMUM} bytes and a NUL
   * @throws IllegalArgumentException if it is longer
   */
  public static SocketAddressBytes unix(byte[] path) {
    if (path.length > UNIX_PATH_MAXIMUM + 1) {
      throw new IllegalArgumentException("path of a Unix-domain socket too long");
    }
    SocketAddressBytes address = new SocketAddressBytes(SocketCalls.AF_UNIX, AT_PATH + path.length);
    address.memory.put(AT_PATH, path, 0, path.length);
    return address;
  }

  /** An Internet address, of version 4 or 6 as {@code host} is. */
  public static SocketAddressBytes internet(InetAddress host, int port) {
    byte[] number = host.getAddress();
    SocketAddressBytes address;
    if (host instanceof Inet6Address version6) {
      address = new SocketAddressBytes(SocketCalls.AF_INET6, IPV6_SIZE);
      address.memory.put(AT_IPV6, number, 0, number.length);
      address.memory.putInt(AT_SCOPE, version6.getScopeId());
    } else {
      address = new SocketAddressBytes(SocketCalls.AF_INET, IPV4_SIZE);
      address.memory.put(AT_IPV4, number, 0, number.length);
    }
    address.memory.putShort(AT_PORT, networkOrder((short) port));
    return address;
  }

  /** The Internet address held here, or null if it is of another family. */
  public @Nullable InetSocketAddress toInternet() {
    int port = Short.toUnsignedInt(networkOrder(memory.getShort(AT_PORT)));
    return switch (memory.getShort(0)) {
      case SocketCalls.AF_INET -> new InetSocketAddress(host(AT_IPV4, 4), port);
      case SocketCalls.AF_INET6 -> new InetSocketAddress(onItsLink(host(AT_IPV6, 16)), port);
      default -> null;
    };
  }

  /** {@link SocketCalls#AF_UNIX}, {@link SocketCalls#AF_INET} or {@link SocketCalls#AF_INET6}. */
  public int family() {
    return memory.getShort(0);
  }

  Pointer memory() {
    return memory;
  }

  /** The bytes of it that count, or all the room there is. */
  public int length() {
    return length;
  }

  /** Where it lies; good for as long as this object is reachable. */
  public long address() {
    return memory.address();
  }

  private InetAddress host(int offset, int size) {
    byte[] number = new byte[size];
    memory.get(offset, number, 0, size);
    try {
      return InetAddress.getByAddress(number);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of " + size + " bytes is of a legal length", e);
    }
  }

  /** Link-local addresses are no use without the link that they are on. */
  private InetAddress onItsLink(InetAddress host) {
    int scope = memory.getInt(AT_SCOPE);
    if (scope == 0 || !(host instanceof Inet6Address)) {
      return host;
    }
    try {
      return Inet6Address.getByAddress(null, host.getAddress(), scope);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address with a scope is of version 6: " + host, e);
    }
  }

  private static short networkOrder(short value) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes(value);
  }
}
