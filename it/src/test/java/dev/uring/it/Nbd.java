package dev.uring.it;

/**
 * Numbers of the NBD protocol, from its specification (proto.md of the NetworkBlockDevice project),
 * written down a second time on purpose: a test that shared them with the server could not notice a
 * wrong one.
 */
final class Nbd {
  static final long GREETING = 0x4e42444d41474943L;
  static final long OPTION = 0x49484156454F5054L;
  static final long OPTION_REPLY = 0x3e889045565a9L;
  static final int REQUEST = 0x25609513;
  static final int REPLY = 0x67446698;

  static final int OPT_ABORT = 2;
  static final int OPT_LIST = 3;
  static final int OPT_INFO = 6;
  static final int OPT_GO = 7;

  static final int REP_ACK = 1;
  static final int REP_SERVER = 2;
  static final int REP_INFO = 3;
  static final int REP_ERROR = 1 << 31;
  static final int REP_ERR_UNSUP = REP_ERROR + 1;
  static final int REP_ERR_INVALID = REP_ERROR + 3;

  static final int INFO_EXPORT = 0;
  static final int INFO_BLOCK_SIZE = 3;

  static final int CMD_READ = 0;
  static final int CMD_WRITE = 1;
  static final int CMD_DISC = 2;
  static final int CMD_FLUSH = 3;
  static final int CMD_TRIM = 4;
  static final int CMD_CACHE = 5;
  static final int CMD_WRITE_ZEROES = 6;

  static final int FLAG_FUA = 1;
  static final int FLAG_NO_HOLE = 2;

  static final int EPERM = 1;
  static final int EIO = 5;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EOVERFLOW = 75;
  static final int ESHUTDOWN = 108;

  private Nbd() {}
}
