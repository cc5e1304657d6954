package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.charset.StandardCharsets;

/**
 * Where an NBD server listens, and which of its exports is meant. Immutable.
 *
 * <p>Written as an NBD URI (uri.md of the NBD project) or in this program's short form:
 *
 * <pre>
 *  nbd+unix:///NAME?socket=PATH      unix:PATH
 *  nbd://HOST:PORT/NAME              tcp:HOST:PORT, tcp:PORT for the loopback address
 * </pre>
 *
 * <p>An IPv6 address stands in brackets. NAME may be left out for the default export. URIs with TLS
 * are refused, and so are sockets in the abstract namespace.
 */
public sealed interface NbdAddress {

  /** The host of an address that names only a port. */
  String LOOPBACK = "127.0.0.1";

  /** The name of the export; empty for the default export. */
  String exportName();

  /** The same server, another export. */
  NbdAddress withExportName(String name);

  /** The address as a URI that NBD clients understand, percent-encoded where it must be. */
  String uri();

  /**
   * Reads an address in any of its forms.
   *
   * @throws IllegalArgumentException with one sentence that says what is wrong and what would be
   *     right
   */
  static NbdAddress parse(String text) {
    return NbdAddressParser.parse(text);
  }

  /**
   * A socket in the file system.
   *
   * @param path absolute, or relative to the working directory of whoever uses it
   */
  record Unix(String path, String exportName) implements NbdAddress {

    /** What fits into {@code sun_path} with its terminator (unix(7)). */
    public static final int MAXIMUM_PATH_BYTES = 107;

    /**
     * An address for the default export of whoever listens at {@code path}.
     *
     * @throws IllegalArgumentException as the canonical constructor
     */
    public Unix(String path) {
      this(path, "");
    }

    /**
     * Checks what can be checked without touching the file system.
     *
     * @throws IllegalArgumentException if the path is empty, longer than 107 bytes or contains NUL,
     *     or the name cannot be an export's
     */
    public Unix {
      checkArgument(!path.isEmpty(), "The path of the socket is missing; write unix:PATH.");
      checkArgument(
          path.indexOf('\0') < 0,
          "A socket's path cannot contain a NUL character; use a path in the file system.");
      int bytes = path.getBytes(StandardCharsets.UTF_8).length;
      checkArgument(
          bytes <= MAXIMUM_PATH_BYTES,
          "The socket's path is %s bytes long and the system allows %s; use a shorter or a relative"
              + " path.",
          bytes,
          MAXIMUM_PATH_BYTES);
      checkExportName(exportName);
    }

    @Override
    public Unix withExportName(String name) {
      return new Unix(path, name);
    }

    @Override
    public String uri() {
      return "nbd+unix:///"
          + PercentEncoding.encode(exportName)
          + "?socket="
          + PercentEncoding.encode(path);
    }

    @Override
    public String toString() {
      return uri();
    }
  }

  /**
   * A TCP port.
   *
   * @param host a name or an address; an IPv6 address without brackets
   * @param port 0 to 65,535, where 0 lets a server take any free port
   */
  record Tcp(String host, int port, String exportName) implements NbdAddress {

    /**
     * An address for the default export of whoever listens there.
     *
     * @throws IllegalArgumentException as the canonical constructor
     */
    public Tcp(String host, int port) {
      this(host, port, "");
    }

    /**
     * Checks the form; no name is looked up.
     *
     * @throws IllegalArgumentException if the host can be neither a name nor an address, the port
     *     is out of range, or the name cannot be an export's
     */
    public Tcp {
      checkArgument(
          NbdAddressParser.isHost(host),
          "'%s' is neither a host's name nor an address; write tcp:HOST:PORT, with an IPv6 address in"
              + " brackets.",
          host);
      checkArgument(
          port >= 0 && port <= 65_535, "A port is a number from 0 to 65535, not %s.", port);
      checkExportName(exportName);
    }

    @Override
    public Tcp withExportName(String name) {
      return new Tcp(host, port, name);
    }

    @Override
    public String uri() {
      String authority = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
      String path = exportName.isEmpty() ? "" : "/" + PercentEncoding.encode(exportName);
      return "nbd://" + authority + path;
    }

    @Override
    public String toString() {
      return uri();
    }
  }

  private static void checkExportName(String name) {
    checkArgument(
        NbdStrings.isAcceptable(name),
        "An export's name is at most %s bytes of UTF-8 without NUL characters.",
        NbdProtocol.MAXIMUM_STRING_BYTES);
  }
}
