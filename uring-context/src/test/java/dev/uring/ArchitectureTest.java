package dev.uring;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the packages hang together: arrows go down, and classes stay small. */
class ArchitectureTest {
  private static final int MOST_LINES = 400;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.uring");

  @Test
  void the_system_calls_know_nobody_above_them() {
    noClasses()
        .that()
        .resideInAPackage("dev.uring.sys")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.uring..").and(not(resideInAPackage("dev.uring.sys"))))
        .check(CLASSES);
  }

  @Test
  void the_ring_knows_its_structs_the_system_calls_and_the_allowlist_only() {
    noClasses()
        .that()
        .resideInAPackage("dev.uring.ring")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.uring..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.uring.ring",
                            "dev.uring.ring.struct",
                            "dev.uring.sys",
                            "dev.uring.allowlist"))))
        .check(CLASSES);
  }

  @Test
  void the_structs_know_the_system_calls_only() {
    noClasses()
        .that()
        .resideInAPackage("dev.uring.ring.struct")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.uring..")
                .and(not(resideInAnyPackage("dev.uring.ring.struct", "dev.uring.sys"))))
        .check(CLASSES);
  }

  @Test
  void the_context_knows_nothing_of_what_is_built_on_it() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.uring", "dev.uring.ring..", "dev.uring.sys")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.uring..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.uring",
                            "dev.uring.ring..",
                            "dev.uring.sys",
                            "dev.uring.allowlist"))))
        .check(CLASSES);
  }

  @Test
  void native_calls_are_known_to_the_system_calls_only() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.uring.sys")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jnr..", "com.kenai..")
        .check(CLASSES);
  }

  @Test
  void memory_order_is_written_out_in_one_place() {
    // With the kernel, that is; how many places are free is between threads of this process.
    noClasses()
        .that()
        .doNotHaveSimpleName("MemoryOrder")
        .and()
        .doNotHaveSimpleName("FreePlaces")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.invoke.VarHandle")
        .check(CLASSES);
  }

  @Test
  void a_class_is_no_longer_than_four_hundred_lines() throws IOException {
    Map<Path, Integer> lines = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        lines.put(file, Files.readAllLines(file).size());
      }
    }
    assertThat(lines).isNotEmpty();
    lines.values().removeIf(count -> count <= MOST_LINES);
    assertThat(lines).isEmpty();
  }
}
