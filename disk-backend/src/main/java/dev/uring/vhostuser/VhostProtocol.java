package dev.uring.vhostuser;

/** Numbers of the protocol: messages, features and sizes. */
final class VhostProtocol {
  static final int GET_FEATURES = 1;
  static final int SET_FEATURES = 2;
  static final int SET_OWNER = 3;
  static final int RESET_OWNER = 4;
  static final int SET_MEM_TABLE = 5;
  static final int SET_VRING_NUM = 8;
  static final int SET_VRING_ADDR = 9;
  static final int SET_VRING_BASE = 10;
  static final int GET_VRING_BASE = 11;
  static final int SET_VRING_KICK = 12;
  static final int SET_VRING_CALL = 13;
  static final int SET_VRING_ERR = 14;
  static final int GET_PROTOCOL_FEATURES = 15;
  static final int SET_PROTOCOL_FEATURES = 16;
  static final int GET_QUEUE_NUM = 17;
  static final int SET_VRING_ENABLE = 18;
  static final int SET_BACKEND_REQ_FD = 21;
  static final int GET_CONFIG = 24;
  static final int SET_CONFIG = 25;
  static final int RESET_DEVICE = 34;
  static final int GET_MAX_MEM_SLOTS = 36;
  static final int ADD_MEM_REG = 37;
  static final int REM_MEM_REG = 38;
  static final int SET_STATUS = 39;
  static final int GET_STATUS = 40;

  /** Sent the other way: that the configuration is to be read again. */
  static final int BACKEND_CONFIG_CHANGE = 2;

  /** Among the virtio features: that there are protocol features, and that rings begin disabled. */
  static final long FEATURE_PROTOCOL_FEATURES = 1L << 30;

  static final long PROTOCOL_MQ = 1L;
  static final long PROTOCOL_REPLY_ACK = 1L << 3;
  static final long PROTOCOL_BACKEND_REQ = 1L << 5;
  static final long PROTOCOL_CONFIG = 1L << 9;
  static final long PROTOCOL_RESET_DEVICE = 1L << 13;
  static final long PROTOCOL_CONFIGURE_MEM_SLOTS = 1L << 15;
  static final long PROTOCOL_STATUS = 1L << 16;

  /** All of the protocol that there is here. */
  static final long PROTOCOL_FEATURES =
      PROTOCOL_MQ
          | PROTOCOL_REPLY_ACK
          | PROTOCOL_BACKEND_REQ
          | PROTOCOL_CONFIG
          | PROTOCOL_RESET_DEVICE
          | PROTOCOL_CONFIGURE_MEM_SLOTS
          | PROTOCOL_STATUS;

  /** { u32 request; u32 flags; u32 payload size }. */
  static final int HEADER_BYTES = 12;

  static final int FLAG_VERSION_MASK = 3;
  static final int FLAG_VERSION_1 = 1;
  static final int FLAG_REPLY = 4;
  static final int FLAG_NEED_REPLY = 8;

  /** More than any message has; none is larger than 12 + 256 bytes of configuration. */
  static final int MOST_PAYLOAD_BYTES = 4096;

  static final int U64_BYTES = 8;

  /** { u32 index; u32 number }. */
  static final int VRING_STATE_BYTES = 8;

  /** { u32 index; u32 flags; u64 descriptors, used, available, log }. */
  static final int VRING_ADDRESS_BYTES = 40;

  /** { u64 guest address, size, front end's address, file offset }. */
  static final int REGION_BYTES = 32;

  /** { u32 regions; u32 padding }, or { u64 padding } before a single region. */
  static final int REGION_HEADER_BYTES = 8;

  /** How many regions a SET_MEM_TABLE has at most. */
  static final int TABLE_REGIONS = 8;

  /** { u32 offset; u32 size; u32 flags } before the bytes of the configuration. */
  static final int CONFIG_HEADER_BYTES = 12;

  static final int CONFIG_SPACE_BYTES = 256;

  /** Where a block device's configuration says whether it caches writes (virtio 5.2.4). */
  static final int CONFIG_WRITEBACK = 32;

  /** In the payload of SET_VRING_KICK, CALL and ERR: which ring, and that no descriptor comes. */
  static final long RING_INDEX_MASK = 0xff;

  static final long RING_WITHOUT_DESCRIPTOR = 0x100;

  private VhostProtocol() {}

  /**
   * Whether a message has an answer of its own, which a wish for an acknowledgement adds nothing
   * to.
   */
  static boolean isAnswered(int request) {
    return switch (request) {
      case GET_FEATURES,
          GET_PROTOCOL_FEATURES,
          GET_QUEUE_NUM,
          GET_VRING_BASE,
          GET_CONFIG,
          GET_MAX_MEM_SLOTS,
          GET_STATUS ->
          true;
      default -> false;
    };
  }
}
