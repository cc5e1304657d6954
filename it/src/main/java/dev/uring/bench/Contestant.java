package dev.uring.bench;

import org.jspecify.annotations.Nullable;

/**
 * Who takes part in the ring bench.
 *
 * @param label the subject's name
 * @param subject what it is in Java, or null for the reference in C
 * @param jdk the feature version, or null for C
 */
record Contestant(
    String label, @Nullable RingSubject subject, @Nullable String jdk, MeasuredProcess process) {

  boolean isReference() {
    return subject == null;
  }
}
