package dev.uring.ring;

import dev.uring.ring.Capability.Kind;
import java.util.List;

/**
 * What came after Linux 6.18 and this library can name but not use, so that a newer kernel is
 * described rightly. From {@code <linux/io_uring.h>}.
 */
final class LaterNames {
  static final Later ZERO_COPY_CONTROL =
      new Later(Kind.REGISTER_CALL, 36, "IORING_REGISTER_ZCRX_CTRL", "6.19");

  static final Later REQUEST_FILTER =
      new Later(Kind.REGISTER_CALL, 37, "IORING_REGISTER_BPF_FILTER", "7.0");

  private static final List<Later> ALL =
      List.of(
          new Later(Kind.REQUEST, 63, "IORING_OP_NOP128", "6.19"),
          new Later(Kind.REQUEST, 64, "IORING_OP_URING_CMD128", "6.19"),
          ZERO_COPY_CONTROL,
          REQUEST_FILTER);

  private LaterNames() {}

  /** One of them. */
  record Later(Kind kind, int number, String kernelName, String since) {}

  /** All of a kind, by number. */
  static List<Later> of(Kind kind) {
    return ALL.stream().filter(later -> later.kind() == kind).toList();
  }
}
