package dev.uring.nbd;

import com.google.common.base.CharMatcher;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** From what a person types to an {@link NbdAddress}; every refusal is one sentence. */
final class NbdAddressParser {

  private static final CharMatcher NAME_CHARACTERS =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("-._"));

  private static final CharMatcher IPV6_CHARACTERS =
      CharMatcher.inRange('a', 'f')
          .or(CharMatcher.inRange('A', 'F'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf(":."));

  private static final int MAXIMUM_HOST_CHARACTERS = 253;

  private NbdAddressParser() {}

  static NbdAddress parse(String text) {
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = text.substring(colon + 1);
    return switch (scheme) {
      case "unix" -> new NbdAddress.Unix(rest);
      case "tcp" -> parseHostAndPort(rest);
      case "nbd+unix" -> parseUnixUri(hierarchy(text, rest));
      case "nbd" -> parseTcpUri(hierarchy(text, rest));
      case "nbds", "nbds+unix" ->
          throw new IllegalArgumentException(
              "'" + text + "' asks for TLS, which is not supported; use nbd: or nbd+unix:.");
      default ->
          throw new IllegalArgumentException(
              "'"
                  + text
                  + "' is not an NBD address; write unix:PATH, tcp:HOST:PORT, nbd+unix:///?socket=PATH or"
                  + " nbd://HOST:PORT.");
    };
  }

  /** A host's name, an IPv4 address or, with colons, an IPv6 address without brackets. */
  static boolean isHost(String host) {
    boolean plausible = !host.isEmpty() && host.length() <= MAXIMUM_HOST_CHARACTERS;
    CharMatcher allowed = host.indexOf(':') < 0 ? NAME_CHARACTERS : IPV6_CHARACTERS;
    return plausible && allowed.matchesAllOf(host);
  }

  private static NbdAddress.Tcp parseHostAndPort(String text) {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    String host = colon < 0 ? NbdAddress.LOOPBACK : text.substring(0, colon);
    return new NbdAddress.Tcp(unbracketed(host, text), parsePort(port, text));
  }

  /** What follows the scheme, without the two slashes. */
  private static String hierarchy(String text, String rest) {
    if (!rest.startsWith("//")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a complete URI; two slashes follow the scheme.");
    }
    if (rest.indexOf('#') >= 0) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' has a fragment, which means nothing to NBD; write %23 for the sign itself.");
    }
    return rest.substring(2);
  }

  private static NbdAddress.Unix parseUnixUri(String hierarchy) {
    int question = hierarchy.indexOf('?');
    String path = question < 0 ? hierarchy : hierarchy.substring(0, question);
    if (!path.isEmpty() && !path.startsWith("/")) {
      throw new IllegalArgumentException(
          "An address of a Unix socket names no host; write nbd+unix:///NAME?socket=PATH, with three"
              + " slashes.");
    }
    String socket = null;
    if (question >= 0) {
      socket = socketOf(hierarchy.substring(question + 1));
    }
    if (socket == null) {
      throw new IllegalArgumentException(
          "The URI does not say where the socket is; add ?socket=PATH.");
    }
    return new NbdAddress.Unix(socket, exportName(path));
  }

  private static @Nullable String socketOf(String query) {
    String socket = null;
    int start = 0;
    while (start <= query.length()) {
      int end = query.indexOf('&', start);
      end = end < 0 ? query.length() : end;
      String parameter = query.substring(start, end);
      start = end + 1;
      if (!parameter.startsWith("socket=") || socket != null) {
        throw new IllegalArgumentException(
            "'" + parameter + "' is unexpected in the URI; only one socket=PATH may follow '?'.");
      }
      socket = PercentEncoding.decode(parameter.substring("socket=".length()));
    }
    return socket;
  }

  private static NbdAddress.Tcp parseTcpUri(String hierarchy) {
    if (hierarchy.indexOf('?') >= 0) {
      throw new IllegalArgumentException(
          "A URI with a TCP port takes no parameters; leave out '?' and what follows.");
    }
    int slash = hierarchy.indexOf('/');
    String authority = slash < 0 ? hierarchy : hierarchy.substring(0, slash);
    String path = slash < 0 ? "" : hierarchy.substring(slash);
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    String host = hasPort ? authority.substring(0, colon) : authority;
    int port =
        hasPort ? parsePort(authority.substring(colon + 1), authority) : NbdProtocol.DEFAULT_PORT;
    return new NbdAddress.Tcp(unbracketed(host, authority), port, exportName(path));
  }

  private static String exportName(String path) {
    return path.isEmpty() ? "" : PercentEncoding.decode(path.substring(1));
  }

  private static String unbracketed(String host, String text) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String bare = bracketed ? host.substring(1, host.length() - 1) : host;
    if (bracketed != (bare.indexOf(':') >= 0)) {
      throw new IllegalArgumentException(
          "'" + text + "' is ambiguous; an IPv6 address, and nothing else, stands in brackets.");
    }
    return bare;
  }

  private static int parsePort(String port, String text) {
    boolean digits = !port.isEmpty() && port.length() <= 5;
    if (!digits || !CharMatcher.inRange('0', '9').matchesAllOf(port)) {
      throw new IllegalArgumentException(
          "'" + text + "' does not end in a port; a port is a number from 0 to 65535.");
    }
    return Integer.parseInt(port);
  }
}
