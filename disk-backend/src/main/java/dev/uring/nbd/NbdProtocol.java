package dev.uring.nbd;

/**
 * The numbers of the NBD protocol, in groups named after the sections of proto.md.
 *
 * <p>Multi-byte fields are unsigned and in network byte order. Everything the protocol defines has
 * its place here, including what this server does not offer yet; a constant's presence promises
 * nothing.
 */
public final class NbdProtocol {

  /** The port that IANA reserved for NBD ("Newstyle negotiation"). */
  public static final int DEFAULT_PORT = 10809;

  /** Longest string the protocol allows, in bytes of UTF-8 ("Conventions"). */
  public static final int MAXIMUM_STRING_BYTES = 4096;

  /**
   * Largest payload of one request that any server must be ready for, in bytes ("Size
   * constraints").
   */
  public static final int DEFAULT_MAXIMUM_PAYLOAD = 1 << 25;

  /** Largest minimum block size that may be advertised, in bytes ("Size constraints"). */
  public static final int LARGEST_MINIMUM_BLOCK_SIZE = 1 << 16;

  /** Smallest preferred block size that may be advertised, in bytes ("Size constraints"). */
  public static final int SMALLEST_PREFERRED_BLOCK_SIZE = 1 << 9;

  /** Preferred block size where none was advertised, in bytes ("Size constraints"). */
  public static final int DEFAULT_PREFERRED_BLOCK_SIZE = 1 << 12;

  private NbdProtocol() {}

  /** Magic numbers ("Newstyle negotiation", "Transmission"). */
  public static final class Magic {
    /** {@code NBDMAGIC}: first eight bytes from the server. */
    public static final long SERVER = 0x4e42444d41474943L;

    /** {@code IHAVEOPT}: second eight bytes from the server, and the start of every option. */
    public static final long OPTION = 0x49484156454F5054L;

    /** Start of every reply to an option. */
    public static final long OPTION_REPLY = 0x0003e889045565a9L;

    /** Start of a request. */
    public static final int REQUEST = 0x25609513;

    /** Start of a simple reply. */
    public static final int SIMPLE_REPLY = 0x67446698;

    /** Start of a structured reply chunk. */
    public static final int STRUCTURED_REPLY = 0x668e33ef;

    /** Start of a request once extended headers are negotiated (extension). */
    public static final int EXTENDED_REQUEST = 0x21e41c71;

    /** Start of a reply once extended headers are negotiated (extension). */
    public static final int EXTENDED_REPLY = 0x6e8a278c;

    private Magic() {}
  }

  /** 16 bits from the server ("Handshake flags"). */
  public static final class HandshakeFlag {
    public static final int FIXED_NEWSTYLE = 1;
    public static final int NO_ZEROES = 1 << 1;

    private HandshakeFlag() {}
  }

  /** 32 bits from the client ("Client flags"). */
  public static final class ClientFlag {
    public static final int FIXED_NEWSTYLE = 1;
    public static final int NO_ZEROES = 1 << 1;

    private ClientFlag() {}
  }

  /** 16 bits that say what an export can do ("Transmission flags"). */
  public static final class TransmissionFlag {
    public static final int HAS_FLAGS = 1;
    public static final int READ_ONLY = 1 << 1;
    public static final int SEND_FLUSH = 1 << 2;
    public static final int SEND_FUA = 1 << 3;
    public static final int ROTATIONAL = 1 << 4;
    public static final int SEND_TRIM = 1 << 5;
    public static final int SEND_WRITE_ZEROES = 1 << 6;
    public static final int SEND_DF = 1 << 7;
    public static final int CAN_MULTI_CONN = 1 << 8;
    public static final int SEND_RESIZE = 1 << 9;
    public static final int SEND_CACHE = 1 << 10;
    public static final int SEND_FAST_ZERO = 1 << 11;
    public static final int BLOCK_STATUS_PAYLOAD = 1 << 12;

    private TransmissionFlag() {}
  }

  /** What a client may ask during the handshake ("Option types"). */
  public static final class Option {
    public static final int EXPORT_NAME = 1;
    public static final int ABORT = 2;
    public static final int LIST = 3;

