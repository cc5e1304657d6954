package dev.uring.vhostuser;

import static dev.uring.vhostuser.VhostProtocol.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.OpenFlag;
import dev.uring.Sockets;
import dev.uring.ring.UringException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A front end's whole life, as QEMU would lead it, with anything changed in it: messages that are
 * missing, come twice, elsewhere, longer, shorter or with other numbers, other descriptors, and
 * rings and requests in memory that changes while they are served. All of it follows from the seed.
 */
final class MutatedFrontEnd implements AutoCloseable {
  private static final int QUEUES = 2;
  private static final int SPACE = 0x8000;
  private static final int RING_BYTES = 0x4000;
  private static final int AVAILABLE = 0x1000;
  private static final int USED = 0x2000;
  private static final int HEADERS = 0x3000;
  private static final int SIZE = 16;
  private static final int NEXT = 1;
  private static final int WRITE = 2;

  /** EPIPE and ECONNRESET: cut off in the middle, as it should be. */
  private static final List<Integer> CUT_OFF = List.of(32, 104);

  private static final long[] NUMBERS = {
    0,
    1,
    2,
    3,
    7,
    16,
    0xff,
    0x100,
    0x1000,
    0xffff,
    0x10000,
    1L << 20,
    Integer.MAX_VALUE,
    1L << 31,
    0xffff_ffffL,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -4096,
    FrontEnd.GUEST,
    FrontEnd.USER
  };

  /** A message that has not been sent yet. */
  private record Step(
      int request, int flags, int size, ByteBuffer payload, List<Descriptor> files) {}

  private final Random random;
  private final FrontEnd frontEnd;
  private final List<Descriptor> strange = new ArrayList<>();
  private final List<Descriptor> kicks = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  MutatedFrontEnd(Path socket, long seed) {
    random = new Random(seed);
    frontEnd = new FrontEnd(socket);
    for (int count = 0; count < 2 * QUEUES + 1; count++) {
      kicks.add(Descriptor.eventFd(0));
    }
    strange.addAll(Sockets.pair());
    strange.add(Descriptor.open(Path.of("/dev/null"), OpenFlag.READ, OpenFlag.WRITE));
    strange.add(Descriptor.open(Path.of("/"), OpenFlag.READ));
    strange.add(Descriptor.memFd("strange", 8192));
    strange.add(Descriptor.eventFd(0));
  }

  private void add(int request, ByteBuffer payload, Descriptor... files) {
    int flags = random.nextInt(4) == 0 ? 9 : 1;
    steps.add(new Step(request, flags, payload.capacity(), payload, List.of(files)));
  }

  private void addStart() {
    long features = FrontEnd.FEATURES | (random.nextBoolean() ? 1L << 28 : 0);
    add(GET_FEATURES, FrontEnd.payload(0));
    add(SET_FEATURES, FrontEnd.number(features));
    ByteBuffer region = FrontEnd.region(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0);
    if (random.nextBoolean()) {
      add(ADD_MEM_REG, region, frontEnd.file);
    } else {
      add(SET_MEM_TABLE, region.putInt(0, 1), frontEnd.file);
    }
    for (int index = 0; index < QUEUES; index++) {
      long user = FrontEnd.USER + (long) index * SPACE;
      ByteBuffer addresses = FrontEnd.payload(40).putInt(0, index).putLong(8, user);
      addresses.putLong(16, user + USED).putLong(24, user + AVAILABLE);
      add(SET_VRING_NUM, FrontEnd.state(index, SIZE));
      add(SET_VRING_BASE, FrontEnd.state(index, 0));
      add(SET_VRING_ADDR, addresses);
      add(SET_VRING_CALL, FrontEnd.number(index), kicks.get(QUEUES + index));
      add(SET_VRING_KICK, FrontEnd.number(index), kicks.get(index));
    }
    for (int index = 0; index < QUEUES; index++) {
      add(SET_VRING_ENABLE, FrontEnd.state(index, 1));
    }
  }

