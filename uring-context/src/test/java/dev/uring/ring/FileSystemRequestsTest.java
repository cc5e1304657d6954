package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.allowlist.UringOperation;
import dev.uring.ring.Native.Pipe;
import dev.uring.ring.struct.OpenHow;
import dev.uring.ring.struct.StatxResult;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import dev.uring.sys.NativePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What requests on names do to directories, and what they open. */
@ParameterizedClass
@EnumSource(RingKind.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FileSystemRequestsTest {
  private static final int HERE = FileSystemRequests.WORKING_DIRECTORY;
  private static final int CREATE =
      FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_EXCL | FileCalls.O_CLOEXEC;
  private static final int O_DIRECTORY = 0x10000;

  @Parameter RingKind kind;
  @TempDir Path directory;
  private Path left;
  private Path right;

  @BeforeEach
  void makeDirectories() throws IOException {
    left = Files.createDirectory(directory.resolve("left"));
    right = Files.createDirectory(directory.resolve("right"));
  }

  /** A descriptor of a directory, which names can be relative to. */
  private static int opened(OpenFiles files, Path path) {
    return files.opened(
        FileCalls.open(
            NativePath.bytes(path), FileCalls.O_RDONLY | FileCalls.O_CLOEXEC | O_DIRECTORY, 0));
  }

  private static ByteBuffer name(Object text) {
    return Native.terminated(text);
  }

  private static Path descriptor(int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd));
  }

  @Test
  @Shows(UringOperation.OPENAT)
  void opening_makes_the_file_with_its_mode_in_its_directory() throws IOException {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int at = opened(files, left);
      ByteBuffer name = name("new");
      FileSystemRequests.open(Queues.next(ring), at, name, CREATE, 0600);
      int fd = files.opened(Queues.result(ring));
      assertThat(descriptor(fd)).isEqualTo(left.resolve("new").toRealPath());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(left.resolve("new"))))
          .isEqualTo("rw-------");
      FileSystemRequests.open(Queues.next(ring), at, name, CREATE, 0600);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EEXIST);
    }
  }

  @Test
  @Shows({UringOperation.OPENAT, UringOperation.OPENAT2})
  void opening_into_a_slot_needs_no_descriptor() throws IOException {
    Path file = Files.writeString(left.resolve("file"), "before");
    ByteBuffer name = name(file);
    ByteBuffer text = Native.ascii("after!");
    try (Ring ring = kind.open()) {
      ring.registrar().files().registerSparse(4);
      DestinationSlot third = DestinationSlot.of(new FileSlot(2));
      FileSystemRequests.open(Queues.next(ring), HERE, name, FileCalls.O_WRONLY, 0, third);
      assertThat(Queues.result(ring)).isZero();
      FileRequests.write(Queues.next(ring), -1, NativeAddress.of(text), 6, 0).on(new FileSlot(2));
      assertThat(Queues.result(ring)).isEqualTo(6);
      assertThat(file).hasContent("after!");
      OpenHow how = new OpenHow().flags(FileCalls.O_RDONLY);
      FileSystemRequests.open(Queues.next(ring), HERE, name, how, DestinationSlot.any());
      assertThat(Queues.result(ring)).as("the one after").isEqualTo(3);
      FileSystemRequests.open(
          Queues.next(ring), HERE, name, FileCalls.O_RDONLY, 0, DestinationSlot.any());
      assertThat(Queues.result(ring)).as("around the end").isZero();
      FileRequests.read(Queues.next(ring), 0, NativeAddress.of(text), 5, 1).on(new FileSlot(0));
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(Native.text(text, 0, 6)).isEqualTo("fter!!");
      assertThatThrownBy(
              () -> FileSystemRequests.open(Queues.next(ring), HERE, name, CREATE, 0, third))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("O_CLOEXEC");
      how.flags(FileCalls.O_CLOEXEC);
      assertThatThrownBy(() -> FileSystemRequests.open(Queues.next(ring), HERE, name, how, third))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("O_CLOEXEC");
    }
  }

  @Test
  @Shows(UringOperation.OPENAT2)
  void opening_under_a_condition_stays_beneath_the_directory() throws IOException {
    Files.writeString(right.resolve("file"), "x");
    Files.createSymbolicLink(left.resolve("out"), right.resolve("file"));
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int at = opened(files, left);
      OpenHow how = new OpenHow().flags(FileCalls.O_RDONLY | FileCalls.O_CLOEXEC);
      ByteBuffer name = name("out");
      FileSystemRequests.open(Queues.next(ring), at, name, how);
      int fd = files.opened(Queues.result(ring));
      assertThat(descriptor(fd)).isEqualTo(right.resolve("file").toRealPath());
      how.resolve(OpenHow.RESOLVE_BENEATH);
      FileSystemRequests.open(Queues.next(ring), at, name, how);
      assertThat(Queues.result(ring)).as("EXDEV").isEqualTo(-18);
    }
  }

  @Test
  @Shows(UringOperation.CLOSE)
  void closing_a_descriptor_or_a_slot_ends_what_reads_from_it() {
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      Pipe byDescriptor = new Pipe();
      files.opened(byDescriptor.readEnd);
      FileSystemRequests.close(Queues.next(ring), byDescriptor.writeEnd);
      assertThat(Queues.result(ring)).isZero();
      assertThat(Native.read(byDescriptor.readEnd)).as("the end").isEmpty();

      Pipe bySlot = new Pipe();
      files.opened(bySlot.readEnd);
      ring.registrar().files().register(bySlot.readEnd, bySlot.writeEnd);
      FileCalls.close(bySlot.writeEnd);
      FileSystemRequests.close(Queues.next(ring), -1).on(new FileSlot(1));
      assertThat(Queues.result(ring)).as("not the way to close one").isEqualTo(-Errno.EBADF);
      FileTableRequests.closeSlot(Queues.next(ring), new FileSlot(1));
      assertThat(Queues.result(ring)).isZero();
      assertThat(Native.read(bySlot.readEnd)).as("the end").isEmpty();
      FileTableRequests.closeSlot(Queues.next(ring), new FileSlot(1));
      assertThat(Queues.result(ring)).as("it is empty").isEqualTo(-Errno.EBADF);
    }
  }

  @Test
  @Shows(UringOperation.STATX)
  void a_status_is_of_the_file_or_of_the_link() throws IOException {
    Path file = Files.write(left.resolve("file"), new byte[1234]);
    Files.createSymbolicLink(left.resolve("link"), file);
    StatxResult status = new StatxResult();
    ByteBuffer name = name("link");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int at = opened(files, left);
      int wanted = FileSystemRequests.BASIC_STATUS;
      FileSystemRequests.status(Queues.next(ring), at, name, 0, wanted, status);
      assertThat(Queues.result(ring)).isZero();
      assertThat(status.size()).isEqualTo(1234);
      assertThat(status.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
      assertThat(status.mask() & wanted).isEqualTo(wanted);
      FileSystemRequests.status(
          Queues.next(ring), at, name, FileSystemRequests.NO_FOLLOW, wanted, status);
      assertThat(Queues.result(ring)).isZero();
      assertThat(status.size()).isEqualTo(file.toString().length());
    }
  }

  @Test
  @Shows(UringOperation.RENAMEAT)
  void a_file_moves_from_name_to_name_unless_the_name_is_taken() throws IOException {
    Files.writeString(left.resolve("a"), "moved");
    Files.writeString(right.resolve("c"), "other");
    ByteBuffer a = name("a");
    ByteBuffer b = name("b");
    ByteBuffer c = name("c");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int from = opened(files, left);
      int to = opened(files, right);
      FileSystemRequests.rename(Queues.next(ring), from, a, to, b, 0);
      assertThat(Queues.result(ring)).isZero();
      assertThat(left).isEmptyDirectory();
      assertThat(right.resolve("b")).hasContent("moved");
      int keep = FileSystemRequests.RENAME_NO_REPLACE;
      FileSystemRequests.rename(Queues.next(ring), to, b, to, c, keep);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EEXIST);
      int exchange = FileSystemRequests.RENAME_EXCHANGE;
      FileSystemRequests.rename(Queues.next(ring), to, b, to, c, exchange);
      assertThat(Queues.result(ring)).isZero();
      assertThat(right.resolve("c")).hasContent("moved");
      assertThat(right.resolve("b")).hasContent("other");
      assertThatThrownBy(
              () -> FileSystemRequests.rename(Queues.next(ring), to, b, to, c, keep | exchange))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.UNLINKAT)
  void a_name_goes_and_a_directory_only_if_that_was_meant() throws IOException {
    Files.writeString(left.resolve("file"), "x");
    ByteBuffer file = name("file");
    ByteBuffer folder = name("left");
    int asDirectory = FileSystemRequests.REMOVE_DIRECTORY;
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int at = opened(files, directory);
      FileSystemRequests.unlink(Queues.next(ring), at, folder, 0);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EISDIR);
      FileSystemRequests.unlink(Queues.next(ring), at, folder, asDirectory);
      assertThat(Queues.result(ring)).as("ENOTEMPTY").isEqualTo(-39);
      FileSystemRequests.unlink(Queues.next(ring), opened(files, left), file, 0);
      assertThat(Queues.result(ring)).isZero();
      assertThat(left).isEmptyDirectory();
      FileSystemRequests.unlink(Queues.next(ring), at, folder, asDirectory);
      assertThat(Queues.result(ring)).isZero();
      assertThat(left).doesNotExist();
      assertThatThrownBy(() -> FileSystemRequests.unlink(Queues.next(ring), at, file, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Shows(UringOperation.MKDIRAT)
  void a_directory_is_made_with_its_mode() throws IOException {
    ByteBuffer name = name("new");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      FileSystemRequests.makeDirectory(Queues.next(ring), opened(files, left), name, 0700);
      assertThat(Queues.result(ring)).isZero();
    }
    assertThat(left.resolve("new")).isDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(left.resolve("new"))))
        .isEqualTo("rwx------");
  }

  @Test
  @Shows(UringOperation.SYMLINKAT)
  void a_symbolic_link_says_what_it_was_told() throws IOException {
    ByteBuffer target = name("../anywhere");
    ByteBuffer name = name("link");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      FileSystemRequests.symbolicLink(Queues.next(ring), target, opened(files, left), name);
      assertThat(Queues.result(ring)).isZero();
    }
    assertThat(Files.readSymbolicLink(left.resolve("link"))).hasToString("../anywhere");
  }

  @Test
  @Shows(UringOperation.LINKAT)
  void a_file_gets_a_second_name() throws IOException {
    Path file = Files.writeString(left.resolve("file"), "x");
    Files.createSymbolicLink(left.resolve("link"), Path.of("file"));
    ByteBuffer link = name("link");
    ByteBuffer second = name("second");
    ByteBuffer third = name("third");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int from = opened(files, left);
      int to = opened(files, right);
      FileSystemRequests.link(Queues.next(ring), from, link, to, second, 0);
      assertThat(Queues.result(ring)).isZero();
      int follow = FileSystemRequests.FOLLOW_SYMBOLIC_LINK;
      FileSystemRequests.link(Queues.next(ring), from, link, to, third, follow);
      assertThat(Queues.result(ring)).isZero();
    }
    assertThat(Files.isSymbolicLink(right.resolve("second"))).as("of the link itself").isTrue();
    assertThat(Files.isSameFile(file, right.resolve("third"))).isTrue();
    assertThat(Files.isRegularFile(right.resolve("third"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  @Shows({
    UringOperation.SETXATTR,
    UringOperation.FSETXATTR,
    UringOperation.GETXATTR,
    UringOperation.FGETXATTR
  })
  void attributes_are_set_and_read_by_path_and_by_descriptor() throws IOException {
    Path file = Files.writeString(left.resolve("file"), "x");
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    assumeTrue(
        Files.getFileStore(file).supportsFileAttributeView("user"),
        "skipped: the file system has no extended attributes");
    ByteBuffer path = name(file);
    ByteBuffer first = name("user.first");
    ByteBuffer second = name("user.second");
    ByteBuffer values = Native.ascii("one,three");
    try (Ring ring = kind.open();
        OpenFiles files = new OpenFiles()) {
      int fd = files.file(file);
      long one = NativeAddress.of(values);
      AttributeRequests.set(Queues.next(ring), path, first, one, 3, 0);
      assertThat(Queues.result(ring)).isZero();
      AttributeRequests.set(Queues.next(ring), fd, second, one + 4, 5, 0);
      assertThat(Queues.result(ring)).isZero();
      assertThat(value(view, "first")).isEqualTo("one");
      assertThat(value(view, "second")).isEqualTo("three");

      int create = AttributeRequests.CREATE;
      AttributeRequests.set(Queues.next(ring), fd, second, one, 3, create);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EEXIST);
      AttributeRequests.set(Queues.next(ring), path, first, one, 3, create);
      assertThat(Queues.result(ring)).isEqualTo(-Errno.EEXIST);

      ByteBuffer read = Native.ascii("........");
      AttributeRequests.get(Queues.next(ring), path, first, NativeAddress.of(read) + 1, 7);
      assertThat(Queues.result(ring)).isEqualTo(3);
      assertThat(Native.text(read, 0, 8)).isEqualTo(".one....");
      AttributeRequests.get(Queues.next(ring), fd, second, NativeAddress.of(read) + 2, 6);
      assertThat(Queues.result(ring)).isEqualTo(5);
      assertThat(Native.text(read, 0, 8)).isEqualTo(".othree.");
      AttributeRequests.get(Queues.next(ring), fd, second, NativeAddress.of(read), 4);
      assertThat(Queues.result(ring)).as("ERANGE").isEqualTo(-34);
      assertThatThrownBy(() -> AttributeRequests.set(Queues.next(ring), fd, second, one, 3, 3))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static String value(UserDefinedFileAttributeView view, String name) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(view.size(name));
    view.read(name, value);
    return new String(value.array(), StandardCharsets.US_ASCII);
  }
}
