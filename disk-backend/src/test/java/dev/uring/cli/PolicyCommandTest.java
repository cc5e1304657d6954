package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyCommandTest {
  private static final String SAME = "In force is what was wished.\n";

  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void make_image() throws IOException {
    byte[] content = new byte[1 << 16];
    content[4711] = 1;
    image = Files.write(directory.resolve("disk.img"), content);
  }

  private Path text(String text) throws IOException {
    return Files.writeString(directory.resolve("policy"), text);
  }

  private static Invocation policy(Object... arguments) {
    List<String> words = new ArrayList<>(List.of("policy"));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    return Invocation.of(words.toArray(String[]::new));
  }

  private static Invocation done(Invocation told, int status) {
    assertThat(told.err()).isEmpty();
    assertThat(told.status()).as(told.out()).isEqualTo(status);
    return told;
  }

  @Test
  void the_rings_that_would_serve_an_image_do_what_is_wished() {
    assertThat(done(policy(image), 0).out())
        .contains("wish            closed-block-server, by default\n")
        .contains("the rings that would serve " + image)
        .containsPattern("profile +closed-block-server\n")
        .contains("the ring opens no file, makes no socket, connects nowhere")
        .containsPattern("cannot promise +that its table never changes")
        .contains("no other ring of this process")
        .contains("this process is kept to the ring")
        .containsPattern("request +accept +permitted +permitted\n")
        .containsPattern("request +async_cancel +permitted +permitted\n")
        .containsPattern("register call +unregister_files +added +permitted\n")
        .containsPattern("entry flag +fixed_file +required +required\n")
        .containsPattern("denied as wished: 45 requests, 33 register calls, 3 entry flags")
        .doesNotContain("openat", "DIFFERS")
        .endsWith(SAME);
  }

  @Test
  void an_image_to_be_read_gets_the_profile_for_that() {
    assertThat(done(policy(image, "--read-only"), 0).out())
        .containsPattern("profile +closed-block-server-read-only\n")
        .contains("that write stays off the image")
        .doesNotContain("fallocate")
        .endsWith(SAME);
  }

  @Test
  void asking_leaves_the_image_as_it_was_and_nothing_beside_it() throws IOException {
    byte[] before = Files.readAllBytes(image);

    done(policy(image), 0);
    done(policy(image, "--json"), 0);

    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    try (Stream<Path> listed = Files.list(directory)) {
      assertThat(listed).containsExactly(image);
    }
  }

  @Test
  void a_wish_of_ones_own_that_the_disks_rings_do_not_do_is_shown_and_fails() throws IOException {
    Path wish =
        text("include closed-block-server\nallow-register register_files_update\nallow openat\n");

    assertThat(done(policy("--file", wish, image), 1).out())
        .contains("wish            the text " + wish)
        .containsPattern("profile +closed-block-server\n")
        .containsPattern("request +openat +permitted +denied +DIFFERS\n")
        .containsPattern("register call +register_files_update +permitted +denied +DIFFERS\n")
        .endsWith("In force is NOT what was wished: openat, register_files_update.\n");
  }

  @Test
  void a_wish_that_names_the_profile_of_the_disk_is_what_is_found() throws IOException {
    Path wish = text("include closed-block-server # as served\n");

    assertThat(done(policy("--file", wish, image), 0).out()).endsWith(SAME);
  }

  @Test
  void every_preset_is_found_in_force_on_a_ring_without_a_disk() throws IOException {
    for (String preset : URingAllowlist.presets().keySet()) {
      Path wish = text("include " + preset + "\n");

      assertThat(done(policy("--file", wish), 0).out())
          .containsPattern("profile +" + preset + "\n")
          .endsWith(SAME);
    }
  }

  @Test
  void without_anything_the_servers_profile_is_tried_on_a_ring_without_a_disk() {
    assertThat(done(policy(), 0).out())
        .contains("one ring without a disk")
        .containsPattern("profile +closed-block-server\n")
        .endsWith(SAME);
  }

  @Test
  void a_list_of_ones_own_is_told_by_the_profile_that_it_is_within() throws IOException {
    assertThat(done(policy("--file", text("allow read\nrequire-flags fixed_file\n")), 0).out())
        .containsPattern("profile +a list of its own, within closed-block-device-read-only\n");
    assertThat(done(policy("--file", text("allow openat\n")), 0).out())
        .containsPattern("profile +none: ")
        .containsPattern("request +openat +permitted +permitted\n");
  }

  @Test
  void what_newer_kernels_have_is_reported_present_or_absent() {
    assertThat(done(policy(), 0).out())
        .containsPattern("restrictions of threads: (this kernel|in force)")
        .containsPattern("filters on requests: (this kernel|in force)");
  }

  @Test
  void json_says_of_everything_what_was_wished_and_what_was_found() throws IOException {
    Path wish = text("include closed-block-server\nallow openat\n");

    String same = done(policy("--json", image), 0).out();
    String other = done(policy("--json", "--file", wish, image), 1).out();

    assertThat(same).contains("\"differs\": false\n}").contains("\"profile\": \"closed-block-");
    assertThat(other).contains("\"differs\": true\n}");
    assertThat(kinds(same))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("request", 63, "register call", 36, "entry flag", 7));
    assertThat(other)
        .containsPattern(
            "\"openat\", \"wish\": \"permitted\", \"added\": false, \"found\": \\[\"denied\"(,"
                + " \"denied\")*\\], \"differs\": true")
        .containsPattern("\"tee\", \"wish\": \"denied\", \"added\": false");
  }

  private static Map<String, Integer> kinds(String json) {
    Map<String, Integer> kinds = new TreeMap<>();
    Matcher kind = Pattern.compile("\\{\"kind\": \"([^\"]+)\"").matcher(json);
    while (kind.find()) {
      kinds.merge(kind.group(1), 1, Integer::sum);
    }
    return kinds;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--pid 1 IMAGE|exclude each other",
        "--read-only|name one, or leave it out",
        "--pid 0|number above zero",
        "--pid -1|number above zero",
        "--pid many|not a long",
        "--pid 99999999999999999999|not a long",
        "IMAGE another|one argument too many",
        "--file|Missing required parameter",
        "--bogus|no option --bogus",
      })
  void what_makes_no_sense_is_refused_in_one_sentence(String arguments, String because) {
    Object[] words = arguments.replace("IMAGE", image.toString()).split(" ", -1);

    assertThat(policy(words).refusesWith(2).err()).contains(because);
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow reed\n", "permit read", "allow", "\0\0\0", "include my-disk"})
  void a_text_that_is_no_policy_is_refused_with_its_place(String text) throws IOException {
    assertThat(policy("--file", text(text), image).refusesWith(2).err())
        .contains("/policy: line 1, column ");
  }

  @Test
  void a_policy_that_cannot_be_read_is_refused_with_a_reason() throws IOException {
    assertThat(policy("--file", directory.resolve("none")).refusesWith(1).err())
        .contains("there is no policy");
    assertThat(policy("--file", directory).refusesWith(1).err())
        .contains("cannot be read (Is a directory)");
    assertThat(policy("--file", "").refusesWith(2).err()).contains("--file is empty");
    assertThat(policy("--file", "/dev/zero").refusesWith(2).err()).contains("longer than 65536");
  }

  @Test
  void an_image_that_is_missing_or_empty_is_refused_as_by_serve() {
    assertThat(policy(directory.resolve("none")).refusesWith(1).err()).contains("does not exist");
    assertThat(policy("").refusesWith(2).err()).contains("IMAGE is empty");
  }
}
