package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Nothing is made between {@link SubmitRing#begin} and {@link SubmitRing#end}: where there is no
 * memory for it, a place, an entry and the adders' lock would stay taken for ever.
 *
 * <p>What is reached is followed through the code of this project. Left out is what ends in a throw
 * anyway, which is for arguments that were checked before, and what {@link SubmitRing#abandon}
 * follows.
 */
class BetweenBeginAndEndTest {
  private static final String RING = "dev/uring/SubmitRing";

  /** The methods that take back or hand over what was begun. */
  private static final Set<String> ENDS = Set.of("end", "endNamingTarget", "abandon");

  /** Others' methods that make nothing unless they throw. */
  private static final List<String> MAKE_NOTHING =
      List.of(
          "com/google/common/base/Preconditions.checkArgument",
          "com/kenai/jffi/MemoryIO.getDirectBufferAddress",
          "java/lang/Integer.toUnsignedLong",
          "java/lang/Math.",
          "java/nio/ByteBuffer.get",
          "java/nio/ByteBuffer.isDirect",
          "java/nio/ByteBuffer.put",
          "java/nio/LongBuffer.get",
          "java/nio/LongBuffer.put",
          "java/time/Duration.toNanosPart",
          "java/util/Objects.requireNonNull",
          "jnr/ffi/Pointer.address");

  @Test
  void nothing_is_made_between_begin_and_end() throws Exception {
    Code code = new Code();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.uring")) {
      code.add(type.getFullName());
    }
    code.followAll();
    assertThat(code.reached)
        .contains(
            "dev/uring/SocketRequests.addBind",
            "dev/uring/RequestSteps.receive",
            "dev/uring/PathRequests.finishStatus",
            "dev/uring/InFlightRequest.timespec",
            "dev/uring/CancelRequests$Search.nextToken",
            "dev/uring/LevelPoll.isFor",
            "dev/uring/ring/SubmissionEntry.prepare");
    assertThat(code.reached.stream().filter(name -> name.matches("dev/uring/\\w+\\.add\\w*")))
        .hasSizeGreaterThan(40);
    assertThat(code.made).isEmpty();
  }

  @Test
  void each_kind_of_making_would_be_noticed() throws Exception {
    Code code = new Code();
    for (Class<?> type : List.of(Wrong.class, Filling.class, SubmitRing.class)) {
      code.add(type.getName());
    }
    code.followAll();
    assertThat(code.made)
        .extracting(text -> text.substring(text.lastIndexOf('.') + 1, text.indexOf(' ')))
        .containsOnly("anArray", "aHelper", "aText", "lambda$aFilling$0", "afterTry");
  }

  private interface Filling {
    void fill();
  }

  @SuppressWarnings("unused")
  private static final class Wrong {
    private final SubmitRing submit;
    private Object kept = "";

    Wrong(SubmitRing submit) {
      this.submit = submit;
    }

    private void anArray() {
      int place = submit.begin(1);
      kept = new Object[] {this, place};
      submit.end();
    }

    private void inAHelper() {
      submit.begin(1);
      aHelper();
      submit.end();
      kept = new Object();
    }

    private void aHelper() {
      kept = new Object();
    }

    private void aText(int number) {
      submit.begin(1);
      kept = Integer.toHexString(number);
      submit.end();
    }

    private void aFilling() {
      Filling filling = () -> kept = new long[1];
      submit.begin(1);
      filling.fill();
      submit.end();
    }

    private void afterTry(int number) {
      int place = submit.begin(1);
      try {
        kept = new int[number];
      } catch (RuntimeException | Error e) {
        submit.abandon(place);
        throw e;
      }
      if (number == 0) {
        submit.abandon(place);
        throw new IllegalArgumentException("none of " + kept);
      }
      kept = new byte[number];
      submit.end();
    }
  }

  /** Methods, and whether something is begun where they are called and where they return. */
  private static final class Code {
    private final Map<String, ClassNode> classes = new TreeMap<>();
    private final Map<String, List<Handle>> lambdas = new HashMap<>();
    private final Map<String, Boolean> after = new HashMap<>();

    /** What was found to be made; where. */
    private final Set<String> made = new TreeSet<>();

    /** What runs, at least in part, between begin and end. */
    private final Set<String> reached = new TreeSet<>();

    void add(String name) throws IOException {
      String resource = "/" + name.replace('.', '/') + ".class";
      ClassNode node = new ClassNode();
      try (InputStream bytes = Code.class.getResourceAsStream(resource)) {
        new ClassReader(Objects.requireNonNull(bytes, resource))
            .accept(node, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      }
      classes.put(node.name, node);
      for (MethodNode method : node.methods) {
        for (AbstractInsnNode step : method.instructions) {
          if (step instanceof InvokeDynamicInsnNode dynamic
              && dynamic.bsm.getName().equals("metafactory")) {
            String type = dynamic.desc.substring(dynamic.desc.indexOf(")L") + 2);
            lambdas
                .computeIfAbsent(type.replace(";", "." + dynamic.name), key -> new ArrayList<>())
                .add((Handle) dynamic.bsmArgs[1]);
          }
        }
      }
    }

    void followAll() {
      for (ClassNode type : classes.values()) {
        for (MethodNode method : type.methods) {
          follow(type, method, false);
        }
      }
    }

    /** Whether something is begun when the method returns. */
    private boolean follow(ClassNode type, MethodNode method, boolean begun) {
      String key = type.name + "." + method.name + method.desc + begun;
      Boolean known = after.putIfAbsent(key, begun);
      if (known != null) {
        return known;
      }
      boolean result = new Walk(this, type, method).walk(begun);
      after.put(key, result);
      return result;
    }

    /** Whether something is begun after a call. */
    boolean call(String owner, String name, String descriptor, boolean begun) {
      boolean result = begun;
      boolean found = false;
      for (ClassNode type : classes.values()) {
        if (type.name.equals(owner) || isBelow(type, owner)) {
          for (MethodNode method : type.methods) {
            if (method.name.equals(name) && method.desc.equals(descriptor)) {
              boolean then = follow(type, method, begun);
              result = found ? result || then : then;
              found = true;
            }
          }
        }
      }
      for (Handle lambda : lambdas.getOrDefault(owner + "." + name, List.of())) {
        ClassNode type = classes.get(lambda.getOwner());
        if (type != null) {
          result |= call(lambda.getOwner(), lambda.getName(), lambda.getDesc(), begun);
        }
      }
      return result;
    }

    private boolean isBelow(ClassNode type, String above) {
      if (type.interfaces.contains(above) || above.equals(type.superName)) {
        return true;
      }
      ClassNode parent = classes.get(type.superName);
      return parent != null && isBelow(parent, above);
    }
  }

  /**
   * One way through a method, from its first step to its last, with what jumps bring along. To a
   * handler nothing is brought: it runs only where something has failed already.
   */
  private static final class Walk {
    private final Code code;
    private final ClassNode type;
    private final MethodNode method;
    private final Map<LabelNode, Boolean> brought = new HashMap<>();

    Walk(Code code, ClassNode type, MethodNode method) {
      this.code = code;
      this.type = type;
      this.method = method;
    }

    boolean walk(boolean begunBefore) {
      boolean begun = begunBefore;
      boolean returned = false;
      for (AbstractInsnNode step : method.instructions) {
        if (step instanceof LabelNode label) {
          begun |= brought.getOrDefault(label, false);
        }
        if (step.getOpcode() < 0) {
          continue;
        }
        if (begun) {
          code.reached.add(type.name + "." + method.name);
          look(step);
        }
        if (step instanceof MethodInsnNode call && (!begun || !isAbandoned(step))) {
          begun = afterCall(call, begun);
        }
        bring(step, begun);
        if (isReturn(step)) {
          returned |= begun;
        }
        if (isReturn(step) || step.getOpcode() == Opcodes.ATHROW || isGoto(step)) {
          begun = false;
        }
      }
      return returned;
    }

    private boolean afterCall(MethodInsnNode call, boolean begun) {
      if (isRing(call, "begin") || ends(call)) {
        return isRing(call, "begin");
      }
      return code.call(call.owner, call.name, call.desc, begun);
    }

    private void bring(AbstractInsnNode step, boolean begun) {
      if (!begun) {
        return;
      }
      if (step instanceof JumpInsnNode jump) {
        brought.put(jump.label, true);
      } else if (step instanceof TableSwitchInsnNode table) {
        table.labels.forEach(label -> brought.put(label, true));
        brought.put(table.dflt, true);
      } else if (step instanceof LookupSwitchInsnNode lookup) {
        lookup.labels.forEach(label -> brought.put(label, true));
        brought.put(lookup.dflt, true);
      }
    }

    private void look(AbstractInsnNode step) {
      String what = "";
      switch (step.getOpcode()) {
        case Opcodes.NEW, Opcodes.NEWARRAY, Opcodes.ANEWARRAY, Opcodes.MULTIANEWARRAY ->
            what = "makes something";
        case Opcodes.INVOKEDYNAMIC -> what = "makes a lambda or a text";
        default -> {
          if (step instanceof MethodInsnNode call
              && !call.owner.startsWith("dev/uring/")
              && code.lambdas.get(call.owner + "." + call.name) == null
              && MAKE_NOTHING.stream().noneMatch((call.owner + "." + call.name)::startsWith)) {
            what = "calls " + call.owner.replace('/', ':') + ":" + call.name;
          }
        }
      }
      if (!what.isEmpty() && !isAbandoned(step) && !endsInThrow(step)) {
        code.made.add(type.name + "." + method.name + " " + what);
      }
    }

    private boolean isAbandoned(AbstractInsnNode step) {
      return method.tryCatchBlocks.stream()
          .filter(block -> covers(block, step))
          .filter(
              block ->
                  block.type == null
                      || Set.of("java/lang/Error", "java/lang/Throwable").contains(block.type))
          .anyMatch(block -> abandons(block.handler));
    }

    private boolean covers(TryCatchBlockNode block, AbstractInsnNode step) {
      int at = method.instructions.indexOf(step);
      return method.instructions.indexOf(block.start) <= at
          && at < method.instructions.indexOf(block.end);
    }

    private static boolean abandons(AbstractInsnNode handler) {
      for (AbstractInsnNode step = handler; step != null; step = step.getNext()) {
        if (step instanceof MethodInsnNode call && isRing(call, "abandon")) {
          return true;
        }
        if (step.getOpcode() == Opcodes.ATHROW) {
          return false;
        }
      }
      return false;
    }

    private static boolean endsInThrow(AbstractInsnNode from) {
      for (AbstractInsnNode step = from; step != null; step = step.getNext()) {
        if (step.getOpcode() == Opcodes.ATHROW) {
          return true;
        }
        if (step instanceof JumpInsnNode || isReturn(step)) {
          return false;
        }
      }
      return false;
    }

    private static boolean ends(MethodInsnNode call) {
      return call.owner.equals(RING) && ENDS.contains(call.name);
    }

    private static boolean isRing(MethodInsnNode call, String name) {
      return call.owner.equals(RING) && call.name.equals(name);
    }

    private static boolean isReturn(AbstractInsnNode step) {
      return step.getOpcode() >= Opcodes.IRETURN && step.getOpcode() <= Opcodes.RETURN;
    }

    private static boolean isGoto(AbstractInsnNode step) {
      return step.getOpcode() == Opcodes.GOTO;
    }
  }
}
