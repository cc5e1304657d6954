/** Virtual disks on a restricted ring, and the program that serves them. */
module dev.uring.disk {
  requires com.google.common;
  requires dev.uring.allowlist;
  requires transitive dev.uring.context;
  requires info.picocli;
  requires jdk.unsupported;
  requires static transitive org.jspecify;

  exports dev.uring.disk;
  exports dev.uring.nbd;
  exports dev.uring.vhostuser;
  exports dev.uring.virtio;

  // The command line is filled in by reflection.
  opens dev.uring.cli to
      info.picocli;
}
