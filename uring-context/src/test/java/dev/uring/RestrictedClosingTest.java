package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.OpenFileLocks.Mode;
import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.FileRequests;
import dev.uring.ring.KernelProbe;
import dev.uring.ring.Ring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a restricted ring leaves when it is closed: nothing. Its descriptor is registered with the
 * thread that owns it, and its table holds a file with a lock.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RestrictedClosingTest {
  private static final int ROUNDS = 20;
  private static final int POLLIN = 1;

  @TempDir Path directory;
  private Path image;

  static Collection<URingAllowlist> presets() {
    return URingAllowlist.presets().values();
  }

  @BeforeEach
  void make_image() throws IOException {
    image = Files.write(directory.resolve("image"), new byte[4096]);
  }

  /** The image with a lock, as only the ring's table holds it once this is closed. */
  private Descriptor locked() {
    Descriptor file = Descriptor.open(image, OpenFlag.READ, OpenFlag.WRITE);
    assertThat(OpenFileLocks.of(file).tryLock(Mode.EXCLUSIVE, 0, 1))
        .as("the lock of the round before is gone")
        .isTrue();
    return file;
  }

  /**
   * At once, or when the kernel's worker thread has let go of the file, which it does some time
   * after the completion of the sync; not as late as this thread's end, which is what a ring that
   * is still registered with it waits for.
   */
  private void mustBeFree() {
    try (Descriptor other = Descriptor.open(image, OpenFlag.READ, OpenFlag.WRITE)) {
      while (OpenFileLocks.of(other).test(Mode.EXCLUSIVE, 0, 1).isPresent()) {
        Thread.onSpinWait();
      }
    }
  }

  private void mustBeHeld() {
    try (Descriptor other = Descriptor.open(image, OpenFlag.READ, OpenFlag.WRITE)) {
      assertThat(OpenFileLocks.of(other).test(Mode.EXCLUSIVE, 0, 1)).isPresent();
    }
  }

  private static Set<String> ringsAndImages() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.exists(descriptor, LinkOption.NOFOLLOW_LINKS)) {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.contains("io_uring") || target.endsWith("/image")) {
            found.add(descriptor + " " + target);
          }
        }
      }
    }
    return found;
  }

  /**
   * A thread can have sixteen rings registered. One that could not be taken back would live until
   * the thread ends, without a descriptor that shows it.
   */
  private static void nothingMayStayRegistered() {
    try (Ring ring = Ring.builder(2).build()) {
      assertThat(KernelProbe.registersDescriptors(ring)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void a_closed_context_holds_no_lock_and_no_descriptor(URingAllowlist preset) throws IOException {
    Set<String> before = ringsAndImages();
    for (int round = 0; round < ROUNDS; round++) {
      Descriptor file = locked();
      URingContext context =
          URingContext.builder(8).confined().allowlist(preset).disabled().build();
      context.registerFiles(3, file);
      context.enable();
      file.close();
      mustBeHeld();

      context.close();

      mustBeFree();
    }
    assertThat(ringsAndImages()).isEqualTo(before);
    nothingMayStayRegistered();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void nor_does_one_that_was_closed_with_requests_in_flight(URingAllowlist preset)
      throws IOException {
    Set<String> before = ringsAndImages();
    for (int round = 0; round < ROUNDS; round++) {
      Descriptor file = locked();
      try (Descriptor event = Descriptor.eventFd(0)) {
        URingContext context =
            URingContext.builder(8).confined().allowlist(preset).disabled().build();
        FixedFile[] slots = context.registerFiles(3, file, event);
        context.enable();
        file.close();
        // Under "nothing" they are denied, and that is an end too.
        context.addPollFd(slots[1], POLLIN, 1);
        context.addReadv(slots[0], Contexts.vector(NativeMemory.allocate(4096)), 0, 2);
        context.submit();

        context.close();
      }

      mustBeFree();
    }
    assertThat(ringsAndImages()).isEqualTo(before);
    nothingMayStayRegistered();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void a_closed_ring_holds_no_lock_and_no_descriptor(URingAllowlist preset) throws IOException {
    Set<String> before = ringsAndImages();
    for (int round = 0; round < ROUNDS; round++) {
      Descriptor file = locked();
      Ring ring = Ring.builder(8).ownedByThisThread().disabled().build();
      int number = file.acquire();
      ring.registrar().files().register(new int[] {number, -1});
      file.release();
      ring.registrar().restrict(preset);
      ring.registrar().enable();
      file.close();
      FileRequests.fsync(Objects.requireNonNull(ring.submission().next()), 0)
          .flag(EntryFlag.FIXED_FILE);
      assertThat(ring.submitAndWait(1)).isEqualTo(1);
      mustBeHeld();

      ring.close();

      mustBeFree();
    }
    assertThat(ringsAndImages()).isEqualTo(before);
    nothingMayStayRegistered();
  }
}
