package dev.uring;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds buffers whose memory somebody can free: those made of a memory segment of a closeable arena
 * ({@code java.lang.foreign}, Java 22 and later).
 *
 * <p>The platform does not say of a scope whether it can be closed. What it does say is the class
 * of the scope, and the two closeable ones are known by name.
 */
final class ForeignBuffers {
  private static final @Nullable MethodHandle SCOPE_OF = find();

  private ForeignBuffers() {}

  static void refuseCloseable(ByteBuffer buffer) {
    String scope = scopeName(buffer);
    if (scope.equals("ConfinedSession") || scope.equals("SharedSession")) {
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
      Object scope = (Object) SCOPE_OF.invokeExact((Buffer) buffer);
      return scope.getClass().getSimpleName();
    } catch (Throwable e) {
      throw new IllegalArgumentException("the buffer cannot be looked at", e);
    }
  }

  /** {@code buffer -> MemorySegment.ofBuffer(buffer).scope()}, or null before Java 22. */
  private static @Nullable MethodHandle find() {
    if (Runtime.version().feature() < 22) {
      return null;
    }
    try {
      Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
      Class<?> scope = Class.forName("java.lang.foreign.MemorySegment$Scope");
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      MethodHandle ofBuffer =
          lookup.findStatic(segment, "ofBuffer", MethodType.methodType(segment, Buffer.class));
      MethodHandle scopeOf = lookup.findVirtual(segment, "scope", MethodType.methodType(scope));
      return MethodHandles.filterReturnValue(ofBuffer, scopeOf)
          .asType(MethodType.methodType(Object.class, Buffer.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("java.lang.foreign is not as Java 22 has it", e);
    }
  }
}
