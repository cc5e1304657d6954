package dev.uring.allowlist;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Sets;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class AllowlistAlgebraTest {
  private static final Set<UringOperation> TRIED =
      EnumSet.of(UringOperation.READ, UringOperation.WRITE, UringOperation.OPENAT);
  private static final Set<Set<EntryFlag>> COMBINATIONS =
      Sets.powerSet(EnumSet.of(EntryFlag.FIXED_FILE, EntryFlag.ASYNC, EntryFlag.IO_LINK));

  @Provide
  Arbitrary<URingAllowlist> few() {
    return Lists.few();
  }

  @Provide
  Arbitrary<URingAllowlist> any() {
    return Lists.any();
  }

  /** Whatever passes under the one passes under the other, found by trying. */
  private static boolean passesUnder(URingAllowlist one, URingAllowlist other) {
    for (RegisterCall call : RegisterCall.values()) {
      if (one.permits(call) && !other.permits(call)) {
        return false;
      }
    }
    for (UringOperation operation : TRIED) {
      for (Set<EntryFlag> flags : COMBINATIONS) {
        if (one.permits(operation, flags) && !other.permits(operation, flags)) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean allowsNoRequestOfItsOwn(URingAllowlist list) {
    return Collections.disjoint(list.operations(), TRIED);
  }

  @Property
  void a_list_is_within_another_exactly_if_all_that_passes_under_it_passes_under_the_other(
      @ForAll("few") URingAllowlist a, @ForAll("few") URingAllowlist b) {
    if (allowsNoRequestOfItsOwn(a)) {
      assertThat(!a.isWithin(b) || passesUnder(a, b)).isTrue();
    } else {
      assertThat(a.isWithin(b)).isEqualTo(passesUnder(a, b));
    }
  }

  @Property
  void every_list_is_within_itself_and_nothing_is_within_every_list(
      @ForAll("any") URingAllowlist a) {
    assertThat(a.isWithin(a)).isTrue();
    assertThat(URingAllowlist.nothing().isWithin(a)).isTrue();
  }

  @Property
  void within_carries_over(
      @ForAll("few") URingAllowlist a,
      @ForAll("few") URingAllowlist b,
      @ForAll("few") URingAllowlist c) {
    if (a.isWithin(b) && b.isWithin(c)) {
      assertThat(a.isWithin(c)).isTrue();
    }
  }

  @Property
  void both_are_within_their_sum(@ForAll("any") URingAllowlist a, @ForAll("any") URingAllowlist b) {
    assertThat(a.isWithin(a.plus(b))).isTrue();
    assertThat(b.isWithin(a.plus(b))).isTrue();
  }

  @Property
  void the_sum_is_the_smallest_list_that_holds_both(
      @ForAll("few") URingAllowlist a,
      @ForAll("few") URingAllowlist b,
      @ForAll("few") URingAllowlist c) {
    if (a.isWithin(c) && b.isWithin(c)) {
      assertThat(a.plus(b).isWithin(c)).isTrue();
    }
  }

  @Property
  void a_sum_does_not_depend_on_order_or_grouping(
      @ForAll("few") URingAllowlist a,
      @ForAll("few") URingAllowlist b,
      @ForAll("few") URingAllowlist c) {
    assertThat(a.plus(b)).isEqualTo(b.plus(a));
    assertThat(a.plus(b).plus(c)).isEqualTo(a.plus(b.plus(c)));
    assertThat(a.plus(a)).isEqualTo(a);
  }

  @Property
  void adding_nothing_changes_nothing(@ForAll("any") URingAllowlist a) {
    URingAllowlist sum = a.plus(URingAllowlist.nothing());

    assertThat(sum.isWithin(a)).isTrue();
    assertThat(a.isWithin(sum)).isTrue();
  }

  @Property
  void taking_away_never_permits_more(
      @ForAll("any") URingAllowlist a, @ForAll("any") URingAllowlist b) {
    assertThat(a.minus(b).isWithin(a)).isTrue();
    assertThat(a.minus(b).requiredFlags()).isEqualTo(a.requiredFlags());
  }

  @Property
  void what_was_taken_away_is_gone_and_the_rest_is_there(
      @ForAll("any") URingAllowlist a, @ForAll("any") URingAllowlist b) {
    URingAllowlist rest = a.minus(b);

    assertThat(rest.operations()).isEqualTo(Sets.difference(a.operations(), b.operations()));
    assertThat(rest.registerCalls())
        .isEqualTo(Sets.difference(a.registerCalls(), b.registerCalls()));
    assertThat(rest.allowedFlags())
        .isEqualTo(Sets.difference(a.allowedFlags(), b.effectiveAllowedFlags()));
  }

  @Property
  void taking_away_all_leaves_nothing_and_taking_away_nothing_leaves_all(
      @ForAll("any") URingAllowlist a) {
    assertThat(a.minus(a).isWithin(URingAllowlist.nothing())).isTrue();
    assertThat(a.minus(URingAllowlist.nothing())).isEqualTo(a);
  }

  @Property
  void what_was_taken_away_can_be_put_back(
      @ForAll("any") URingAllowlist a, @ForAll("any") URingAllowlist b) {
    URingAllowlist part = URingAllowlist.builder().allow(b.operations()).build();

    URingAllowlist restored = a.minus(part).toBuilder().include(part).build();

    assertThat(a.isWithin(restored)).isTrue();
  }

  @Test
  void a_list_that_requires_nothing_is_not_within_one_that_does() {
    URingAllowlist closed = URingAllowlist.closedBlockDevice();
    URingAllowlist loose = URingAllowlist.builder().allow(UringOperation.READ).build();
    URingAllowlist strict = loose.toBuilder().requireFlags(EntryFlag.FIXED_FILE).build();

    assertThat(loose.isWithin(closed)).isFalse();
    assertThat(strict.isWithin(closed)).isTrue();
  }

  @Test
  void a_sum_with_a_list_that_requires_nothing_requires_nothing() {
    URingAllowlist loose = URingAllowlist.builder().allow(UringOperation.ACCEPT).build();

    URingAllowlist sum = URingAllowlist.closedBlockDevice().plus(loose);

    assertThat(sum.requiredFlags()).isEmpty();
    assertThat(sum.allowedFlags()).contains(EntryFlag.FIXED_FILE);
  }

  @Test
  void flags_alone_can_be_added_to_a_list_without_loosening_it() {
    URingAllowlist flag = URingAllowlist.builder().allowFlags(EntryFlag.CQE_SKIP_SUCCESS).build();

    URingAllowlist sum = URingAllowlist.closedBlockDevice().plus(flag);

    assertThat(sum.requiredFlags()).containsExactly(EntryFlag.FIXED_FILE);
    assertThat(sum.allowedFlags()).contains(EntryFlag.CQE_SKIP_SUCCESS);
  }

  @Test
  void sums_and_differences_have_no_name() {
    URingAllowlist device = URingAllowlist.closedBlockDevice();

    assertThat(device.plus(device).name()).isEmpty();
    assertThat(device.minus(URingAllowlist.nothing()).name()).isEmpty();
  }
}
