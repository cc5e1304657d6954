package dev.uring.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code uring-disk probe}: whether this machine will do, and if not, why. */
@Command(
    name = "probe",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    description =
        "Say what of io_uring this kernel has, by its own names, whether that is what this program"
            + " needs, and if it is not enough, what to do. The kernel is asked, or it is tried;"
            + " nothing is concluded from a version.")
final class ProbeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Say it as one JSON object, for programs.")
  private boolean json;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    ProbeReport report = new ProbeReport(out);
    if (json) {
      report.runForPrograms();
    } else {
      report.run();
    }
    return 0;
  }
}
