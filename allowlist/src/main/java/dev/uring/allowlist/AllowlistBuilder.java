package dev.uring.allowlist;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;

/**
 * Collects the permissions of a {@link URingAllowlist}. It can be built from again and again, each
 * list being what was collected until then. Naming a thing twice is the same as naming it once. For
 * use by one thread at a time.
 */
public final class AllowlistBuilder {
  final EnumSet<UringOperation> operations = EnumSet.noneOf(UringOperation.class);
  final EnumSet<RegisterCall> registerCalls = EnumSet.noneOf(RegisterCall.class);
  final EnumSet<EntryFlag> allowedFlags = EnumSet.noneOf(EntryFlag.class);
  final EnumSet<EntryFlag> requiredFlags = EnumSet.noneOf(EntryFlag.class);

  AllowlistBuilder() {}

  /** Allows these requests. */
  public AllowlistBuilder allow(UringOperation... allowed) {
    return allow(Arrays.asList(allowed));
  }

  /** Allows these requests. */
  public AllowlistBuilder allow(Collection<UringOperation> allowed) {
    operations.addAll(allowed);
    return this;
  }

  /** Allows these register calls on the enabled ring. */
  public AllowlistBuilder allowRegister(RegisterCall... allowed) {
    return allowRegister(Arrays.asList(allowed));
  }

  /** Allows these register calls on the enabled ring. */
  public AllowlistBuilder allowRegister(Collection<RegisterCall> allowed) {
    registerCalls.addAll(allowed);
    return this;
  }

  /** Allows entries to carry these flags. */
  public AllowlistBuilder allowFlags(EntryFlag... allowed) {
    return allowFlags(Arrays.asList(allowed));
  }

  /** Allows entries to carry these flags. */
  public AllowlistBuilder allowFlags(Collection<EntryFlag> allowed) {
    allowedFlags.addAll(allowed);
    return this;
  }

  /** Requires every entry to carry these flags, which allows them too. */
  public AllowlistBuilder requireFlags(EntryFlag... required) {
    return requireFlags(Arrays.asList(required));
  }

  /** Requires every entry to carry these flags, which allows them too. */
  public AllowlistBuilder requireFlags(Collection<EntryFlag> required) {
    requiredFlags.addAll(required);
    return this;
  }

  /** Takes over all that the list allows and all that it requires. */
  public AllowlistBuilder include(URingAllowlist list) {
    return allow(list.operations())
        .allowRegister(list.registerCalls())
        .allowFlags(list.allowedFlags())
        .requireFlags(list.requiredFlags());
  }

  /** The list of what was collected so far. */
  public URingAllowlist build() {
    return new URingAllowlist(null, this);
  }

  URingAllowlist buildNamed(String name) {
    return new URingAllowlist(name, this);
  }
}
