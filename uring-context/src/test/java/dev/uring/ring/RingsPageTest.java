package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.RegisterCall;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** What docs/rings.md says is what the code has. */
class RingsPageTest {

  /** The cells of all rows whose first cell begins so, without quotes. */
  private static List<List<String>> rows(String beginning) throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.exists(directory.resolve("docs/rings.md"))) {
      directory = directory.getParent();
    }
    assertThat(directory).as("a directory above the module that holds docs/rings.md").isNotNull();
    List<List<String>> rows = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("docs/rings.md"))) {
      if (line.startsWith("| `" + beginning)) {
        String[] cells = line.replace("`", "").split("\\|", -1);
        rows.add(Arrays.stream(cells).map(String::strip).filter(cell -> !cell.isEmpty()).toList());
      }
    }
    return rows;
  }

  private static Method method(String dotted, boolean isPublic) {
    String[] names = dotted.split("\\.", -1);
    try {
      return Arrays.stream(Class.forName("dev.uring.ring." + names[0]).getDeclaredMethods())
          .filter(method -> method.getName().equals(names[1]))
          .filter(method -> !isPublic || Modifier.isPublic(method.getModifiers()))
          .findFirst()
          .orElseThrow(() -> new AssertionError("there is no " + dotted));
    } catch (ClassNotFoundException e) {
      throw new AssertionError("there is no class of " + dotted, e);
    }
  }

  @Test
  void every_register_call_has_a_public_method_and_a_test() throws IOException {
    List<List<String>> rows = new ArrayList<>(rows("IORING_REGISTER_"));
    rows.addAll(rows("IORING_UNREGISTER_"));
    assertThat(rows).hasSize(RegisterCall.values().length);
    for (RegisterCall call : RegisterCall.values()) {
      List<String> row =
          rows.stream()
              .filter(cells -> cells.get(0).equals(call.kernelName()))
              .findFirst()
              .orElseThrow(() -> new AssertionError(call + " is missing"));
      assertThat(row.get(1)).as(call.kernelName()).isEqualTo(call.since());
      assertThat(method(row.get(2), true)).isNotNull();
      Method test = method(row.get(3), false);
      assertThat(
              test.isAnnotationPresent(Test.class)
                  || test.isAnnotationPresent(ParameterizedTest.class))
          .as(row.get(3))
          .isTrue();
    }
  }

  @Test
  void every_set_up_flag_has_a_method_of_the_builder() throws IOException {
    EnumSet<SetupFlag> seen = EnumSet.noneOf(SetupFlag.class);
    for (List<String> row : rows("IORING_SETUP_")) {
      SetupFlag flag = SetupFlag.valueOf(row.get(0).substring("IORING_SETUP_".length()));
      assertThat(row.get(1)).as(row.get(0)).isEqualTo(flag.since());
      assertThat(method("RingBuilder." + row.get(2), true)).isNotNull();
      seen.add(flag);
    }
    assertThat(seen).isEqualTo(EnumSet.allOf(SetupFlag.class));
  }
}
