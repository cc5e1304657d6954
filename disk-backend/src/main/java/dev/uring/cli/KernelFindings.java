package dev.uring.cli;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.cli.Finding.Use;
import dev.uring.ring.Feature;
import dev.uring.ring.KernelProbe;
import dev.uring.ring.Ring;
import dev.uring.ring.SetupFlag;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** All that this program wants of a kernel, held against the one that runs. */
final class KernelFindings {
  private static final Set<Feature> FEATURES_NEEDED =
      EnumSet.of(Feature.SINGLE_MMAP, Feature.NODROP, Feature.EXT_ARG);
  private static final Set<Feature> FEATURES_HELPFUL =
      EnumSet.of(Feature.FAST_POLL, Feature.NATIVE_WORKERS);

  private static final Set<SetupFlag> FLAGS_NEEDED =
      EnumSet.of(
          SetupFlag.CQSIZE,
          SetupFlag.R_DISABLED,
          SetupFlag.SUBMIT_ALL,
          SetupFlag.SINGLE_ISSUER,
          SetupFlag.DEFER_TASKRUN);
  private static final Set<SetupFlag> FLAGS_HELPFUL = EnumSet.of(SetupFlag.NO_SQARRAY);

  private static final Set<UringOperation> OPERATIONS_NEEDED =
      EnumSet.of(
          UringOperation.READ,
          UringOperation.READV,
          UringOperation.WRITE,
          UringOperation.WRITEV,
          UringOperation.FSYNC,
          UringOperation.FALLOCATE,
          UringOperation.FADVISE,
          UringOperation.ACCEPT,
          UringOperation.SHUTDOWN,
          UringOperation.ASYNC_CANCEL);

  private final List<Finding> findings = new ArrayList<>();

  /**
   * Asks the kernel.
   *
   * @throws dev.uring.ring.UringException if not even the plainest ring can be made
   */
  static List<Finding> of(URingAllowlist allowlist) {
    KernelFindings found = new KernelFindings();
    try (Ring ring = Ring.builder(4).build()) {
      found.features(ring);
      found.setupFlags();
      found.operations(KernelProbe.of(ring.registrar()), allowlist);
      found.calls(ring);
    }
    found.findings.addAll(RingTrials.of(allowlist));
    return found.findings;
  }

  private void features(Ring ring) {
    for (Feature feature : Feature.values()) {
      boolean there = ring.features().contains(feature);
      if (FEATURES_NEEDED.contains(feature)) {
        add("feature", feature.name(), feature.since(), Use.NEEDED, there);
      } else if (FEATURES_HELPFUL.contains(feature)) {
        add("feature", feature.name(), feature.since(), Use.HELPFUL, there);
      }
    }
  }

  private void setupFlags() {
    for (SetupFlag flag : SetupFlag.values()) {
      if (FLAGS_NEEDED.contains(flag)) {
        add("set-up flag", flag.name(), flag.since(), Use.NEEDED, KernelProbe.accepts(flag));
      } else if (FLAGS_HELPFUL.contains(flag)) {
        add("set-up flag", flag.name(), flag.since(), Use.HELPFUL, KernelProbe.accepts(flag));
      }
    }
  }

  private void operations(KernelProbe probe, URingAllowlist allowlist) {
    Set<UringOperation> wanted = new TreeSet<>(allowlist.effectiveOperations());
    wanted.addAll(OPERATIONS_NEEDED);
    for (UringOperation operation : wanted) {
      Use use = OPERATIONS_NEEDED.contains(operation) ? Use.NEEDED : Use.ALLOWED;
      add("request", operation.name(), operation.since(), use, probe.has(operation));
    }
  }

  private void calls(Ring ring) {
    boolean registers = KernelProbe.registersDescriptors(ring);
    add("register call", "REGISTER_RING_FDS", "5.18", Use.HELPFUL, registers);
  }

  private void add(String kind, String name, String since, Use use, boolean there) {
    findings.add(new Finding(kind, name.toLowerCase(Locale.ROOT), since, use, there, ""));
  }
}
