package dev.uring.allowlist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The encoding beside the one that the C compiler makes of the kernel's own struct. */
class EncodingInCTest {
  private static final String HEADER = "/usr/include/linux/io_uring.h";

  /** Fills the struct by member names from pairs of kind and value, and writes it as it lies. */
  private static final String PROGRAM =
      """
      #include <linux/io_uring.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>

      int main(int count, char **words) {
          for (int i = 1; i + 1 < count; i += 2) {
              struct io_uring_restriction entry;
              int value = atoi(words[i + 1]);
              memset(&entry, 0, sizeof(entry));
              if (!strcmp(words[i], "register")) {
                  entry.opcode = IORING_RESTRICTION_REGISTER_OP;
                  entry.register_op = value;
              } else if (!strcmp(words[i], "request")) {
                  entry.opcode = IORING_RESTRICTION_SQE_OP;
                  entry.sqe_op = value;
              } else if (!strcmp(words[i], "allowed")) {
                  entry.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
                  entry.sqe_flags = value;
              } else {
                  entry.opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
                  entry.sqe_flags = value;
              }
              if (fwrite(&entry, sizeof(entry), 1, stdout) != 1)
                  return 1;
          }
          return 0;
      }
      """;

  @TempDir static Path directory;

  private static Path program;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    assumeTrue(compilerRuns(), "skipped: no C compiler");
    assumeTrue(Files.isReadable(Path.of(HEADER)), "skipped: no C compiler with " + HEADER);
    Path source = Files.writeString(directory.resolve("restrictions.c"), PROGRAM);
    program = directory.resolve("restrictions");
    Path log = directory.resolve("compiler.log");
    Process compiler =
        new ProcessBuilder("gcc", "-Wall", "-Werror", "-o", program.toString(), source.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(exitStatus(compiler)).as(() -> contents(log)).isZero();
  }

  private static boolean compilerRuns() throws InterruptedException {
    try {
      Process compiler =
          new ProcessBuilder("gcc", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return exitStatus(compiler) == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }

  private static int exitStatus(Process process) throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The C compiler, or what it built, did not end within a minute.");
    }
    return process.exitValue();
  }

  private static String contents(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static byte[] encodedInC(URingAllowlist list) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    list.effectiveRegisterCalls()
        .forEach(call -> command.addAll(List.of("register", Integer.toString(call.code()))));
    list.effectiveOperations()
        .forEach(
            operation -> command.addAll(List.of("request", Integer.toString(operation.code()))));
    int allowed = list.effectiveAllowedFlags().stream().mapToInt(EntryFlag::mask).sum();
    int required = list.effectiveRequiredFlags().stream().mapToInt(EntryFlag::mask).sum();
    command.addAll(List.of("allowed", Integer.toString(allowed)));
    command.addAll(List.of("required", Integer.toString(required)));
    Path output = directory.resolve("encoded");
    Process run = new ProcessBuilder(command).redirectOutput(output.toFile()).start();
    assertThat(exitStatus(run)).isZero();
    return Files.readAllBytes(output);
  }

  static Iterable<URingAllowlist> presets() {
    return URingAllowlist.presets().values();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void every_preset_is_encoded_as_the_c_compiler_lays_it_out(URingAllowlist preset)
      throws IOException, InterruptedException {
    assertThat(preset.encode()).isEqualTo(encodedInC(preset));
  }

  @Test
  void the_fullest_list_is_encoded_as_the_c_compiler_lays_it_out()
      throws IOException, InterruptedException {
    URingAllowlist everything =
        URingAllowlist.builder()
            .allow(UringOperation.values())
            .allowRegister(RegisterCall.values())
            .allowFlags(EntryFlag.values())
            .requireFlags(EntryFlag.FIXED_FILE, EntryFlag.CQE_SKIP_SUCCESS)
            .build();

    assertThat(everything.encode()).isEqualTo(encodedInC(everything));
  }
}
