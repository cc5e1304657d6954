/** io_uring for Java: the ring as the kernel has it, and the context that people use. */
module dev.uring.context {
  requires transitive dev.uring.allowlist;
  requires com.google.common;
  requires org.jnrproject.constants;
  requires org.jnrproject.ffi;
  requires org.jnrproject.jffi;
  requires static transitive org.jspecify;

  exports dev.uring;
  exports dev.uring.ring;
  exports dev.uring.ring.struct;

  // JNR-FFI generates an implementation of the binding interfaces, which it must reach.
  opens dev.uring.sys;
}
