package dev.uring.it;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Runs {@code fio} with verification at depth 32. */
final class Fio {
  private Fio() {}

  /** Skips the rule unless fio is installed and was built with its NBD engine. */
  static void require() {
    Tool.Result engines = Tool.run("fio", "--enghelp");
    if (engines.output().lines().noneMatch(line -> line.strip().equals("nbd"))) {
      Assumptions.abort("skipped: fio has no NBD engine here");
    }
  }

  static void run(DiskServer server, String... options) {
    result(server, options).succeeded();
  }

  static Tool.Result result(DiskServer server, String... options) {
    return Tool.run("fio", arguments(server, options));
  }

  static Object[] arguments(DiskServer server, String... options) {
    List<String> arguments = new ArrayList<>();
    arguments.add("--name=rule");
    arguments.add("--ioengine=nbd");
    arguments.add("--uri=" + server.uri());
    arguments.add("--iodepth=32");
    arguments.add("--verify=crc32c");
    arguments.add("--verify_fatal=1");
    arguments.add("--randrepeat=1");
    arguments.addAll(List.of(options));
    return arguments.toArray();
  }
}
