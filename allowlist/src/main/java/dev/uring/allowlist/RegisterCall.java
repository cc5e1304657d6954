package dev.uring.allowlist;

import com.google.common.base.Ascii;
import java.util.Optional;

/**
 * The calls of {@code io_uring_register(2)}: all 36 of Linux 6.18, in the order of their numbers.
 *
 * <p>Numbers and names are those of {@code <linux/io_uring.h>}. {@link #REGISTER_SEND_MSG_RING} and
 * {@link #REGISTER_QUERY} can be made without naming a ring (file descriptor -1), and are then
 * bound by no ring's restrictions.
 */
public enum RegisterCall implements Permission {
  REGISTER_BUFFERS(0, "5.1"),
  UNREGISTER_BUFFERS(1, "5.1"),
  REGISTER_FILES(2, "5.1"),
  UNREGISTER_FILES(3, "5.1"),
  REGISTER_EVENTFD(4, "5.2"),
  UNREGISTER_EVENTFD(5, "5.2"),
  REGISTER_FILES_UPDATE(6, "5.5"),
  REGISTER_EVENTFD_ASYNC(7, "5.6"),
  REGISTER_PROBE(8, "5.6"),
  REGISTER_PERSONALITY(9, "5.6"),
  UNREGISTER_PERSONALITY(10, "5.6"),
  REGISTER_RESTRICTIONS(11, "5.10"),
  REGISTER_ENABLE_RINGS(12, "5.10"),
  REGISTER_FILES2(13, "5.13"),
  REGISTER_FILES_UPDATE2(14, "5.13"),
  REGISTER_BUFFERS2(15, "5.13"),
  REGISTER_BUFFERS_UPDATE(16, "5.13"),
  REGISTER_IOWQ_AFF(17, "5.14"),
  UNREGISTER_IOWQ_AFF(18, "5.14"),
  REGISTER_IOWQ_MAX_WORKERS(19, "5.15"),
  REGISTER_RING_FDS(20, "5.18"),
  UNREGISTER_RING_FDS(21, "5.18"),
  REGISTER_PBUF_RING(22, "5.19"),
  UNREGISTER_PBUF_RING(23, "5.19"),
  REGISTER_SYNC_CANCEL(24, "6.0"),
  REGISTER_FILE_ALLOC_RANGE(25, "6.0"),
  REGISTER_PBUF_STATUS(26, "6.8"),
  REGISTER_NAPI(27, "6.9"),
  UNREGISTER_NAPI(28, "6.9"),
  REGISTER_CLOCK(29, "6.12"),
  REGISTER_CLONE_BUFFERS(30, "6.12"),
  REGISTER_SEND_MSG_RING(31, "6.13"),
  REGISTER_ZCRX_IFQ(32, "6.15"),
  REGISTER_RESIZE_RINGS(33, "6.13"),
  REGISTER_MEM_REGION(34, "6.13"),
  REGISTER_QUERY(35, "6.18");

  private static final RegisterCall[] BY_CODE = values();

  private final int code;
  private final String since;

  RegisterCall(int code, String since) {
    this.code = code;
    this.since = since;
  }

  /**
   * The register call that has this number.
   *
   * @param code any number, without the bit {@code IORING_REGISTER_USE_REGISTERED_RING}; one that
   *     Linux 6.18 does not know, or a negative one, finds nothing
   */
  public static Optional<RegisterCall> ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? Optional.of(BY_CODE[code]) : Optional.empty();
  }

  /** The {@code opcode} argument of {@code io_uring_register(2)}, 0 to 35. */
  public int code() {
    return code;
  }

  @Override
  public String kernelName() {
    return "IORING_" + name();
  }

  @Override
  public String textName() {
    return Ascii.toLowerCase(name());
  }

  @Override
  public String since() {
    return since;
  }
}
