/** What an io_uring may do, as plain immutable values. No native code. */
module dev.uring.allowlist {
  requires com.google.common;
  requires static transitive org.jspecify;

  exports dev.uring.allowlist;
}
