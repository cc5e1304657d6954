package dev.uring.cli;

import dev.uring.nbd.NbdAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What to type elsewhere to use an address, ready for a shell. */
final class AttachLines {
  private AttachLines() {}

  static List<String> of(NbdAddress address, boolean readOnly) {
    String uri = ShellWord.of(address.uri());
    String drive =
        ShellWord.of(
            "file=" + address.uri() + ",format=raw,if=virtio" + (readOnly ? ",readonly=on" : ""));
    return List.of(
        "nbdinfo " + uri,
        "nbdcopy " + uri + " out.raw",
        "qemu-img info " + uri,
        "qemu-system-x86_64 -drive " + drive,
        "sudo nbd-client " + clientTarget(address) + " /dev/nbd0" + (readOnly ? " -readonly" : ""));
  }

  private static String clientTarget(NbdAddress address) {
    if (address instanceof NbdAddress.Unix unix) {
      return "-unix " + ShellWord.of(unix.path());
    }
    NbdAddress.Tcp tcp = (NbdAddress.Tcp) address;
    return ShellWord.of(tcp.host()) + " " + tcp.port();
  }

  /** The address as it works from any directory, if a socket's name may be that long. */
  static NbdAddress anywhere(NbdAddress address) {
    if (address instanceof NbdAddress.Unix unix) {
      String absolute = Path.of(unix.path()).toAbsolutePath().normalize().toString();
      if (absolute.getBytes(StandardCharsets.UTF_8).length <= NbdAddress.Unix.MAXIMUM_PATH_BYTES) {
        return new NbdAddress.Unix(absolute, unix.exportName());
      }
    }
    return address;
  }
}
