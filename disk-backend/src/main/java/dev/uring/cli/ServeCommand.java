package dev.uring.cli;

import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code uring-disk serve}: from options to a running server, and its end. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    versionProvider = UringDisk.Version.class,
    sortOptions = false,
    description =
        "Serve a disk image to NBD clients, virtual machines (vhost-user) or both, until SIGTERM"
            + " or Ctrl-C.",
    footerHeading = "%nSizes and addresses:%n",
    footer = {
      "  SIZE, BYTES  a whole number, alone or with k, M, G, T: 512M, 1G",
      "  ADDRESS      unix:PATH, tcp:HOST:PORT, tcp:PORT for loopback only,",
      "               nbd+unix:///?socket=PATH, nbd://HOST:PORT"
    })
final class ServeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "IMAGE", description = "A regular file or a block device.")
  private String image = "";

  @Option(
      names = "--create",
      paramLabel = "SIZE",
      converter = Bytes.Converter.class,
      description = "Make the image, sparse; it must not exist.")
  private @Nullable Bytes createSize;

  @Option(names = "--read-only", description = "Serve it for reading; others may read it too.")
  private boolean readOnly;

  @Option(
      names = "--nbd",
      paramLabel = "ADDRESS",
      description =
          "Listen there, any number of times (default: unix:IMAGE.sock, beside the image, unless"
              + " there is --vhost-user). A socket in the file system has the mode 0600.")
  private List<String> addresses = new ArrayList<>();

  @Option(names = "--direct", description = "Go past the page cache (O_DIRECT).")
  private boolean direct;

  @Option(
      names = "--serial",
      paramLabel = "ID",
      description = "1 to 20 printable characters (default: made from the file's identity).")
  private @Nullable String serial;

  @Option(
      names = "--block-size",
      paramLabel = "N",
      converter = Bytes.Converter.class,
      description =
          "Smallest transfer in bytes, a power of two from 1 to 64K (default: 1, or what --direct"
              + " needs).")
  private @Nullable Bytes blockSize;

  @Mixin private VhostUserOptions vhostUser = new VhostUserOptions();

  @Mixin private LimitOptions limits = new LimitOptions();

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by its command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    return new Serving(request(), out).run();
  }

  private ServeRequest request() {
    Path path = imagePath();
    VhostUserRequest machines = vhostUser.toRequest();
    List<NbdAddress> clients =
        machines != null && addresses.isEmpty() ? List.of() : ListenAddresses.of(addresses, path);
    return new ServeRequest(path, imageOptions(), clients, limits.toServerOptions(), machines);
  }

  private Path imagePath() {
    if (image.isEmpty()) {
      throw new UsageException("IMAGE is empty: name a file or a block device");
    }
    try {
      return Path.of(image);
    } catch (InvalidPathException e) {
      throw new UsageException("IMAGE cannot be a file name: " + e.getMessage(), e);
    }
  }

  private ImageOptions imageOptions() {
    ImageOptions options = ImageOptions.defaults().withReadOnly(readOnly).withDirect(direct);
    if (blockSize != null) {
      options = withBlockSize(options, blockSize.value());
    }
    if (createSize != null) {
      options = options.withCreate(createSize.value());
    }
    return serial == null ? options : options.withSerial(serial);
  }

  private static ImageOptions withBlockSize(ImageOptions options, long bytes) {
    if (bytes > ImageOptions.BLOCK_SIZE_MAXIMUM) {
      throw new UsageException(
          "--block-size "
              + bytes
              + " is too large: it is a power of two from 1 to "
              + ImageOptions.BLOCK_SIZE_MAXIMUM);
    }
    return options.withBlockSize((int) bytes);
  }
}
