package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on names, each seen in the directory afterwards. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PathRequestsTest {
  private static final byte[] TEXT = {'r', 'i', 'n', 'g'};

  private static final int EXDEV = 18;

  @TempDir Path directory;
  private URingContext context;
  private PathRequests paths;

  @BeforeEach
  void open() {
    context = URingContext.create(8);
    paths = context.fileSystem();
  }

  @AfterEach
  void close() {
    assertThat(context.inFlight()).isZero();
    context.close();
  }

  private FileName name(String name) {
    return FileName.of(directory.resolve(name));
  }

  private Path file(String name) throws Exception {
    return Files.write(directory.resolve(name), TEXT);
  }

  private int result() {
    return Contexts.result(context);
  }

  private String read(Target file) {
    NativeMemory memory = NativeMemory.allocate(64);
    Contexts.addRead(context, file, memory, 9);
    byte[] bytes = new byte[result()];
    memory.buffer().get(0, bytes);
    return new String(bytes, UTF_8);
  }

  @Test
  void a_file_is_opened_as_a_descriptor_that_nobody_sees_the_number_of() throws Exception {
    file("there");
    NewDescriptors made = new NewDescriptors();
    paths.addOpen(name("there"), Opening.of(OpenFlag.READ), made, 77);
    assertThat(made.isEmpty()).isTrue();
    assertThat(Contexts.take(context, 1)).containsExactly("77:0");
    try (Descriptor opened = made.take()) {
      assertThat(read(opened)).isEqualTo("ring");
      assertThat(OpenDescriptors.closesOnExec(opened)).isTrue();
    }
    assertThatThrownBy(made::take).isInstanceOf(NoSuchElementException.class);
    assertThat(made.poll()).isNull();
  }

  @Test
  void a_file_is_made_with_its_mode() throws Exception {
    NewDescriptors made = new NewDescriptors();
    Opening opening = Opening.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE).mode(0400);
    paths.addOpen(name("new"), opening, made, 1);
    assertThat(result()).isZero();
    made.take().close();
    assertThat(Files.getPosixFilePermissions(directory.resolve("new")))
        .isEqualTo(PosixFilePermissions.fromString("r--------"));
    paths.addOpen(name("new"), opening, made, 1);
    assertThat(result()).isEqualTo(-Errno.EEXIST);
    assertThat(made.isEmpty()).isTrue();
  }

  @Test
  void a_file_is_opened_into_a_slot_or_into_any_free_one() throws Exception {
    file("there");
    FixedFile[] slots = context.registerFiles(3);
    paths.addOpen(name("there"), Opening.of(OpenFlag.READ), slots[1], 1);
    assertThat(result()).isZero();
    assertThat(read(slots[1])).isEqualTo("ring");
    paths.addOpen(name("there"), Opening.of(OpenFlag.READ), FreeSlot.ANY, 1);
    int chosen = result();
    assertThat(chosen).isIn(0, 2);
    assertThat(read(slots[chosen])).isEqualTo("ring");
    paths.addOpen(name("there"), Opening.of(OpenFlag.READ), FreeSlot.ANY, 1);
    assertThat(result()).isEqualTo(2 - chosen);
    paths.addOpen(name("there"), Opening.of(OpenFlag.READ), FreeSlot.ANY, 1);
    assertThat(result()).isEqualTo(-Errno.ENFILE);
    assertThat(OpenDescriptors.of(directory.resolve("there"))).isZero();
    try (Descriptor open = Descriptor.open(directory.resolve("there"), OpenFlag.READ)) {
      assertThat(OpenDescriptors.of(directory.resolve("there"))).as("of %s", open).isOne();
    }
  }

  @Test
  void a_name_starts_from_its_directory_which_is_held() throws Exception {
    file("there");
    Descriptor start = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY);
    FileName name = FileName.in(start, Path.of("there"));
    NewDescriptors made = new NewDescriptors();
    paths.addOpen(name, Opening.of(OpenFlag.READ), made, 1);
    start.close();
    assertThat(start.toString()).contains("closed but in use");
    assertThat(result()).isZero();
    assertThat(start.toString()).endsWith(", closed]");
    try (Descriptor opened = made.take()) {
      assertThat(read(opened)).isEqualTo("ring");
    }
    assertThatThrownBy(() -> paths.addUnlink(name, 1)).hasMessage("descriptor is closed");
  }

  @Test
  void a_condition_that_does_not_hold_keeps_the_file_shut() throws Exception {
    file("there");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("there"));
    Files.createDirectory(directory.resolve("sub"));
    NewDescriptors made = new NewDescriptors();
    Opening read = Opening.of(OpenFlag.READ);
    paths.addOpen(name("link"), read.where(PathCondition.NO_SYMBOLIC_LINKS), made, 1);
    assertThat(result()).isEqualTo(-Errno.ELOOP);
    try (Descriptor sub =
        Descriptor.open(directory.resolve("sub"), OpenFlag.READ, OpenFlag.DIRECTORY)) {
      FileName outside = FileName.in(sub, Path.of("../there"));
      paths.addOpen(outside, read.where(PathCondition.BENEATH), made, 1);
      assertThat(result()).isEqualTo(-EXDEV);
      paths.addOpen(outside, read.where(PathCondition.IN_ROOT), made, 1);
      assertThat(result()).isEqualTo(-Errno.ENOENT);
      paths.addOpen(outside, read, made, 1);
      assertThat(result()).isZero();
      made.take().close();
    }
    FileName magic = FileName.of(Path.of("/proc/self/exe"));
    paths.addOpen(magic, read.where(PathCondition.NO_MAGIC_LINKS), made, 1);
    assertThat(result()).isEqualTo(-Errno.ELOOP);
    paths.addOpen(magic, read.where(PathCondition.SAME_MOUNT), made, 1);
    assertThat(result()).isEqualTo(-EXDEV);
    paths.addOpen(name("never looked up"), read.where(PathCondition.CACHED), made, 1);
    assertThat(result()).isIn(-Errno.EAGAIN, -Errno.ENOENT);
  }

  @Test
  void a_status_is_what_the_file_is() throws Exception {
    Path file = file("there");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("there"));
    Outcome<FileStatus> status = new Outcome<>();
    assertThatThrownBy(status::get).isInstanceOf(NoSuchElementException.class);

    paths.addStatus(name("link"), status, 1);
    assertThat(result()).isZero();
    assertThat(status.get().kind()).isEqualTo(FileKind.REGULAR);
    assertThat(status.get().size()).isEqualTo(4);
    assertThat(status.get().inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
    assertThat(status.get().toString()).isEqualTo(FileStatus.of(file).toString());
    assertThat(status.get().modified()).isEqualTo(FileStatus.of(file).modified());
    assertThat(status.get().mountId()).isEqualTo(FileStatus.of(file).mountId());
    assertThat(status.get().directAlignment()).isEqualTo(FileStatus.of(file).directAlignment());

    paths.addLinkStatus(name("link"), status, 1);
    assertThat(result()).isZero();
    assertThat(status.get().kind()).isEqualTo(FileKind.SYMBOLIC_LINK);

    try (Descriptor open = Descriptor.open(file, OpenFlag.READ)) {
      Files.delete(file);
      Outcome<FileStatus> ofOpen = new Outcome<>();
      paths.addStatus(open, ofOpen, 1);
      assertThat(result()).isZero();
      assertThat(ofOpen.get().size()).isEqualTo(4);
    }
    paths.addStatus(name("link"), status, 1);
    assertThat(result()).isEqualTo(-Errno.ENOENT);
    assertThat(status.get().kind()).as("the last that succeeded").isEqualTo(FileKind.SYMBOLIC_LINK);
  }

  @Test
  void names_go_and_directories_only_if_that_was_meant() throws Exception {
    Path file = file("there");
    paths.addMakeDirectory(name("sub"), 0750, 1);
    assertThat(result()).isZero();
    Path sub = directory.resolve("sub");
    assertThat(Files.getPosixFilePermissions(sub))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
    paths.addUnlink(name("sub"), 1);
    assertThat(result()).isEqualTo(-Errno.EISDIR);
    paths.addRemoveDirectory(name("there"), 1);
    assertThat(result()).isEqualTo(-Errno.ENOTDIR);
    assertThat(sub).isDirectory();
    assertThat(file).exists();
    paths.addRemoveDirectory(name("sub"), 1);
    assertThat(result()).isZero();
    paths.addUnlink(name("there"), 1);
    assertThat(result()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void a_file_gets_further_names() throws Exception {
    Path file = file("there");
    paths.addLink(name("there"), name("hard"), 1);
    assertThat(result()).isZero();
    assertThat(Files.isSameFile(file, directory.resolve("hard"))).isTrue();
    paths.addSymbolicLink("there", name("soft"), 1);
    assertThat(result()).isZero();
    assertThat(Files.readSymbolicLink(directory.resolve("soft"))).isEqualTo(Path.of("there"));
    paths.addSymbolicLink("there", name("hard"), 1);
    assertThat(result()).isEqualTo(-Errno.EEXIST);
  }

  @Test
  void a_rename_does_with_a_taken_name_what_its_mode_says() throws Exception {
    file("a");
    Path other = Files.createDirectory(directory.resolve("other"));
    Files.writeString(other.resolve("b"), "other");
    Descriptor from = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY);
    Descriptor to = Descriptor.open(other, OpenFlag.READ, OpenFlag.DIRECTORY);
    FileName a = FileName.in(from, Path.of("a"));
    FileName b = FileName.in(to, Path.of("b"));
    paths.addRename(a, b, RenameMode.NO_REPLACE, 1);
    assertThat(result()).isEqualTo(-Errno.EEXIST);
    paths.addRename(a, b, RenameMode.EXCHANGE, 1);
    assertThat(result()).isZero();
    assertThat(directory.resolve("a")).hasContent("other");
    assertThat(other.resolve("b")).hasContent("ring");
    paths.addRename(b, a, RenameMode.REPLACE, 1);
    to.close();
    from.close();
    assertThat(from.toString()).contains("closed but in use");
    assertThat(to.toString()).contains("closed but in use");
    assertThat(result()).isZero();
    assertThat(from.toString()).endsWith(", closed]");
    assertThat(to.toString()).endsWith(", closed]");
    assertThat(directory.resolve("a")).hasContent("ring");
    assertThat(other).isEmptyDirectory();
  }

  @Test
  void a_second_directory_is_given_back_when_the_request_was_not_added() {
    Descriptor start = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY);
    FileName name = FileName.in(start, Path.of("a"));
    Descriptor closed = Descriptor.eventFd(0);
    FileName gone = FileName.in(closed, Path.of("a"));
    closed.close();
    assertThatThrownBy(() -> paths.addLink(gone, name, 1)).hasMessage("descriptor is closed");
    assertThatThrownBy(
            () ->
                context
                    .chains()
                    .together(
                        2,
                        () -> {
                          paths.addLink(name, name, 1);
                          throw new IllegalStateException("changed its mind");
                        }))
        .hasMessage("changed its mind");
    start.close();
    assertThat(start.toString()).endsWith(", closed]");
  }

  @Test
  void a_chain_makes_fills_and_names_a_file() throws Exception {
    FixedFile[] slots = context.registerFiles(1);
    context
        .chains()
        .linked(
            4,
            () -> {
              paths.addOpen(name("new"), Opening.of(OpenFlag.WRITE, OpenFlag.CREATE), slots[0], 1);
              context.addWritev(slots[0], Contexts.vector(Contexts.memory(TEXT)), 0, 2);
              context.files().addClose(slots[0], 3);
              paths.addRename(name("new"), name("done"), RenameMode.NO_REPLACE, 4);
            });
    assertThat(Contexts.take(context, 4)).containsExactly("1:0", "2:4", "3:0", "4:0");
    assertThat(directory.resolve("done")).hasContent("ring");
  }

  @ParameterizedTest
  @ValueSource(ints = {4095, 4096})
  void a_path_is_as_long_as_the_kernel_takes_it_and_no_longer(int length) throws Exception {
    file("there");
    String end = "there";
    String tail = "/".repeat(length - directory.toString().length() - end.length()) + end;
    if (length > FileName.MAXIMUM_BYTES) {
      assertThatThrownBy(() -> FileName.bytes("a path", directory + tail, FileName.MAXIMUM_BYTES))
          .hasMessageContaining("4096");
    } else {
      assertThat(FileName.bytes("a path", directory + tail, FileName.MAXIMUM_BYTES).capacity())
          .isEqualTo(4096);
    }
    Path longest = Path.of("d".repeat(200) + "/" + ("e".repeat(200) + "/").repeat(20));
    assertThatThrownBy(() -> FileName.of(longest)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void names_that_are_none_are_refused() {
    FileName name = name("a");
    for (Runnable use :
        List.<Runnable>of(
            () -> FileName.of(Path.of("")),
            () -> paths.addSymbolicLink("", name, 1),
            () -> paths.addSymbolicLink("a\0b", name, 1),
            () -> paths.addSymbolicLink("x".repeat(4096), name, 1),
            () -> paths.addMakeDirectory(name, 010_000, 1),
            () -> paths.addMakeDirectory(name, -1, 1),
            () -> Opening.of(),
            () -> Opening.of(OpenFlag.CREATE),
            () -> Opening.of(OpenFlag.READ).mode(0600),
            () -> Opening.of(OpenFlag.WRITE, OpenFlag.CREATE).mode(010_000),
            () -> Opening.of(OpenFlag.READ, OpenFlag.CREATE, OpenFlag.DIRECTORY),
            () -> Opening.of(OpenFlag.READ).where(PathCondition.BENEATH, PathCondition.IN_ROOT),
            () -> Opening.of(OpenFlag.WRITE, OpenFlag.TRUNCATE).where(PathCondition.CACHED))) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> paths.addSymbolicLink("a\0b", name, 1))
        .isInstanceOf(InvalidPathException.class);
    for (Runnable use :
        List.<Runnable>of(
            () -> FileName.of(null),
            () -> FileName.in(null, Path.of("a")),
            () -> paths.addOpen(null, Opening.of(OpenFlag.READ), FreeSlot.ANY, 1),
            () -> paths.addOpen(name, null, FreeSlot.ANY, 1),
            () -> paths.addOpen(name, Opening.of(OpenFlag.READ), null, 1),
            () -> paths.addStatus(name, null, 1),
            () -> paths.addStatus((FileName) null, new Outcome<>(), 1),
            () -> paths.addStatus((Descriptor) null, new Outcome<>(), 1),
            () -> paths.addUnlink(null, 1),
            () -> paths.addRename(name, name, null, 1),
            () -> paths.addRename(null, name, RenameMode.REPLACE, 1),
            () -> paths.addLink(name, null, 1),
            () -> paths.addSymbolicLink(null, name, 1))) {
      assertThatThrownBy(use::run).isInstanceOf(NullPointerException.class);
    }
    assertThat(context.counters().added()).isZero();
    try (URingContext other = URingContext.create(2)) {
      FixedFile foreign = other.registerFiles(1)[0];
      assertThatThrownBy(() -> paths.addOpen(name, Opening.of(OpenFlag.READ), foreign, 1))
          .hasMessageContaining("another context");
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void a_restricted_context_does_what_its_allowlist_names_and_no_more() throws Exception {
    file("there");
    URingAllowlist allowlist = URingAllowlist.builder().allow(UringOperation.OPENAT2).build();
    try (URingContext restricted = URingContext.create(4, allowlist);
        NewDescriptors made = new NewDescriptors()) {
      restricted.fileSystem().addOpen(name("there"), Opening.of(OpenFlag.READ), made, 1);
      restricted.fileSystem().addUnlink(name("there"), 2);
      assertThat(Contexts.take(restricted, 2))
          .containsExactlyInAnyOrder("1:0", "2:" + -Errno.EACCES);
      assertThat(directory.resolve("there")).exists();
    }
  }

  @Test
  void where_every_entry_must_name_a_slot_names_are_refused_before_the_kernel_does() {
    URingContext closed = URingContext.create(4, URingAllowlist.closedBlockServer());
    try (closed) {
      assertThatThrownBy(() -> closed.fileSystem().addUnlink(name("a"), 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("requires registered files");
      assertThat(closed.counters().added()).isZero();
    }
  }
}
