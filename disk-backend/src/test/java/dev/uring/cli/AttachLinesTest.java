package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.NbdAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttachLinesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain-1.0/x",
        "a b",
        "it's",
        "''",
        "$HOME `id` \"x\" \\",
        "*?[a]&;|<>#~!",
        "ü"
      })
  void a_shell_reads_a_quoted_word_as_it_was_meant(String word) throws Exception {
    assertThat(wordsOf("printf '<%s>' " + ShellWord.of(word))).isEqualTo("<" + word + ">");
  }

  @Test
  void a_word_that_needs_no_quotes_has_none() {
    assertThat(ShellWord.of("nbd://127.0.0.1:10809")).isEqualTo("nbd://127.0.0.1:10809");
  }

  @Test
  void a_socket_with_an_odd_name_reaches_each_program_as_one_word() throws Exception {
    NbdAddress address = new NbdAddress.Unix("/tmp/my 'disk', the $1st.sock");

    List<String> lines = AttachLines.of(address, false);

    assertThat(lines).hasSize(5);
    assertThat(wordsOf("nbdinfo() { printf '%s' \"$1\"; }; " + lines.get(0)))
        .isEqualTo(address.uri());
    assertThat(NbdAddress.parse(address.uri())).isEqualTo(address);
    assertThat(wordsOf("sudo() { printf '%s|%s|%s' \"$2\" \"$3\" \"$4\"; }; " + lines.get(4)))
        .isEqualTo("-unix|/tmp/my 'disk', the $1st.sock|/dev/nbd0");
    // A comma would end the file's name for QEMU.
    assertThat(lines.get(3)).contains("%2C").endsWith(",format=raw,if=virtio'");
  }

  @Test
  void a_port_is_attached_to_by_host_and_number() {
    assertThat(AttachLines.of(new NbdAddress.Tcp("::1", 99), false))
        .containsExactly(
            "nbdinfo 'nbd://[::1]:99'",
            "nbdcopy 'nbd://[::1]:99' out.raw",
            "qemu-img info 'nbd://[::1]:99'",
            "qemu-system-x86_64 -drive 'file=nbd://[::1]:99,format=raw,if=virtio'",
            "sudo nbd-client ::1 99 /dev/nbd0");
  }

  @Test
  void a_read_only_disk_is_attached_read_only_where_a_program_must_be_told() {
    List<String> lines = AttachLines.of(new NbdAddress.Tcp("localhost", 99), true);

    assertThat(lines.get(3)).endsWith(",readonly=on");
    assertThat(lines.get(4)).endsWith(" -readonly");
  }

  @Test
  void a_relative_socket_is_named_so_that_it_works_from_anywhere() {
    NbdAddress anywhere = AttachLines.anywhere(new NbdAddress.Unix("x/../disk.sock"));

    assertThat(anywhere)
        .isEqualTo(new NbdAddress.Unix(Path.of("").toAbsolutePath().resolve("disk.sock") + ""));
  }

  @Test
  void a_relative_socket_whose_whole_name_is_too_long_stays_relative() {
    NbdAddress relative = new NbdAddress.Unix("d".repeat(100) + "/s");

    assertThat(AttachLines.anywhere(relative)).isEqualTo(relative);
  }

  private static String wordsOf(String script) throws IOException, InterruptedException {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", script);
    shell.environment().put("LC_ALL", "C.UTF-8");
    Process process = shell.redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }
}
