package dev.uring.allowlist;

import static dev.uring.allowlist.EntryFlag.FIXED_FILE;
import static dev.uring.allowlist.UringOperation.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PresetsTest {
  /** Every request that opens, makes or moves a file, or reaches out of the ring. */
  private static final Set<UringOperation> WAYS_TO_ANOTHER_FILE =
      EnumSet.of(
          OPENAT,
          OPENAT2,
          FILES_UPDATE,
          SOCKET,
          CONNECT,
          PIPE,
          ACCEPT,
          MSG_RING,
          FIXED_FD_INSTALL,
          SPLICE,
          TEE,
          EPOLL_CTL,
          URING_CMD,
          RENAMEAT,
          UNLINKAT,
          MKDIRAT,
          SYMLINKAT,
          LINKAT,
          SETXATTR,
          GETXATTR,
          STATX);

  private static final Set<UringOperation> WAYS_TO_CHANGE_A_FILE =
      EnumSet.of(
          WRITE,
          WRITEV,
          WRITE_FIXED,
          WRITEV_FIXED,
          FALLOCATE,
          FTRUNCATE,
          FSETXATTR,
          FSYNC,
          SYNC_FILE_RANGE);

  private static final Set<UringOperation> DOOR = EnumSet.of(ACCEPT, SHUTDOWN);

  static List<URingAllowlist> blockPresets() {
    return List.of(
        URingAllowlist.closedBlockDevice(),
        URingAllowlist.closedBlockDeviceReadOnly(),
        URingAllowlist.closedBlockServer(),
        URingAllowlist.closedBlockServerReadOnly(),
        URingAllowlist.mutableBlockDevice(),
        URingAllowlist.mutableBlockDeviceReadOnly());
  }

  static List<URingAllowlist> closedPresets() {
    return blockPresets().subList(0, 4);
  }

  static List<URingAllowlist> readOnlyPresets() {
    return List.of(
        URingAllowlist.closedBlockDeviceReadOnly(),
        URingAllowlist.closedBlockServerReadOnly(),
        URingAllowlist.mutableBlockDeviceReadOnly());
  }

  @Test
  void presets_are_found_by_their_names_in_a_fixed_order() {
    assertThat(URingAllowlist.presets().keySet())
        .containsExactly(
            "nothing",
            "closed-block-device",
            "closed-block-device-read-only",
            "closed-block-server",
            "closed-block-server-read-only",
            "mutable-block-device",
            "mutable-block-device-read-only",
            "service");
    for (Map.Entry<String, URingAllowlist> preset : URingAllowlist.presets().entrySet()) {
      assertThat(preset.getValue().name()).contains(preset.getKey());
    }
    assertThat(URingAllowlist.presets().get("closed-block-server"))
        .isSameAs(URingAllowlist.closedBlockServer());
  }

  @Test
  void nothing_permits_only_what_the_library_adds() {
    URingAllowlist nothing = URingAllowlist.nothing();

    assertThat(nothing.operations()).isEmpty();
    assertThat(nothing.registerCalls()).isEmpty();
    assertThat(nothing.effectiveAllowedFlags()).isEmpty();
    assertThat(nothing.effectiveOperations()).containsExactly(ASYNC_CANCEL);
  }

  @Test
  void the_closed_device_has_exactly_the_file_requests_of_the_design() {
    assertThat(URingAllowlist.closedBlockDevice().effectiveOperations())
        .containsExactlyInAnyOrder(
            NOP,
            READ,
            WRITE,
            READV,
            WRITEV,
            READ_FIXED,
            WRITE_FIXED,
            READV_FIXED,
            WRITEV_FIXED,
            FSYNC,
            FALLOCATE,
            FADVISE,
            SYNC_FILE_RANGE,
            POLL_ADD,
            POLL_REMOVE,
            ASYNC_CANCEL);
  }

  @ParameterizedTest
  @MethodSource("blockPresets")
  void every_block_preset_requires_registered_files(URingAllowlist preset) {
    assertThat(preset.requiredFlags()).containsExactly(FIXED_FILE);
    assertThat(preset.allowedFlags())
        .containsExactly(EntryFlag.IO_LINK, EntryFlag.IO_HARDLINK, EntryFlag.ASYNC);
  }

  @ParameterizedTest
  @MethodSource("closedPresets")
  void a_closed_preset_permits_no_register_call_but_the_librarys(URingAllowlist preset) {
    assertThat(preset.registerCalls()).isEmpty();
    assertThat(preset.effectiveRegisterCalls())
        .containsExactly(
            RegisterCall.UNREGISTER_FILES,
            RegisterCall.UNREGISTER_RING_FDS,
            RegisterCall.REGISTER_SYNC_CANCEL);
  }

  @ParameterizedTest
  @MethodSource("blockPresets")
  void no_block_preset_has_a_way_to_another_file_but_the_servers_accept(URingAllowlist preset) {
    EnumSet<UringOperation> ways = EnumSet.copyOf(WAYS_TO_ANOTHER_FILE);
    ways.retainAll(preset.effectiveOperations());

    boolean server = preset.name().orElseThrow().contains("server");
    assertThat(ways).isEqualTo(server ? EnumSet.of(ACCEPT) : EnumSet.noneOf(UringOperation.class));
  }

  @ParameterizedTest
  @MethodSource("blockPresets")
  void no_block_preset_has_timers_of_its_own(URingAllowlist preset) {
    assertThat(preset.effectiveOperations())
        .doesNotContain(TIMEOUT, TIMEOUT_REMOVE, LINK_TIMEOUT, CLOSE);
  }

  @ParameterizedTest
  @MethodSource("readOnlyPresets")
  void a_read_only_preset_changes_and_flushes_nothing(URingAllowlist preset) {
    Set<UringOperation> ways = EnumSet.copyOf(WAYS_TO_CHANGE_A_FILE);
    if (preset.operations().contains(ACCEPT)) {
      // With it connections are answered; what keeps it off the image is how that was opened.
      ways.removeAll(EnumSet.of(WRITE, WRITEV));
    }
    assertThat(preset.effectiveOperations()).doesNotContainAnyElementsOf(ways);
    assertThat(preset.operations()).contains(READ, READV, READ_FIXED, READV_FIXED);
  }

  @Test
  void a_read_only_preset_is_within_its_writable_one_and_not_the_other_way_round() {
    for (URingAllowlist readOnly : readOnlyPresets()) {
      String name = readOnly.name().orElseThrow();
      URingAllowlist writable =
          URingAllowlist.presets().get(name.substring(0, name.length() - "-read-only".length()));
      assertThat(readOnly.isWithin(writable)).as(name).isTrue();
      assertThat(writable.isWithin(readOnly)).as(name).isFalse();
    }
  }

  @Test
  void a_server_is_its_device_with_a_door() {
    URingAllowlist door = URingAllowlist.builder().allow(DOOR).build();

    assertThat(URingAllowlist.closedBlockServer().minus(door))
        .isEqualTo(URingAllowlist.closedBlockDevice());
    URingAllowlist answers = URingAllowlist.builder().allow(WRITE, WRITEV).build();
    assertThat(URingAllowlist.closedBlockServerReadOnly().minus(door).minus(answers))
        .isEqualTo(URingAllowlist.closedBlockDeviceReadOnly());
    assertThat(URingAllowlist.closedBlockServer().operations()).containsAll(DOOR);
    assertThat(URingAllowlist.closedBlockServerReadOnly().operations()).containsAll(DOOR);
  }

  @Test
  void a_mutable_device_is_its_closed_one_with_an_updatable_table() {
    assertThat(URingAllowlist.mutableBlockDevice())
        .isEqualTo(
            URingAllowlist.closedBlockDevice().toBuilder()
                .allowRegister(RegisterCall.REGISTER_FILES_UPDATE)
                .build());
    assertThat(URingAllowlist.mutableBlockDeviceReadOnly())
        .isEqualTo(
            URingAllowlist.closedBlockDeviceReadOnly().toBuilder()
                .allowRegister(RegisterCall.REGISTER_FILES_UPDATE)
                .build());
  }

  @Test
  void a_service_opens_no_file_and_reaches_no_other_ring() {
    assertThat(URingAllowlist.service().effectiveOperations())
        .doesNotContain(OPENAT, OPENAT2, MSG_RING, URING_CMD, FIXED_FD_INSTALL, SPLICE, TEE)
        .doesNotContain(RENAMEAT, UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT, FALLOCATE, FTRUNCATE);
    assertThat(URingAllowlist.service().requiredFlags()).isEmpty();
  }

  @Test
  void a_service_makes_uses_and_closes_sockets() {
    assertThat(URingAllowlist.service().operations())
        .contains(SOCKET, BIND, LISTEN, ACCEPT, CONNECT, SHUTDOWN, CLOSE)
        .contains(SEND, RECV, SENDMSG, RECVMSG, SEND_ZC, SENDMSG_ZC, READ, WRITE)
        .contains(POLL_ADD, POLL_REMOVE, TIMEOUT, TIMEOUT_REMOVE, LINK_TIMEOUT, ASYNC_CANCEL, NOP)
        .contains(PROVIDE_BUFFERS, REMOVE_BUFFERS);
    assertThat(URingAllowlist.service().allowedFlags())
        .containsExactlyInAnyOrder(EntryFlag.values());
  }
}
