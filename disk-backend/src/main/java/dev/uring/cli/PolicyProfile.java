package dev.uring.cli;

import dev.uring.allowlist.URingAllowlist;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a list promises by being what it is, and what no list like it can promise.
 *
 * @param preset the preset that the list is, or within which it is
 * @param exact whether it is that preset; else it permits less, and the promises hold all the more
 * @param promises in sentences
 * @param cannotPromise in sentences
 */
record PolicyProfile(
    String preset, boolean exact, List<String> promises, List<String> cannotPromise) {
  private static final String READ_ONLY = "-read-only";

  private static final List<String> NEVER =
      List.of(
          "that this process is kept to the ring: it may open files without it, and make another",
          "what a permitted request does: offsets, slots and its own flags are not looked at");

  private static final String OTHER_RING =
      "that no other ring of this process puts a file into its table (msg_ring): there must be none";

  /** The profile of a list, or empty if it permits more than any of them. */
  static Optional<PolicyProfile> of(URingAllowlist list) {
    URingAllowlist nearest = null;
    for (URingAllowlist preset : URingAllowlist.presets().values()) {
      if (list.isWithin(preset) && (nearest == null || preset.isWithin(nearest))) {
        nearest = preset;
      }
    }
    return Optional.ofNullable(nearest).map(preset -> within(preset, list.equals(preset)));
  }

  private static PolicyProfile within(URingAllowlist preset, boolean exact) {
    String name = preset.name().orElseThrow();
    boolean readOnly = name.endsWith(READ_ONLY);
    String base = readOnly ? name.substring(0, name.length() - READ_ONLY.length()) : name;
    List<String> promises = new ArrayList<>();
    List<String> cannot = new ArrayList<>();
    switch (base) {
      case "nothing" -> promises.add("the ring does no I/O");
      case "closed-block-device" -> {
        promises.add("only files that were in the ring's table before it was enabled are reached");
        cannot.add("a distinction between those files");
        cannot.add(OTHER_RING);
      }
      case "closed-block-server" -> {
        promises.add("the ring opens no file, makes no socket, connects nowhere");
        promises.add("it passes no descriptor to a peer; entries name slots of its table only");
        cannot.add("that its table never changes: a client of a registered listener takes a slot");
        cannot.add(OTHER_RING);
      }
      case "mutable-block-device" -> {
        promises.add("the ring itself opens nothing; entries name slots of its table only");
        cannot.add(
            "that it touches no other file: any descriptor of the process can be registered");
      }
      default -> {
        promises.add("the ring opens no file by name and reaches no other ring");
        cannot.add("that it uses sockets only: it reads, writes and closes any descriptor");
      }
    }
    if (readOnly) {
      promises.add(
          base.equals("closed-block-server")
              ? "it changes no file but by write and writev, which answer clients"
              : "it neither changes nor flushes a file");
    }
    if (readOnly && base.equals("closed-block-server")) {
      cannot.add("that write stays off the image: that the image was opened for reading does");
    }
    cannot.addAll(NEVER);
    return new PolicyProfile(name, exact, List.copyOf(promises), List.copyOf(cannot));
  }
}
