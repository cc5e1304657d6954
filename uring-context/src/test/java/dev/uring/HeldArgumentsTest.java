package dev.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.struct.MessageHeader;
import dev.uring.sys.Errno;
import dev.uring.sys.SocketAddressBytes;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Names, values, addresses and structs that everybody dropped between adding and submitting are
 * still what they were. What is freed by then has new owners: without being held, requests read of
 * other names.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldArgumentsTest {
  private static final int VICTIMS = 2_000;
  private static final String TARGET = "target";

  @TempDir Path directory;
  private URingContext context;
  private final List<WeakReference<Object>> dropped = new ArrayList<>();

  @BeforeEach
  void open() {
    context = URingContext.create(32);
  }

  @AfterEach
  void nothing_is_held_for_ever() {
    assertThat(context.inFlight()).isZero();
    while (dropped.stream().anyMatch(one -> one.get() != null)) {
      System.gc();
    }
    context.close();
  }

  private FileName name(String name) {
    FileName made = FileName.of(directory.resolve(name));
    dropped.add(new WeakReference<>(made));
    dropped.add(new WeakReference<>(made.bytes()));
    return made;
  }

  private NativeMemory value(String text) {
    NativeMemory made = Contexts.memory(text.getBytes(UTF_8));
    dropped.add(new WeakReference<>(made.buffer()));
    return made;
  }

  private Opening opening() {
    Opening made = Opening.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
    dropped.add(new WeakReference<>(made.how(false)));
    return made;
  }

  /** Submits when all that could be freed is free and full of other things. */
  private List<String> take(int count) {
    List<ByteBuffer> victims = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      WeakReference<Object> canary = new WeakReference<>(new Object());
      while (canary.get() != null) {
        System.gc();
      }
      for (int victim = 0; victim < VICTIMS; victim++) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(24 + victim % 240);
        while (buffer.hasRemaining()) {
          buffer.put((byte) 'v');
        }
        victims.add(buffer);
      }
    }
    assertThat(dropped).as("held by the requests").noneMatch(one -> one.get() == null);
    List<String> taken = Contexts.take(context, count);
    assertThat(victims).isNotEmpty();
    return taken;
  }

  private void addRequestsOnNames(NewDescriptors made, Outcome<FileStatus> status) {
    PathRequests paths = context.fileSystem();
    paths.addOpen(name("made"), opening(), made, 1);
    paths.addStatus(name("status"), status, 2);
    paths.addUnlink(name("unlinked"), 3);
    paths.addMakeDirectory(name("directory"), 0700, 4);
    paths.addSymbolicLink(TARGET.repeat(20), name("symbolic"), 5);
    paths.addLink(name("linked"), name("hard"), 6);
    paths.addRename(name("old"), name("new"), RenameMode.REPLACE, 7);
  }

  @Test
  void names_are_held() throws Exception {
    for (String file : List.of("status", "unlinked", "linked", "old")) {
      Files.writeString(directory.resolve(file), file);
    }
    Outcome<FileStatus> status = new Outcome<>();
    try (NewDescriptors made = new NewDescriptors()) {
      addRequestsOnNames(made, status);
      assertThat(take(7))
          .containsExactlyInAnyOrder("1:0", "2:0", "3:0", "4:0", "5:0", "6:0", "7:0");
    }
    assertThat(status.get().size()).isEqualTo(6);
    assertThat(Files.readSymbolicLink(directory.resolve("symbolic")))
        .hasToString(TARGET.repeat(20));
    try (var entries = Files.list(directory)) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "made", "status", "directory", "symbolic", "linked", "hard", "new");
    }
  }

  private void addAttributes(Descriptor file) {
    ExtendedAttributeRequests attributes = context.fileSystem().attributes();
    attributes.addSet(name("file"), "user.path", value("by path"), AttributeMode.SET, 1);
    attributes.addSet(file, "user.open", value("by open file"), AttributeMode.SET, 2);
    attributes.addGet(name("file"), "user.before", value("room"), 3);
    attributes.addGet(file, "user.before", value("room"), 4);
  }

  @Test
  void attributes_are_held() throws Exception {
    Path path = Files.createFile(directory.resolve("file"));
    try (Descriptor file = Descriptor.open(path, OpenFlag.READ)) {
      NativeMemory before = Contexts.memory((byte) 'b');
      context.fileSystem().attributes().addSet(file, "user.before", before, AttributeMode.SET, 9);
      String set = Contexts.take(context, 1).get(0);
      Assumptions.assumeFalse(
          set.equals("9:" + -Errno.EOPNOTSUPP),
          "skipped: the file system has no extended attributes");
      addAttributes(file);
      assertThat(take(4)).containsExactlyInAnyOrder("1:0", "2:0", "3:1", "4:1");
    }
    assertThat((byte[]) Files.getAttribute(path, "user:path")).isEqualTo("by path".getBytes(UTF_8));
    assertThat((byte[]) Files.getAttribute(path, "user:open"))
        .isEqualTo("by open file".getBytes(UTF_8));
  }

  private static InetSocketAddress local(DatagramChannel channel) throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  @Test
  void addresses_and_what_is_sent_are_held() throws Exception {
    NewDescriptors made = new NewDescriptors();
    InetAddress loopback = InetAddress.getLoopbackAddress();
    SocketRequests sockets = context.sockets();
    sockets.addSocket(StandardProtocolFamily.UNIX, SocketKind.STREAM, made, 0);
    sockets.addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, made, 0);
    sockets.addSocket(StandardProtocolFamily.INET, SocketKind.DATAGRAM, made, 0);
    assertThat(Contexts.take(context, 3)).containsExactly("0:0", "0:0", "0:0");
    try (Descriptor unix = made.take();
        Descriptor stream = made.take();
        Descriptor datagram = made.take();
        ServerSocket server = new ServerSocket(0, 1, loopback);
        DatagramChannel peer = DatagramChannel.open().bind(new InetSocketAddress(loopback, 0))) {
      Outcome<MessageOrigin> origin = new Outcome<>();
      sockets.addBind(unix, UnixDomainSocketAddress.of(directory.resolve("bound")), 1);
      sockets.addConnect(stream, server.getLocalSocketAddress(), 2);
      sockets.messages().addSend(datagram, Contexts.vector(value("datagram")), local(peer), 3);
      sockets.options().addSet(datagram, 1, 6, 1, 4);
      for (long request = 1; request <= 3; request++) {
        assertThat(held(request)).as("%s", request).isInstanceOf(SocketAddressBytes.class);
      }
      assertThat(held(4)).isInstanceOf(NativeMemory.class);
      assertThat(take(4)).containsExactlyInAnyOrder("1:0", "2:0", "3:8", "4:0");
      assertThat(directory.resolve("bound")).exists();
      server.accept().close();
      ByteBuffer received = ByteBuffer.allocate(20);
      InetSocketAddress sender = (InetSocketAddress) peer.receive(received);
      assertThat(new String(received.array(), 0, received.position(), UTF_8)).isEqualTo("datagram");
      dropped.clear();
      sockets.messages().addReceive(datagram, Contexts.vector(value("........")), origin, 5);
      context.submit();
      peer.send(ByteBuffer.wrap(new byte[3]), sender);
      assertThat(take(1)).containsExactly("5:3");
      assertThat(origin.get().sender()).isEqualTo(local(peer));
    }
  }

  /** What a request in flight holds besides its memory. */
  private Object held(long userData) {
    InFlightTable table = context.core().table();
    return table.hold(table.match(userData, 0, InFlightTable.NONE)).retained;
  }

  @Test
  void what_says_how_messages_are_received_is_held() {
    List<Descriptor> pair = Sockets.pair();
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, 256);
    context.sockets().messages().addReceiveEach(pair.get(0), buffers, 1);
    assertThat(held(1)).isInstanceOf(MessageHeader.class);
    context.submit();
    context.asyncCancel(1, 2);
    assertThat(Contexts.take(context, 2)).contains("2:0");
    pair.forEach(Descriptor::close);
  }

  private void addTransfers(Descriptor end) {
    context.sockets().addSend(end, value("sent"), 0, 4, 1);
    context.sockets().addSendv(end, Contexts.vector(value("in pieces")), 2);
    context.hints().addWillNeed(NativeMemory.allocate(4096), 0, 4096, 3);
  }

  @Test
  void what_is_sent_is_held() {
    List<Descriptor> pair = Sockets.pair();
    addTransfers(pair.get(0));
    assertThat(take(3)).containsExactlyInAnyOrder("1:4", "2:9", "3:0");
    NativeMemory all = NativeMemory.allocate(13);
    context.sockets().addReceiveAll(pair.get(1), all, 0, 13, 4);
    assertThat(Contexts.take(context, 1)).containsExactly("4:13");
    assertThat(new String(Contexts.bytes(all), UTF_8)).isEqualTo("sentin pieces");
    pair.forEach(Descriptor::close);
  }

  private void addZeroCopy(Descriptor end) {
    context.sockets().addSendZeroCopy(end, value("not copied"), 0, 10, 1);
  }

  @Test
  void what_is_sent_without_a_copy_is_held_until_it_was_given_back() throws Exception {
    NewDescriptors made = new NewDescriptors();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      context.sockets().addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, made, 0);
      assertThat(Contexts.take(context, 1)).containsExactly("0:0");
      try (Descriptor end = made.take()) {
        context.sockets().addConnect(end, server.getLocalSocketAddress(), 0);
        assertThat(Contexts.take(context, 1)).containsExactly("0:0");
        addZeroCopy(end);
        assertThat(take(2)).containsExactly("1:10", "1:0");
        try (var accepted = server.accept()) {
          assertThat(accepted.getInputStream().readNBytes(10))
              .isEqualTo("not copied".getBytes(UTF_8));
        }
      }
    }
  }
}
