package dev.uring.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The program's entry. */
@Command(
    name = "uring-disk",
    description = "Virtual disks on a restricted io_uring, served to other programs.",
    subcommands = {
      ServeCommand.class,
      VhostUserCommand.class,
      DemoCommand.class,
      ProbeCommand.class,
      PolicyCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    footerHeading = "%nExit status:%n",
    footer = {
      "  0  done",
      "  1  it did not work; one sentence on standard error says why and what to do",
      "  2  what was typed makes no sense; likewise"
    })
public final class UringDisk implements Runnable {
  private static final String TRACE_VARIABLE = "URING_DISK_TRACE";

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show where a failure comes from, with a stack trace.")
  private boolean verbose;

  private UringDisk() {}

  /** Runs the program and ends the process with its exit status. */
  public static void main(String[] arguments) {
    // What the libraries log is for the same reader: one line, like every other message.
    System.setProperty("java.util.logging.SimpleFormatter.format", "uring-disk: %5$s%n");
    Charset charset = Charset.defaultCharset();
    PrintWriter out = new PrintWriter(System.out, true, charset);
    PrintWriter err = new PrintWriter(System.err, true, charset);
    System.exit(run(out, err, arguments));
  }

  /** Runs the program; the exit status. Does not end the process and throws nothing. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    UringDisk program = new UringDisk();
    try {
      int status =
          new CommandLine(program)
              .setOut(out)
              .setErr(err)
              .setExpandAtFiles(false)
              .setUsageHelpAutoWidth(true)
              .setParameterExceptionHandler((e, args) -> program.failures().report(e, err))
              .setExecutionExceptionHandler((e, at, result) -> report(program, e, err, result))
              .execute(arguments);
      out.flush();
      return status;
    } catch (Error e) {
      return program.failures().report(e, err);
    }
  }

  private static int report(
      UringDisk program, Exception failure, PrintWriter err, ParseResult ignored) {
    return program.failures().report(failure, err);
  }

  private Failures failures() {
    return new Failures(verbose || System.getenv(TRACE_VARIABLE) != null);
  }

  /** Reached when no command was named. */
  @Override
  public void run() {
    throw new UsageException(
        "say what to do: serve, vhost-user, demo, probe or policy; uring-disk --help says more");
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"uring-disk " + text()};
    }

    static String text() {
      String built = UringDisk.class.getPackage().getImplementationVersion();
      return built == null ? "(not from a release)" : built;
    }
  }
}
