package dev.uring.nbd;

/**
 * What a server told its client about an export.
 *
 * @param name the server's own name for it
 * @param description for a person to read; may be empty
 * @param size in bytes
 * @param transmissionFlags 16 bits of {@link NbdProtocol.TransmissionFlag}
 * @param blockSizes what the server asked for, or the protocol's defaults
 */
public record RemoteExport(
    String name, String description, long size, int transmissionFlags, BlockSizes blockSizes) {

  /** Whether all of these {@link NbdProtocol.TransmissionFlag} bits are set. */
  public boolean has(int flags) {
    return (transmissionFlags & flags) == flags;
  }

  /**
   * Size constraints, in bytes (proto.md, "Size constraints").
   *
   * @param minimum offsets and lengths are multiples of it; a power of two up to 64 KiB
   * @param preferred aligned requests of this size are served best
   * @param maximum most that one request may carry; at most 32 MiB, whatever the server offers
   */
  public record BlockSizes(int minimum, int preferred, int maximum) {

    /** What holds for a server that says nothing. */
    public static final BlockSizes DEFAULT =
        new BlockSizes(
            1, NbdProtocol.DEFAULT_PREFERRED_BLOCK_SIZE, NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD);
  }
}
