package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;

import dev.uring.nbd.NbdProtocol.TransmissionFlag;

/**
 * What a client is told about one disk: its name, size, block sizes and abilities. Immutable.
 *
 * <p>An ability may be switched on only if the disk behind the export has it; the flags are a
 * promise (proto.md, "Transmission flags" and "Size constraints").
 */
public final class NbdExport {

  private final String name;
  private final String description;
  private final long size;
  private final int minimumBlockSize;
  private final int preferredBlockSize;
  private final int maximumBlockSize;
  private final int transmissionFlags;

  private NbdExport(Builder builder) {
    name = builder.name;
    description = builder.description;
    size = builder.size;
    minimumBlockSize = builder.minimumBlockSize;
    preferredBlockSize = builder.effectivePreferredBlockSize();
    maximumBlockSize = builder.maximumBlockSize;
    transmissionFlags = builder.effectiveFlags();
  }

  /**
   * Starts an export that can be read and written, with no other ability and the protocol's default
   * block sizes.
   *
   * @param name at most 4096 bytes of UTF-8 without NUL; empty for the default export
   * @param size in bytes, not negative
   * @throws IllegalArgumentException if the name or the size is out of range
   */
  public static Builder builder(String name, long size) {
    return new Builder(name, size);
  }

  public String name() {
    return name;
  }

  /** Text for a person to read; empty if there is none. */
  public String description() {
    return description;
  }

  /** In bytes; a multiple of {@link #minimumBlockSize()}. */
  public long size() {
    return size;
  }

  /** Every offset and length must be a multiple of this many bytes; a power of two up to 64 KiB. */
  public int minimumBlockSize() {
    return minimumBlockSize;
  }

  /** Requests of at least this many bytes, aligned to it, are served best. */
  public int preferredBlockSize() {
    return preferredBlockSize;
  }

  /** Most bytes that one READ or WRITE may carry. */
  public int maximumBlockSize() {
    return maximumBlockSize;
  }

  /** The 16 bits that a client is sent: {@link TransmissionFlag}, HAS_FLAGS always among them. */
  public int transmissionFlags() {
    return transmissionFlags;
  }

  public boolean readOnly() {
    return has(TransmissionFlag.READ_ONLY);
  }

  public boolean flush() {
    return has(TransmissionFlag.SEND_FLUSH);
  }

  public boolean fua() {
    return has(TransmissionFlag.SEND_FUA);
  }

  public boolean rotational() {
    return has(TransmissionFlag.ROTATIONAL);
  }

  /** Never on a read-only export. */
  public boolean trim() {
    return has(TransmissionFlag.SEND_TRIM);
  }

  /** Never on a read-only export. */
  public boolean writeZeroes() {
    return has(TransmissionFlag.SEND_WRITE_ZEROES);
  }

  /** Only together with {@link #writeZeroes()}. */
  public boolean fastZero() {
    return has(TransmissionFlag.SEND_FAST_ZERO);
  }

  public boolean cache() {
    return has(TransmissionFlag.SEND_CACHE);
  }

  public boolean multiConn() {
    return has(TransmissionFlag.CAN_MULTI_CONN);
  }

  /** Whether a client that never asks for block sizes would guess these right. */
  boolean hasDefaultConstraints() {
    return minimumBlockSize == 1 && maximumBlockSize == NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD;
  }

  private boolean has(int flag) {
    return (transmissionFlags & flag) != 0;
  }

  @Override
  public String toString() {
    return "NBD export '%s' of %d bytes, blocks %d/%d/%d, flags 0x%x"
        .formatted(
            name, size, minimumBlockSize, preferredBlockSize, maximumBlockSize, transmissionFlags);
  }

  /** Collects what an export is; may be changed and built from again. Not for several threads. */
  public static final class Builder {
    private final String name;
    private final long size;
    private String description = "";
    private int minimumBlockSize = 1;
    private int preferredBlockSize;
    private int maximumBlockSize = NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD;
    private int flags = TransmissionFlag.HAS_FLAGS;

    private Builder(String name, long size) {
      checkArgument(
          NbdStrings.isAcceptable(name),
          "An export name is at most %s bytes of UTF-8 without NUL characters; choose a shorter or"
              + " plainer name.",
          NbdProtocol.MAXIMUM_STRING_BYTES);
      checkArgument(size >= 0, "An export cannot have a negative size (%s bytes).", size);
      this.name = name;
      this.size = size;
    }

    /**
     * Text for a person who looks at the list of exports.
     *
     * @throws IllegalArgumentException if the text is longer than 4096 bytes or contains NUL
     */
    public Builder description(String text) {
      checkArgument(
          NbdStrings.isAcceptable(text),
          "A description is at most %s bytes of UTF-8 without NUL characters; shorten it.",
          NbdProtocol.MAXIMUM_STRING_BYTES);
      description = text;
      return this;
    }

