package dev.uring;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The compiled code of classes, for rules about what stands in a method and in which order. */
public final class ClassCode {
  private ClassCode() {}

  /**
   * Shows what is in the methods of this name.
   *
   * @param type as {@code Class.getName} has it
   */
  public static void visit(String type, String method, MethodVisitor visitor) throws IOException {
    String resource = "/" + type.replace('.', '/') + ".class";
    try (InputStream bytes = ClassCode.class.getResourceAsStream(resource)) {
      new ClassReader(Objects.requireNonNull(bytes, resource))
          .accept(
              new ClassVisitor(Opcodes.ASM9) {
                @Override
                public MethodVisitor visitMethod(
                    int access, String name, String descriptor, String generic, String[] thrown) {
                  return name.equals(method) ? visitor : null;
                }
              },
              ClassReader.SKIP_DEBUG);
    }
  }
}
