package dev.uring.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code uring-disk demo}: a few seconds that need nothing but this program. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    description =
        "Make a small image, serve it, use it, have the kernel refuse what is not allowed, measure,"
            + " and clean up.")
final class DemoCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (DemoDirectory directory = DemoDirectory.make()) {
      new Demo(directory, out).run();
    }
    out.println("Cleaned up.");
    return 0;
  }
}
