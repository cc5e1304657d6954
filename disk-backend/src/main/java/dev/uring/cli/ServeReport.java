package dev.uring.cli;

import static java.util.stream.Collectors.joining;

import dev.uring.allowlist.Permission;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.ByteSize;
import dev.uring.disk.ImageFile;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdExport;
import dev.uring.nbd.NbdServerOptions;
import dev.uring.vhostuser.VhostUserServer;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is served, over what, within which limits, and how to attach to it. */
final class ServeReport {
  private static final String INDENT = "           ";

  private final ImageFile image;
  private final NbdExport export;
  private final NbdServerOptions limits;
  private final @Nullable URingAllowlist allowlist;
  private final @Nullable VhostUserServer vhostUser;
  private final List<NbdAddress> addresses = new ArrayList<>();

  ServeReport(DiskService service, ServeRequest request) {
    image = service.image();
    export = service.export();
    limits = request.limits();
    vhostUser = service.vhostUser();
    if (request.addresses().isEmpty()) {
      allowlist = null;
      return;
    }
    allowlist = service.server().allowlist();
    for (NbdAddress address : service.server().addresses()) {
      addresses.add(AttachLines.anywhere(address));
    }
  }

  /** The last line begins with {@code ready}: clients can connect. */
  void print(PrintWriter out) {
    printImage(out);
    List<String> ready = new ArrayList<>();
    URingAllowlist nbdAllowlist = allowlist;
    if (nbdAllowlist != null) {
      printRing(out, nbdAllowlist);
      printLimits(out);
      for (NbdAddress address : addresses) {
        printAddress(out, address);
        ready.add(address.uri());
      }
    }
    VhostUserServer machines = vhostUser;
    if (machines != null) {
      VhostUserReport report = new VhostUserReport(machines);
      report.print(out);
      ready.add(report.address());
    }
    out.println();
    out.println("ready " + String.join(" ", ready));
    out.flush();
  }

  private void printImage(PrintWriter out) {
    line(
        out,
        "image",
        Failures.oneLine(image.path().toString())
            + (image.isBlockDevice() ? ", block device, " : ", ")
            + ByteSize.format(image.size())
            + (ByteSize.format(image.size()).matches("[0-9]+") ? "" : " = " + image.size())
            + " bytes, "
            + (image.isReadOnly() ? "read-only, " : "read and write, ")
            + (image.isDirect() ? "direct (past the page cache)" : "through the page cache"));
    line(out, "serial", image.serial());
    line(
        out,
        "blocks",
        "smallest "
            + export.minimumBlockSize()
            + ", preferred "
            + export.preferredBlockSize()
            + ", largest "
            + export.maximumBlockSize()
            + " bytes");
  }

  private void printRing(PrintWriter out, URingAllowlist allowlist) {
    line(
        out,
        "rings",
        limits.threads()
            + (limits.threads() == 1 ? " io_uring, its thread" : " io_urings, each with a thread")
            + " its single issuer, task work deferred to its waits;");
    out.println(INDENT + "made disabled, given their files, restricted for good, then enabled");
    line(
        out,
        "allowlist",
        allowlist.name().orElse("unnamed")
            + ": "
            + allowlist.effectiveOperations().size()
            + " requests, "
            + allowlist.effectiveRegisterCalls().size()
            + " register calls, registered files only;");
    out.println(
        INDENT + "opens no file, makes no socket, connects nowhere; all of it: docs/allowlist.md");
    out.println(
        INDENT + "in force: each ring was asked before the first client, and does just that");
    out.println(
        INDENT
            + "added by the library, to close a ring: "
            + allowlist.addedByLibrary().stream().map(Permission::textName).collect(joining(" ")));
  }

  private void printLimits(PrintWriter out) {
    line(
        out,
        "limits",
        limits.connections()
            + " clients, "
            + ByteSize.format(limits.inFlightBytes())
            + " in flight each ("
            + ByteSize.format(limits.connections() * limits.inFlightBytes())
            + " in all), "
            + ByteSize.format(limits.maximumRequest())
            + " a request,");
    out.println(
        INDENT
            + limits.handshakeTimeout().toSeconds()
            + " s for the handshake, "
            + limits.messageTimeout().toSeconds()
            + " s for a message");
  }

  private void printAddress(PrintWriter out, NbdAddress address) {
    out.println();
    out.println("Attach to " + address.uri() + " with one of:");
    for (String attach : AttachLines.of(address, image.isReadOnly())) {
      out.println("  " + attach);
    }
    if (address instanceof NbdAddress.Tcp tcp && !isLoopback(tcp.host())) {
      out.println("  Whoever reaches this port has the disk: NBD asks for no password.");
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      // It was known a moment ago; to warn once too often is the smaller fault.
      return false;
    }
  }

  private static void line(PrintWriter out, String label, String text) {
    out.printf("%-11s%s%n", label, text);
  }
}
