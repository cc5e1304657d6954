package dev.uring.cli;

import dev.uring.Descriptor;
import dev.uring.FixedFile;
import dev.uring.Sockets;
import dev.uring.URingContext;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.cli.Finding.Use;
import dev.uring.ring.Ring;
import dev.uring.ring.RingMessage;
import dev.uring.ring.RingRequests;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** What no flag or table tells is tried, on small rings of the kind that serve disks. */
final class RingTrials {
  private static final int EACCES = 13;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private RingTrials() {}

  static List<Finding> of(URingAllowlist allowlist) {
    return List.of(
        finding("restrictions", "5.10", () -> restrict(allowlist)),
        finding("wake-up (send_msg_ring)", "6.13", RingTrials::wake),
        finding("accept into a slot", "5.15", () -> accept(allowlist)));
  }

  /** Something to try: returns what went otherwise than it should, or an empty text. */
  private interface Trial {
    String run() throws IOException;
  }

  private static Finding finding(String name, String since, Trial trial) {
    String fault;
    try {
      fault = trial.run();
    } catch (UringException e) {
      fault = String.valueOf(e.getMessage());
    } catch (IOException e) {
      fault = "it cannot be tried in " + temporary() + ": set TMPDIR to a directory to write to";
    }
    return new Finding("trial", name, since, Use.NEEDED, fault.isEmpty(), fault);
  }

  private static String restrict(URingAllowlist allowlist) {
    try (Ring ring = Ring.builder(4).ownedByThisThread().disabled().build()) {
      ring.registrar().restrict(allowlist);
      ring.registrar().enable();
      RingRequests.nop(Objects.requireNonNull(ring.submission().next()));
      int submitted = ring.submitAndWait(1);
      int result = submitted < 0 ? submitted : ring.completion().result(ring.completion().head());
      // Every preset for disks requires a registered file, and this request names none.
      return result == -EACCES ? "" : "a forbidden request was answered with " + result;
    }
  }

  private static String wake() {
    try (Ring ring = Ring.builder(4).ownedByThisThread().build()) {
      int sent = new RingMessage(ring, 1, 0).send();
      if (sent < 0) {
        throw new UringException("send_msg_ring", -sent);
      }
      int waited = ring.submitAndWait(1, PATIENCE.toNanos());
      return ring.completion().available() == 1 ? "" : "nothing arrived (" + waited + ")";
    }
  }

  private static String accept(URingAllowlist allowlist) throws IOException {
    Path directory = Files.createTempDirectory(temporary(), "uring-disk-probe-");
    Path name = directory.resolve("socket");
    try (Descriptor listener = Sockets.listenUnix(name, 0600, 1);
        Descriptor client = Sockets.connectUnix(name);
        URingContext context =
            URingContext.builder(4).allowlist(allowlist).confined().disabled().build()) {
      FixedFile[] files = context.registerFiles(1, listener);
      context.enable();
      context.sockets().addAccept(files[0], files[1], 0);
      int[] results = {1};
      context.await(1, PATIENCE, (userData, result, flags) -> results[0] = result);
      return results[0] == 0 && !client.isClosed() ? "" : "it ended with " + results[0];
    } finally {
      Files.deleteIfExists(name);
      Files.deleteIfExists(directory);
    }
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
  }
}
