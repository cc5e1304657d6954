package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Popping takes no lock: nothing that can be reached from the completion side waits for another
 * thread, so that one which stops between any two steps stops nobody else.
 *
 * <p>What is reached is followed through the code of this project, interceptors of completions
 * included; the caller's handler is the caller's own.
 */
class LockFreedomTest {
  /** What of {@code java.util.concurrent} never makes a thread wait for another. */
  private static final List<String> WITHOUT_LOCKS =
      List.of(
          "java.util.concurrent.atomic.",
          "java.util.concurrent.ConcurrentLinkedQueue",
          "java.util.concurrent.ThreadLocalRandom");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.uring");

  @Test
  void nothing_that_popping_reaches_takes_a_lock() throws Exception {
    List<JavaCodeUnit> roots = new ArrayList<>(codeOf(CompleteRing.class));
    for (JavaClass type : CLASSES) {
      if (type.isAssignableTo(Intercept.class) && !type.isInterface()) {
        type.getMethods().stream()
            .filter(method -> List.of("completed", "letGo").contains(method.getName()))
            .forEach(roots::add);
      }
    }
    Set<JavaCodeUnit> reached = reachedFrom(roots);
    assertThat(reached)
        .extracting(unit -> unit.getOwner().getSimpleName())
        .contains(
            "CompleteRing",
            "InFlightTable",
            "InFlightRequest",
            "FreePlaces",
            "CompletionQueue",
            "MemoryOrder",
            "DescriptorNumber",
            "Search",
            "Together");
    assertThat(locksOf(reached)).isEmpty();
  }

  @Test
  void an_iterator_of_completions_takes_no_lock_of_its_own() throws Exception {
    assertThat(locksOf(codeOf(Completions.class))).isEmpty();
  }

  /**
   * What a thread does between two looks at the queue: going in, waiting in the kernel, going out.
   * Left out are its own submitting, which takes the adders' lock if there is something to submit
   * and waits for it only with those who are about to leave it (see BesideAGroupTest), closing, a
   * confined context's own iterator, and kernels before 6.13, to which messages go one at a time.
   */
  @Test
  void nothing_on_the_way_in_and_out_takes_a_lock() throws Exception {
    List<JavaCodeUnit> roots = new ArrayList<>();
    for (Class<?> type : List.of(Waiter.class, ContextCore.class)) {
      codeOf(type).stream()
          .filter(
              unit ->
                  List.of("poll", "await", "awaitEach", "giveBack", "enterRing", "leaveRing")
                      .contains(unit.getName()))
          .forEach(roots::add);
    }
    Set<String> leftOut =
        Set.of(
            "AdderLock.enter",
            "AdderLock.enterUnless",
            "ContextCore.finishClosing",
            "ContextCore.closeIfAsked",
            "Waiter.tellOfReturned>ContextCore.nudge",
            "Visitors.current",
            "MessageCourier.send");
    Set<JavaCodeUnit> reached = reachedFrom(roots, leftOut);
    assertThat(reached)
        .extracting(unit -> unit.getOwner().getSimpleName() + "." + unit.getName())
        .contains("CompleteRing.drain", "OwnMessages.tryNudge", "ContextCore.passOn");
    assertThat(locksOf(reached)).isEmpty();
  }

  @Test
  void each_kind_of_lock_would_be_noticed() throws Exception {
    JavaClasses wrong = new ClassFileImporter().importClasses(Locking.class);
    Set<String> found = locksOf(new ArrayList<>(wrong.get(Locking.class).getCodeUnits()));
    assertThat(found)
        .anyMatch(text -> text.contains("aMethod") && text.contains("synchronized"))
        .anyMatch(text -> text.contains("aBlock") && text.contains("monitor"))
        .anyMatch(text -> text.contains("aLock") && text.contains("ReentrantLock"))
        .anyMatch(text -> text.contains("aWait") && text.contains("wait"));
    assertThat(locksOf(codeOf(AdderMutex.class))).isNotEmpty();
  }

  @SuppressWarnings("unused")
  private static final class Locking {
    private final ReentrantLock lock = new ReentrantLock();
    private int guarded;

    private synchronized void aMethod() {
      guarded++;
    }

    private void aBlock() {
      synchronized (lock) {
        guarded++;
      }
    }

    private void aLock() {
      lock.lock();
    }

    private void aWait() throws InterruptedException {
      while (guarded == 0) {
        lock.wait();
      }
    }
  }

  private static List<JavaCodeUnit> codeOf(Class<?> type) {
    return new ArrayList<>(CLASSES.get(type).getCodeUnits());
  }

  private static Set<JavaCodeUnit> reachedFrom(List<JavaCodeUnit> roots) {
    return reachedFrom(roots, Set.of());
  }

  private static Set<JavaCodeUnit> reachedFrom(List<JavaCodeUnit> roots, Set<String> leftOut) {
    Set<JavaCodeUnit> reached = new LinkedHashSet<>(roots);
    Deque<JavaCodeUnit> open = new ArrayDeque<>(roots);
    while (!open.isEmpty()) {
      JavaCodeUnit unit = open.remove();
      unit.getCallsFromSelf().stream()
          .map(call -> call.getTarget().resolveMember())
          .flatMap(Optional::stream)
          .map(member -> (JavaCodeUnit) member)
          .filter(member -> member.getOwner().getPackageName().startsWith("dev.uring"))
          .filter(member -> !leftOut.contains(nameOf(member)))
          .filter(member -> !leftOut.contains(nameOf(unit) + ">" + nameOf(member)))
          .filter(reached::add)
          .forEach(open::add);
    }
    return reached;
  }

  private static String nameOf(JavaCodeUnit unit) {
    return unit.getOwner().getSimpleName() + "." + unit.getName();
  }

  private static Set<String> locksOf(Iterable<JavaCodeUnit> units) throws IOException {
    Set<String> locks = new TreeSet<>();
    for (JavaCodeUnit unit : units) {
      if (unit.getModifiers().contains(JavaModifier.SYNCHRONIZED)) {
        locks.add(unit.getFullName() + " is synchronized");
      }
      if (entersMonitor(unit)) {
        locks.add(unit.getFullName() + " enters a monitor");
      }
      unit.getCallsFromSelf().stream()
          .map(call -> call.getTarget())
          .filter(LockFreedomTest::mayWait)
          .forEach(target -> locks.add(unit.getFullName() + " calls " + target.getFullName()));
    }
    return locks;
  }

  private static boolean mayWait(AccessTarget.CodeUnitCallTarget target) {
    String owner = target.getOwner().getFullName();
    if (owner.startsWith("java.util.concurrent.")) {
      // To wake another is not to wait for it.
      return WITHOUT_LOCKS.stream().noneMatch(owner::startsWith)
          && !target.getName().equals("unpark");
    }
    // Object's own, which the compiler may write with the class of the receiver.
    return List.of("wait", "notify", "notifyAll").contains(target.getName())
        || (owner.equals("java.lang.Thread")
            && List.of("join", "sleep").contains(target.getName()));
  }

  /** ArchUnit does not show what happens inside methods. */
  private static boolean entersMonitor(JavaCodeUnit unit) throws IOException {
    boolean[] found = {false};
    ClassCode.visit(unit.getOwner().getFullName(), unit.getName(), new Monitors(found));
    return found[0];
  }

  private static final class Monitors extends MethodVisitor {
    private final boolean[] found;

    Monitors(boolean[] found) {
      super(Opcodes.ASM9);
      this.found = found;
    }

    @Override
    public void visitInsn(int opcode) {
      found[0] |= opcode == Opcodes.MONITORENTER;
    }
  }
}
