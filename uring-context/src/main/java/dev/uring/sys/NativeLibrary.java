package dev.uring.sys;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;

/** Binds interfaces to the C library of the running process. */
final class NativeLibrary {
  private NativeLibrary() {}

  /**
   * An implementation of {@code binding} over the C library.
   *
   * @param binding a public interface that keeps the rules in the package documentation
   * @throws UnsatisfiedLinkError if jffi's own native half cannot be unpacked or loaded, with the
   *     usual reason and remedy
   */
  static <T> T bind(Class<T> binding) {
    try {
      return LibraryLoader.create(binding).option(LibraryOption.SaveError, true).load("c");
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      UnsatisfiedLinkError explained =
          new UnsatisfiedLinkError(
              "JNR-FFI could not load its native half: "
                  + e
                  + ". It is unpacked into java.io.tmpdir ("
                  + System.getProperty("java.io.tmpdir")
                  + "), which must be writable and not mounted noexec; -Djava.io.tmpdir,"
                  + " -Djffi.extract.dir or -Djffi.boot.library.path name another place.");
      explained.initCause(e);
      throw explained;
    }
  }

  /** {@code result} itself, or minus the errno of the call that returned it just now. */
  static long check(Runtime runtime, long result) {
    return result >= 0 ? result : -runtime.getLastError();
  }
}
