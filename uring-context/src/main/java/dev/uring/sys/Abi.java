package dev.uring.sys;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of the kernel's user interface that differ between processor architectures.
 *
 * <p>Everything else in this package is the same on every 64-bit little-endian Linux: {@code
 * asm-generic} numbers, {@code statx(2)} instead of the many shapes of {@code struct stat}, and the
 * layouts of {@code struct flock} and the socket addresses. Sources: {@code asm-generic/fcntl.h}
 * for x86-64 and {@code arch/arm64/include/uapi/asm/fcntl.h} for aarch64.
 */
public enum Abi {
  /** x86-64, called {@code amd64} by Java. */
  X86_64(0x4000, 0x10000, 0x20000),
  /** 64-bit ARM. */
  AARCH64(0x10000, 0x4000, 0x8000);

  private final int openDirect;
  private final int openDirectory;
  private final int openNoFollow;

  Abi(int openDirect, int openDirectory, int openNoFollow) {
    this.openDirect = openDirect;
    this.openDirectory = openDirectory;
    this.openNoFollow = openNoFollow;
  }

  /**
   * The architecture that this process runs on.
   *
   * @throws UnsupportedOperationException on any but x86-64 and aarch64 Linux
   */
  public static Abi current() {
    return Current.ABI;
  }

  /** Whether this process runs on this architecture; on an unknown one none says so. */
  boolean isCurrent() {
    return is(operatingSystem(), architecture());
  }

  /**
   * The architecture by the names that Java gives it.
   *
   * @param operatingSystem the system property {@code os.name}
   * @param architecture the system property {@code os.arch}
   * @throws UnsupportedOperationException on any but x86-64 and aarch64 Linux
   */
  static Abi of(String operatingSystem, String architecture) {
    Abi known = known(operatingSystem, architecture);
    if (known != null) {
      return known;
    }
    throw new UnsupportedOperationException(
        "This library knows the system calls of Linux on x86-64 and aarch64, and this is "
            + operatingSystem
            + " on "
            + architecture
            + ": run it on a 64-bit x86 or ARM Linux with a 64-bit Java.");
  }

  /** Whether those names are this architecture's; never an exception, whatever they are. */
  boolean is(String operatingSystem, String architecture) {
    return known(operatingSystem, architecture) == this;
  }

  private static @Nullable Abi known(String operatingSystem, String architecture) {
    if (!operatingSystem.equals("Linux")) {
      return null;
    }
    return switch (architecture.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> null;
    };
  }

  /** {@code O_DIRECT}: transfers go past the page cache. */
  public int openDirect() {
    return openDirect;
  }

  /** {@code O_DIRECTORY}: refuse what is not a directory. */
  public int openDirectory() {
    return openDirectory;
  }

  /** {@code O_NOFOLLOW}: refuse a symbolic link in the last place. */
  public int openNoFollow() {
    return openNoFollow;
  }

  /** Looked up at first use, so that naming this class alone never fails. */
  private static final class Current {
    static final Abi ABI = of(operatingSystem(), architecture());
  }

  private static String operatingSystem() {
    return System.getProperty("os.name", "");
  }

  private static String architecture() {
    return System.getProperty("os.arch", "");
  }
}
