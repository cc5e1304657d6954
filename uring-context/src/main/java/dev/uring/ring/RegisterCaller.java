package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.Struct;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** {@code io_uring_register(2)} on one ring: the call, and its errors as exceptions. */
final class RegisterCaller {
  /** {@code IORING_REGISTER_USE_REGISTERED_RING}: the descriptor is a registered index. 6.3. */
  private static final int USE_REGISTERED_RING = 1 << 31;

  private final int fd;
  private final int opcodeFlags;
  private volatile boolean closed;

  /**
   * The calls of one ring.
   *
   * @param fd the ring's descriptor, or its registered index
   * @param registered whether it is an index
   */
  RegisterCaller(int fd, boolean registered) {
    this.fd = fd;
    this.opcodeFlags = registered ? USE_REGISTERED_RING : 0;
  }

  /** The ring's descriptor or registered index. */
  int descriptor() {
    return fd;
  }

  boolean isIndex() {
    return opcodeFlags != 0;
  }

  /** The number may soon name another file: no call goes through any more. */
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /** The call itself: its result, or minus the errno. */
  int attempt(RegisterCall call, long address, int count) {
    if (closed) {
      return -Errno.EBADF;
    }
    return UringCalls.register(fd, call.code() | opcodeFlags, address, count);
  }

  int attempt(RegisterCall call, @Nullable ByteBuffer argument, int count) {
    try {
      return attempt(call, argument == null ? 0 : RawMemory.addressOf(argument), count);
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  int attempt(RegisterCall call, Struct argument, int count) {
    try {
      return attempt(call, argument.address(), count);
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  int attempt(RegisterCall call) {
    return attempt(call, 0L, 0);
  }

  /** As {@link #attempt}, but an error is an exception with cause and remedy. */
  int call(RegisterCall call, ByteBuffer argument, int count) {
    return check(call, attempt(call, argument, count));
  }

  int call(RegisterCall call, Struct argument, int count) {
    return check(call, attempt(call, argument, count));
  }

  int call(RegisterCall call) {
    return check(call, attempt(call));
  }

  /**
   * A call that came after 6.18, with one argument.
   *
   * @throws UringException if the kernel refuses, with the version that has it
   */
  void call(LaterNames.Later later, Struct argument) {
    int result = attempt(later, argument);
    if (result < 0) {
      throw new UringException(
          later.kernelName(), -result, RegisterRemedies.sentence(later, -result));
    }
  }

  private int attempt(LaterNames.Later later, Struct argument) {
    if (closed) {
      return -Errno.EBADF;
    }
    try {
      return UringCalls.register(fd, later.number() | opcodeFlags, argument.address(), 1);
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  static int check(RegisterCall call, int result) {
    if (result < 0) {
      IllegalStateException mistake = LifeCycle.mistake(call, -result);
      if (mistake != null) {
        throw mistake;
      }
      throw new UringException(
          call.kernelName(), -result, RegisterRemedies.sentence(call, -result));
    }
    return result;
  }

  /** Native memory with these ints. */
  static ByteBuffer ints(int... values) {
    ByteBuffer memory = direct(Math.multiplyExact(values.length, Integer.BYTES));
    memory.asIntBuffer().put(values);
    return memory;
  }

  /** Native memory with these longs. */
  static ByteBuffer longs(long... values) {
    ByteBuffer memory = direct(Math.multiplyExact(values.length, Long.BYTES));
    memory.asLongBuffer().put(values);
    return memory;
  }

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
