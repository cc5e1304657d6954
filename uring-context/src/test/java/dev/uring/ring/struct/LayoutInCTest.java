package dev.uring.ring.struct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layout beside the C compiler's own: size of the whole, offset of each field. */
class LayoutInCTest {
  @TempDir Path directory;

  static List<StructLayout> layouts() {
    return List.of(
        Timespec.LAYOUT,
        RequestFilter.LAYOUT,
        ZeroCopyControl.LAYOUT,
        OpenHow.LAYOUT,
        IoVectors.LAYOUT,
        MessageHeader.LAYOUT,
        ReceivedMessage.LAYOUT,
        EpollEvents.LAYOUT,
        FutexWaiters.LAYOUT,
        SignalInfo.LAYOUT,
        StatxResult.LAYOUT,
        ResourceRegistration.LAYOUT,
        ResourceUpdate.LAYOUT,
        ResourceUpdate.SHORT_LAYOUT,
        BufferRingRegistration.LAYOUT,
        BufferRingStatus.LAYOUT,
        ProvidedBuffer.LAYOUT,
        ProvidedBuffer.RING_LAYOUT,
        WaitArguments.LAYOUT,
        RegisteredWait.LAYOUT,
        SynchronousCancel.LAYOUT,
        BufferCloning.LAYOUT,
        MemoryRegion.LAYOUT,
        MemoryRegion.DESCRIPTION,
        BusyPollSettings.LAYOUT,
        ClockRegistration.LAYOUT,
        SlotRange.LAYOUT,
        ProtectionInformation.LAYOUT,
        ZeroCopyQueue.LAYOUT,
        ZeroCopyQueue.AREA,
        QueryEntry.LAYOUT,
        QueryEntry.OPCODES_LAYOUT);
  }

  @BeforeAll
  static void compilerIsThere() throws InterruptedException {
    try {
      Process compiler =
          new ProcessBuilder("gcc", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assumeTrue(exitStatus(compiler) == 0, "skipped: no C compiler");
    } catch (IOException notInstalled) {
      abort("skipped: no C compiler");
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void a_struct_is_laid_out_as_the_c_compiler_does(StructLayout layout) throws Exception {
    Map<String, Integer> declared = new LinkedHashMap<>(layout.fields());
    declared.put("sizeof", layout.bytes());

    assertThat(inC(layout)).isEqualTo(declared);
  }

  @Test
  void a_wrong_offset_would_be_noticed() throws Exception {
    StructLayout wrong = new StructLayout("struct iovec", "sys/uio.h", 24);
    int unused = wrong.field("iov_len", 12);

    assertThat(inC(wrong)).isEqualTo(Map.of("iov_len", 8, "sizeof", 16));
  }

  /** What the compiler says of the size and of the fields that the layout names. */
  private Map<String, Integer> inC(StructLayout layout) throws IOException, InterruptedException {
    StringBuilder program = new StringBuilder("#define _GNU_SOURCE\n");
    program.append("#include <stddef.h>\n#include <stdio.h>\n");
    program.append("#include <").append(layout.header()).append(">\n");
    program.append("int main(void) {\n");
    for (String field : layout.fields().keySet()) {
      program.append(
          "  printf(\"%s %%zu\\n\", offsetof(%s, %s));\n".formatted(field, layout.name(), field));
    }
    program.append("  printf(\"sizeof %zu\\n\", sizeof(").append(layout.name()).append("));\n");
    program.append("  return 0;\n}\n");
    Path source = Files.writeString(directory.resolve("layout.c"), program);
    Path binary = directory.resolve("layout");
    Path log = directory.resolve("compiler.log");
    Process compiler =
        new ProcessBuilder("gcc", "-o", binary.toString(), source.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (exitStatus(compiler) != 0) {
      skipIfTheHeaderIsOlder(layout, Files.readString(log));
    }
    Path output = directory.resolve("output");
    Process run = new ProcessBuilder(binary.toString()).redirectOutput(output.toFile()).start();
    assertThat(exitStatus(run)).isZero();
    Map<String, Integer> answer = new LinkedHashMap<>();
    for (String line : Files.readAllLines(output)) {
      String[] words = line.split(" ", -1);
      answer.put(words[0], Integer.valueOf(words[1]));
    }
    return answer;
  }

  private static void skipIfTheHeaderIsOlder(StructLayout layout, String log) {
    boolean older =
        log.contains("No such file or directory")
            || log.contains("has no member named")
            || log.contains("undefined type")
            || log.contains("incomplete type");
    assertThat(older).as(log).isTrue();
    abort("skipped: the installed header lacks " + layout.name() + " or a field of it");
  }

  private static int exitStatus(Process process) throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The C compiler, or what it built, did not end within a minute.");
    }
    return process.exitValue();
  }
}
