package dev.uring.cli;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.FileSystemRequests;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Asks a ring under an allowlist for what is allowed and for what is not, and shows the answers.
 */
final class ForbiddenRequest {
  private static final int EACCES = 13;
  private static final int STANDARD_INPUT = 0;

  private final URingAllowlist allowlist;
  private final Path file;

  /**
   * What to try.
   *
   * @param allowlist that does not allow to open files
   * @param file one that exists and that this process may open
   */
  ForbiddenRequest(URingAllowlist allowlist, Path file) {
    this.allowlist = allowlist;
    this.file = file;
  }

  /**
   * Shows it.
   *
   * @throws FailureException if the kernel answers otherwise than the allowlist says
   */
  void show(PrintWriter out) {
    try (Ring ring = Ring.builder(4).ownedByThisThread().disabled().build()) {
      ring.registrar().restrict(allowlist);
      ring.registrar().enable();
      int allowed = nop(ring);
      int opened = open(ring);
      int registered = register(ring);
      expect("nop, which is allowed", allowed, 0);
      expect("openat", opened, -EACCES);
      expect("register_files", registered, -EACCES);
      out.println("Asked another ring under the server's allowlist, and the kernel answered:");
      out.println("  nop                              0: allowed");
      out.println("  open the image by its name     -13: EACCES, refused");
      out.println("  put a file into its table      -13: EACCES, refused");
    }
  }

  private static void expect(String what, int result, int expected) {
    if (result != expected) {
      throw new FailureException(
          "the kernel answered "
              + result
              + " to "
              + what
              + " where the allowlist makes it "
              + expected
              + ": do not trust this kernel's restrictions, and report this");
    }
  }

  private static int nop(Ring ring) {
    RingRequests.nop(entry(ring)).flag(EntryFlag.FIXED_FILE);
    return result(ring);
  }

  private int open(Ring ring) {
    byte[] name = (file + "\0").getBytes(StandardCharsets.UTF_8);
    ByteBuffer path = ByteBuffer.allocateDirect(name.length).put(0, name);
    FileSystemRequests.open(entry(ring), FileSystemRequests.WORKING_DIRECTORY, path, 0, 0)
        .flag(EntryFlag.FIXED_FILE);
    try {
      return result(ring);
    } finally {
      Reference.reachabilityFence(path);
    }
  }

  private static int register(Ring ring) {
    try {
      ring.registrar().files().register(STANDARD_INPUT);
      return 0;
    } catch (UringException e) {
      return -e.errno();
    }
  }

  private static SubmissionEntry entry(Ring ring) {
    SubmissionEntry entry = ring.submission().next();
    if (entry == null) {
      throw new IllegalStateException("a ring of four entries is full with one");
    }
    return entry;
  }

  private static int result(Ring ring) {
    int submitted = ring.submitAndWait(1);
    if (submitted < 0) {
      return submitted;
    }
    int head = ring.completion().head();
    int result = ring.completion().result(head);
    ring.completion().advance(head + 1);
    return result;
  }
}
