package dev.uring.ring;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;

/** The sizes that entries and completions can have. */
enum Layout {
  PLAIN,
  WIDE_ENTRIES(SetupFlag.SQE128),
  WIDE_COMPLETIONS(SetupFlag.CQE32),
  WIDE_BOTH(SetupFlag.SQE128, SetupFlag.CQE32),
  MIXED(SetupFlag.CQE_MIXED),
  MIXED_WITH_WIDE_ENTRIES(SetupFlag.SQE128, SetupFlag.CQE_MIXED);

  private final ImmutableList<SetupFlag> flags;

  Layout(SetupFlag... flags) {
    this.flags = ImmutableList.copyOf(flags);
  }

  RingBuilder builder(int entries) {
    RingBuilder builder = Ring.builder(entries);
    for (SetupFlag flag : flags) {
      assumeTrue(KernelProbe.accepts(flag), "skipped: this kernel lacks " + flag.kernelName());
      switch (flag) {
        case SQE128 -> builder.wideEntries();
        case CQE32 -> builder.wideCompletions();
        default -> builder.mixedCompletions();
      }
    }
    return builder;
  }
}