    /** Withdrawn; kept so that the number is not taken for another. */
    public static final int PEEK_EXPORT = 4;

    public static final int STARTTLS = 5;
    public static final int INFO = 6;
    public static final int GO = 7;
    public static final int STRUCTURED_REPLY = 8;
    public static final int LIST_META_CONTEXT = 9;
    public static final int SET_META_CONTEXT = 10;
    public static final int EXTENDED_HEADERS = 11;

    private Option() {}
  }

  /** How a server answers an option ("Option reply types"); errors have the top bit set. */
  public static final class OptionReply {
    public static final int ACK = 1;
    public static final int SERVER = 2;
    public static final int INFO = 3;
    public static final int META_CONTEXT = 4;

    /** Set in every error reply. */
    public static final int ERROR_BIT = 0x8000_0000;

    public static final int ERR_UNSUP = ERROR_BIT + 1;
    public static final int ERR_POLICY = ERROR_BIT + 2;
    public static final int ERR_INVALID = ERROR_BIT + 3;
    public static final int ERR_PLATFORM = ERROR_BIT + 4;
    public static final int ERR_TLS_REQD = ERROR_BIT + 5;
    public static final int ERR_UNKNOWN = ERROR_BIT + 6;
    public static final int ERR_SHUTDOWN = ERROR_BIT + 7;
    public static final int ERR_BLOCK_SIZE_REQD = ERROR_BIT + 8;
    public static final int ERR_TOO_BIG = ERROR_BIT + 9;
    public static final int ERR_EXT_HEADER_REQD = ERROR_BIT + 10;

    private OptionReply() {}
  }

  /** What INFO and GO may ask about an export ("Option reply types", NBD_REP_INFO). */
  public static final class Info {
    public static final int EXPORT = 0;
    public static final int NAME = 1;
    public static final int DESCRIPTION = 2;
    public static final int BLOCK_SIZE = 3;

    private Info() {}
  }

  /** What a request asks for ("Request types"). */
  public static final class Command {
    public static final int READ = 0;
    public static final int WRITE = 1;
    public static final int DISC = 2;
    public static final int FLUSH = 3;
    public static final int TRIM = 4;
    public static final int CACHE = 5;
    public static final int WRITE_ZEROES = 6;
    public static final int BLOCK_STATUS = 7;
    public static final int RESIZE = 8;

    private Command() {}
  }

  /** How a request wants it done ("Command flags"). */
  public static final class CommandFlag {
    public static final int FUA = 1;
    public static final int NO_HOLE = 1 << 1;
    public static final int DF = 1 << 2;
    public static final int REQ_ONE = 1 << 3;
    public static final int FAST_ZERO = 1 << 4;
    public static final int PAYLOAD_LEN = 1 << 5;

    private CommandFlag() {}
  }

  /** Structured reply chunks ("Structured reply flags", "Structured reply types"). */
  public static final class StructuredReply {
    public static final int FLAG_DONE = 1;

    public static final int NONE = 0;
    public static final int OFFSET_DATA = 1;
    public static final int OFFSET_HOLE = 2;
    public static final int BLOCK_STATUS = 5;
    public static final int BLOCK_STATUS_EXT = 6;

    /** Set in every error chunk. */
    public static final int ERROR_BIT = 1 << 15;

    public static final int ERROR = ERROR_BIT + 1;
    public static final int ERROR_OFFSET = ERROR_BIT + 2;

    private StructuredReply() {}
  }

  /**
   * Block states of the metadata context {@code base:allocation} ("base:allocation metadata
   * context").
   */
  public static final class BlockState {
    public static final int HOLE = 1;
    public static final int ZERO = 1 << 1;

    private BlockState() {}
  }

  /** The error field of a reply ("Error values"); Linux's numbers, on every system. */
  public static final class ErrorNumber {
    public static final int EPERM = 1;
    public static final int EIO = 5;
    public static final int ENOMEM = 12;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EOVERFLOW = 75;
    public static final int ENOTSUP = 95;
    public static final int ESHUTDOWN = 108;

    private ErrorNumber() {}
  }
}
