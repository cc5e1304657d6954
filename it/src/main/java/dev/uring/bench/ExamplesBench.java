package dev.uring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The examples against the plain way to do the same in Java, on the JDK that runs this.
 *
 * <p>Arguments: a directory to copy in, the load generator or "-", rounds, and a file for JSON or
 * "-", to which rows are appended, one a line.
 */
final class ExamplesBench {
  private ExamplesBench() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[2]);
    List<ExamplePair> rows = new ArrayList<>();
    if (!arguments[1].equals("-")) {
      try (EchoBench echo = new EchoBench(Path.of(arguments[1]))) {
        rows.add(echo.measure(1, 64, 20_000, rounds));
        rows.add(echo.measure(8, 64, 40_000, rounds));
        rows.add(echo.measure(32, 64, 60_000, rounds));
        rows.add(echo.measure(32, 4096, 40_000, rounds));
      }
    }
    try (CopyBench copy = new CopyBench(directory)) {
      rows.add(copy.measure("64 MiB", 64 << 20, 1, rounds));
      rows.add(copy.measure("16 KiB", 16 << 10, 50, rounds));
    }
    System.out.println(ExamplePair.heading());
    rows.forEach(row -> System.out.println(row.line()));
    if (!arguments[3].equals("-")) {
      String lines = rows.stream().map(row -> row.json() + "\n").collect(Collectors.joining());
      Files.writeString(
          Path.of(arguments[3]), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}
