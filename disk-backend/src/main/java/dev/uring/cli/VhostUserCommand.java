package dev.uring.cli;

import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdServerOptions;
import dev.uring.vhostuser.VhostListener;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code uring-disk vhost-user}: the options that programs which start back ends know, by QEMU's
 * docs/interop/vhost-user.rst, "Backend program conventions".
 */
@Command(
    name = "vhost-user",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    sortOptions = false,
    description =
        "Serve a disk image to virtual machines, by the conventions for vhost-user back ends, until"
            + " SIGTERM.")
final class VhostUserCommand implements Callable<Integer> {
  private static final String CAPABILITIES =
      """
      {
        "type": "block",
        "features": [
          "read-only",
          "blk-file"
        ]
      }""";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--socket-path",
      paramLabel = "PATH",
      description = "Listen there. The socket has the mode 0600.")
  private @Nullable String socketPath;

  @Option(
      names = "--fd",
      paramLabel = "NUMBER",
      description =
          "Use this inherited socket: one that listens, or one that is connected, whose end is the"
              + " program's.")
  private @Nullable Integer descriptor;

  @Option(
      names = "--blk-file",
      paramLabel = "IMAGE",
      description = "The image: a regular file or a block device.")
  private @Nullable String image;

  @Option(names = "--read-only", description = "Serve it for reading; others may read it too.")
  private boolean readOnly;

  @Option(
      names = "--print-capabilities",
      description = "Print what this program can do, as JSON, and nothing else.")
  private boolean printCapabilities;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (printCapabilities) {
      out.println(CAPABILITIES);
      return 0;
    }
    return new Serving(request(), out).run();
  }

  private ServeRequest request() {
    String file = image;
    if (file == null) {
      throw new UsageException("--blk-file is missing: name the image");
    }
    return new ServeRequest(
        VhostUserOptions.path("--blk-file", file),
        ImageOptions.defaults().withReadOnly(readOnly),
        List.of(),
        NbdServerOptions.defaults(),
        new VhostUserRequest(listener(), VhostUserOptions.defaults()));
  }

  private Supplier<VhostListener> listener() {
    String path = socketPath;
    Integer number = descriptor;
    if (path != null && number == null) {
      Path name = VhostUserOptions.path("--socket-path", path);
      return () -> VhostListener.open(name);
    }
    if (path != null || number == null) {
      throw new UsageException("give either --socket-path or --fd");
    }
    int inherited = number;
    if (inherited < 0) {
      throw new UsageException("--fd " + inherited + " is no descriptor: give 0 or more");
    }
    return () -> VhostListener.inherited(inherited);
  }
}
