package dev.uring.disk;

import org.jspecify.annotations.Nullable;

/** An image that cannot be served, or was asked for in a way that makes no sense. */
public final class DiskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean usage;

  private DiskException(String message, boolean usage, @Nullable Throwable cause) {
    super(message, cause);
    this.usage = usage;
  }

  /** What was asked is wrong, whatever the image is. */
  static DiskException usage(String message) {
    return new DiskException(message, true, null);
  }

  /** The image, or the machine it lies on, does not allow what was asked. */
  static DiskException failure(String message) {
    return new DiskException(message, false, null);
  }

  /** The image, or the machine it lies on, does not allow what was asked. */
  static DiskException failure(String message, Throwable cause) {
    return new DiskException(message, false, cause);
  }

  /** Whether the request was wrong in itself, rather than impossible here. */
  public boolean isUsage() {
    return usage;
  }

  /** The exit status for a program that ends because of this: 2 for wrong usage, else 1. */
  public int exitStatus() {
    return usage ? 2 : 1;
  }
}
