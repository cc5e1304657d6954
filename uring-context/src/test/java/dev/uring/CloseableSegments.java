package dev.uring;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;

/**
 * Takes buffers of memory segments, in a process of its own: on Java 17 their module has to be
 * asked for at its start.
 */
public final class CloseableSegments {
  static final String DONE = "closeable ones were refused, others taken";

  /** Those of Java 17, which are no part of a later one; and the other way round. */
  private static final boolean INCUBATOR = Runtime.version().feature() < 19;

  private static final int SEGMENT_BYTES = 64;
  private static final String[] SCOPES = {"newConfinedScope", "newSharedScope"};
  private static final String[] OPEN_SCOPES = {"newImplicitScope", "globalScope"};
  private static final String[] ARENAS = {"ofConfined", "ofShared"};
  private static final String[] OPEN_ARENAS = {"ofAuto", "global"};

  private CloseableSegments() {}

  public static void main(String[] arguments) throws Exception {
    for (String closeable : INCUBATOR ? SCOPES : ARENAS) {
      mustBeRefused(buffer(closeable), closeable);
      mustBeRefused(buffer(closeable).slice(16, 16), "a part of " + closeable);
      mustBeRefused(buffer(closeable).asReadOnlyBuffer(), closeable + ", read-only");
    }
    for (String open : INCUBATOR ? OPEN_SCOPES : OPEN_ARENAS) {
      mustBeTaken(buffer(open));
    }
    mustBeTaken(ByteBuffer.allocateDirect(SEGMENT_BYTES));
    System.out.println(DONE);
  }

  /** By reflection: this is compiled for Java 17, and run on all. */
  private static ByteBuffer buffer(String maker) throws ReflectiveOperationException {
    Object segment = INCUBATOR ? incubatorSegment(maker) : segment(maker);
    Class<?> type =
        Class.forName((INCUBATOR ? "jdk.incubator" : "java.lang") + ".foreign.MemorySegment");
    return (ByteBuffer) type.getMethod("asByteBuffer").invoke(segment);
  }

  private static Object incubatorSegment(String maker) throws ReflectiveOperationException {
    Class<?> scopes = Class.forName("jdk.incubator.foreign.ResourceScope");
    Method allocate =
        Class.forName("jdk.incubator.foreign.MemorySegment")
            .getMethod("allocateNative", long.class, scopes);
    return allocate.invoke(null, (long) SEGMENT_BYTES, scopes.getMethod(maker).invoke(null));
  }

  private static Object segment(String maker) throws ReflectiveOperationException {
    Class<?> arenas = Class.forName("java.lang.foreign.Arena");
    Method allocate = arenas.getMethod("allocate", long.class);
    return allocate.invoke(arenas.getMethod(maker).invoke(null), (long) SEGMENT_BYTES);
  }

  private static void mustBeTaken(ByteBuffer buffer) {
    if (NativeMemory.of(buffer).length() != buffer.remaining()) {
      throw new AssertionError("the memory is as long as the buffer");
    }
  }

  private static void mustBeRefused(ByteBuffer buffer, String which) {
    try {
      NativeMemory.of(buffer);
    } catch (IllegalArgumentException e) {
      if (!e.getMessage().contains("can be closed beneath a request")) {
        throw new AssertionError("refused for another reason: " + which, e);
      }
      return;
    }
    throw new AssertionError("was taken, and can be closed beneath a request: " + which);
  }
}
