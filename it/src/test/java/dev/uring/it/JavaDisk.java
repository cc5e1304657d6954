package dev.uring.it;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A read-only disk for a {@link Guest}: the Java that runs the tests, the jars that were built, the
 * programs of the package {@code dev.uring.it.guest}, and the shared libraries that all this needs.
 * It is the root of a file system that a guest changes into.
 */
final class JavaDisk {
  private static final CopyOption[] WITH_TIMES = {StandardCopyOption.COPY_ATTRIBUTES};
  private static final Path PROGRAMS = Path.of("dev", "uring", "it", "guest");

  /** A line of ldd: an object that was found, and where. */
  private static final Pattern OBJECT = Pattern.compile("(?m)^\\s(?:\\S+ => )?(/\\S+) \\(0x");

  private static final Pattern RULE = Pattern.compile("(holds|FAILS): .*");

  /** What is loaded without being linked with: by the virtual machine, and by jffi. */
  private static final List<String> LOADED =
      List.of("libjava.so", "libnet.so", "libnio.so", "libzip.so", "libmanagement.so");

  /** Of Java's own files, what no program here needs: source, tools, and what draws. */
  private static final Pattern UNNEEDED =
      Pattern.compile("src\\.zip|ct\\.sym|.*_nocoops.*|.*_coh\\.jsa|lib(awt|atk|font|mlib).*");

  private final Path tree;

  private JavaDisk(Path tree) {
    this.tree = tree;
  }

  /** Makes the image in a directory, or skips the rule where there is nothing to make it with. */
  static Path make(Path directory) throws IOException {
    Tool.require("mke2fs", "ldd");
    JavaDisk disk = new JavaDisk(Files.createDirectory(directory.resolve("java-tree")));
    disk.fill(Path.of(System.getProperty("java.home")), Repository.root().resolve("it/target"));
    Path image = directory.resolve("java.img");
    long bytes = bytes(disk.tree);
    Images.sparse(image, bytes + bytes / 8 + 16L * Images.MIB);
    Tool.run("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", disk.tree, image)
        .succeeded();
    return image;
  }

  /** The arguments that attach the image: the guest's first virtio disk. */
  static String[] attached(Path image) {
    return new String[] {
      "-drive",
      "if=none,id=java,format=raw,readonly=on,file=" + image,
      "-device",
      "virtio-blk-pci,drive=java"
    };
  }

  /** Lines of a guest's script, which make {@code java} a command. */
  static String prepared() {
    // The compiler that optimizes costs an emulated processor more than it saves.
    return """
        mkdir /tmp/java
        mount -t ext4 -o ro /dev/vda /tmp/java
        for each in dev proc sys mnt; do mount --rbind /$each /tmp/java/$each; done
        mount -t tmpfs tmp /tmp/java/tmp
        java() {
          chroot /tmp/java /jdk/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx128m \
            -cp '/classes:/jars/*' "$@"
        }
        """;
  }

  /** What programs said about their rules; fails unless the script succeeded. */
  static List<String> rules(Tool.Result result) {
    // Newer Javas print warnings besides.
    return result.succeeded().output().lines().filter(RULE.asMatchPredicate()).toList();
  }

  private void fill(Path java, Path built) throws IOException {
    for (String name : List.of("dev", "proc", "sys", "tmp", "mnt", "usr/lib", "usr/lib64")) {
      Files.createDirectories(tree.resolve(name));
    }
    Files.createSymbolicLink(tree.resolve("lib"), Path.of("usr/lib"));
    Files.createSymbolicLink(tree.resolve("lib64"), Path.of("usr/lib64"));
    copyAll(java.resolve("lib"), tree.resolve("jdk/lib"));
    copyAll(java.resolve("conf"), tree.resolve("jdk/conf"));
    copy(java.resolve("bin/java"), tree.resolve("jdk/bin/java"));
    copyAll(built.resolve("bench/lib"), tree.resolve("jars"));
    copyAll(
        built.resolve("test-classes").resolve(PROGRAMS), tree.resolve("classes").resolve(PROGRAMS));
    for (String library : libraries(java)) {
      Path name = Path.of(library);
      copy(
          name,
          tree.resolve(Path.of("/").relativize(name.getParent().toRealPath()))
              .resolve(name.getFileName()));
    }
  }

  /** What Java is linked with outside of itself. */
  private static Set<String> libraries(Path java) {
    List<Path> objects = new ArrayList<>(List.of(java.resolve("bin/java")));
    objects.add(java.resolve("lib/server/libjvm.so"));
    LOADED.forEach(name -> objects.add(java.resolve("lib").resolve(name)));
    Set<String> found = new TreeSet<>();
    for (Path object : objects) {
      Matcher matcher = OBJECT.matcher(Tool.run("ldd", object).succeeded().output());
      while (matcher.find()) {
        if (!matcher.group(1).startsWith(java.toString())) {
          found.add(matcher.group(1));
        }
      }
    }
    return found;
  }

  private static void copyAll(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(from)) {
      files = walked.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      if (!UNNEEDED.matcher(file.getFileName().toString()).matches()) {
        copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  /** With its times: Java's archive of classes says which file it was made of. */
  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to, WITH_TIMES);
  }

  private static long bytes(Path directory) throws IOException {
    try (Stream<Path> walked = Files.walk(directory)) {
      return walked
          .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
          .mapToLong(path -> path.toFile().length())
          .sum();
    }
  }
}
