package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jnr.ffi.LibraryLoader;

/** Functions in C, for tests of what Java cannot do: to fork. */
final class CLibrary {
  private CLibrary() {}

  /** Compiles and loads them; without a compiler the test is skipped. */
  static <T> T load(Class<T> functions, Path directory, String source)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("library.c"), source);
    Path library = directory.resolve("lib" + functions.getSimpleName() + ".so");
    Path log = directory.resolve("compiler.log");
    try {
      Process compiler =
          new ProcessBuilder(
                  "gcc",
                  "-Wall",
                  "-Werror",
                  "-shared",
                  "-fPIC",
                  "-o",
                  library.toString(),
                  file.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(compiler.waitFor(60, TimeUnit.SECONDS)).as("gcc ends").isTrue();
      assertThat(compiler.exitValue()).as(Files.readString(log)).isZero();
    } catch (IOException notInstalled) {
      abort("skipped: no C compiler");
    }
    return LibraryLoader.create(functions).load(library.toString());
  }
}