    /**
     * Unless called: 1, any byte of the disk can be addressed.
     *
     * @param bytes a power of two, 1 to 65,536
     */
    public Builder minimumBlockSize(int bytes) {
      checkArgument(
          isPowerOfTwo(bytes) && bytes <= NbdProtocol.LARGEST_MINIMUM_BLOCK_SIZE,
          "A minimum block size is a power of two from 1 to 65536, not %s.",
          bytes);
      minimumBlockSize = bytes;
      return this;
    }

    /**
     * Unless called: 4096, or the minimum block size if that is larger.
     *
     * @param bytes a power of two, 512 to 32 MiB
     */
    public Builder preferredBlockSize(int bytes) {
      checkArgument(
          isPowerOfTwo(bytes)
              && bytes >= NbdProtocol.SMALLEST_PREFERRED_BLOCK_SIZE
              && bytes <= NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD,
          "A preferred block size is a power of two from 512 to 33554432, not %s.",
          bytes);
      preferredBlockSize = bytes;
      return this;
    }

    /**
     * Unless called: 32 MiB, which is also the most; clients that do not ask assume it.
     *
     * @param bytes up to 32 MiB; checked against the other sizes by {@link #build()}
     */
    public Builder maximumBlockSize(int bytes) {
      checkArgument(
          bytes > 0 && bytes <= NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD,
          "A maximum block size is 1 to 33554432 bytes, not %s.",
          bytes);
      maximumBlockSize = bytes;
      return this;
    }

    /** The server refuses to change the disk; trim and write-zeroes are then not offered either. */
    public Builder readOnly(boolean on) {
      return flag(TransmissionFlag.READ_ONLY, on);
    }

    public Builder flush(boolean on) {
      return flag(TransmissionFlag.SEND_FLUSH, on);
    }

    /** A request with FUA is answered only when what it wrote is on non-volatile storage. */
    public Builder fua(boolean on) {
      return flag(TransmissionFlag.SEND_FUA, on);
    }

    public Builder rotational(boolean on) {
      return flag(TransmissionFlag.ROTATIONAL, on);
    }

    public Builder trim(boolean on) {
      return flag(TransmissionFlag.SEND_TRIM, on);
    }

    public Builder writeZeroes(boolean on) {
      return flag(TransmissionFlag.SEND_WRITE_ZEROES, on);
    }

    /** Has an effect only together with {@link #writeZeroes}. */
    public Builder fastZero(boolean on) {
      return flag(TransmissionFlag.SEND_FAST_ZERO, on);
    }

    public Builder cache(boolean on) {
      return flag(TransmissionFlag.SEND_CACHE, on);
    }

    /** A flush on one connection covers the writes acknowledged on all of them. */
    public Builder multiConn(boolean on) {
      return flag(TransmissionFlag.CAN_MULTI_CONN, on);
    }

    /**
     * Makes the export, if its sizes agree.
     *
     * @throws IllegalArgumentException if the sizes do not fit each other; the message says which
     */
    public NbdExport build() {
      int preferred = effectivePreferredBlockSize();
      checkArgument(
          preferred >= minimumBlockSize,
          "The preferred block size (%s) is smaller than the minimum block size (%s).",
          preferred,
          minimumBlockSize);
      checkArgument(
          maximumBlockSize >= preferred && maximumBlockSize % minimumBlockSize == 0,
          "The maximum block size (%s) must be a multiple of the minimum (%s) and not smaller than"
              + " the preferred block size (%s).",
          maximumBlockSize,
          minimumBlockSize,
          preferred);
      checkArgument(
          size % minimumBlockSize == 0,
          "The size %s is not a multiple of the block size %s, so its last bytes could never be"
              + " reached; change one of the two.",
          size,
          minimumBlockSize);
      return new NbdExport(this);
    }

    private int effectivePreferredBlockSize() {
      return preferredBlockSize != 0
          ? preferredBlockSize
          : Math.max(NbdProtocol.DEFAULT_PREFERRED_BLOCK_SIZE, minimumBlockSize);
    }

    private int effectiveFlags() {
      int effective = flags;
      if ((effective & TransmissionFlag.READ_ONLY) != 0) {
        effective &= ~(TransmissionFlag.SEND_TRIM | TransmissionFlag.SEND_WRITE_ZEROES);
      }
      if ((effective & TransmissionFlag.SEND_WRITE_ZEROES) == 0) {
        effective &= ~TransmissionFlag.SEND_FAST_ZERO;
      }
      return effective;
    }

    private Builder flag(int flag, boolean on) {
      flags = on ? flags | flag : flags & ~flag;
      return this;
    }

    private static boolean isPowerOfTwo(int value) {
      return value > 0 && (value & (value - 1)) == 0;
    }
  }
}
