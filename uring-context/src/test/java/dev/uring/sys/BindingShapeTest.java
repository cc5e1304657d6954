package dev.uring.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;

/** The shapes that jnr-ffi binds rightly; see the package documentation. */
class BindingShapeTest {
  interface Wrong {
    long sixNumbers(long a, long b, int c, int d, int e, long f);

    int fiveNumbers(int a, int b, int c, int d, int e);
  }

  @Test
  void no_binding_has_a_shape_that_jnr_ffi_gets_wrong() throws Exception {
    assertThat(bindings()).isNotEmpty().allMatch(BindingShapeTest::isSafe);
  }

  @Test
  void the_rule_recognises_the_shapes_that_corrupt_arguments() {
    assertThat(Wrong.class.getDeclaredMethods()).hasSize(2).noneMatch(BindingShapeTest::isSafe);
  }

  @Test
  void every_file_socket_and_ring_binding_is_looked_at() throws Exception {
    assertThat(bindings())
        .extracting(Method::getName)
        .contains("openat", "statx", "setsockopt", "mmap");
  }

  private static boolean isSafe(Method method) {
    List<Class<?>> parameters = Arrays.asList(method.getParameterTypes());
    boolean sixNumbers = parameters.size() == 6 && parameters.stream().allMatch(Class::isPrimitive);
    return !sixNumbers && (parameters.size() <= 4 || parameters.contains(Pointer.class));
  }

  private static List<Method> bindings() throws Exception {
    try (Stream<Path> files = Files.list(packageDirectory())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
          .map(name -> load(name.substring(0, name.length() - ".class".length())))
          .filter(Class::isInterface)
          .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
          .filter(method -> !method.isDefault() && !method.isSynthetic())
          .toList();
    }
  }

  private static Path packageDirectory() throws URISyntaxException {
    return Path.of(Errno.class.getProtectionDomain().getCodeSource().getLocation().toURI())
        .resolve("dev/uring/sys");
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName("dev.uring.sys." + name, false, BindingShapeTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
