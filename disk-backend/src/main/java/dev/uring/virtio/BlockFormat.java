package dev.uring.virtio;

/** The numbers of the block device's requests and configuration (5.2.4 and 5.2.6). */
final class BlockFormat {
  /** The unit of everything in the protocol, whatever the block size. */
  static final int SECTOR = 512;

  static final int SECTOR_SHIFT = 9;

  static final int TYPE_IN = 0;
  static final int TYPE_OUT = 1;
  static final int TYPE_FLUSH = 4;
  static final int TYPE_GET_ID = 8;
  static final int TYPE_DISCARD = 11;
  static final int TYPE_WRITE_ZEROES = 13;

  static final int STATUS_OK = 0;
  static final int STATUS_IOERR = 1;
  static final int STATUS_UNSUPP = 2;

  /** { le32 type; le32 reserved; le64 sector }. */
  static final int HEADER_BYTES = 16;

  static final int HEADER_TYPE = 0;
  static final int HEADER_SECTOR = 8;

  static final int ID_BYTES = 20;

  /** { le64 sector; le32 sectors; le32 flags } of discards and of writing zeros. */
  static final int RANGE_BYTES = 16;

  static final int RANGE_SECTORS = 8;
  static final int RANGE_FLAGS = 12;
  static final int RANGE_FLAG_UNMAP = 1;

  static final int CONFIG_CAPACITY = 0;
  static final int CONFIG_SIZE_MAX = 8;
  static final int CONFIG_SEG_MAX = 12;
  static final int CONFIG_CYLINDERS = 16;
  static final int CONFIG_HEADS = 18;
  static final int CONFIG_SECTORS = 19;
  static final int CONFIG_BLK_SIZE = 20;
  static final int CONFIG_PHYSICAL_BLOCK_EXP = 24;
  static final int CONFIG_MIN_IO_SIZE = 26;
  static final int CONFIG_OPT_IO_SIZE = 28;
  static final int CONFIG_WRITEBACK = 32;
  static final int CONFIG_NUM_QUEUES = 34;
  static final int CONFIG_MAX_DISCARD_SECTORS = 36;
  static final int CONFIG_MAX_DISCARD_SEG = 40;
  static final int CONFIG_DISCARD_SECTOR_ALIGNMENT = 44;
  static final int CONFIG_MAX_WRITE_ZEROES_SECTORS = 48;
  static final int CONFIG_MAX_WRITE_ZEROES_SEG = 52;
  static final int CONFIG_WRITE_ZEROES_MAY_UNMAP = 56;
  static final int CONFIG_BYTES = 60;

  private BlockFormat() {}
}
