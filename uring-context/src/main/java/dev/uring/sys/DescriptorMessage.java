package dev.uring.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@code recvmsg(2)} and {@code sendmsg(2)} for bytes and descriptors ({@code
 * SCM_RIGHTS} of {@code unix(7)}), made once and used again and again by one thread at a time.
 *
 * <pre>
 *   msghdr   { name; u32 namelen; iov; u64 iovlen; control; u64 controllen; int flags }
 *   cmsghdr  { u64 length; int level; int type; data }
 * </pre>
 */
public final class DescriptorMessage {
  /** The most descriptors that the kernel puts into one message, {@code SCM_MAX_FD}. */
  public static final int MAXIMUM_DESCRIPTORS = 253;

  private static final int HEADER_BYTES = 56;
  private static final int HEADER_PIECES = 16;
  private static final int HEADER_PIECE_COUNT = 24;
  private static final int HEADER_CONTROL = 32;
  private static final int HEADER_CONTROL_BYTES = 40;

  private static final int CONTROL_HEADER_BYTES = 16;
  private static final int CONTROL_LEVEL = 8;
  private static final int CONTROL_TYPE = 12;
  // Room for more than one control message, should the kernel ever add another kind.
  private static final int CONTROL_BYTES = 2048;

  private static final int SCM_RIGHTS = 1;

  /** The sender as a descriptor, where the socket has been told to ask for it. 6.5. */
  private static final int SCM_PIDFD = 4;

  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_DONTWAIT = 0x40;

  private static final Binding C = NativeLibrary.bind(Binding.class);
  private static final Runtime RUNTIME = Runtime.getRuntime(C);

  private final Pointer header = FileCalls.allocate(HEADER_BYTES);
  private final Pointer piece = FileCalls.allocate(2 * Long.BYTES);
  private final ByteBuffer controlMemory = ByteBuffer.allocateDirect(CONTROL_BYTES);

  /** A view of that, which lives as long as this object does, whoever brings it back. */
  private final Pointer control = FileCalls.wrap(RawMemory.addressOf(controlMemory), CONTROL_BYTES);

  private int[] received = {};

  /**
   * Takes the next connection from a listening socket ({@code accept4(2)}, {@code SOCK_CLOEXEC}):
   * its descriptor, or minus the errno.
   */
  public static int accept(int listener) {
    return (int)
        NativeLibrary.check(RUNTIME, C.accept4(listener, null, null, SocketCalls.SOCK_CLOEXEC));
  }

  /**
   * Waits for bytes: how many came, at the direct buffer's position and not beyond its limit; 0 at
   * the end; or minus the errno. The position is not moved. What {@link #received} has then is the
   * caller's to close.
   */
  public int receive(int socket, ByteBuffer into) {
    prepare(into, CONTROL_BYTES);
    received = new int[0];
    int result = call(into, C.recvmsg(socket, header, MSG_CMSG_CLOEXEC));
    if (result >= 0) {
      collect((int) header.getLong(HEADER_CONTROL_BYTES));
    }
    return result;
  }

  /** The descriptors that came with the last {@link #receive}, all of them {@code O_CLOEXEC}. */
  public int[] received() {
    return received.clone();
  }

  /**
   * Sends a direct buffer's bytes from its position to its limit, and descriptors with the first of
   * them: how many bytes went, or minus the errno. The position is not moved. Nobody gets a
   * SIGPIPE.
   *
   * @param descriptors at most {@value #MAXIMUM_DESCRIPTORS}
   */
  public int send(int socket, ByteBuffer from, int... descriptors) {
    int bytes = descriptors.length * Integer.BYTES;
    int space = descriptors.length == 0 ? 0 : CONTROL_HEADER_BYTES + aligned(bytes);
    prepare(from, space);
    if (descriptors.length > 0) {
      control.putLong(0, CONTROL_HEADER_BYTES + bytes);
      control.putInt(CONTROL_LEVEL, SocketCalls.SOL_SOCKET);
      control.putInt(CONTROL_TYPE, SCM_RIGHTS);
      control.put(CONTROL_HEADER_BYTES, descriptors, 0, descriptors.length);
    }
    return call(from, C.sendmsg(socket, header, MSG_NOSIGNAL));
  }

  /** As {@link #send} without descriptors, but answers minus EAGAIN instead of waiting for room. */
  public int sendAtOnce(int socket, ByteBuffer from) {
    prepare(from, 0);
    return call(from, C.sendmsg(socket, header, MSG_NOSIGNAL | MSG_DONTWAIT));
  }

  private void prepare(ByteBuffer bytes, int controlBytes) {
    piece.putLong(0, RawMemory.addressOf(bytes) + bytes.position());
    piece.putLong(Long.BYTES, bytes.remaining());
    header.putAddress(HEADER_PIECES, piece.address());
    header.putLong(HEADER_PIECE_COUNT, 1);
    header.putAddress(HEADER_CONTROL, controlBytes == 0 ? 0 : control.address());
    header.putLong(HEADER_CONTROL_BYTES, controlBytes);
  }

  private int call(ByteBuffer held, long result) {
    try {
      return (int) NativeLibrary.check(RUNTIME, result);
    } finally {
      Reference.reachabilityFence(held);
      Reference.reachabilityFence(this);
    }
  }

  private void collect(int controlBytes) {
    int at = 0;
    while (at + CONTROL_HEADER_BYTES <= controlBytes) {
      int length = (int) control.getLong(at);
      if (length < CONTROL_HEADER_BYTES || length > controlBytes - at) {
        return;
      }
      if (control.getInt(at + CONTROL_LEVEL) == SocketCalls.SOL_SOCKET && isOfDescriptors(at)) {
        int count = (length - CONTROL_HEADER_BYTES) / Integer.BYTES;
        int before = received.length;
        received = Arrays.copyOf(received, before + count);
        control.get(at + CONTROL_HEADER_BYTES, received, before, count);
      }
      at += aligned(length);
    }
  }

  private boolean isOfDescriptors(int at) {
    int type = control.getInt(at + CONTROL_TYPE);
    // In place of a sender that cannot be had there is minus an errno.
    return type == SCM_RIGHTS
        || (type == SCM_PIDFD && control.getInt(at + CONTROL_HEADER_BYTES) >= 0);
  }

  private static int aligned(int bytes) {
    return (bytes + Long.BYTES - 1) & -Long.BYTES;
  }

  /** The functions of the C library. */
  public interface Binding {
    int accept4(int fd, @Nullable Pointer address, @Nullable Pointer length, int flags);

    long recvmsg(int fd, Pointer message, int flags);

    long sendmsg(int fd, Pointer message, int flags);
  }
}
