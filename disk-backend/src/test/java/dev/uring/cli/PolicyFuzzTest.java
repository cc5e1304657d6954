package dev.uring.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.AllowlistText;
import dev.uring.allowlist.URingAllowlist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A policy file may hold anything: it is understood, or there is one sentence that says why not.
 */
class PolicyFuzzTest {
  /** Through the whole command, a ring included. */
  private static final int RUNS = 300;

  /** Through its reading only. */
  private static final int READS = 3_000;

  /** Words that come close to meaning something. */
  private static final List<String> WORDS =
      List.of(
          "allow",
          "allow-register",
          "allow-flags",
          "require-flags",
          "include",
          "read",
          "openat",
          "register_files",
          "fixed_file",
          "io_drain",
          "cqe_skip_success",
          "buffer_select",
          "service",
          "nothing",
          "closed-block-device",
          " ",
          "\t",
          "\n",
          "\r\n",
          "#",
          "\0",
          "\u001b[2J",
          "\u00ff",
          "\u00c3(",
          "allow allow",
          "READ",
          "-",
          "\"",
          "\\");

  @TempDir Path directory;

  @Test
  void a_file_of_anything_does_no_more_than_an_error_message() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path file = directory.resolve("policy");
    int understood = 0;
    for (int run = 0; run < RUNS; run++) {
      // Anew: a file that is cut short and written again is written to the disk at once by some.
      Files.deleteIfExists(file);
      Files.write(file, anything(random));
      Invocation told = Invocation.of("policy", "--file", file.toString());

      String which = "seed " + seed + ", run " + run;
      if (told.status() == 0) {
        understood++;
        assertThat(told.err()).as(which).isEmpty();
      } else {
        assertThat(told.status()).as(which + told.err()).isIn(1, 2);
        if (told.status() == 2) {
          assertThat(told.out()).as(which).isEmpty();
          assertThat(told.refusesWith(2).err())
              .as(which)
              .containsPattern("/policy: line \\d+, column \\d+: ")
              .matches("[ -~]+\n");
        }
      }
      assertThat(directory.toFile().list()).as(which).containsExactly("policy");
    }
    assertThat(understood).as("seed " + seed).isPositive();
  }

  @Test
  void what_is_read_is_a_list_or_one_printable_sentence() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path file = directory.resolve("policy");
    for (int run = 0; run < READS; run++) {
      // Anew: a file that is cut short and written again is written to the disk at once by some.
      Files.deleteIfExists(file);
      Files.write(file, anything(random));
      String which = "seed " + seed + ", run " + run;
      try {
        URingAllowlist list = PolicyCommand.read(file);
        assertThat(AllowlistText.parse(AllowlistText.format(list))).as(which).isEqualTo(list);
      } catch (UsageException e) {
        assertThat(Failures.status(e)).as(which).isEqualTo(2);
        assertThat(Failures.sentence(e))
            .as(which)
            .containsPattern("/policy: line \\d+, column \\d+: ")
            .matches("[ -~]{1,600}");
      }
    }
  }

  private static byte[] anything(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> bytes(random, random.nextInt(200));
      case 1 -> words(random).getBytes(ISO_8859_1);
      default -> damaged(random);
    };
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String words(Random random) {
    StringBuilder text = new StringBuilder();
    for (int count = random.nextInt(12); count > 0; count--) {
      text.append(WORDS.get(random.nextInt(WORDS.size())));
      text.append(random.nextInt(5) == 0 ? "" : " ");
    }
    return text.toString();
  }

  /** A sound text with some of its bytes changed, left out or doubled; sometimes with none. */
  private static byte[] damaged(Random random) {
    List<URingAllowlist> presets = new ArrayList<>(URingAllowlist.presets().values());
    String sound = AllowlistText.format(presets.get(random.nextInt(presets.size())));
    StringBuilder text = new StringBuilder(sound);
    for (int count = random.nextInt(4); count > 0; count--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.deleteCharAt(at);
        default -> text.insert(at, text.charAt(at));
      }
    }
    return text.toString().getBytes(ISO_8859_1);
  }
}
