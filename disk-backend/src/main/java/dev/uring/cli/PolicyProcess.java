package dev.uring.cli;

import dev.uring.SealedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The rings of a running process, as far as they show: the kernel shows which they are, and what is
 * in their tables (fdinfo). What they permit it does not show, and nobody but a ring's owner can
 * ask: register calls by others are refused (EEXIST), and entries would leave completions that the
 * owner never asked for. A server tells it itself, by the record that it keeps.
 */
final class PolicyProcess {
  private static final String RING = "anon_inode:[io_uring]";
  private static final String RECORD = "/memfd:" + PolicyRecord.NAME + " (deleted)";
  private static final String FILES = "UserFiles:";
  private static final String BUFFERS = "UserBufs:";

  /**
   * One ring.
   *
   * @param descriptor its number in the process
   * @param slots how many slots its file table has
   * @param files what lies in them, as the kernel names it; empty slots left out
   * @param buffers how many buffers are registered
   */
  record ShownRing(String descriptor, int slots, List<String> files, int buffers) {}

  private final Path process;
  private final long id;

  /**
   * One process.
   *
   * @param proc the proc file system, {@code /proc}
   */
  PolicyProcess(Path proc, long id) {
    this.process = proc.resolve(Long.toString(id));
    this.id = id;
  }

  /** A process as it shows itself: its rings, and what it has told of them. */
  record Shown(List<ShownRing> rings, Optional<PolicyRecord> told) {}

  /**
   * Its rings, in the order of their descriptors.
   *
   * @throws FailureException if there is no such process, or if it is not for us to see
   */
  Shown look() {
    List<ShownRing> rings = new ArrayList<>();
    Optional<PolicyRecord> told = Optional.empty();
    try (Stream<Path> listed = Files.list(process.resolve("fd"))) {
      List<Path> links = new ArrayList<>(listed.toList());
      links.sort((a, b) -> Integer.compare(number(a), number(b)));
      for (Path link : links) {
        String target = target(link);
        if (target.equals(RING)) {
          rings.add(ring(link.getFileName().toString()));
        } else if (target.equals(RECORD)) {
          told = SealedFile.read(link, PolicyRecord.MAXIMUM_BYTES).flatMap(PolicyRecord::read);
        }
      }
      return new Shown(rings, told);
    } catch (NoSuchFileException e) {
      throw new FailureException(
          "there is no process " + id + ": look for it with pgrep -a java", e);
    } catch (AccessDeniedException e) {
      throw new FailureException(
          "the rings of process "
              + id
              + " are not for this user to see: ask as its user, or as root",
          e);
    } catch (IOException | UncheckedIOException e) {
      throw new FailureException(
          "the rings of process " + id + " cannot be read (" + e.getMessage() + "): try again", e);
    }
  }

  private static int number(Path link) {
    return Integer.parseInt(link.getFileName().toString());
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      // Closed since the directory was listed.
      return "";
    }
  }

  private ShownRing ring(String descriptor) throws IOException {
    int slots = 0;
    int buffers = 0;
    List<String> files = new ArrayList<>();
    boolean inFiles = false;
    Path info = process.resolve("fdinfo").resolve(descriptor);
    // The kernel writes file names as they are, in whatever encoding.
    for (String line : Files.readAllLines(info, StandardCharsets.ISO_8859_1)) {
      if (line.startsWith(FILES)) {
        slots = count(line);
        inFiles = true;
      } else if (line.startsWith(BUFFERS)) {
        buffers = count(line);
        inFiles = false;
      } else if (inFiles && line.matches(" *[0-9]+: .*") && !line.endsWith(": <none>")) {
        files.add(Failures.oneLine(line));
      }
    }
    return new ShownRing(descriptor, slots, files, buffers);
  }

  private static int count(String line) {
    String digits = line.replaceAll("\\D", "");
    return digits.isEmpty() || digits.length() > 9 ? 0 : Integer.parseInt(digits);
  }
}
