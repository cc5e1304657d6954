package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.Ring;
import dev.uring.ring.SubmissionEntry;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Contexts as tests use them. */
final class Contexts {
  static final CompletionHandler IGNORE = (userData, result, flags) -> {};

  private static final int ENTRY_BYTES = 64;

  private Contexts() {}

  static URingContext of(int entries, boolean confined) {
    ContextBuilder builder = URingContext.builder(entries);
    return confined ? builder.confined().build() : builder.build();
  }

  /** A restricted one, not enabled yet. */
  static URingContext disabled(int entries, URingAllowlist allowlist, boolean confined) {
    ContextBuilder builder = URingContext.builder(entries).allowlist(allowlist).disabled();
    return (confined ? builder.confined() : builder).build();
  }

  /** Has another thread close it, which has ended when this returns. */
  static void closeByAnother(URingContext context) throws Exception {
    WaitingThread.start(
            () -> {
              context.close();
              return null;
            })
        .untilItHasExited();
  }

  static void mustBeClosed(URingContext context) {
    assertThat(context.isClosed()).isTrue();
    assertThat(context.toString()).as("the ring itself is closed").contains(", closed], CLOSED");
    assertThat(context.inFlight()).isZero();
  }

  /** Takes completions, {@code count} of them or more, as "user data:result". */
  static List<String> take(URingContext context, int count) {
    List<String> taken = new ArrayList<>();
    context.await(count, (userData, result, flags) -> taken.add(userData + ":" + result));
    return taken;
  }

  /** The ring behind a context, which the context shows to nobody. */
  static Ring ringOf(URingContext context) throws ReflectiveOperationException {
    Field ring = ContextCore.class.getDeclaredField("ring");
    ring.setAccessible(true);
    return (Ring) ring.get(context.core());
  }

  /** The entry of the request that was added last, as the kernel is going to see it. */
  static ByteBuffer lastEntry(URingContext context) throws ReflectiveOperationException {
    SubmissionEntry last = ringOf(context).submission().current();
    Field entries = SubmissionEntry.class.getDeclaredField("entries");
    entries.setAccessible(true);
    Field firstWord = SubmissionEntry.class.getDeclaredField("first");
    firstWord.setAccessible(true);
    return ((ByteBuffer) entries.get(last))
        .slice(firstWord.getInt(last) * Long.BYTES, ENTRY_BYTES)
        .order(ByteOrder.nativeOrder());
  }

  /** The result of the next completion. */
  static int result(URingContext context) {
    int[] results = {Integer.MIN_VALUE};
    context.await(1, (userData, result, flags) -> results[0] = result);
    return results[0];
  }

  static MemoryVector vector(NativeMemory memory) {
    return new MemoryVector().add(memory, 0, memory.length());
  }

  /** Memory with these bytes. */
  static NativeMemory memory(byte... content) {
    NativeMemory memory = NativeMemory.allocate(content.length);
    memory.buffer().put(0, content);
    return memory;
  }

  static byte[] bytes(NativeMemory memory) {
    byte[] content = new byte[memory.length()];
    memory.buffer().get(0, content);
    return content;
  }

  /** Adds a read of all of {@code memory}, at the file's own position. */
  static void addRead(URingContext context, Target target, NativeMemory memory, long userData) {
    context.addReadv(target, vector(memory), -1, userData);
  }
}
