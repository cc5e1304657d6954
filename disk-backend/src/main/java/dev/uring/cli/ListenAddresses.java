package dev.uring.cli;

import dev.uring.nbd.NbdAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where to listen, from what was typed. */
final class ListenAddresses {
  private ListenAddresses() {}

  /**
   * The addresses that were asked for, or the one beside the image if none was.
   *
   * @throws UsageException if one is malformed, is there twice or names an export
   */
  static List<NbdAddress> of(List<String> typed, Path image) {
    if (typed.isEmpty()) {
      return List.of(beside(image));
    }
    List<NbdAddress> addresses = new ArrayList<>();
    for (String text : typed) {
      NbdAddress address = parse(text);
      if (addresses.contains(address) && !takesAnyPort(address)) {
        throw new UsageException("--nbd " + text + " is there twice: leave one of them out");
      }
      addresses.add(address);
    }
    return addresses;
  }

  private static boolean takesAnyPort(NbdAddress address) {
    return address instanceof NbdAddress.Tcp tcp && tcp.port() == 0;
  }

  private static NbdAddress parse(String text) {
    NbdAddress address;
    try {
      address = NbdAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--nbd " + text + " cannot be used: " + e.getMessage(), e);
    }
    if (!address.exportName().isEmpty()) {
      throw new UsageException(
          "--nbd "
              + text
              + " names an export, and there is only the one without a name: leave the name out");
    }
    return address;
  }

  private static NbdAddress beside(Path image) {
    String path = image + ".sock";
    try {
      return new NbdAddress.Unix(path);
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          path
              + " is too long a name for a socket (107 bytes at most): choose another one with"
              + " --nbd unix:PATH, or serve the image from within its directory",
          e);
    }
  }
}
