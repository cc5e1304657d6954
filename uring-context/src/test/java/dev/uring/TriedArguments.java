package dev.uring;

import dev.uring.allowlist.URingAllowlist;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** For each type of a parameter something that is accepted, and what nobody should pass. */
final class TriedArguments implements Closeable {
  private static final int PLACES = 64;

  private final URingContext other = URingContext.create(4);
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final Map<Class<?>, Supplier<Object>> good = new HashMap<>();
  private final Map<Class<?>, List<?>> bad = new HashMap<>();
  private final Descriptor file;
  private final FixedFile[] slots;
  private final FixedBuffer[] buffers;
  private final NativeMemory memory = NativeMemory.allocate(4096);
  private final Path directory;
  private int nextPlace = 1;
  private int nextName;

  TriedArguments(URingContext context, Path directory) {
    this.directory = directory;
    file = keep(Descriptor.memFd("tried", 4096));
    slots = context.registerFiles(4, file);
    buffers = context.fixedBuffers().register(PLACES, memory);
    Descriptor closed = Descriptor.eventFd(0);
    closed.close();
    describeFiles(closed, other.registerFiles(1, file)[0]);
    describeMemory(other.registerBuffers(NativeMemory.allocate(8))[0]);
    describeBuffers(ReceiveBuffers.register(context, 2, 256));
    describeNames();
    describeValues();
    describeCollections();
  }

  private <T extends AutoCloseable> T keep(T one) {
    toClose.add(one);
    return one;
  }

  private void describe(Class<?> type, Supplier<Object> accepted, @Nullable Object... hostile) {
    good.put(type, accepted);
    bad.put(type, Collections.unmodifiableList(Arrays.asList(hostile)));
  }

  private void describeFiles(Descriptor closed, FixedFile others) {
    describe(Target.class, () -> file, closed, others);
    describe(Descriptor.class, () -> keep(Descriptor.eventFd(0)), closed);
    describe(FixedFile.class, () -> slots[0], others);
    describe(Destination.class, () -> keep(new NewDescriptors()), others);
    describe(NewDescriptors.class, () -> keep(new NewDescriptors()));
    describe(SpliceEnd.class, () -> SpliceEnd.of(file), SpliceEnd.of(closed), SpliceEnd.of(others));
    Supplier<Object> one = () -> new Descriptor[] {keep(Descriptor.eventFd(0))};
    describe(Descriptor[].class, one, new Descriptor[] {file, closed}, new Descriptor[] {null});
  }

  private void describeMemory(FixedBuffer others) {
    NativeMemory readOnly = NativeMemory.of(ByteBuffer.allocateDirect(8).asReadOnlyBuffer());
    describe(NativeMemory.class, () -> memory, readOnly);
    MemoryVector both = Contexts.vector(memory).add(readOnly, 0, 1);
    describe(MemoryVector.class, () -> Contexts.vector(memory), new MemoryVector(), both);
    ByteBuffer empty = ByteBuffer.allocateDirect(0);
    describe(ByteBuffer.class, () -> memory.buffer(), ByteBuffer.allocate(8), empty);
    describe(FixedBuffer.class, () -> buffers[0], others, buffers[PLACES]);
    describe(Futex.class, () -> Futex.of(memory, 0), Futex.shared(readOnly, 4));
    NativeMemory[] missing = {memory, null};
    describe(NativeMemory[].class, () -> new NativeMemory[] {memory}, missing, new NativeMemory[0]);
    ByteBuffer[] heap = {empty, ByteBuffer.allocate(1)};
    describe(ByteBuffer[].class, () -> new ByteBuffer[] {empty}, heap, new ByteBuffer[] {null});
    describe(Iterable.class, () -> List.of(empty), Arrays.asList(heap), Arrays.asList(empty, null));
  }

  private void describeBuffers(ReceiveBuffers own) {
    ReceiveBuffers others = ReceiveBuffers.register(other, 2, 256);
    ReceiveBuffers closed = ReceiveBuffers.register(other, 2, 256);
    closed.close();
    describe(ReceiveBuffers.class, () -> own, others, closed);
  }

  /** A name that nothing has yet. */
  private Path name() {
    return directory.resolve("tried-" + nextName++);
  }

