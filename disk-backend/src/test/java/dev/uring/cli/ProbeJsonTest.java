package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.cli.Finding.Use;
import dev.uring.ring.Capability;
import dev.uring.ring.EnterFlag;
import dev.uring.ring.Feature;
import dev.uring.ring.SetupFlag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The probe tells everything, to people and to programs. */
class ProbeJsonTest {

  /** Every name of the kernel's that the library knows, with the version that brought it. */
  private static Map<String, String> everything() {
    Map<String, String> names = new java.util.TreeMap<>();
    Arrays.stream(UringOperation.values()).forEach(o -> names.put(o.kernelName(), o.since()));
    Arrays.stream(RegisterCall.values()).forEach(c -> names.put(c.kernelName(), c.since()));
    Arrays.stream(EntryFlag.values()).forEach(f -> names.put(f.kernelName(), f.since()));
    Arrays.stream(EnterFlag.values()).forEach(f -> names.put(f.kernelName(), f.since()));
    Arrays.stream(SetupFlag.values()).forEach(f -> names.put(f.kernelName(), f.since()));
    Arrays.stream(Feature.values()).forEach(f -> names.put(f.kernelName(), f.since()));
    return names;
  }

  @Test
  void people_are_told_of_everything_by_the_kernels_own_names() {
    String told = Invocation.of("probe").out();

    assertThat(everything()).hasSizeGreaterThan(140);
    everything()
        .forEach(
            (name, since) ->
                assertThat(told)
                    .containsPattern(
                        " " + name + " +" + since.replace(".", "\\.") + " +(yes|no) +[a-z]+"));
  }

  @Test
  @SuppressWarnings("unchecked")
  void programs_are_told_the_same_as_one_object() {
    Invocation told = Invocation.of("probe", "--json");

    assertThat(told.err()).isEmpty();
    assertThat(told.status()).isZero();
    Map<String, Object> object = (Map<String, Object>) SmallJson.parse(told.out());
    assertThat(object).containsOnlyKeys("usable", "reason", "system", "wanted", "kernel");
    assertThat(object).containsEntry("usable", true).containsEntry("reason", "");
    Map<String, String> versions = new java.util.TreeMap<>();
    for (Object one : (List<Object>) object.get("kernel")) {
      Map<String, Object> capability = (Map<String, Object>) one;
      assertThat(capability)
          .containsOnlyKeys(
              "kind", "number", "name", "since", "known", "offered", "source", "reason");
      if (capability.get("known").equals(true)) {
        versions.put((String) capability.get("name"), (String) capability.get("since"));
      }
    }
    assertThat(versions).isEqualTo(everything());
    assertThat((List<Object>) object.get("wanted")).hasSizeGreaterThan(20);
  }

  @Test
  void what_keeps_disks_from_being_served_is_in_the_object_too() {
    String json =
        ProbeJson.of(
            Map.of("kernel", "9.9 \"quoted\"\\\n"),
            List.of(new Finding("trial", "wake-up", "6.13", Use.NEEDED, false, "EINVAL")),
            List.<Capability>of(),
            "no");

    assertThat(SmallJson.parse(json))
        .isEqualTo(
            Map.of(
                "usable",
                false,
                "reason",
                "no",
                "system",
                Map.of("kernel", "9.9 \"quoted\"\\\n"),
                "wanted",
                new ArrayList<>(
                    List.of(
                        Map.of(
                            "kind", "trial",
                            "name", "wake-up",
                            "since", "6.13",
                            "use", "needed",
                            "offered", false,
                            "remark", "EINVAL"))),
                "kernel",
                List.of()));
  }
}
