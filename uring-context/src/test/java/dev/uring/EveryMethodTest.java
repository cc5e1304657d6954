package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.uring.ring.UringException;
import java.io.File;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is passed to whatever can be called is refused by name or means something, and what is
 * refused has changed nothing. Each parameter is tried by itself, all others are as they should be.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EveryMethodTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** What works on a context that is closed, or is another thread's. */
  private static final Set<String> ALWAYS =
      Set.of("close", "enable", "wakeup", "room", "inFlight", "isClosed", "allowlist", "toString");

  /** Once for each context. */
  private static final Set<String> ONCE =
      Set.of("registerFiles", "registerBuffers", "register", "close", "enable", "wakeup");

  /** What the caller vouches for; and what looks for a host of some name, which takes its time. */
  private static final Set<String> NOT_TRIED = Set.of("vouchedFor", "borrow", "listenTcp");

  @TempDir Path directory;
  private URingContext context;
  private TriedArguments arguments;
  private int tried;
  private int refused;

  private static List<Object> families(URingContext context) {
    return List.of(
        context,
        context.fixedBuffers(),
        context.sockets(),
        context.sockets().messages(),
        context.sockets().options(),
        context.fileSystem(),
        context.fileSystem().attributes(),
        context.files(),
        context.pipes(),
        context.futexes(),
        context.processes(),
        context.cancels(),
        context.hints(),
        context.chains(),
        context.timeouts());
  }

  private static List<Method> methods(Class<?> type) {
    List<Method> methods = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
        methods.add(method);
      }
    }
    return methods;
  }

  private static String named(Executable method, Object[] passed) {
    return method.getDeclaringClass().getSimpleName()
        + "."
        + method.getName()
        + Arrays.deepToString(passed);
  }

  /** What a call has thrown, or null. */
  private @Nullable Throwable call(Callable<Object> call) throws Exception {
    try {
      Object result = call.call();
      if (result instanceof AutoCloseable closeable && !(result instanceof URingContext)) {
        closeable.close();
      } else if (result instanceof URingContext made && made != context) {
        made.close();
      }
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }

  private static Callable<Object> invocation(
      @Nullable Object receiver, Executable method, Object[] passed) {
    if (method instanceof Method named) {
      return () -> named.invoke(receiver, passed);
    }
    return () -> ((java.lang.reflect.Constructor<?>) method).newInstance(passed);
  }

  /** Nothing but what the documentation names, and never without a word. */
  private static void mustBeARefusal(String what, Throwable thrown, boolean missing) {
    if (missing) {
      assertThat(thrown).as(what).isInstanceOf(NullPointerException.class);
      return;
    }
    boolean known =
        thrown instanceof IllegalArgumentException
            || thrown instanceof IllegalStateException
            || thrown instanceof IndexOutOfBoundsException
            || thrown instanceof UringException
            || thrown instanceof NullPointerException
            || thrown instanceof ClassCastException
            || thrown instanceof java.io.IOException;
    if (!known) {
      fail(what + " has thrown " + thrown, thrown);
    }
    if (!(thrown instanceof NullPointerException)) {
      assertThat(thrown.getMessage()).as(what).isNotBlank();
    }
  }

  private static int openFiles() {
    return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
  }

  /** The machine itself opens files now and then, and closes them again. */
  private static void mustNotHaveMoreOpenThan(int most, String what) {
    long end = System.nanoTime() + SOON.toNanos();
    while (openFiles() > most) {
      assertThat(System.nanoTime() - end).as("%s left something open", what).isNegative();
    }
  }

  /** One call, with something to await for those that do. */
  private void attempt(
      @Nullable Object receiver, Executable method, Object[] passed, boolean missing)
      throws Exception {
    String what = named(method, passed);
    context.addNop(-5);
    ContextCounters before = context.counters();
    int filesBefore = openFiles();
    Throwable thrown = call(invocation(receiver, method, passed));
    tried++;
    if (missing) {
      assertThat(thrown).as("%s lacks something", what).isNotNull();
    }
    if (thrown != null) {
      refused++;
      mustBeARefusal(what, thrown, missing);
      ContextCounters after = context.counters();
      assertThat(after.inFlight()).as("%s in flight", what).isEqualTo(before.inFlight());
      assertThat(after.added()).as("%s added", what).isEqualTo(before.added());
      mustNotHaveMoreOpenThan(filesBefore, what);
    }
    settle(what);
  }

  /** Ends what was added; then the context does what it did before. */
  private void settle(String what) {
    long end = System.nanoTime() + SOON.toNanos();
    while (context.inFlight() > 0) {
      context.cancels().everything(-6);
      context.await(context.inFlight() > 1 ? 2 : 1, Duration.ofMillis(100), Contexts.IGNORE);
      assertThat(System.nanoTime() - end).as("%s ends", what).isNegative();
    }
    // Those that an iterator has given back.
    int unused = context.poll(Contexts.IGNORE);
    context.addNop(-7);
    assertThat(Contexts.take(context, 1)).as(what).containsExactly("-7:0");
  }

  private void tryEach(@Nullable Object receiver, Executable method) throws Exception {
    Class<?>[] types = method.getParameterTypes();
    for (int index = 0; index < types.length; index++) {
      if (!types[index].isPrimitive()) {
        Object[] passed = arguments.accepted(method);
        passed[index] = null;
        attempt(receiver, method, passed, /* missing= */ true);
      }
      for (Object hostile : arguments.hostile(types[index])) {
        Object[] passed = arguments.accepted(method);
        passed[index] = hostile;
        attempt(receiver, method, passed, /* missing= */ false);
      }
    }
  }

  private void use(boolean confined) {
    context = Contexts.of(8, confined);
    arguments = new TriedArguments(context, directory);
  }

  private void finish() {
    assertThat(arguments.isAnythingInUse()).isFalse();
    context.close();
    arguments.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatever_a_request_is_given_it_is_refused_without_a_trace_or_means_something(
      boolean confined) throws Exception {
    use(confined);
    for (Object family : families(context)) {
      for (Method method : methods(family.getClass())) {
        if (!ONCE.contains(method.getName()) && !Modifier.isStatic(method.getModifiers())) {
          attempt(family, method, arguments.accepted(method), /* missing= */ false);
          tryEach(family, method);
        }
      }
    }
    finish();
    assertThat(tried).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void whatever_something_is_made_of_it_is_refused_without_a_trace_or_means_something()
      throws Exception {
    use(/* confined= */ false);
    for (Class<?> type : publicClasses()) {
      List<Executable> makers = new ArrayList<>(Arrays.asList(type.getConstructors()));
      methods(type).stream()
          .filter(one -> Modifier.isStatic(one.getModifiers()))
          .forEach(makers::add);
      for (Executable maker : makers) {
        if (!NOT_TRIED.contains(maker.getName())) {
          tryEach(null, maker);
        }
      }
    }
    finish();
    assertThat(tried).isGreaterThan(150);
  }

  @Test
  void whatever_a_context_is_to_register_it_is_refused_without_a_trace_or_means_something()
      throws Exception {
    use(/* confined= */ false);
    for (boolean ofFamily : new boolean[] {false, true}) {
      Class<?> type = ofFamily ? FixedBufferRequests.class : URingContext.class;
      for (Method method : methods(type)) {
        if (method.getName().startsWith("register")) {
          tryOnFresh(method, ofFamily);
        }
      }
    }
    finish();
  }

  private void tryOnFresh(Method method, boolean ofFamily) throws Exception {
    Class<?>[] types = method.getParameterTypes();
    for (int index = 0; index < types.length; index++) {
      List<Object> values = new ArrayList<>(arguments.hostile(types[index]));
      if (!types[index].isPrimitive()) {
        values.add(null);
      }
      for (Object value : values) {
        Object[] passed = arguments.accepted(method);
        passed[index] = value;
        try (URingContext fresh = URingContext.create(4)) {
          Object receiver = ofFamily ? fresh.fixedBuffers() : fresh;
          attempt(receiver, method, passed, value == null);
        }
      }
    }
  }

  private static List<Class<?>> publicClasses() throws Exception {
    Path classes =
        Path.of(URingContext.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Class<?>> found = new ArrayList<>();
    for (File file : Objects.requireNonNull(classes.resolve("dev/uring").toFile().listFiles())) {
      String name = file.getName();
      if (name.endsWith(".class") && !name.startsWith("package-info")) {
        Class<?> type = Class.forName("dev.uring." + name.substring(0, name.length() - 6));
        boolean values = type.isRecord() || type.isEnum() || type.isInterface();
        if (Modifier.isPublic(type.getModifiers()) && !values) {
          found.add(type);
        }
      }
    }
    return found;
  }

  private static boolean isForUsers(Method method) {
    boolean family = method.getParameterCount() == 0 && method.getReturnType() != int.class;
    return !ALWAYS.contains(method.getName())
        && !Modifier.isStatic(method.getModifiers())
        && (!family || method.getName().equals("counters"));
  }

  private void everyMethodMustRefuse(String word) throws Exception {
    for (Object family : families(context)) {
      for (Method method : methods(family.getClass())) {
        if (isForUsers(method)) {
          Object[] passed = arguments.accepted(method);
          Throwable thrown = call(invocation(family, method, passed));
          assertThat(thrown)
              .as(named(method, passed))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining(word);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_closed_context_refuses_every_call_and_keeps_nothing(boolean confined) throws Exception {
    use(confined);
    context.close();
    everyMethodMustRefuse("closed");
    finish();
  }

  @Test
  void an_owners_context_refuses_every_call_of_another_thread_and_keeps_nothing() throws Exception {
    use(/* confined= */ true);
    ContextCounters before = context.counters();
    Object unused =
        WaitingThread.start(
                () -> {
                  everyMethodMustRefuse("confined to");
                  return null;
                })
            .result();
    assertThat(context.counters()).isEqualTo(before);
    settle("afterwards");
    finish();
  }
}
