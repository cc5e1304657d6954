package dev.uring;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds buffers whose memory somebody can free: those made of a memory segment of an arena or scope
 * that can be closed. Java 22 and later have them ({@code java.lang.foreign}), 21 as a preview, 17
 * and 18 where their incubator module was asked for. The previews of 19 and 20 are not looked at.
 *
 * <p>The platform does not say of each scope whether it can be closed. What it does say is the
 * class of the scope, and those that can are known by name.
 */
final class ForeignBuffers {
  private static final Set<String> CLOSEABLE =
      Set.of("ConfinedSession", "SharedSession", "ConfinedScope", "SharedScope");

  private static final @Nullable MethodHandle SCOPE_OF = find();

  private ForeignBuffers() {}

  static void refuseCloseable(ByteBuffer buffer) {
    if (CLOSEABLE.contains(scopeName(buffer))) {
      throw new IllegalArgumentException(
          "the buffer belongs to an arena that can be closed beneath a request; use"
              + " ByteBuffer.allocateDirect, NativeMemory.allocate, or Arena.ofAuto");
    }
  }

  private static String scopeName(ByteBuffer buffer) {
    if (SCOPE_OF == null) {
      return "";
    }
    try {
      Object scope = (Object) SCOPE_OF.invokeExact(buffer);
      return scope.getClass().getSimpleName();
    } catch (Throwable e) {
      throw new IllegalArgumentException("the buffer cannot be looked at", e);
    }
  }

  /** {@code buffer -> segment(buffer).scope()}, or null where nobody can have such a buffer. */
  private static @Nullable MethodHandle find() {
    int version = Runtime.version().feature();
    if (version >= 21) {
      return find("java.lang.foreign.MemorySegment", "ofBuffer", Buffer.class);
    }
    return version <= 18
        ? find("jdk.incubator.foreign.MemorySegment", "ofByteBuffer", ByteBuffer.class)
        : null;
  }

  private static @Nullable MethodHandle find(String type, String ofBuffer, Class<?> buffer) {
    Class<?> segment;
    try {
      segment = Class.forName(type);
    } catch (ClassNotFoundException e) {
      return null;
    }
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      MethodHandle segmentOf = lookup.unreflect(segment.getMethod(ofBuffer, buffer));
      MethodHandle scopeOf = lookup.unreflect(segment.getMethod("scope"));
      return MethodHandles.filterReturnValue(segmentOf, scopeOf)
          .asType(MethodType.methodType(Object.class, ByteBuffer.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(type + " is not as it was when this was written", e);
    }
  }
}
