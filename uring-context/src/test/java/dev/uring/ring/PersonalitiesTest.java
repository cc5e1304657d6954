package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.uring.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Credentials that were kept, and requests that run with them. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PersonalitiesTest {
  private static final int NOBODY = 65_534;

  @TempDir Path directory;

  @Test
  void only_credentials_that_were_registered_can_be_named() {
    try (Ring ring = Ring.builder(4).build()) {
      int personality = ring.registrar().personalities().register();
      assertThat(nop(ring, personality)).isZero();
      assertThat(nop(ring, personality + 1)).isEqualTo(-Errno.EINVAL);
      ring.registrar().personalities().unregister(personality);
      assertThat(nop(ring, personality)).isEqualTo(-Errno.EINVAL);
      assertThatThrownBy(() -> ring.registrar().personalities().unregister(personality))
          .isInstanceOf(UringException.class)
          .hasMessageContaining("EINVAL")
          .hasMessageContaining("registered as " + personality);
    }
  }

  private static int nop(Ring ring, int personality) {
    RingRequests.nop(Queues.next(ring)).personality(personality);
    return Queues.result(ring);
  }

  @Test
  void a_request_may_do_what_its_credentials_could_when_they_were_registered() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "root's");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assumeTrue(Native.C.setfsuid(-1) == 0, "skipped: not run by root");
    ByteBuffer name = Native.bytes(256);
    name.put(0, (secret + "\0").getBytes(StandardCharsets.UTF_8));
    try (Ring ring = Ring.builder(4).build()) {
      ring.registrar().files().registerSparse(1);
      int root = ring.registrar().personalities().register();
      // Of this thread alone, and it is the test's own.
      int before = Native.C.setfsuid(NOBODY);
      try {
        assertThat(open(ring, name, 0)).isEqualTo(-Errno.EACCES);
        assertThat(open(ring, name, root)).isZero();
      } finally {
        assertThat(Native.C.setfsuid(before)).isEqualTo(NOBODY);
      }
    }
  }

  private static int open(Ring ring, ByteBuffer name, int personality) {
    FileSystemRequests.open(Queues.next(ring), FileSystemRequests.WORKING_DIRECTORY, name, 0, 0)
        .destination(DestinationSlot.of(new FileSlot(0)))
        .personality(personality);
    return Queues.result(ring);
  }
}
