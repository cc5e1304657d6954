package dev.uring.cli;

import dev.uring.allowlist.AllowlistSyntaxException;
import dev.uring.allowlist.AllowlistText;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.cli.PolicyProcess.Shown;
import dev.uring.disk.ImageOptions;
import dev.uring.ring.TaskRestrictions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code uring-disk policy}: what a disk's rings shall permit, beside what they do permit. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    sortOptions = false,
    description = {
      "Print what the rings of a disk shall permit, beside what live rings were found to permit.",
      "",
      "With IMAGE, the image is opened and its rings are made as serve would make them, asked, and"
          + " closed. Without, one ring without a disk is. Asking has no effect on any file. With"
          + " --pid, a running server tells what it found on its rings when it started, since nobody"
          + " else can ask them; of other processes the rings are shown as far as the kernel does.",
      ""
    },
    footerHeading = "%nExit status:%n",
    footer = {
      "  0  the rings permit exactly what was wished",
      "  1  they do not, or it did not work",
      "  2  what was typed makes no sense",
      "  3  what the rings permit cannot be known (--pid of what is no server of ours)"
    })
final class PolicyCommand implements Callable<Integer> {
  static final int DIFFERENT = 1;
  static final int UNKNOWN = 3;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "A regular file or a block device, which nobody serves at the same time.")
  private @Nullable String image;

  @Option(
      names = "--file",
      paramLabel = "F",
      description =
          "The wish, as text: lines of allow, allow-register, allow-flags, require-flags, include"
              + " (default: what serve wishes for the image).")
  private @Nullable String file;

  @Option(names = "--pid", paramLabel = "P", description = "A running process, such as a server.")
  private @Nullable Long process;

  @Option(names = "--read-only", description = "As for serve: with IMAGE only.")
  private boolean readOnly;

  @Option(names = "--json", description = "For programs: one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (process != null && image != null) {
      throw new UsageException("--pid and IMAGE exclude each other: leave one of them out");
    }
    if (readOnly && image == null) {
      throw new UsageException("--read-only is how to open an image: name one, or leave it out");
    }
    URingAllowlist wished = file == null ? null : read(path("--file", file));
    if (process != null) {
      return show(process, wished, out);
    }
    return print(finding(wished), out);
  }

  private PolicyFinding finding(@Nullable URingAllowlist wished) {
    TaskRestrictions task = TaskRestrictions.ofThisThread();
    PolicySubjects subjects;
    String subject;
    if (image != null) {
      ImageOptions options = ImageOptions.defaults().withReadOnly(readOnly);
      subjects = PolicySubjects.serving(path("IMAGE", image), options);
      subject =
          "the rings that would serve " + Failures.oneLine(image) + ": " + subjects.rings().size();
    } else {
      URingAllowlist list = wished == null ? URingAllowlist.closedBlockServer() : wished;
      subjects = PolicySubjects.bare(list);
      subject = "one ring without a disk, made for this";
    }
    URingAllowlist wish = wished == null ? subjects.given() : wished;
    return new PolicyFinding(
        origin(wish),
        wish,
        subject,
        subjects.given(),
        subjects.rings(),
        task.state(),
        task.filters());
  }

  private String origin(URingAllowlist wish) {
    return file == null
        ? PolicyProfile.of(wish).map(PolicyProfile::preset).orElse("unnamed") + ", by default"
        : "the text " + Failures.oneLine(file);
  }

  private int show(long id, @Nullable URingAllowlist wished, PrintWriter out) {
    if (id < 1) {
      throw new UsageException("--pid " + id + " is no process: give a number above zero");
    }
    Shown shown = new PolicyProcess(Path.of("/proc"), id).look();
    PolicyProcessReport report = new PolicyProcessReport(out);
    PolicyRecord told = shown.told().orElse(null);
    if (told != null && told.rings().size() == shown.rings().size()) {
      URingAllowlist wish = wished == null ? told.wish() : wished;
      String subject =
          "the rings of process "
              + id
              + ", as it found them when it started and told for good; nobody else can ask: "
              + told.rings().size();
      if (!json) {
        report.printTables(id, shown.rings());
      }
      return print(
          new PolicyFinding(origin(wish), wish, subject, told.wish(), told.rings(), null, null),
          out);
    }
    String wish = wished == null ? "not said" : origin(wished);
    if (json) {
      report.printJson(id, wish, shown);
    } else {
      report.print(id, wish, shown);
    }
    return UNKNOWN;
  }

  private int print(PolicyFinding finding, PrintWriter out) {
    if (json) {
      new PolicyJson(out).print(finding);
    } else {
      new PolicyReport(out).print(finding);
    }
    return finding.differs() ? DIFFERENT : 0;
  }

  /**
   * Reads a wish.
   *
   * @throws FailureException if there is none to read
   * @throws UsageException if it is none: where, and what is wrong
   */
  static URingAllowlist read(Path file) {
    String name = Failures.oneLine(file.toString());
    try {
      return AllowlistText.read(file);
    } catch (AllowlistSyntaxException e) {
      throw new UsageException(name + ": " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new FailureException(
          "there is no policy " + name + ": name a file that exists, or leave --file out", e);
    } catch (AccessDeniedException e) {
      throw new FailureException(
          "the policy " + name + " may not be read by this user: change its mode", e);
    } catch (IOException e) {
      throw new FailureException(
          "the policy "
              + name
              + " cannot be read ("
              + Failures.oneLine(String.valueOf(e.getMessage()))
              + "): name a file of text",
          e);
    }
  }

  private static Path path(String what, String name) {
    if (name.isEmpty()) {
      throw new UsageException(what + " is empty: name a file");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new UsageException(what + " cannot be a file name: " + e.getMessage(), e);
    }
  }
}
