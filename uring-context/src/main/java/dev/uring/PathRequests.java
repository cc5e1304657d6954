package dev.uring;

import dev.uring.ring.DestinationSlot;
import dev.uring.ring.FileSystemRequests;
import dev.uring.ring.struct.OpenHow;
import dev.uring.ring.struct.StatxResult;
import dev.uring.sys.Statx;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests on names in the file system, of a {@link URingContext}. The rules of the context hold:
 * threads, memory, room; names are held until the completion.
 *
 * <p>Results are zero, unless a method says otherwise, or minus an errno: -ENOENT without such a
 * name, -EACCES, -EPERM, -ENOTDIR, -ELOOP, -ENAMETOOLONG, -EROFS and those of the man page. Of
 * these requests, only an opening that fails ends the chain that it is linked in (6.18).
 *
 * <p>A context whose allowlist requires registered files has none of these: the kernel refuses
 * them, and so they are refused with an {@link IllegalArgumentException}.
 */
public final class PathRequests {
  private static final int PERMISSION_BITS = 07777;

  private final SubmitRing submit;
  private final RequestSteps steps;
  private final ExtendedAttributeRequests attributes;

  PathRequests(SubmitRing submit, RequestSteps steps) {
    this.submit = submit;
    this.steps = steps;
    this.attributes = new ExtendedAttributeRequests(submit, steps);
  }

  /** Extended attributes of files. */
  public ExtendedAttributeRequests attributes() {
    return attributes;
  }

  /**
   * Opens a file, as {@code openat2(2)}, by {@code context.fileSystem().addOpen(name,
   * Opening.of(OpenFlag.READ), slot, 1)}. The result is zero, or with {@link FreeSlot} the slot, or
   * minus an errno, also -EEXIST, -EISDIR, -EMFILE, and -EXDEV, -ELOOP or -EAGAIN if a {@link
   * PathCondition} does not hold. 5.6; into a slot 5.15.
   *
   * @param into what a slot held before is let go; a descriptor is close-on-exec
   * @throws IllegalArgumentException if it is a slot of another context
   */
  public void addOpen(FileName name, Opening opening, Destination into, long userData) {
    DestinationSlot slot = steps.slot(into);
    Intercept receiver = steps.receiver(into);
    OpenHow how = opening.how(slot != null);
    Object[] retained = {name, how};
    int place = steps.begin(name, userData);
    submit.hold(place).retained = retained;
    int directory = steps.directory(name);
    if (slot == null) {
      FileSystemRequests.open(submit.entry(), directory, name.bytes(), how);
    } else {
      FileSystemRequests.open(submit.entry(), directory, name.bytes(), how, slot);
    }
    steps.receive(place, receiver);
    submit.end();
  }

  /**
   * Tells what a name leads to, symbolic links followed, as {@code statx(2)}, by {@code
   * context.fileSystem().addStatus(name, status, 1)}. 5.6.
   *
   * @param into has it when the completion with zero is handed over
   */
  public void addStatus(FileName name, Outcome<FileStatus> into, long userData) {
    addStatus(name, 0, into, userData);
  }

  /**
   * As {@link #addStatus(FileName, Outcome, long)}, of a symbolic link itself if the name is one,
   * by {@code context.fileSystem().addLinkStatus(name, status, 1)}. 5.6.
   */
  public void addLinkStatus(FileName name, Outcome<FileStatus> into, long userData) {
    addStatus(name, FileSystemRequests.NO_FOLLOW, into, userData);
  }

  private void addStatus(FileName name, int flags, Outcome<FileStatus> into, long userData) {
    StatusReading reading = new StatusReading(into);
    int place = steps.begin(name, userData);
    submit.hold(place).retained = name;
    finishStatus(place, steps.directory(name), name.bytes(), flags, reading);
  }

  /**
   * Tells what an open file is now, as {@code statx(2)}, by {@code
   * context.fileSystem().addStatus(file, status, 1)}. 5.6.
   *
   * @param into has it when the completion with zero is handed over
   */
  public void addStatus(Descriptor file, Outcome<FileStatus> into, long userData) {
    StatusReading reading = new StatusReading(into);
    int place = submit.begin(file, userData);
    finishStatus(place, submit.fd(), FileName.EMPTY, FileSystemRequests.EMPTY_PATH, reading);
  }

  private void finishStatus(
      int place, int directory, ByteBuffer path, int flags, StatusReading reading) {
    submit.hold(place).intercept = reading;
    FileSystemRequests.status(
        submit.entry(), directory, path, flags, Statx.WANTED, reading.memory());
    submit.end();
  }

