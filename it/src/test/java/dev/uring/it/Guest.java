package dev.uring.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A virtual machine with Linux, emulated by QEMU, whose disk is a vhost-user one or what {@link
 * #with} says. It runs a script and switches itself off. What it is made of is made by {@code
 * it/guest/make-kit}.
 */
final class Guest {
  /** The beginning of a disk that firmware can start: what a guest may use lies behind it. */
  static final long BOOT_BYTES = 64L * Images.MIB;

  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Pattern END = Pattern.compile("\n<<<GUEST ENDS (\\d+)>>>");
  private static final String BEGIN = "<<<GUEST BEGINS>>>";
  private static final String CONSOLE =
      "console=ttyS1 quiet panic=-1 nokaslr mitigations=off random.trust_cpu=on";

  private final Path directory;
  private final @Nullable Path socket;
  private final List<String> kernelOptions = new ArrayList<>();
  private final List<String> more = new ArrayList<>();
  private boolean firmware;
  private int processors = 2;
  private int memoryMebibytes = 512;
  private int queues = 4;
  private Duration limit = LIMIT;

  /**
   * Skips the rule where there is no QEMU or nothing to run on it.
   *
   * @param directory for what the guest prints
   * @param socket where its disk is served, or null if none is
   */
  Guest(Path directory, @Nullable Path socket) {
    Tool.require("qemu-system-x86_64");
    part("vmlinuz");
    this.directory = directory;
    this.socket = socket;
  }

  private static Path part(String name) {
    Path part = Repository.root().resolve("it/target/guest-kit").resolve(name);
    if (!Files.isReadable(part)) {
      Assumptions.abort("skipped: no guest kit with " + name + " was made (it/guest/make-kit)");
    }
    return part;
  }

  /** What makes the beginning of an image one that firmware starts Linux from. */
  static Path bootDisk() {
    return part("boot.fat");
  }

  /** Lets firmware find what to start on the disk; otherwise QEMU puts it into memory. */
  Guest startedByFirmware() {
    firmware = true;
    return this;
  }

  Guest withProcessors(int count) {
    processors = count;
    return this;
  }

  Guest withMemory(int mebibytes) {
    memoryMebibytes = mebibytes;
    return this;
  }

  Guest withQueues(int count) {
    queues = count;
    return this;
  }

  Guest within(Duration longest) {
    limit = longest;
    return this;
  }

  /** Options for Linux, and for its modules as {@code module.parameter=value}. */
  Guest withKernelOptions(String... options) {
    kernelOptions.addAll(List.of(options));
    return this;
  }

  /** More arguments for QEMU. */
  Guest with(String... arguments) {
    more.addAll(List.of(arguments));
    return this;
  }

  /** Runs a script of the shell in the guest, until the guest is off: how it ended. */
  Tool.Result run(String script) {
    Path file = directory.resolve("script");
    Path printed = directory.resolve("printed");
    Path console = directory.resolve("console");
    try {
      Files.deleteIfExists(printed);
      Files.writeString(file, script);
      try (Running qemu =
          Tool.start(directory, "qemu-system-x86_64", arguments(file, printed, console))) {
        int status = qemu.await(limit);
        String output = Files.exists(printed) ? Files.readString(printed) : "";
        Matcher end = END.matcher(output);
        if (status != 0 || !end.find()) {
          throw new AssertionError(
              "The guest did not reach the end of its script: "
                  + qemu.describe()
                  + "\n--- it printed\n"
                  + output
                  + "\n--- its kernel\n"
                  + Files.readString(console));
        }
        int begin = output.indexOf(BEGIN) + BEGIN.length();
        String between = output.substring(begin, end.start()).replace("\r", "");
        return new Tool.Result(
            "in a guest: " + script, Integer.parseInt(end.group(1)), between, "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Object[] arguments(Path script, Path printed, Path console) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none"));
    arguments.addAll(List.of("-accel", "tcg,thread=multi", "-cpu", "max"));
    // Without room for a second processor, emulated guests lose kicks (QEMU before 8.1).
    arguments.addAll(List.of("-smp", processors + ",maxcpus=" + Math.max(processors, 2)));
    String size = memoryMebibytes + "M";
    arguments.addAll(List.of("-m", size, "-machine", "q35,memory-backend=mem"));
    arguments.addAll(List.of("-object", "memory-backend-memfd,id=mem,size=" + size + ",share=on"));
    arguments.addAll(List.of("-serial", "file:" + printed, "-serial", "file:" + console));
    arguments.addAll(List.of("-fw_cfg", "name=opt/uring/script,file=" + script));
    if (!firmware) {
      List<String> options = new ArrayList<>(List.of(CONSOLE));
      options.addAll(kernelOptions);
      arguments.addAll(List.of("-kernel", part("vmlinuz").toString()));
      arguments.addAll(List.of("-initrd", part("initrd").toString()));
      arguments.addAll(List.of("-append", String.join(" ", options)));
    }
    if (socket != null) {
      arguments.addAll(List.of("-chardev", "socket,id=disk,path=" + socket));
      String device = "vhost-user-blk-pci,chardev=disk,num-queues=" + queues;
      arguments.addAll(List.of("-device", device + (firmware ? ",bootindex=0" : "")));
    }
    arguments.addAll(more);
    return arguments.toArray();
  }
}
