package dev.uring.ring;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.struct.EpollEvents;
import dev.uring.ring.struct.FutexWaiters;
import dev.uring.ring.struct.MessageHeader;
import dev.uring.ring.struct.OpenHow;
import dev.uring.ring.struct.SignalInfo;
import dev.uring.ring.struct.StatxResult;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Every public method that fills an entry, found by its shape, and what it fills it with. */
final class RequestMethods {
  static final Path SOURCES = Path.of("src/main/java/dev/uring/ring");

  /** They fill entries too, but in order to be refused. */
  private static final Set<String> OTHERS = Set.of("InvalidRequests");

  /** One of these is acceptable for every number that a method takes. */
  private static final long[] NUMBERS = {1, 2, 0, 4, 3, 8, 0x200};

  private static final ByteBuffer[] BUFFERS = {Native.bytes(8), Native.bytes(8)};
  private static final Object[][] OBJECTS = {
    BUFFERS,
    {false, true},
    {UringOperation.READ, UringOperation.WRITE},
    {new OpenHow(), new OpenHow()},
    {new StatxResult(), new StatxResult()},
    {new EpollEvents(1), new EpollEvents(2)},
    {new FutexWaiters(1), new FutexWaiters(2)},
    {new SignalInfo(), new SignalInfo()},
    {new MessageHeader(), new MessageHeader()},
    {new FileSlot(3), new FileSlot(5)},
    {new BufferGroup(3), new BufferGroup(5)},
    {new BufferIndex(3), new BufferIndex(5)},
    {CancelMatch.userData(3), CancelMatch.userData(5)},
    {DestinationSlot.of(new FileSlot(6)), DestinationSlot.any()},
  };

  private RequestMethods() {}

  static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith("Requests.java"))
          .filter(file -> !OTHERS.contains(className(file)))
          .sorted()
          .toList();
    }
  }

  static String className(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  static List<Method> all() throws IOException, ClassNotFoundException {
    List<Method> methods = new ArrayList<>();
    for (Path source : sources()) {
      for (Method method : Class.forName("dev.uring.ring." + className(source)).getMethods()) {
        if (Modifier.isStatic(method.getModifiers())
            && method.getReturnType() == SubmissionEntry.class) {
          methods.add(method);
        }
      }
    }
    return methods;
  }

  static String name(Method method) {
    return method.getDeclaringClass().getSimpleName() + "." + method.getName();
  }

  /** The request that a method fills in, by having it do so. */
  static UringOperation operation(Method method) {
    ByteBuffer filled = fill(method, acceptable(method));
    return UringOperation.ofCode(Byte.toUnsignedInt(filled.get(0))).orElseThrow();
  }

  /** Arguments that a method accepts; the first is the entry's place. */
  static Object[] acceptable(Method method) {
    for (long number : NUMBERS) {
      Object[] arguments = new Object[method.getParameterCount()];
      for (int index = 1; index < arguments.length; index++) {
        arguments[index] = samples(method.getParameterTypes()[index], number)[0];
      }
      if (tryFill(method, arguments).isPresent()) {
        return arguments;
      }
    }
    throw new AssertionError("no arguments for " + method);
  }

  /** Whether some other value of one argument, acceptable too, fills the entry otherwise. */
  static boolean isUsed(Method method, int argument) {
    Object[] arguments = acceptable(method);
    ByteBuffer before = fill(method, arguments);
    for (long number : NUMBERS) {
      for (Object sample : samples(method.getParameterTypes()[argument], number)) {
        Object[] others = arguments.clone();
        others[argument] = sample;
        Optional<ByteBuffer> after = tryFill(method, others);
        if (after.isPresent() && !after.get().equals(before)) {
          return true;
        }
      }
    }
    return false;
  }

  private static Object[] samples(Class<?> type, long number) {
    if (type == int.class) {
      return new Object[] {(int) number};
    }
    if (type == long.class) {
      return new Object[] {number};
    }
    return Arrays.stream(OBJECTS)
        .filter(
            some -> some[0] instanceof Boolean ? type == boolean.class : type.isInstance(some[0]))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no sample of " + type));
  }

  private static ByteBuffer fill(Method method, Object[] arguments) {
    return tryFill(method, arguments).orElseThrow();
  }

  private static Optional<ByteBuffer> tryFill(Method method, Object[] arguments) {
    ByteBuffer memory = Native.bytes(SubmissionEntry.BYTES);
    // What an entry before it left: a method must not leave it.
    for (int at = 0; at < SubmissionEntry.BYTES; at++) {
      memory.put(at, (byte) 0xa5);
    }
    SubmissionEntry entry = new SubmissionEntry(memory).userData(0);
    Object[] all = arguments.clone();
    all[0] = entry;
    try {
      if (method.invoke(null, all) != entry) {
        throw new AssertionError(method + " returns another entry");
      }
      return Optional.of(memory);
    } catch (InvocationTargetException refused) {
      if (refused.getCause() instanceof IllegalArgumentException) {
        return Optional.empty();
      }
      throw new AssertionError(method.toString(), refused);
    } catch (IllegalAccessException e) {
      throw new AssertionError(method.toString(), e);
    }
  }
}
