package dev.uring.allowlist;

import com.google.common.base.Ascii;
import java.util.Optional;

/**
 * The requests that a submission queue entry can carry: all 63 of Linux 6.18, in the order of their
 * numbers.
 *
 * <p>Numbers and names are those of {@code enum io_uring_op} in {@code <linux/io_uring.h>}; what
 * each request does is said in {@code io_uring_enter(2)}. A number, once given, is never reused.
 */
public enum UringOperation implements Permission {
  NOP(0, "5.1"),
  READV(1, "5.1"),
  WRITEV(2, "5.1"),
  FSYNC(3, "5.1"),
  READ_FIXED(4, "5.1"),
  WRITE_FIXED(5, "5.1"),
  POLL_ADD(6, "5.1"),
  POLL_REMOVE(7, "5.1"),
  SYNC_FILE_RANGE(8, "5.2"),
  SENDMSG(9, "5.3"),
  RECVMSG(10, "5.3"),
  TIMEOUT(11, "5.4"),
  TIMEOUT_REMOVE(12, "5.5"),
  ACCEPT(13, "5.5"),
  ASYNC_CANCEL(14, "5.5"),
  LINK_TIMEOUT(15, "5.5"),
  CONNECT(16, "5.5"),
  FALLOCATE(17, "5.6"),
  OPENAT(18, "5.6"),
  CLOSE(19, "5.6"),
  FILES_UPDATE(20, "5.6"),
  STATX(21, "5.6"),
  READ(22, "5.6"),
  WRITE(23, "5.6"),
  FADVISE(24, "5.6"),
  MADVISE(25, "5.6"),
  SEND(26, "5.6"),
  RECV(27, "5.6"),
  OPENAT2(28, "5.6"),
  EPOLL_CTL(29, "5.6"),
  SPLICE(30, "5.7"),
  PROVIDE_BUFFERS(31, "5.7"),
  REMOVE_BUFFERS(32, "5.7"),
  TEE(33, "5.8"),
  SHUTDOWN(34, "5.11"),
  RENAMEAT(35, "5.11"),
  UNLINKAT(36, "5.11"),
  MKDIRAT(37, "5.15"),
  SYMLINKAT(38, "5.15"),
  LINKAT(39, "5.15"),
  MSG_RING(40, "5.18"),
  FSETXATTR(41, "5.19"),
  SETXATTR(42, "5.19"),
  FGETXATTR(43, "5.19"),
  GETXATTR(44, "5.19"),
  SOCKET(45, "5.19"),
  URING_CMD(46, "5.19"),
  SEND_ZC(47, "6.0"),
  SENDMSG_ZC(48, "6.1"),
  READ_MULTISHOT(49, "6.7"),
  WAITID(50, "6.7"),
  FUTEX_WAIT(51, "6.7"),
  FUTEX_WAKE(52, "6.7"),
  FUTEX_WAITV(53, "6.7"),
  FIXED_FD_INSTALL(54, "6.8"),
  FTRUNCATE(55, "6.9"),
  BIND(56, "6.11"),
  LISTEN(57, "6.11"),
  RECV_ZC(58, "6.15"),
  EPOLL_WAIT(59, "6.15"),
  READV_FIXED(60, "6.15"),
  WRITEV_FIXED(61, "6.15"),
  PIPE(62, "6.16");

  private static final UringOperation[] BY_CODE = values();

  private final int code;
  private final String since;

  UringOperation(int code, String since) {
    this.code = code;
    this.since = since;
  }

  /**
   * The request that has this number.
   *
   * @param code any number; one that Linux 6.18 does not know, or a negative one, finds nothing
   */
  public static Optional<UringOperation> ofCode(int code) {
    return code >= 0 && code < BY_CODE.length ? Optional.of(BY_CODE[code]) : Optional.empty();
  }

  /** The number in the entry's {@code opcode} field, 0 to 62. */
  public int code() {
    return code;
  }

  @Override
  public String kernelName() {
    return "IORING_OP_" + name();
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
