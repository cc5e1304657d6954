package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a process that is forked off has of a ring: C runs in it, since Java cannot. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ForkedProcessTest {
  private static final String LIBRARY =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <fcntl.h>
      #include <sys/mman.h>
      #include <sys/syscall.h>
      #include <sys/wait.h>
      #include <unistd.h>

      static void look(int fd, const long *addresses, int count, volatile int *seen) {
          unsigned char resident;
          for (int i = 0; i < count; i++)
              seen[2 + i] = mincore((void *)addresses[i], 1, &resident) == 0;
          seen[0] = fcntl(fd, F_GETFD) >= 0;
          long taken = syscall(SYS_io_uring_enter, fd, 1, 0, 0, 0L, 0L);
          seen[1] = taken < 0 ? -errno : (int)taken;
      }

      /* What a child sees of a descriptor, of entering it, and of memory at addresses. */
      int child_sees(int fd, const long *addresses, int count, int *seen) {
          volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
          if (shared == MAP_FAILED)
              return -1;
          pid_t child = fork();
          if (child == 0) {
              look(fd, addresses, count, shared);
              _exit(0);
          }
          int status = -1;
          while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
              ;
          for (int i = 0; i < 2 + count; i++)
              seen[i] = shared[i];
          munmap((void *)shared, 4096);
          return child > 0 && status == 0 ? 0 : -1;
      }
      """;

  @TempDir static Path directory;

  private static Forking forking;

  /** The library. */
  public interface Forking {
    int child_sees(int fd, @In long[] addresses, int count, @Out int[] seen);
  }

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    forking = CLibrary.load(Forking.class, directory, LIBRARY);
  }

  private record Seen(boolean descriptor, int entered, List<Boolean> memory) {}

  private static Seen inChild(Ring ring, List<Long> addresses) {
    int[] seen = new int[2 + addresses.size()];
    long[] asked = addresses.stream().mapToLong(Long::longValue).toArray();
    assertThat(forking.child_sees(ring.descriptor(), asked, asked.length, seen)).isZero();
    List<Boolean> memory = new ArrayList<>();
    for (int index = 0; index < asked.length; index++) {
      memory.add(seen[2 + index] != 0);
    }
    return new Seen(seen[0] != 0, seen[1], memory);
  }

  /** Where rings of this process are mapped. */
  private static List<Long> ringMemory() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("io_uring"))
        .map(line -> Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16))
        .toList();
  }

  @ParameterizedTest
  @EnumSource(RingKind.class)
  void a_forked_process_has_the_descriptor_and_not_the_memory(RingKind kind) throws IOException {
    ByteBuffer ordinary = Native.pages(1);
    try (Ring ring = kind.open()) {
      List<Long> addresses = new ArrayList<>(ringMemory());
      assertThat(addresses).isNotEmpty();
      addresses.add(NativeAddress.of(ordinary));
      Seen seen = inChild(ring, addresses);
      assertThat(seen.descriptor()).isTrue();
      List<Boolean> memory = new ArrayList<>(seen.memory());
      assertThat(memory.remove(memory.size() - 1)).as("ordinary memory").isTrue();
      assertThat(memory).as("the ring's").containsOnly(false);
    }
  }

  @Test
  void what_was_published_a_forked_process_can_submit() {
    try (Ring ring = Ring.builder(4).build()) {
      Queues.nop(ring, 5);
      assertThat(ring.publish()).isEqualTo(1);
      assertThat(inChild(ring, List.of()).entered()).isEqualTo(1);
      assertThat(Queues.reap(ring)).containsExactly("5:0");
      assertThat(ring.submission().pending()).isZero();
    }
  }

  @Test
  void an_owned_ring_keeps_a_forked_process_out() {
    try (Ring ring = Ring.builder(4).ownedByThisThread().build()) {
      Queues.nop(ring, 5);
      assertThat(ring.publish()).isEqualTo(1);
      assertThat(inChild(ring, List.of()).entered()).isEqualTo(-Errno.EEXIST);
      assertThat(Queues.take(ring, 1)).containsExactly("5:0");
    }
  }
}
