package dev.uring.allowlist;

import static dev.uring.allowlist.EntryFlag.ASYNC;
import static dev.uring.allowlist.EntryFlag.FIXED_FILE;
import static dev.uring.allowlist.EntryFlag.IO_HARDLINK;
import static dev.uring.allowlist.EntryFlag.IO_LINK;
import static dev.uring.allowlist.RegisterCall.REGISTER_FILES_UPDATE;
import static dev.uring.allowlist.RegisterCall.REGISTER_PBUF_RING;
import static dev.uring.allowlist.RegisterCall.REGISTER_PBUF_STATUS;
import static dev.uring.allowlist.RegisterCall.REGISTER_SYNC_CANCEL;
import static dev.uring.allowlist.RegisterCall.UNREGISTER_PBUF_RING;
import static dev.uring.allowlist.UringOperation.*;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.stream.Stream;

/** The presets; what each is for is said at its method of {@link URingAllowlist}. */
final class Presets {
  static final URingAllowlist NOTHING = URingAllowlist.builder().buildNamed("nothing");

  static final URingAllowlist CLOSED_BLOCK_DEVICE_READ_ONLY =
      URingAllowlist.builder()
          .allow(NOP, READ, READV, READ_FIXED, READV_FIXED, FADVISE)
          .allow(POLL_ADD, POLL_REMOVE, ASYNC_CANCEL)
          .allowFlags(IO_LINK, IO_HARDLINK, ASYNC)
          .requireFlags(FIXED_FILE)
          .buildNamed("closed-block-device-read-only");

  static final URingAllowlist CLOSED_BLOCK_DEVICE =
      CLOSED_BLOCK_DEVICE_READ_ONLY.toBuilder()
          .allow(WRITE, WRITEV, WRITE_FIXED, WRITEV_FIXED)
          .allow(FSYNC, SYNC_FILE_RANGE, FALLOCATE)
          .buildNamed("closed-block-device");

  static final URingAllowlist CLOSED_BLOCK_SERVER =
      server(CLOSED_BLOCK_DEVICE).buildNamed("closed-block-server");

  static final URingAllowlist CLOSED_BLOCK_SERVER_READ_ONLY =
      server(CLOSED_BLOCK_DEVICE_READ_ONLY).buildNamed("closed-block-server-read-only");

  static final URingAllowlist MUTABLE_BLOCK_DEVICE =
      CLOSED_BLOCK_DEVICE.toBuilder()
          .allowRegister(REGISTER_FILES_UPDATE)
          .buildNamed("mutable-block-device");

  static final URingAllowlist MUTABLE_BLOCK_DEVICE_READ_ONLY =
      CLOSED_BLOCK_DEVICE_READ_ONLY.toBuilder()
          .allowRegister(REGISTER_FILES_UPDATE)
          .buildNamed("mutable-block-device-read-only");

  static final URingAllowlist SERVICE =
      URingAllowlist.builder()
          .allow(SOCKET, BIND, LISTEN, ACCEPT, CONNECT, SHUTDOWN, CLOSE)
          .allow(SEND, SENDMSG, SEND_ZC, SENDMSG_ZC, RECV, RECVMSG)
          .allow(READ, READV, READ_FIXED, READV_FIXED, READ_MULTISHOT)
          .allow(WRITE, WRITEV, WRITE_FIXED, WRITEV_FIXED)
          .allow(POLL_ADD, POLL_REMOVE, TIMEOUT, TIMEOUT_REMOVE, LINK_TIMEOUT, ASYNC_CANCEL, NOP)
          .allow(PROVIDE_BUFFERS, REMOVE_BUFFERS)
          .allowRegister(REGISTER_FILES_UPDATE, REGISTER_SYNC_CANCEL)
          .allowRegister(REGISTER_PBUF_RING, UNREGISTER_PBUF_RING, REGISTER_PBUF_STATUS)
          .allowFlags(EntryFlag.values())
          .buildNamed("service");

  static final Map<String, URingAllowlist> BY_NAME =
      Stream.of(
              NOTHING,
              CLOSED_BLOCK_DEVICE,
              CLOSED_BLOCK_DEVICE_READ_ONLY,
              CLOSED_BLOCK_SERVER,
              CLOSED_BLOCK_SERVER_READ_ONLY,
              MUTABLE_BLOCK_DEVICE,
              MUTABLE_BLOCK_DEVICE_READ_ONLY,
              SERVICE)
          .collect(ImmutableMap.toImmutableMap(p -> p.name().orElseThrow(), p -> p));

  private Presets() {}

  // Sockets are read and written like files: RECVMSG and SENDMSG would let descriptors through, and
  // SEND can be given an address to connect to.
  private static AllowlistBuilder server(URingAllowlist device) {
    return device.toBuilder().allow(ACCEPT, SHUTDOWN, WRITE, WRITEV);
  }
}
