package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Capability.Kind;
import dev.uring.ring.Capability.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Finds out, kind by kind, what a kernel has. */
final class CapabilitySurvey {
  private static final String AFTER = "after 6.18";

  private final @Nullable KernelQuery query;
  private final Ring ring;
  private final RegisterTrial trial;
  private final List<Capability> found = new ArrayList<>();

  CapabilitySurvey(Optional<KernelQuery> query, Ring ring, RegisterTrial trial) {
    this.query = query.orElse(null);
    this.ring = ring;
    this.trial = trial;
  }

  List<Capability> all() {
    requests();
    registerCalls();
    setupFlags();
    features();
    enterFlags();
    entryFlags();
    return found;
  }

  private void requests() {
    OptionalInt count = query == null ? OptionalInt.empty() : OptionalInt.of(query.requests());
    KernelProbe probe = ring.registrar().probe();
    for (UringOperation operation : UringOperation.values()) {
      Numbered thing =
          new Numbered(
              Kind.REQUEST, operation.code(), operation.kernelName(), operation.since(), true);
      if (count.isPresent() && operation.code() >= count.getAsInt()) {
        add(thing, false, Source.QUERY);
      } else {
        add(thing, probe.has(operation), Source.PROBE);
      }
    }
    later(Kind.REQUEST, UringOperation.values().length, count);
  }

  private void registerCalls() {
    OptionalInt count = query == null ? OptionalInt.empty() : OptionalInt.of(query.registerCalls());
    for (RegisterCall call : RegisterCall.values()) {
      Numbered thing =
          new Numbered(Kind.REGISTER_CALL, call.code(), call.kernelName(), call.since(), true);
      // Below the count a call may have been left out when the kernel was built.
      if (count.isPresent() && (call.code() >= count.getAsInt() || trial.knows(call))) {
        add(thing, call.code() < count.getAsInt(), Source.QUERY);
      } else {
        add(thing, count.isEmpty() && trial.knows(call), Source.TRIAL);
      }
    }
    later(Kind.REGISTER_CALL, RegisterCall.values().length, count);
  }

  /** What has a number beyond those that this library knows. */
  private void later(Kind kind, int next, OptionalInt count) {
    int number = next;
    for (LaterNames.Later later : LaterNames.of(kind)) {
      Numbered thing = new Numbered(kind, later.number(), later.kernelName(), later.since(), false);
      add(thing, later.number() < count.orElse(0), Source.QUERY);
      number = later.number() + 1;
    }
    for (; number < count.orElse(0); number++) {
      add(new Numbered(kind, number, kind + " " + number, AFTER, false), true, Source.QUERY);
    }
  }

  private void setupFlags() {
    OptionalLong mask = query == null ? OptionalLong.empty() : OptionalLong.of(query.setupFlags());
    for (SetupFlag flag : SetupFlag.values()) {
      flag(
          new Numbered(Kind.SETUP_FLAG, bit(flag.mask()), flag.kernelName(), flag.since(), true),
          mask,
          () -> SetupTrial.accepts(flag),
          Source.TRIAL);
    }
    laterBits(Kind.SETUP_FLAG, SetupFlag.values().length, mask);
  }

  private void features() {
    OptionalLong mask = query == null ? OptionalLong.empty() : OptionalLong.of(query.features());
    for (Feature feature : Feature.values()) {
      flag(
          new Numbered(
              Kind.FEATURE, bit(feature.mask()), feature.kernelName(), feature.since(), true),
          mask,
          () -> ring.features().contains(feature),
          Source.FEATURES);
    }
    laterBits(Kind.FEATURE, Feature.values().length, mask);
  }

  private void enterFlags() {
    OptionalLong mask = query == null ? OptionalLong.empty() : OptionalLong.of(query.enterFlags());
    for (EnterFlag flag : EnterFlag.values()) {
      flag(
          new Numbered(Kind.ENTER_FLAG, bit(flag.mask()), flag.kernelName(), flag.since(), true),
          mask,
          () -> EnterTrial.accepts(ring, flag),
          Source.TRIAL);
    }
    laterBits(Kind.ENTER_FLAG, EnterFlag.values().length, mask);
  }

  private void entryFlags() {
    OptionalLong mask = query == null ? OptionalLong.empty() : OptionalLong.of(query.entryFlags());
    for (EntryFlag flag : EntryFlag.values()) {
      flag(
          new Numbered(Kind.ENTRY_FLAG, bit(flag.mask()), flag.kernelName(), flag.since(), true),
          mask,
          () -> EnterTrial.accepts(ring, flag),
          Source.TRIAL);
    }
    laterBits(Kind.ENTRY_FLAG, EntryFlag.values().length, mask);
  }

  private void flag(
      Numbered thing, OptionalLong mask, BooleanSupplier otherwise, Source otherSource) {
    if (mask.isPresent()) {
      add(thing, (mask.getAsLong() >>> thing.number() & 1) != 0, Source.QUERY);
    } else {
      add(thing, otherwise.getAsBoolean(), otherSource);
    }
  }

  private void laterBits(Kind kind, int next, OptionalLong mask) {
    for (int bit = next; bit < Long.SIZE; bit++) {
      if ((mask.orElse(0) >>> bit & 1) != 0) {
        add(new Numbered(kind, bit, kind + " bit " + bit, AFTER, false), true, Source.QUERY);
      }
    }
  }

  private static int bit(int mask) {
    return Integer.numberOfTrailingZeros(mask);
  }

  private record Numbered(Kind kind, int number, String name, String since, boolean known) {}

  private void add(Numbered thing, boolean offered, Source source) {
    String reason = "";
    if (!offered) {
      reason = missing(thing, source);
    } else if (!thing.known()) {
      reason = "newer than this library, which cannot use it";
    }
    found.add(
        new Capability(
            thing.kind(),
            thing.number(),
            thing.name(),
            thing.since(),
            thing.known(),
            offered,
            source,
            reason));
  }

  private String missing(Numbered thing, Source source) {
    int count =
        query == null
            ? 0
            : switch (thing.kind()) {
              case REQUEST -> query.requests();
              case REGISTER_CALL -> query.registerCalls();
              default -> 0;
            };
    return source != Source.QUERY && thing.number() < count
        ? "this kernel was built without it"
        : "this kernel does not have it; Linux " + thing.since() + " has";
  }
}
