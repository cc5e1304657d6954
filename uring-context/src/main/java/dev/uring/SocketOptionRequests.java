package dev.uring;

import dev.uring.ring.CommandRequests;
import java.util.Objects;

/**
 * Requests on the options and queues of sockets, of a {@link URingContext}. -EOPNOTSUPP for what is
 * no socket, or does not know this.
 */
public final class SocketOptionRequests {
  private final SubmitRing submit;

  SocketOptionRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * Sets an option that is an {@code int} in C, as {@code setsockopt(2)}, by {@code
   * context.sockets().options().addSet(socket, SOL_SOCKET, SO_KEEPALIVE, 1, 1)}. Zero, or
   * -ENOPROTOOPT, -EINVAL. 6.7.
   *
   * @param level {@code SOL_*} or {@code IPPROTO_*}
   * @param option its number; not one of those that take the number of a descriptor, of a program
   *     to attach, which are refused
   * @throws IllegalArgumentException if it is one of those
   */
  public void addSet(Target socket, int level, int option, int value, long userData) {
    if (level == SOL_SOCKET && (option == SO_ATTACH_BPF || option == SO_ATTACH_REUSEPORT_EBPF)) {
      throw new IllegalArgumentException(
          "socket option " + option + " takes a descriptor's number, which may be anybody's");
    }
    NativeMemory memory = NativeMemory.allocate(Integer.BYTES);
    memory.buffer().putInt(0, value);
    long address = memory.addressOf(0, Integer.BYTES);
    int place = submit.begin(socket, userData);
    submit.hold(place).retained = memory;
    CommandRequests.setSocketOption(
        submit.entry(), submit.fd(), level, option, address, Integer.BYTES);
    submit.end();
  }

  /**
   * Reads an option of the level {@code SOL_SOCKET} that is an {@code int} in C, as {@code
   * getsockopt(2)}, by {@code context.sockets().options().addGet(socket, SO_RCVBUF, value, 1)}. The
   * result is its length, 4 bytes, or -ENOPROTOOPT. 6.7.
   *
   * @param option its number; not that of {@code SO_PEERPIDFD}, whose value is a new descriptor,
   *     nor of {@code SO_GET_FILTER}, which has no length in bytes: they are refused
   * @param into has the value when the completion, which is no error, is handed over
   * @throws IllegalArgumentException if the option is refused
   */
  public void addGet(Target socket, int option, Outcome<Integer> into, long userData) {
    Objects.requireNonNull(into, "into");
    if (option == SO_PEERPIDFD) {
      throw new IllegalArgumentException(
          "the value of SO_PEERPIDFD is a new descriptor, which nobody would close");
    }
    if (option == SO_GET_FILTER) {
      throw new IllegalArgumentException(
          "the value of SO_GET_FILTER is a program, of which the kernel writes more than 4 bytes");
    }
    NativeMemory memory = NativeMemory.allocate(Integer.BYTES);
    long address = memory.addressOf(0, Integer.BYTES);
    Intercept reading = new Reading(memory, into);
    int place = submit.begin(socket, userData);
    submit.hold(place).intercept = reading;
    CommandRequests.getSocketOption(
        submit.entry(), submit.fd(), SOL_SOCKET, option, address, Integer.BYTES);
    submit.end();
  }

  private static final int SOL_SOCKET = 1;
  private static final int SO_GET_FILTER = 26;
  private static final int SO_ATTACH_BPF = 50;
  private static final int SO_ATTACH_REUSEPORT_EBPF = 52;
  private static final int SO_PEERPIDFD = 77;

  private record Reading(NativeMemory memory, Outcome<Integer> into) implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (result >= 0) {
        into.set(memory.buffer().getInt(0));
      }
      return result;
    }
  }

  /**
   * How many bytes wait to be received, {@code SIOCINQ} of {@code tcp(7)}, by {@code
   * context.sockets().options().addReceivable(socket, 1)}. The result is the count, or -EOPNOTSUPP
   * for a Unix-domain socket, -EINVAL for one that listens. 6.5.
   */
  public void addReceivable(Target socket, long userData) {
    submit.begin(socket, userData);
    CommandRequests.receivable(submit.entry(), submit.fd());
    submit.end();
  }

  /**
   * How many bytes wait to be sent, {@code SIOCOUTQ} of {@code tcp(7)}, by {@code
   * context.sockets().options().addUnsent(socket, 1)}. Results as of {@link #addReceivable}. 6.5.
   */
  public void addUnsent(Target socket, long userData) {
    submit.begin(socket, userData);
    CommandRequests.unsent(submit.entry(), submit.fd());
    submit.end();
  }
}
