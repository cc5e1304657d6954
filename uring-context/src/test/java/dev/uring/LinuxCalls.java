package dev.uring;

import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;

/** What tests do to the process from outside of the library. */
final class LinuxCalls {
  static final Binding C = LibraryLoader.create(Binding.class).load("c");

  private LinuxCalls() {}

  /** Functions of the C library. */
  public interface Binding {
    int pipe2(@Out int[] ends, int flags);

    long read(int fd, @Out byte[] bytes, long count);

    long write(int fd, byte[] bytes, long count);

    int gettid();

    int getpid();

    int tgkill(int process, int thread, int signal);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int change, int fd, long event);

    int epoll_wait(int epoll, long events, int most, int milliseconds);
  }
}
