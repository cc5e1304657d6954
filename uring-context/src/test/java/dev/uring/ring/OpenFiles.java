package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import dev.uring.sys.SocketAddressBytes;
import dev.uring.sys.SocketCalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Descriptors as bare numbers, which are closed together. */
final class OpenFiles implements AutoCloseable {
  private final List<Integer> open = new ArrayList<>();

  /** Opens a file for reading and writing. */
  int file(Path path) {
    return opened(
        FileCalls.open(NativePath.bytes(path), FileCalls.O_RDWR | FileCalls.O_CLOEXEC, 0));
  }

  /** A Unix-domain socket that listens at a name in the file system. */
  int listener(Path name) {
    int socket = socket();
    assertThat(SocketCalls.bind(socket, SocketAddressBytes.unix(NativePath.bytes(name)))).isZero();
    assertThat(SocketCalls.listen(socket, 16)).isZero();
    return socket;
  }

  /** A client that waits to be accepted there. */
  int client(Path name) {
    int socket = socket();
    assertThat(SocketCalls.connect(socket, SocketAddressBytes.unix(NativePath.bytes(name))))
        .isZero();
    return socket;
  }

  private int socket() {
    return opened(
        SocketCalls.socket(
            SocketCalls.AF_UNIX, SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC));
  }

  /** A descriptor that shall be closed too. */
  int opened(int number) {
    assertThat(number).isNotNegative();
    open.add(number);
    return number;
  }

  @Override
  public void close() {
    for (int number : open) {
      FileCalls.close(number);
    }
    open.clear();
  }
}
