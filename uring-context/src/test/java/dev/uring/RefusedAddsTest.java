package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A request that is refused, of whatever family, leaves what it was given as it was. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusedAddsTest {
  @TempDir Path directory;
  private Descriptor folder;
  private Descriptor file;
  private Pipe pipe;
  private final NewDescriptors made = new NewDescriptors();
  private final NativeMemory memory = NativeMemory.allocate(16);

  @BeforeEach
  void open() {
    folder = Descriptor.open(directory, OpenFlag.READ, OpenFlag.DIRECTORY);
    file = Descriptor.open(directory.resolve("file"), OpenFlag.WRITE, OpenFlag.CREATE);
    pipe = Pipe.open();
  }

  @AfterEach
  void nothing_is_in_use() {
    for (Descriptor descriptor : List.of(folder, file, pipe.readEnd(), pipe.writeEnd())) {
      assertThat(descriptor.isClosed()).isFalse();
      descriptor.close();
      assertThat(descriptor.toString()).as("not in use").endsWith(", closed]");
    }
    assertThat(made.isEmpty()).isTrue();
  }

  /** One of each that could leave something behind. */
  private List<Runnable> adds(URingContext context, ReceiveBuffers buffers, FixedFile slot) {
    FileName name = FileName.in(folder, Path.of("name"));
    PathRequests paths = context.fileSystem();
    SocketRequests sockets = context.sockets();
    MemoryVector list = Contexts.vector(memory);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    Futex word = Futex.of(memory, 0);
    return List.of(
        () -> paths.addOpen(name, Opening.of(OpenFlag.READ), made, 1),
        () -> paths.addOpen(name, Opening.of(OpenFlag.READ), slot, 1),
        () -> paths.addStatus(name, new Outcome<>(), 1),
        () -> paths.addStatus(file, new Outcome<>(), 1),
        () -> paths.addUnlink(name, 1),
        () -> paths.addMakeDirectory(name, 0700, 1),
        () -> paths.addSymbolicLink("target", name, 1),
        () -> paths.addLink(name, name, 1),
        () -> paths.addRename(name, name, RenameMode.REPLACE, 1),
        () -> paths.attributes().addSet(file, "user.a", memory, AttributeMode.SET, 1),
        () -> paths.attributes().addGet(file, "user.a", memory, 1),
        () -> context.files().addTruncate(file, 1, 1),
        () -> context.files().addWriteOut(file, 0, 1, 1),
        () -> context.files().addClose(file, 1),
        () -> context.files().addClose(slot, 1),
        () -> context.files().addDescriptor(slot, made, 1),
        () -> context.hints().addRandom(file, 1),
        () -> context.hints().addWillNeed(memory, 0, 16, 1),
        () -> sockets.addSocket(StandardProtocolFamily.INET, SocketKind.STREAM, made, 1),
        () -> sockets.addBind(file, address, 1),
        () -> sockets.addListen(file, 1, 1),
        () -> sockets.addConnect(file, address, 1),
        () -> sockets.addAccept(file, made, 1),
        () -> sockets.addAcceptEach(file, made, 1),
        () -> sockets.addReceive(file, memory, 0, 16, 1),
        () -> sockets.addReceive(file, buffers, 1),
        () -> sockets.addReceiveEach(file, buffers, 1),
        () -> sockets.addSend(file, memory, 0, 16, 1),
        () -> sockets.addSendZeroCopy(file, memory, 0, 16, 1),
        () -> sockets.addSendv(file, list, 1),
        () -> sockets.addShutdown(file, 1),
        () -> sockets.messages().addSend(file, list, address, 1),
        () -> sockets.messages().addReceive(file, list, new Outcome<>(), 1),
        () -> sockets.messages().addReceiveEach(file, buffers, 1),
        () -> sockets.options().addSet(file, 1, 1, 1, 1),
        () -> sockets.options().addGet(file, 1, new Outcome<>(), 1),
        () -> sockets.options().addUnsent(file, 1),
        () -> context.pipes().addPipe(made, 1),
        () -> context.pipes().addSplice(SpliceEnd.of(pipe.readEnd()), SpliceEnd.of(file), 1, 1),
        () -> context.pipes().addTee(pipe.readEnd(), pipe.writeEnd(), 1, 1),
        () -> context.pipes().addRead(pipe.readEnd(), buffers, 1),
        () -> context.pipes().addReadEach(pipe.readEnd(), buffers, 1),
        () -> context.futexes().addWait(word, 0, 1),
        () -> context.futexes().addWake(word, 1, 1),
        () -> context.futexes().addWaitAny(List.of(word), new int[1], 1),
        () -> context.processes().addWaitAny(EnumSet.of(ChildEvent.STOPPED), new Outcome<>(), 1));
  }

  @Test
  void a_full_context_takes_none() {
    try (URingContext context = URingContext.builder(4).completionEntries(4).build()) {
      ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, 256);
      FixedFile slot = context.registerFiles(1)[0];
      while (context.room() > 0) {
        context.addNop(7);
      }
      for (Runnable add : adds(context, buffers, slot)) {
        assertThatThrownBy(add::run).isInstanceOf(RingFullException.class);
      }
      assertThat(Contexts.take(context, 4)).containsOnly("7:0");
      assertThat(context.room()).isEqualTo(4);
      assertThat(context.counters().added()).isEqualTo(4);
    }
  }

  @Test
  void a_closed_context_takes_none() {
    URingContext context = URingContext.create(4);
    ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, 256);
    FixedFile slot = context.registerFiles(1)[0];
    context.close();
    for (Runnable add : adds(context, buffers, slot)) {
      assertThatThrownBy(add::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void a_confined_context_takes_none_from_another_thread() throws Exception {
    try (URingContext context = URingContext.builder(4).confined().build()) {
      ReceiveBuffers buffers = ReceiveBuffers.register(context, 1, 256);
      FixedFile slot = context.registerFiles(1)[0];
      WaitingThread stranger =
          WaitingThread.start(
              () -> {
                for (Runnable add : adds(context, buffers, slot)) {
                  assertThatThrownBy(add::run)
                      .isInstanceOf(IllegalStateException.class)
                      .hasMessageContaining("confined");
                }
                assertThatThrownBy(() -> ReceiveBuffers.register(context, 1, 256))
                    .hasMessageContaining("confined");
                assertThatThrownBy(buffers::close).hasMessageContaining("confined");
                return 0;
              });
      assertThat(stranger.result()).isEqualTo(0);
      assertThat(context.counters().added()).isZero();
    }
  }
}
