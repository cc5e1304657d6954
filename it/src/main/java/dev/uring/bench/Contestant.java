package dev.uring.bench;

import org.jspecify.annotations.Nullable;

/**
 * Who takes part in the ring bench.
 *
 * @param label the subject's name
 * @param subject what it is in Java, or null for the reference in C
 * @param jdk the feature version, or null for C
 * @param processor the one that its thread is bound to, or null if none is
 */
record Contestant(
    String label,
    @Nullable RingSubject subject,
    @Nullable String jdk,
    @Nullable String processor,
    MeasuredProcess process) {

  boolean isReference() {
    return subject == null;
  }
}
