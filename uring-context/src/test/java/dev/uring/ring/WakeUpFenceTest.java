package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ClassCode;
import java.io.IOException;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Between the store of the tail and the load of the flags that say whether the polling kernel
 * thread sleeps stands a full fence, or both sides may sleep.
 *
 * <p>Looked for in the code: processors exchange the two so seldom, and only at the very moment of
 * falling asleep, that a run without the fence passes.
 */
class WakeUpFenceTest {
  private static final String FENCE = "MemoryOrder.fullFence";
  private static final String LOAD = "MemoryOrder.acquire";

  @Test
  void whether_the_kernel_thread_sleeps_is_loaded_behind_a_full_fence() throws IOException {
    assertThat(stepsOf(SubmissionQueue.class, "needsWakeup")).startsWith(FENCE, LOAD);
  }

  @Test
  void the_full_fence_is_one() throws IOException {
    assertThat(stepsOf(MemoryOrder.class, "fullFence")).containsExactly("VarHandle.fullFence");
  }

  @Test
  void a_fence_that_is_missing_late_or_left_out_at_times_would_be_noticed() throws IOException {
    assertThat(stepsOf(Wrong.class, "missing")).startsWith(LOAD).doesNotContain(FENCE);
    assertThat(stepsOf(Wrong.class, "late")).startsWith(LOAD, FENCE);
    assertThat(stepsOf(Wrong.class, "plain")).startsWith("IntBuffer.get", FENCE);
    assertThat(stepsOf(Wrong.class, "atTimes")).startsWith("branch", FENCE, LOAD);
  }

  @SuppressWarnings("unused")
  private static final class Wrong {
    private final IntBuffer counters = IntBuffer.allocate(1);

    private boolean missing() {
      return MemoryOrder.acquire(counters, 0) != 0;
    }

    private boolean late() {
      int flags = MemoryOrder.acquire(counters, 0);
      MemoryOrder.fullFence();
      return flags != 0;
    }

    private boolean plain() {
      int flags = counters.get(0);
      MemoryOrder.fullFence();
      return flags != 0;
    }

    private boolean atTimes(boolean fenced) {
      if (fenced) {
        MemoryOrder.fullFence();
      }
      return MemoryOrder.acquire(counters, 0) != 0;
    }
  }

  /** What a method calls and where it branches, in order. */
  private static List<String> stepsOf(Class<?> type, String method) throws IOException {
    List<String> steps = new ArrayList<>();
    ClassCode.visit(type.getName(), method, new Steps(steps));
    return steps;
  }

  private static final class Steps extends MethodVisitor {
    private final List<String> steps;

    Steps(List<String> steps) {
      super(Opcodes.ASM9);
      this.steps = steps;
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean ofInterface) {
      steps.add(owner.substring(owner.lastIndexOf('/') + 1) + "." + name);
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
      steps.add("branch");
    }
  }
}