  private void addEnd() {
    for (int index = 0; index < QUEUES; index++) {
      add(SET_VRING_ENABLE, FrontEnd.state(index, 0));
    }
    for (int index = 0; index < QUEUES; index++) {
      add(GET_VRING_BASE, FrontEnd.state(index, 0));
    }
    if (random.nextBoolean()) {
      add(REM_MEM_REG, FrontEnd.region(FrontEnd.GUEST, FrontEnd.MEMORY_BYTES, FrontEnd.USER, 0));
    }
    add(random.nextBoolean() ? RESET_DEVICE : SET_STATUS, FrontEnd.number(0));
  }

  private void addLife() {
    add(GET_PROTOCOL_FEATURES, FrontEnd.payload(0));
    add(SET_PROTOCOL_FEATURES, FrontEnd.number(PROTOCOL_FEATURES));
    add(GET_QUEUE_NUM, FrontEnd.payload(0));
    add(GET_MAX_MEM_SLOTS, FrontEnd.payload(0));
    add(SET_BACKEND_REQ_FD, FrontEnd.payload(0), strange.get(0));
    add(SET_OWNER, FrontEnd.payload(0));
    add(SET_VRING_ERR, FrontEnd.number(0), kicks.get(2 * QUEUES));
    add(GET_CONFIG, FrontEnd.payload(12 + 57).putInt(4, 57));
    addStart();
    add(SET_CONFIG, FrontEnd.payload(13).putInt(0, 32).putInt(4, 1));
    add(GET_STATUS, FrontEnd.payload(0));
    addEnd();
    addStart();
  }

  private long number() {
    return random.nextInt(4) == 0 ? random.nextLong() : NUMBERS[random.nextInt(NUMBERS.length)];
  }

  private void mutateSteps() {
    int changes = random.nextInt(6);
    for (int change = 0; change < changes && !steps.isEmpty(); change++) {
      int at = random.nextInt(steps.size());
      Step step = steps.get(at);
      switch (random.nextInt(9)) {
        case 0 -> steps.remove(at);
        case 1 -> steps.add(random.nextInt(steps.size()), step);
        case 2 -> Collections.swap(steps, at, random.nextInt(steps.size()));
        case 3 -> steps.set(at, withOtherFiles(step));
        case 4 -> steps.set(at, withOtherLength(step));
        case 5 ->
            steps.set(
                at, new Step(random.nextInt(48), step.flags, step.size, step.payload, step.files));
        case 6 ->
            steps.set(
                at,
                new Step(step.request, random.nextInt(16), step.size, step.payload, step.files));
        default -> steps.set(at, withOtherNumbers(step));
      }
    }
  }

  private static ByteBuffer copy(ByteBuffer payload, int bytes) {
    int same = Math.min(payload.capacity(), bytes);
    return FrontEnd.payload(bytes).put(0, payload, 0, same);
  }

  private Step withOtherNumbers(Step step) {
    ByteBuffer payload = copy(step.payload, step.payload.capacity());
    if (payload.capacity() >= 8) {
      int at = 4 * random.nextInt(payload.capacity() / 4 - 1);
      if (random.nextBoolean()) {
        payload.putInt(at, (int) number());
      } else {
        payload.putLong(at, number());
      }
    }
    return new Step(step.request, step.flags, step.size, payload, step.files);
  }

  private Step withOtherLength(Step step) {
    ByteBuffer payload = copy(step.payload, random.nextInt(300));
    int size = random.nextInt(3) == 0 ? (int) number() : payload.capacity();
    return new Step(step.request, step.flags, size, payload, step.files);
  }

  private Step withOtherFiles(Step step) {
    List<Descriptor> files = new ArrayList<>(step.files);
    int count = random.nextInt(4);
    if (random.nextBoolean()) {
      files.clear();
    }
    for (int index = 0; index < count; index++) {
      files.add(strange.get(random.nextInt(strange.size())));
    }
    return new Step(step.request, step.flags, step.size, step.payload, files);
  }

