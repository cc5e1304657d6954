package dev.uring.cli;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.vhostuser.VhostListener;
import dev.uring.vhostuser.VhostUserServer;
import dev.uring.virtio.BlockOptions;
import java.io.PrintWriter;
import java.nio.file.Path;

/** How virtual machines are served, and how to give them the disk. */
final class VhostUserReport {
  private static final String INDENT = "           ";

  private final VhostListener listener;
  private final BlockOptions options;
  private final int threads;

  VhostUserReport(VhostUserServer server) {
    listener = server.listener();
    options = server.device().options();
    threads = server.threads().size();
  }

  void print(PrintWriter out) {
    URingAllowlist allowlist = VhostUserServer.allowlist();
    out.printf(
        "%-11s%s of up to %d descriptors on %s;%n",
        "vhost-user",
        options.queues() == 1 ? "1 queue" : options.queues() + " queues",
        options.queueSize(),
        threads == 1 ? "a thread with a ring" : threads + " threads, each with a ring");
    out.println(
        INDENT
            + "allowlist "
            + allowlist.name().orElse("unnamed")
            + ": registered files only, and the");
    out.println(
        INDENT + "virtual machine's eventfds come into the table; in force before the first");
    listener.path().ifPresent(path -> printAttaching(out, path));
  }

  private void printAttaching(PrintWriter out, Path path) {
    String socket = ShellWord.of(path.toAbsolutePath().toString().replace(",", ",,"));
    out.println();
    out.println("Attach to " + path + " with:");
    out.println("  qemu-system-x86_64 -m 1G -machine q35,memory-backend=mem \\");
    out.println("    -object memory-backend-memfd,id=mem,size=1G,share=on \\");
    out.println("    -chardev socket,id=disk,path=" + socket + " \\");
    out.println(
        "    -device vhost-user-blk-pci,chardev=disk,num-queues=" + options.queues() + " ...");
  }

  /** For the line that says that all is ready. */
  String address() {
    return "vhost-user:" + listener.name();
  }
}
