package dev.uring;

import dev.uring.ring.AttributeRequests;
import java.nio.ByteBuffer;

/**
 * Requests on the extended attributes of files, {@code xattr(7)}, of a {@link URingContext}.
 *
 * <p>An attribute's name has a namespace, such as {@code user.origin}, and 1 to 255 bytes. A value
 * is a piece of native memory, up to 65,536 bytes long. Names, values and paths are held until the
 * completion. Results may be -ENODATA without such an attribute, -EOPNOTSUPP if the file system has
 * none or not of this namespace, -EPERM, -EACCES, -ENOSPC, -E2BIG. A name or a value of another
 * length is refused with an {@link IllegalArgumentException}.
 *
 * <p>A file is named by its path, symbolic links followed, which always starts from the working
 * directory: the kernel's requests have no place for another, so that such a {@link FileName} is
 * refused. Or it is an open file. What fails does not end the chain that it is linked in (6.18).
 */
public final class ExtendedAttributeRequests {
  /** The longest name of an attribute, in bytes ({@code XATTR_NAME_MAX}). */
  public static final int MAXIMUM_NAME = 255;

  /** The longest value, in bytes ({@code XATTR_SIZE_MAX}). */
  public static final int MAXIMUM_VALUE = 65_536;

  private final SubmitRing submit;
  private final RequestSteps steps;

  ExtendedAttributeRequests(SubmitRing submit, RequestSteps steps) {
    this.submit = submit;
    this.steps = steps;
  }

  /**
   * Sets an attribute of an open file, as {@code fsetxattr(2)}, by {@code attributes().addSet(file,
   * "user.origin", value, AttributeMode.SET, 1)}. The result is zero. 5.19.
   */
  public void addSet(
      Target file, String attribute, NativeMemory value, AttributeMode mode, long userData) {
    ByteBuffer name = name(attribute);
    long address = address(value);
    int flags = mode.flags();
    Object[] retained = {name, value};
    int place = submit.begin(file, userData);
    submit.hold(place).retained = retained;
    AttributeRequests.set(submit.entry(), submit.fd(), name, address, value.length(), flags);
    submit.end();
  }

  /**
   * Sets an attribute of a file by its path, as {@code setxattr(2)}, by {@code
   * attributes().addSet(path, "user.origin", value, AttributeMode.SET, 1)}. The result is zero.
   * 5.19.
   *
   * @throws IllegalArgumentException if the path is relative to a descriptor
   */
  public void addSet(
      FileName path, String attribute, NativeMemory value, AttributeMode mode, long userData) {
    ByteBuffer name = name(attribute);
    long address = address(value);
    int flags = mode.flags();
    Object[] retained = {path, name, value};
    int place = begin(path, userData);
    submit.hold(place).retained = retained;
    AttributeRequests.set(submit.entry(), path.bytes(), name, address, value.length(), flags);
    submit.end();
  }

  /**
   * Reads an attribute of an open file, as {@code fgetxattr(2)}, by {@code
   * attributes().addGet(file, "user.origin", room, 1)}. The result is its length in bytes, -ERANGE
   * if there is less room; with no room at all its length only. 5.19.
   *
   * @throws IllegalArgumentException if the memory is read-only
   */
  public void addGet(Target file, String attribute, NativeMemory into, long userData) {
    ByteBuffer name = name(attribute);
    long address = address(into);
    into.checkWritable();
    Object[] retained = {name, into};
    int place = submit.begin(file, userData);
    submit.hold(place).retained = retained;
    AttributeRequests.get(submit.entry(), submit.fd(), name, address, into.length());
    submit.end();
  }

  /**
   * Reads an attribute of a file by its path, as {@code getxattr(2)}, by {@code
   * attributes().addGet(path, "user.origin", room, 1)}. The result is its length in bytes, -ERANGE
   * if there is less room; with no room at all its length only. 5.19.
   *
   * @throws IllegalArgumentException if the memory is read-only, or the path is relative to a
   *     descriptor
   */
  public void addGet(FileName path, String attribute, NativeMemory into, long userData) {
    ByteBuffer name = name(attribute);
    long address = address(into);
    into.checkWritable();
    Object[] retained = {path, name, into};
    int place = begin(path, userData);
    submit.hold(place).retained = retained;
    AttributeRequests.get(submit.entry(), path.bytes(), name, address, into.length());
    submit.end();
  }

  private int begin(FileName path, long userData) {
    if (path.directory() != null) {
      throw new IllegalArgumentException(
          "attributes are reached by paths from the working directory or by open files, not by "
              + path);
    }
    return steps.begin(path, userData);
  }

  private static ByteBuffer name(String attribute) {
    return FileName.bytes("the name of an attribute", attribute, MAXIMUM_NAME);
  }

  private static long address(NativeMemory value) {
    if (value.length() > MAXIMUM_VALUE) {
      throw new IllegalArgumentException(
          "an attribute has at most " + MAXIMUM_VALUE + " bytes, not " + value.length());
    }
    return value.addressOf(0, value.length());
  }
}
