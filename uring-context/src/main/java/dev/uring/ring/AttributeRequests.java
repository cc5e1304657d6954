package dev.uring.ring;

import dev.uring.allowlist.UringOperation;
import java.nio.ByteBuffer;

/**
 * Requests on the extended attributes of files, {@code xattr(7)}.
 *
 * <p>A name is a direct buffer that begins with the text, such as {@code user.origin}, and a zero
 * byte; so is a path. These and values are the kernel's until the completion. Lengths are in bytes,
 * up to 65,536. Results are minus an errno for what went wrong: -ENODATA without such an attribute,
 * -EOPNOTSUPP if the file system has none, -EEXIST, -ERANGE, -ENOSPC, -EPERM.
 */
public final class AttributeRequests {
  /** For setting: it must not be there yet, else -EEXIST ({@code XATTR_CREATE}). */
  public static final int CREATE = 1;

  /** For setting: it must be there already, else -ENODATA ({@code XATTR_REPLACE}). */
  public static final int REPLACE = 1 << 1;

  private AttributeRequests() {}

  /**
   * Sets an attribute of an open file, as {@code fsetxattr(2)}; zero. 5.19.
   *
   * <p>Example: {@code AttributeRequests.set(entry, fd, name, valueAddress, 4, CREATE)}
   *
   * @param flags {@link #CREATE} or {@link #REPLACE}, or zero for whichever it takes
   */
  public static SubmissionEntry set(
      SubmissionEntry entry, int fd, ByteBuffer name, long valueAddress, int length, int flags) {
    return prepare(entry, UringOperation.FSETXATTR, fd, name, valueAddress, length)
        .operationFlags(checked(flags));
  }

  /**
   * Sets an attribute of a file by its path, as {@code setxattr(2)}; zero. 5.19.
   *
   * <p>Example: {@code AttributeRequests.set(entry, path, name, valueAddress, 4, 0)}
   *
   * @param flags {@link #CREATE} or {@link #REPLACE}, or zero for whichever it takes
   */
  public static SubmissionEntry set(
      SubmissionEntry entry,
      ByteBuffer path,
      ByteBuffer name,
      long valueAddress,
      int length,
      int flags) {
    return prepare(entry, UringOperation.SETXATTR, 0, name, valueAddress, length)
        .operationFlags(checked(flags))
        .address3(NativeAddress.of(path));
  }

  /**
   * Reads an attribute of an open file, as {@code fgetxattr(2)}; the result is its length, -ERANGE
   * if there is less room. 5.19.
   *
   * <p>Example: {@code AttributeRequests.get(entry, fd, name, valueAddress, 64)}
   *
   * @param length the room; zero asks for the length only
   */
  public static SubmissionEntry get(
      SubmissionEntry entry, int fd, ByteBuffer name, long valueAddress, int length) {
    return prepare(entry, UringOperation.FGETXATTR, fd, name, valueAddress, length);
  }

  /**
   * Reads an attribute of a file by its path, as {@code getxattr(2)}; the result is its length,
   * -ERANGE if there is less room. 5.19.
   *
   * <p>Example: {@code AttributeRequests.get(entry, path, name, valueAddress, 64)}
   *
   * @param length the room; zero asks for the length only
   */
  public static SubmissionEntry get(
      SubmissionEntry entry, ByteBuffer path, ByteBuffer name, long valueAddress, int length) {
    return prepare(entry, UringOperation.GETXATTR, 0, name, valueAddress, length)
        .address3(NativeAddress.of(path));
  }

  /** Reading and writing have their fields in the same places. */
  private static SubmissionEntry prepare(
      SubmissionEntry entry,
      UringOperation operation,
      int fd,
      ByteBuffer name,
      long valueAddress,
      int length) {
    return entry.prepare(operation, fd, NativeAddress.of(name), length, /* offset= */ valueAddress);
  }

  private static int checked(int flags) {
    if (flags < 0 || flags > REPLACE) {
      throw new IllegalArgumentException(
          "an attribute is set with CREATE or REPLACE or neither, not with 0x"
              + Integer.toHexString(flags));
    }
    return flags;
  }
}
