package dev.uring.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code uring-disk probe}: whether this machine will do, and if not, why. */
@Command(
    name = "probe",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    description =
        "Say whether io_uring can be used here, which of what this program needs the kernel has,"
            + " and if it is not enough, what to do. Everything is tried; nothing is concluded from"
            + " a version.")
final class ProbeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    new ProbeReport(out).run();
    return 0;
  }
}
