package dev.uring.nbd;

import dev.uring.nbd.NbdProtocol.Command;
import dev.uring.nbd.NbdProtocol.CommandFlag;
import dev.uring.nbd.NbdProtocol.ErrorNumber;

/**
 * Which requests an export accepts, and with which error it answers the others.
 *
 * <p>Offsets are unsigned 64-bit numbers, lengths 0 to 2³²-1 as {@link NbdRequest#length} gives
 * them; no sum of the two is ever formed. Nothing is allocated. Source: proto.md, "Size
 * constraints", "Command flags", "Request types" and "Error values".
 */
final class NbdRules {

  /**
   * Most bytes of a refused WRITE that are read and thrown away before its error is sent. The
   * protocol asks not to treat payloads up to 32 MiB as an attack even where less was advertised.
   */
  static final int MAXIMUM_DRAINED_BYTES = NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD;

  private NbdRules() {}

  /** Bytes that follow the request's header, whether or not the request is accepted. */
  static long payloadBytes(int type, long length) {
    return type == Command.WRITE ? length : 0;
  }

  /**
   * Whether the request carries more than will be read even to be thrown away: the connection is to
   * be closed without a reply. If not, and {@link #check} finds an error, exactly {@link
   * #payloadBytes} are to be dropped before the next header.
   */
  static boolean mustClose(int type, long length) {
    return payloadBytes(type, length) > MAXIMUM_DRAINED_BYTES;
  }

  /**
   * What to answer to a request before the disk is asked: 0 if the disk may be asked, else one of
   * {@link ErrorNumber}. An accepted request with an offset and a length lies within the export, is
   * not empty, and is aligned to the minimum block size.
   *
   * <p>DISC is always accepted; it has no reply.
   *
   * @param type 16 bits of {@link Command}
   * @param flags 16 bits of {@link CommandFlag}
   */
  static int check(NbdExport export, int type, int flags, long offset, long length) {
    return switch (type) {
      case Command.READ ->
          accepts(export, flags, 0)
              ? checkPayload(export, offset, length, ErrorNumber.EINVAL)
              : ErrorNumber.EINVAL;
      case Command.CACHE ->
          export.cache() && accepts(export, flags, 0)
              ? checkRange(export, offset, length, ErrorNumber.EINVAL)
              : ErrorNumber.EINVAL;
      case Command.FLUSH -> {
        boolean wellFormed = accepts(export, flags, 0) && offset == 0 && length == 0;
        yield export.flush() && wellFormed ? 0 : ErrorNumber.EINVAL;
      }
      case Command.WRITE, Command.TRIM, Command.WRITE_ZEROES ->
          export.readOnly() ? ErrorNumber.EPERM : checkChange(export, type, flags, offset, length);
      case Command.DISC -> 0;
      default -> ErrorNumber.EINVAL;
    };
  }

  private static int checkChange(NbdExport export, int type, int flags, long offset, long length) {
    return switch (type) {
      case Command.WRITE ->
          accepts(export, flags, 0)
              ? checkPayload(export, offset, length, ErrorNumber.ENOSPC)
              : ErrorNumber.EINVAL;
      case Command.TRIM ->
          export.trim() && accepts(export, flags, 0)
              ? checkRange(export, offset, length, ErrorNumber.EINVAL)
              : ErrorNumber.EINVAL;
      default -> {
        int own = CommandFlag.NO_HOLE | (export.fastZero() ? CommandFlag.FAST_ZERO : 0);
        yield export.writeZeroes() && accepts(export, flags, own)
            ? checkRange(export, offset, length, ErrorNumber.ENOSPC)
            : ErrorNumber.EINVAL;
      }
    };
  }

  /** FUA is good on every command once it is advertised, also where it means nothing. */
  private static boolean accepts(NbdExport export, int flags, int ownFlags) {
    int allowed = ownFlags | (export.fua() ? CommandFlag.FUA : 0);
    return (flags & ~allowed) == 0;
  }

  private static int checkPayload(NbdExport export, long offset, long length, int errorBeyondEnd) {
    // EOVERFLOW is not for commands with a payload.
    return length > export.maximumBlockSize()
        ? ErrorNumber.EINVAL
        : checkRange(export, offset, length, errorBeyondEnd);
  }

  /** An empty request is unspecified; refusing it spares every disk the question what it means. */
  private static int checkRange(NbdExport export, long offset, long length, int errorBeyondEnd) {
    int misaligned = export.minimumBlockSize() - 1;
    if (length == 0 || ((offset | length) & misaligned) != 0) {
      return ErrorNumber.EINVAL;
    }
    boolean inside =
        Long.compareUnsigned(offset, export.size()) <= 0 && length <= export.size() - offset;
    return inside ? 0 : errorBeyondEnd;
  }
}
