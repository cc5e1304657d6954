package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import dev.uring.sys.RawMemory;
import dev.uring.sys.UringCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nothing gets a file into the table of a ring under a closed profile, but another ring.
 *
 * <p>Each way is tried on a ring without restrictions too, where it works: else its refusal would
 * prove nothing.
 */
class ClosedProfileTest {
  private static final long PATIENCE = 5_000_000_000L;
  private static final int EMPTY_SLOT = 1;
  private static final int ANY_SLOT = -1;
  private static final int LISTENER_SLOT = 3;
  private static final int SLOTS = 4;
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final long SEND_FD = 1;
  private static final String SECRET = "another file's content";

  @TempDir Path directory;
  private final ByteBuffer memory = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());
  private ByteBuffer secretName = ByteBuffer.allocateDirect(0);
  private Path socket;
  private final OpenFiles open = new OpenFiles();
  private int imageFile;
  private int secretFile;
  private int listener;

  static List<URingAllowlist> closedDevices() {
    return List.of(URingAllowlist.closedBlockDevice(), URingAllowlist.closedBlockDeviceReadOnly());
  }

  @BeforeEach
  void make_files() throws IOException {
    Path image = Files.writeString(directory.resolve("image"), "the disk's own content");
    imageFile = open.file(image);
    Path secret = Files.writeString(directory.resolve("secret"), SECRET);
    byte[] name = (secret + "\0").getBytes(StandardCharsets.UTF_8);
    secretName = ByteBuffer.allocateDirect(name.length).put(0, name);
    secretFile = open.file(secret);
    socket = directory.resolve("socket");
    listener = open.listener(socket);
  }

  @AfterEach
  void close_files() {
    open.close();
  }

  /** The ways of the kernel to put a file into a table, or out of it, by name. */
  private Map<String, Consumer<SubmissionEntry>> ways(int slot) {
    Map<String, Consumer<SubmissionEntry>> ways = new LinkedHashMap<>();
    int index = slot == ANY_SLOT ? ANY_SLOT : slot + 1;
    ways.put(
        "OPENAT",
        entry ->
            FileSystemRequests.open(entry, FileSystemRequests.WORKING_DIRECTORY, secretName, 0, 0)
                .fileIndex(index));
    ways.put(
        "SOCKET",
        entry -> entry.prepare(UringOperation.SOCKET, AF_UNIX, 0, 0, SOCK_STREAM).fileIndex(index));
    ways.put(
        "PIPE",
        entry ->
            entry
                .prepare(UringOperation.PIPE, 0, RawMemory.addressOf(memory), 0, 0)
                .fileIndex(index));
    ways.put(
        "ACCEPT",
        entry ->
            entry
                .prepare(UringOperation.ACCEPT, -1, 0, 0, 0)
                .on(new FileSlot(LISTENER_SLOT))
                .fileIndex(index));
    return ways;
  }

  private Ring ring(URingAllowlist list) {
    Ring ring = Ring.builder(8).submitAll().disabled().build();
    fill(ring);
    ring.registrar().restrict(list);
    ring.registrar().enable();
    return ring;
  }

  /** Slot 0 holds the image, the last one a listener to which a client has connected. */
  private void fill(Ring ring) {
    open.client(socket);
    ring.registrar().files().register(new int[] {imageFile, -1, -1, listener});
  }

  private static int result(Ring ring, Consumer<SubmissionEntry> request) {
    request.accept(Objects.requireNonNull(ring.submission().next()));
    int entered = ring.submitAndWait(1, PATIENCE);
    assertThat(entered).isEqualTo(1);
    int head = ring.completion().head();
    int result = ring.completion().result(head);
    ring.completion().advance(ring.completion().tail());
    return result;
  }

  private int read(Ring ring, int slot) {
    memory.clear().put(new byte[memory.capacity()]);
    return result(
        ring,
        entry ->
            FileRequests.read(entry, -1, RawMemory.addressOf(memory), 4096, 0)
                .on(new FileSlot(slot)));
  }

  private String content(int length) {
    byte[] bytes = new byte[length];
    memory.get(0, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void mustHoldTheImageOnly(Ring ring) {
    for (int slot = EMPTY_SLOT; slot < LISTENER_SLOT; slot++) {
      assertThat(read(ring, slot)).as("slot " + slot).isEqualTo(-Errno.EBADF);
    }
    int length = read(ring, 0);
    assertThat(content(length)).isEqualTo("the disk's own content");
  }

  @ParameterizedTest
  @MethodSource("closedDevices")
  void no_request_puts_a_file_into_its_table(URingAllowlist closed) {
    for (int slot : new int[] {EMPTY_SLOT, ANY_SLOT, 0}) {
      for (Map.Entry<String, Consumer<SubmissionEntry>> way : ways(slot).entrySet()) {
        try (Ring ring = ring(closed)) {
          assertThat(result(ring, way.getValue())).as(way.getKey()).isEqualTo(-Errno.EACCES);
          assertThat(
                  result(ring, way.getValue().andThen(entry -> entry.flag(EntryFlag.FIXED_FILE))))
              .as(way.getKey() + " with the required flag")
              .isEqualTo(-Errno.EACCES);
          mustHoldTheImageOnly(ring);
        }
      }
    }
  }

  @Test
  void on_a_ring_without_restrictions_each_of_these_does() throws IOException {
    for (int slot : new int[] {EMPTY_SLOT, ANY_SLOT}) {
      for (Map.Entry<String, Consumer<SubmissionEntry>> way : ways(slot).entrySet()) {
        try (Ring ring = Ring.builder(8).build()) {
          fill(ring);
          assertThat(result(ring, way.getValue())).as(way.getKey()).isNotNegative();
          assertThat(tableOf(ring).get(EMPTY_SLOT))
              .as(way.getKey() + " filled the slot")
              .doesNotContain("<none>");
        }
      }
    }
  }

  private static List<String> tableOf(Ring ring) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/fdinfo/" + ring.descriptor()));
    int first = 0;
    while (!lines.get(first).startsWith("UserFiles:")) {
      first++;
    }
    // Older kernels list empty slots, newer ones leave them out.
    String[] table = new String[SLOTS];
    Arrays.fill(table, "<none>");
    for (String line : lines.subList(first + 1, lines.size())) {
      if (line.matches(" +[0-9]+: .*")) {
        String[] parts = line.trim().split(": ", 2);
        table[Integer.parseInt(parts[0])] = parts[1];
      }
    }
    return List.of(table);
  }

  @ParameterizedTest
  @MethodSource("closedDevices")
  void a_file_of_its_table_does_not_become_a_descriptor_of_the_process(URingAllowlist closed) {
    Consumer<SubmissionEntry> install =
        entry -> entry.prepare(UringOperation.FIXED_FD_INSTALL, -1, 0, 0, 0).on(new FileSlot(0));
    try (Ring open = Ring.builder(8).build();
        Ring ring = ring(closed)) {
      fill(open);
      int installed = result(open, install);
      assertThat(installed).isNotNegative();
      assertThat(UringCalls.close(installed)).isZero();

      assertThat(result(ring, install)).isEqualTo(-Errno.EACCES);
    }
  }

  @ParameterizedTest
  @MethodSource("closedDevices")
  void no_register_call_puts_a_file_into_its_table(URingAllowlist closed) {
    ByteBuffer update = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder());
    update.putInt(0, EMPTY_SLOT).putLong(8, RawMemory.addressOf(update) + 24);
    try (Ring ring = ring(closed)) {
      update.putInt(24, secretFile);
      for (RegisterCall call :
          List.of(
              RegisterCall.REGISTER_FILES,
              RegisterCall.REGISTER_FILES2,
              RegisterCall.REGISTER_FILES_UPDATE,
              RegisterCall.REGISTER_FILES_UPDATE2,
              RegisterCall.REGISTER_FILE_ALLOC_RANGE,
              RegisterCall.REGISTER_CLONE_BUFFERS)) {
        assertThat(ring.registrar().raw(call, update, 1))
            .as(call.kernelName())
            .isEqualTo(-Errno.EACCES);
      }
      mustHoldTheImageOnly(ring);
    }
  }

  @Test
  void another_ring_of_the_process_can_put_a_file_into_its_table() {
    try (Ring ring = ring(URingAllowlist.closedBlockDevice());
        Ring other = Ring.builder(8).build()) {
      other.registrar().files().register(new int[] {secretFile});

      assertThat(result(other, sendFile(ring))).isNotNegative();

      // What the documentation says of the closed profile: it is a promise of a process in which
      // there is, and can be made, no other ring.
      ring.completion().advance(ring.completion().tail());
      int length = read(ring, EMPTY_SLOT);
      assertThat(content(length)).isEqualTo(SECRET);
    }
  }

  private static Consumer<SubmissionEntry> sendFile(Ring target) {
    return entry ->
        entry
            .prepare(UringOperation.MSG_RING, target.descriptor(), SEND_FD, 0, 0)
            .address3(0)
            .fileIndex(EMPTY_SLOT + 1);
  }

  @Test
  void without_another_ring_there_is_no_way() {
    try (Ring ring = ring(URingAllowlist.closedBlockDevice());
        Ring second = ring(URingAllowlist.closedBlockDevice())) {
      // A ring under the same profile is no such other ring, and neither is the call without one.
      assertThat(result(second, sendFile(ring))).isEqualTo(-Errno.EACCES);
      ByteBuffer entry =
          ByteBuffer.allocateDirect(SubmissionEntry.BYTES).order(ByteOrder.nativeOrder());
      sendFile(ring).accept(new SubmissionEntry(entry));
      assertThat(
              UringCalls.register(
                  -1, RegisterCall.REGISTER_SEND_MSG_RING.code(), RawMemory.addressOf(entry), 1))
          .isEqualTo(-Errno.EINVAL);
      mustHoldTheImageOnly(ring);
    }
  }
}
