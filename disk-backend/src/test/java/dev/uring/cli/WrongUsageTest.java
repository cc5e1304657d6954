package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

// Should something be served after all, nothing would end it.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WrongUsageTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--create 1Q|'1Q' is not a size",
        "--create -1|is not a size",
        "--create 8E|more than any file",
        "--create 0|without room",
        "--create 1000 --block-size 512|not a multiple",
        "--create 1M --read-only|leave one of them out",
        "--create 1M --create 2M|only once",
        "--create 1M --block-size 3|power of two",
        "--create 1M --block-size 128K|too large",
        "--create 1M --block-size 99999999999|99999999999 is too large",
        "--create 1M --serial 123456789012345678901|1 to 20",
        "--create 1M --nbd disk.sock|not an NBD address",
        "--create 1M --nbd tcp:localhost:65536|0 to 65535",
        "--create 1M --nbd unix:|path of the socket is missing",
        "--create 1M --nbd nbd://localhost/name|names an export",
        "--create 1M --nbd tcp:9 --nbd tcp:127.0.0.1:9|there twice",
        "--create 1M --threads 0|--threads 0 cannot be",
        "--create 1M --threads 65|1 to 64",
        "--create 1M --threads many|not an int",
        "--create 1M --connections 0|--connections 0 cannot be",
        "--create 1M --connections 4097|1 to 4096",
        "--create 1M --in-flight 0|--in-flight 0 cannot be",
        "--create 1M --in-flight 2T|--in-flight 2T cannot be",
        "--create 1M --max-request 32K|--max-request 32K cannot be",
        "--create 1M --max-request 3M|power of two",
        "--create 1M --max-request 8G|--max-request 8G cannot be",
        "--create 1M --handshake-timeout 0|1 to 3600 seconds",
        "--create 1M --message-timeout 3601|1 to 3600 seconds",
        "--create 1M --queues 2|add --vhost-user PATH",
        "--create 1M --sealed-memory|add --vhost-user PATH",
        "--create 1M --vhost-user guest.sock --queues 0|--queues 0 cannot be",
        "--create 1M --vhost-user guest.sock --queues 65|1 to 64",
        "--create 1M --vhost-user guest.sock --queue-size 100|power of two",
        "--create 1M --vhost-user guest.sock --queue-threads 0|--queue-threads 0 cannot be",
        "--create 1M --bogus|no option --bogus",
        "--create 1M other.img|one argument too many",
        "--create|Missing required parameter",
      })
  void what_makes_no_sense_is_refused_in_one_sentence_before_anything_is_touched(
      String options, String because) {
    List<String> arguments = new ArrayList<>(List.of("serve"));
    arguments.add(directory.resolve("disk.img").toString());
    arguments.addAll(List.of(options.split(" ")));

    Invocation refused = Invocation.of(arguments.toArray(String[]::new)).refusesWith(2);

    assertThat(refused.err().replace('"', '\'')).contains(because);
    assertThat(refused.out()).isEmpty();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void a_command_that_is_missing_or_unknown_is_refused_with_those_that_there_are() {
    assertThat(Invocation.of().refusesWith(2).err())
        .contains("serve, vhost-user, demo, probe or policy");
    assertThat(Invocation.of("sevre").refusesWith(2).err())
        .contains("no command sevre, which may mean serve");
    assertThat(Invocation.of("demo", "x").refusesWith(2).err())
        .contains("one argument too many, x");
    assertThat(Invocation.of("serve").refusesWith(2).err()).contains("'IMAGE'");
    assertThat(Invocation.of("serve", "").refusesWith(2).err()).contains("IMAGE is empty");
    assertThat(Invocation.of("serve", "a\0b").refusesWith(2).err())
        .contains("cannot be a file name");
  }

  @Test
  void a_socket_beside_the_image_with_too_long_a_name_is_refused_with_a_way_out() {
    Path image = directory.resolve("a".repeat(110));

    assertThat(Invocation.of("serve", image.toString(), "--create", "1M").refusesWith(2).err())
        .contains("too long")
        .contains("--nbd unix:PATH");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void an_argument_that_begins_with_an_at_sign_is_a_name_and_nothing_is_read_from_it()
      throws IOException {
    Path arguments = Files.writeString(directory.resolve("arguments"), "--help");

    assertThat(Invocation.of("serve", "@" + arguments).refusesWith(1).err())
        .contains("@" + arguments)
        .contains("does not exist");
  }

  @Test
  void help_and_version_go_to_standard_output_with_status_zero() {
    for (String[] arguments :
        new String[][] {{"--help"}, {"--version"}, {"serve", "--help"}, {"demo", "--help"}}) {
      Invocation told = Invocation.of(arguments);

      assertThat(told.status()).isZero();
      assertThat(told.err()).isEmpty();
      assertThat(told.out()).contains("uring-disk");
    }
  }

  @Test
  void every_limit_stands_in_the_help_with_its_range_and_its_default() {
    String help = Invocation.of("serve", "--help").out().replaceAll("\\s+", " ");

    assertThat(help)
        .contains("Clients at once, 1 to 4096 (default: 64)")
        .contains("1 to 1T (default: 64M)")
        .contains("from 64K to 32M (default: 32M)")
        .contains("choose an export, 1 to 3600 (default: 10)")
        .contains("to its last, 1 to 3600 (default: 60)")
        .containsPattern("1 to 64 \\(default: one a processor, 4 at most: [1-4]\\)");
  }
}