  /** Requests of all kinds in both rings, in chains of two to four descriptors. */
  private void fillRings() {
    for (int index = 0; index < QUEUES; index++) {
      int base = index * SPACE;
      int descriptor = 0;
      int head = 0;
      while (descriptor + 4 <= SIZE) {
        frontEnd.memory.putShort(base + AVAILABLE + 4 + 2 * head, (short) descriptor);
        descriptor = addRequest(base, descriptor, base + HEADERS + 64 * head);
        head++;
      }
      frontEnd.memory.putShort(base + AVAILABLE + 2, (short) head);
    }
  }

  private int addRequest(int base, int first, int header) {
    int[] types = {0, 0, 1, 1, 4, 8, 11, 13, 99};
    int type = types[random.nextInt(types.length)];
    frontEnd.memory.putInt(header, type).putLong(header + 8, random.nextInt(8000));
    int at = first;
    describe(base, at++, header, 16, NEXT);
    int pieces = random.nextInt(3);
    for (int piece = 0; piece < pieces; piece++) {
      int length = type == 11 || type == 13 ? 16 : 512 * (1 + random.nextInt(8));
      boolean fromDevice = type == 0 || type == 8;
      describe(base, at++, base + RING_BYTES, length, NEXT | (fromDevice ? WRITE : 0));
    }
    describe(base, at++, header + 32, 1, WRITE);
    return at;
  }

  private void describe(int base, int number, int position, int length, int flags) {
    int at = base + 16 * number;
    frontEnd.memory.putLong(at, FrontEnd.GUEST + position).putInt(at + 8, length);
    frontEnd.memory.putShort(at + 12, (short) flags).putShort(at + 14, (short) (number + 1));
  }

  private void mutateRings() {
    int changes = random.nextInt(4);
    for (int change = 0; change < changes; change++) {
      int base = random.nextInt(QUEUES) * SPACE;
      switch (random.nextInt(4)) {
        case 0 -> frontEnd.memory.putLong(base + 8 * random.nextInt(RING_BYTES / 8), number());
        case 1 -> frontEnd.memory.putLong(base + 16 * random.nextInt(SIZE), number());
        case 2 ->
            frontEnd.memory.putInt(
                base + 12 + 16 * random.nextInt(SIZE),
                random.nextInt(8) | random.nextInt(20) << 16);
        default -> frontEnd.memory.putShort(base + AVAILABLE + 2, (short) random.nextInt());
      }
    }
  }

  private void kick() {
    int index = random.nextInt(QUEUES);
    frontEnd.context.addWrite(kicks.get(index), FrontEnd.number(1), 0, 1);
    frontEnd.context.await(1, (userData, result, flags) -> {});
  }

  /** Lets all messages be taken, however long the last was said to be, and ends with nonsense. */
  private void awaitEnd() {
    ByteBuffer nonsense = FrontEnd.payload(2 * MOST_PAYLOAD_BYTES);
    while (nonsense.hasRemaining()) {
      nonsense.putInt(-1);
    }
    frontEnd.socket.send(nonsense.flip());
    ByteBuffer answers = FrontEnd.payload(1024);
    List<Descriptor> none = new ArrayList<>();
    while (frontEnd.socket.receive(answers.clear(), none) > 0) {
      assertThat(none).isEmpty();
    }
  }

  /** Lives, until the end or until it is cut off: whether it was. */
  boolean live() {
    addLife();
    mutateSteps();
    try {
      for (Step step : steps) {
        Descriptor[] files = step.files.toArray(Descriptor[]::new);
        frontEnd.sendRaw(step.request, step.flags, step.size, step.payload, files);
        if (step.request == SET_MEM_TABLE || step.request == ADD_MEM_REG) {
          fillRings();
        }
        if (step.request == SET_VRING_ENABLE || random.nextInt(8) == 0) {
          mutateRings();
          kick();
        }
      }
      if (random.nextInt(8) == 0) {
        frontEnd.file.truncate(0);
        kick();
      }
      if (random.nextInt(4) > 0) {
        awaitEnd();
      }
      return false;
    } catch (UringException e) {
      if (!CUT_OFF.contains(e.errno())) {
        throw e;
      }
      return true;
    }
  }

  @Override
  public void close() {
    frontEnd.close();
    kicks.forEach(Descriptor::close);
    strange.forEach(Descriptor::close);
  }
}