  private void describeNames() {
    Path archive = name();
    try {
      Files.createFile(archive);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    Path tooLong = Path.of("x/".repeat(3000));
    describe(Path.class, this::name, Path.of(""), tooLong, archive.resolve("below"));
    describe(FileName.class, () -> FileName.of(name()), FileName.in(file, Path.of("below")));
    String unpaired = "a" + (char) 0xd800;
    describe(String.class, () -> "user.name", "", "a\0b", unpaired, "a".repeat(100_000));
    describe(
        SocketAddress.class,
        () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 9),
        InetSocketAddress.createUnresolved("localhost", 9),
        new UnknownAddress());
    describe(ProtocolFamily.class, () -> StandardProtocolFamily.INET, (ProtocolFamily) () -> "X");
  }

  private void describeValues() {
    describe(int.class, () -> 1, Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE);
    describe(long.class, () -> 1L, Long.MIN_VALUE, -2L, -1L, 0L, Long.MAX_VALUE);
    describe(
        Duration.class,
        () -> Duration.ofMillis(1),
        Duration.ZERO,
        Duration.ofNanos(-1),
        Duration.ofSeconds(Long.MIN_VALUE),
        Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
    describe(Instant.class, () -> Instant.EPOCH, Instant.MIN, Instant.MAX);
    describe(Opening.class, () -> Opening.of(OpenFlag.READ));
    describe(RequestOptions.class, () -> RequestOptions.NONE, RequestOptions.NONE.link());
    describe(Outcome.class, Outcome::new);
    describe(Runnable.class, () -> (Runnable) () -> {});
    describe(Consumer.class, () -> (Consumer<Object>) observation -> {});
    describe(CompletionHandler.class, () -> Contexts.IGNORE);
    describe(ProcessHandle.class, ProcessHandle::current, process(0), process(Long.MAX_VALUE));
    describe(URingContext.class, () -> other);
    describe(BufferPool.Buffer.class, () -> new BufferPool(0).take(1));
    describe(byte[].class, () -> new byte[1]);
  }

  private static ProcessHandle process(long number) {
    return (ProcessHandle)
        Proxy.newProxyInstance(
            ProcessHandle.class.getClassLoader(),
            new Class<?>[] {ProcessHandle.class},
            (proxy, method, arguments) ->
                method.getName().equals("pid") ? (Object) number : "process " + number);
  }

  private void describeCollections() {
    Futex word = Futex.of(memory, 0);
    List<Futex> many = Collections.nCopies(129, word);
    describe(List.class, () -> List.of(word), List.of(), many, Arrays.asList(word, null));
    describe(int[].class, () -> new int[] {1}, new int[0], new int[2]);
    Set<Object> missing = Collections.singleton(null);
    describe(Set.class, () -> EnumSet.of(ChildEvent.STOPPED), Set.of(), missing, Set.of("else"));
    describe(
        OpenFlag[].class, () -> new OpenFlag[] {OpenFlag.READ}, (Object) new OpenFlag[] {null});
    describe(
        PathCondition[].class, () -> new PathCondition[0], (Object) new PathCondition[] {null});
    describe(URingAllowlist.class, URingAllowlist::closedBlockDevice);
  }

  /** What is accepted as a parameter, for all that can be told from its type and place. */
  Object accepted(Executable method, int index) {
    Class<?> type = method.getParameterTypes()[index];
    String name = method.getName();
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (name.equals("addPipe") && type == FixedFile.class) {
      return slots[index + 1];
    }
    if (name.equals("fill") && type == FixedBuffer.class) {
      return buffers[nextPlace++];
    }
    if (name.equals("addWillNeed") && method.getParameterTypes()[0] == NativeMemory.class) {
      return index == 0 ? memory : index == 1 ? (Object) 0 : good.get(type).get();
    }
    if (type == Set.class && method.getDeclaringClass() == Descriptor.class) {
      return EnumSet.of(OpenFlag.READ);
    }
    Supplier<Object> supplier = good.get(type);
    if (supplier == null) {
      throw new AssertionError("say what is accepted as a " + type + ", for " + method);
    }
    return supplier.get();
  }

  Object[] accepted(Executable method) {
    Object[] arguments = new Object[method.getParameterCount()];
    Arrays.setAll(arguments, index -> accepted(method, index));
    return arguments;
  }

  /** What nobody should pass; some of it is accepted where it means something. */
  List<?> hostile(Class<?> type) {
    return bad.getOrDefault(type, List.of());
  }

  /** Whether a request that was refused has left a file in use. */
  boolean isAnythingInUse() {
    file.close();
    return !file.toString().endsWith(", closed]");
  }

  @Override
  public void close() {
    other.close();
    for (AutoCloseable one : toClose) {
      try {
        one.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  private static final class UnknownAddress extends SocketAddress {
    private static final long serialVersionUID = 1;
  }
}
