/**
 * The only floor that knows a native call: system calls through JNR-FFI, mapped memory, errno. One
 * call is made by code of our own, where that can be had: {@link dev.uring.sys.EnterStub}.
 *
 * <p>Nothing here is exported. Functions return what the kernel returns: zero or more on success,
 * minus the errno on failure; exceptions are made one floor up, where it is known what the call was
 * for. Nothing here checks who owns an address or a descriptor: the floors above do.
 *
 * <p>Rules for bindings, each measured: no method has exactly six primitive integer parameters
 * (jnr-ffi corrupts the sixth on x86-64); a method with more than four parameters has a {@link
 * jnr.ffi.Pointer} among them; errno is read at once after a negative return, by the same thread.
 */
@NullMarked
package dev.uring.sys;

import org.jspecify.annotations.NullMarked;
