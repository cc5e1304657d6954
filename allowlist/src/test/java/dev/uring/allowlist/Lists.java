package dev.uring.allowlist;

import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Allowlists for properties. */
final class Lists {
  private Lists() {}

  /** Any list at all. */
  static Arbitrary<URingAllowlist> any() {
    return of(
        Arbitraries.of(UringOperation.class).set(),
        Arbitraries.of(RegisterCall.class).set(),
        Arbitraries.of(EntryFlag.class).set(),
        Arbitraries.of(EntryFlag.class).set());
  }

  /** Lists over so few permissions that one is often within the other. */
  static Arbitrary<URingAllowlist> few() {
    Arbitrary<Set<EntryFlag>> flags = Arbitraries.of(EntryFlag.FIXED_FILE, EntryFlag.ASYNC).set();
    return of(
        Arbitraries.of(UringOperation.READ, UringOperation.WRITE, UringOperation.ASYNC_CANCEL)
            .set(),
        Arbitraries.of(RegisterCall.UNREGISTER_FILES, RegisterCall.REGISTER_FILES_UPDATE).set(),
        flags,
        flags);
  }

  private static Arbitrary<URingAllowlist> of(
      Arbitrary<Set<UringOperation>> operations,
      Arbitrary<Set<RegisterCall>> calls,
      Arbitrary<Set<EntryFlag>> allowed,
      Arbitrary<Set<EntryFlag>> required) {
    return Combinators.combine(operations, calls, allowed, required)
        .as(
            (o, c, a, r) ->
                URingAllowlist.builder()
                    .allow(o)
                    .allowRegister(c)
                    .allowFlags(a)
                    .requireFlags(r)
                    .build());
  }
}
