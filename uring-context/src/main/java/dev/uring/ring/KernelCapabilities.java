package dev.uring.ring;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Capability.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything of io_uring that the running kernel has or lacks, by its own answers: first the query
 * for everything, then feature bits, then the probe of requests, then trying. Its version is never
 * asked. Immutable.
 *
 * <p>Beside what this library knows there is what newer kernels add: named where it has a name
 * here, numbered where not.
 */
public final class KernelCapabilities {
  private final Map<Key, Capability> all;

  private record Key(Kind kind, int number) {}

  KernelCapabilities(List<Capability> found) {
    this.all = new LinkedHashMap<>();
    for (Capability capability : found) {
      all.put(new Key(capability.kind(), capability.number()), capability);
    }
  }

  /**
   * Asks the kernel.
   *
   * @throws UringException if not even the plainest ring can be made: why, and what to do
   */
  public static KernelCapabilities ask() {
    return ask(KernelQuery.ask());
  }

  static KernelCapabilities ask(Optional<KernelQuery> query) {
    try (Ring ring = Ring.builder(2).build();
        RegisterTrial trial = new RegisterTrial()) {
      return new KernelCapabilities(new CapabilitySurvey(query, ring, trial).all());
    }
  }

  /** All of them, grouped by kind, by number within. */
  public List<Capability> all() {
    return List.copyOf(all.values());
  }

  /** Whether the kernel has a request. */
  public Capability of(UringOperation operation) {
    return get(Kind.REQUEST, operation.code());
  }

  /** Whether the kernel has a register call. */
  public Capability of(RegisterCall call) {
    return get(Kind.REGISTER_CALL, call.code());
  }

  /** Whether the kernel has a set-up flag. */
  public Capability of(SetupFlag flag) {
    return get(Kind.SETUP_FLAG, Integer.numberOfTrailingZeros(flag.mask()));
  }

  /** Whether the kernel has a feature. */
  public Capability of(Feature feature) {
    return get(Kind.FEATURE, Integer.numberOfTrailingZeros(feature.mask()));
  }

  /** Whether the kernel has a flag of entering. */
  public Capability of(EnterFlag flag) {
    return get(Kind.ENTER_FLAG, Integer.numberOfTrailingZeros(flag.mask()));
  }

  /** Whether the kernel has a flag of entries. */
  public Capability of(EntryFlag flag) {
    return get(Kind.ENTRY_FLAG, Integer.numberOfTrailingZeros(flag.mask()));
  }

  private Capability get(Kind kind, int number) {
    Capability found = all.get(new Key(kind, number));
    if (found == null) {
      throw new IllegalStateException("nothing was found out about " + kind + " " + number);
    }
    return found;
  }

  @Override
  public String toString() {
    long offered = all.values().stream().filter(Capability::offered).count();
    return "KernelCapabilities[" + offered + " of " + all.size() + " offered]";
  }
}
