package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.QueryEntry;
import dev.uring.sys.UringCalls;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * What the kernel says it has when asked ({@code IORING_REGISTER_QUERY}, 6.18), which takes no
 * ring. Counts are of numbers from zero on; the rest are masks.
 *
 * @param requests how many kinds of requests
 * @param registerCalls how many register calls
 * @param features bits of {@link Feature}
 * @param setupFlags bits of {@link SetupFlag}
 * @param enterFlags bits of {@link EnterFlag}
 * @param entryFlags bits of {@link dev.uring.allowlist.EntryFlag}
 */
public record KernelQuery(
    int requests,
    int registerCalls,
    long features,
    long setupFlags,
    long enterFlags,
    long entryFlags) {

  /** Asks; empty from a kernel that cannot be asked, or may not be. */
  public static Optional<KernelQuery> ask() {
    QueryEntry entry = new QueryEntry(QueryEntry.OPCODES, QueryEntry.OPCODES_BYTES);
    if (raw(entry) < 0 || entry.result() < 0) {
      return Optional.empty();
    }
    return Optional.of(
        new KernelQuery(
            entry.answerInt(QueryEntry.REQUEST_COUNT),
            entry.answerInt(QueryEntry.REGISTER_CALL_COUNT),
            entry.answerLong(QueryEntry.FEATURES),
            entry.answerLong(QueryEntry.SETUP_FLAGS),
            entry.answerLong(QueryEntry.ENTER_FLAGS),
            entry.answerLong(QueryEntry.ENTRY_FLAGS)));
  }

  /**
   * Asks one question, or a chain of them, into their own memory.
   *
   * @return zero, or minus an errno: EINVAL from a kernel without the call. Each question has a
   *     {@linkplain QueryEntry#result result} of its own
   */
  public static int raw(QueryEntry first) {
    try {
      return UringCalls.register(-1, RegisterCall.REGISTER_QUERY.code(), first.address(), 0);
    } finally {
      Reference.reachabilityFence(first);
    }
  }
}
