package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Ring;
import dev.uring.ring.RingBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that the allowlist denies, added among others that it permits. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeniedAmongOthersTest {
  private static final URingAllowlist LIST =
      URingAllowlist.builder()
          .allow(UringOperation.NOP, UringOperation.READ, UringOperation.READV)
          .allowFlags(EntryFlag.IO_LINK, EntryFlag.FIXED_FILE)
          .build();

  /** A context's ring takes whole batches; older kernels have no such ring. */
  private static URingContext context(boolean confined, boolean submitAll) {
    RingBuilder builder = Ring.builder(16).disabled();
    if (submitAll) {
      builder.submitAll();
    }
    if (confined) {
      builder.ownedByThisThread();
    }
    URingContext context = new URingContext(builder.build(), confined, LIST, true);
    context.enable();
    return context;
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void every_other_one_completes_as_if_it_were_not_there(boolean confined, boolean submitAll) {
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext context = context(confined, submitAll)) {
      for (int round = 0; round < 10; round++) {
        List<String> expected = new ArrayList<>();
        for (int number = 0; number < 12; number++) {
          switch (number % 4) {
            case 1 -> {
              context.addFsync(file, number);
              expected.add(number + ":-13");
            }
            case 2 -> {
              context.addReadv(file, Contexts.vector(NativeMemory.allocate(512)), 0, number);
              expected.add(number + ":512");
            }
            default -> {
              context.addNop(number);
              expected.add(number + ":0");
            }
          }
        }

        assertThat(Contexts.take(context, 12)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(context.inFlight()).isZero();
      }
      assertThat(file.toString()).doesNotContain("in use");
    }
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void submitting_alone_takes_all_of_them_too(boolean confined, boolean submitAll) {
    try (Descriptor file = Descriptor.memFd("image", 4096);
        URingContext context = context(confined, submitAll)) {
      context.addNop(1);
      context.addFsync(file, 2);
      context.addNop(3);
      int taken = 0;
      for (int submits = 0; submits < 2; submits++) {
        taken += context.submit();
      }

      assertThat(taken).isEqualTo(3);
      assertThat(Contexts.take(context, 3)).containsExactlyInAnyOrder("1:0", "2:-13", "3:0");
    }
  }
}