  private record StatusReading(Outcome<FileStatus> into, StatxResult memory) implements Intercept {
    StatusReading(Outcome<FileStatus> into) {
      this(Objects.requireNonNull(into, "into"), new StatxResult());
    }

    @Override
    public long completed(int result, int flags) {
      if (result == 0) {
        into.set(new FileStatus(Statx.at(memory.address())));
      }
      return result;
    }
  }

  /**
   * Takes a name away, as {@code unlinkat(2)}, by {@code context.fileSystem().addUnlink(name, 1)}.
   * -EISDIR for a directory. 5.11.
   */
  public void addUnlink(FileName name, long userData) {
    unlink(name, 0, userData);
  }

  /**
   * Removes an empty directory, as {@code rmdir(2)}, by {@code
   * context.fileSystem().addRemoveDirectory(name, 1)}. -ENOTDIR, -ENOTEMPTY. 5.11.
   */
  public void addRemoveDirectory(FileName name, long userData) {
    unlink(name, FileSystemRequests.REMOVE_DIRECTORY, userData);
  }

  private void unlink(FileName name, int flags, long userData) {
    int place = steps.begin(name, userData);
    submit.hold(place).retained = name;
    FileSystemRequests.unlink(submit.entry(), steps.directory(name), name.bytes(), flags);
    submit.end();
  }

  /**
   * Makes a directory, as {@code mkdirat(2)}, by {@code context.fileSystem().addMakeDirectory(name,
   * 0755, 1)}. -EEXIST if the name is taken. 5.15.
   *
   * @param mode permission bits, 0 to 07777, less the umask
   * @throws IllegalArgumentException if there are other bits
   */
  public void addMakeDirectory(FileName name, int mode, long userData) {
    if ((mode & ~PERMISSION_BITS) != 0) {
      throw new IllegalArgumentException("mode is not of permission bits: " + mode);
    }
    int place = steps.begin(name, userData);
    submit.hold(place).retained = name;
    FileSystemRequests.makeDirectory(submit.entry(), steps.directory(name), name.bytes(), mode);
    submit.end();
  }

  /**
   * Makes a symbolic link, as {@code symlinkat(2)}, by {@code
   * context.fileSystem().addSymbolicLink("../else", name, 1)}. -EEXIST if the name is taken. 5.15.
   *
   * @param target what the link says, whether or not there is such a file: 1 to 4095 bytes in the
   *     locale's encoding, without NUL
   * @param name of the link
   * @throws IllegalArgumentException if the target is empty, too long, or cannot be encoded
   */
  public void addSymbolicLink(String target, FileName name, long userData) {
    ByteBuffer text = FileName.bytes("the target of a link", target, FileName.MAXIMUM_BYTES);
    Object[] retained = {name, text};
    int place = steps.begin(name, userData);
    submit.hold(place).retained = retained;
    FileSystemRequests.symbolicLink(submit.entry(), text, steps.directory(name), name.bytes());
    submit.end();
  }

  /**
   * Gives a file one more name, as {@code linkat(2)}, by {@code context.fileSystem().addLink(name,
   * further, 1)}; of a symbolic link, the link itself gets it. -EEXIST if the name is taken, -EXDEV
   * on another file system, -EPERM for a directory. 5.15.
   */
  public void addLink(FileName existing, FileName further, long userData) {
    twoNames(existing, further, userData, null);
  }

  /**
   * Gives a file another name, as {@code renameat2(2)}, by {@code
   * context.fileSystem().addRename(old, name, RenameMode.NO_REPLACE, 1)}. -EXDEV on another file
   * system, -ENOTEMPTY, and what the mode says. 5.11.
   */
  public void addRename(FileName from, FileName to, RenameMode mode, long userData) {
    twoNames(from, to, userData, Objects.requireNonNull(mode, "mode"));
  }

  private void twoNames(FileName from, FileName to, long userData, @Nullable RenameMode rename) {
    Object[] retained = {from, to};
    IntSupplier beginning = () -> steps.begin(from, userData);
    RequestSteps.SecondTarget toDirectory = steps.directoryOf(to);
    int place = steps.begin(toDirectory, beginning);
    submit.hold(place).retained = retained;
    int fromDirectory = steps.directory(from);
    if (rename == null) {
      FileSystemRequests.link(
          submit.entry(), fromDirectory, from.bytes(), toDirectory.number(), to.bytes(), 0);
    } else {
      FileSystemRequests.rename(
          submit.entry(),
          fromDirectory,
          from.bytes(),
          toDirectory.number(),
          to.bytes(),
          rename.flags());
    }
    submit.end();
  }
}
