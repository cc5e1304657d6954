package dev.uring.allowlist;

import static dev.uring.allowlist.EntryFlag.ASYNC;
import static dev.uring.allowlist.EntryFlag.FIXED_FILE;
import static dev.uring.allowlist.EntryFlag.IO_LINK;
import static dev.uring.allowlist.RegisterCall.REGISTER_FILES_UPDATE;
import static dev.uring.allowlist.RegisterCall.REGISTER_SYNC_CANCEL;
import static dev.uring.allowlist.RegisterCall.UNREGISTER_FILES;
import static dev.uring.allowlist.RegisterCall.UNREGISTER_RING_FDS;
import static dev.uring.allowlist.UringOperation.ASYNC_CANCEL;
import static dev.uring.allowlist.UringOperation.NOP;
import static dev.uring.allowlist.UringOperation.READ;
import static dev.uring.allowlist.UringOperation.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class URingAllowlistTest {

  @Test
  void what_was_wished_is_told_apart_from_what_the_library_adds() {
    URingAllowlist list = URingAllowlist.builder().allow(READ).build();

    assertThat(list.operations()).containsExactly(READ);
    assertThat(list.registerCalls()).isEmpty();
    assertThat(list.effectiveOperations()).containsExactly(ASYNC_CANCEL, READ);
    assertThat(list.effectiveRegisterCalls())
        .containsExactly(UNREGISTER_FILES, UNREGISTER_RING_FDS, REGISTER_SYNC_CANCEL);
    assertThat(list.addedByLibrary())
        .containsExactly(ASYNC_CANCEL, UNREGISTER_FILES, UNREGISTER_RING_FDS, REGISTER_SYNC_CANCEL);
  }

  @Test
  void what_was_wished_is_not_listed_as_added() {
    URingAllowlist list =
        URingAllowlist.builder().allow(ASYNC_CANCEL).allowRegister(UNREGISTER_FILES).build();

    assertThat(list.addedByLibrary()).containsExactly(UNREGISTER_RING_FDS, REGISTER_SYNC_CANCEL);
  }

  @Test
  void a_nop_is_not_added() {
    assertThat(URingAllowlist.nothing().permits(NOP, Set.of())).isFalse();
  }

  @Test
  void a_required_flag_is_allowed_and_counted_as_required_only() {
    URingAllowlist list =
        URingAllowlist.builder().allowFlags(FIXED_FILE, ASYNC).requireFlags(FIXED_FILE).build();

    assertThat(list.allowedFlags()).containsExactly(ASYNC);
    assertThat(list.requiredFlags()).containsExactly(FIXED_FILE);
    assertThat(list.effectiveAllowedFlags()).containsExactly(FIXED_FILE, ASYNC);
    assertThat(list.effectiveRequiredFlags()).containsExactly(FIXED_FILE);
    assertThat(list)
        .isEqualTo(URingAllowlist.builder().allowFlags(ASYNC).requireFlags(FIXED_FILE).build());
  }

  @Test
  void an_entry_passes_with_its_request_allowed_and_its_flags_between_required_and_allowed() {
    URingAllowlist list =
        URingAllowlist.builder().allow(READ).allowFlags(ASYNC).requireFlags(FIXED_FILE).build();

    assertThat(list.permits(READ, Set.of(FIXED_FILE))).isTrue();
    assertThat(list.permits(READ, Set.of(FIXED_FILE, ASYNC))).isTrue();
    assertThat(list.permits(READ, Set.of())).isFalse();
    assertThat(list.permits(READ, Set.of(ASYNC))).isFalse();
    assertThat(list.permits(READ, Set.of(FIXED_FILE, IO_LINK))).isFalse();
    assertThat(list.permits(WRITE, Set.of(FIXED_FILE))).isFalse();
    assertThat(list.permits(ASYNC_CANCEL, Set.of(FIXED_FILE))).isTrue();
  }

  @Test
  void a_register_call_passes_if_allowed_or_added() {
    URingAllowlist list = URingAllowlist.builder().allowRegister(REGISTER_FILES_UPDATE).build();

    assertThat(list.permits(REGISTER_FILES_UPDATE)).isTrue();
    assertThat(list.permits(UNREGISTER_FILES)).isTrue();
    assertThat(list.permits(RegisterCall.REGISTER_FILES)).isFalse();
  }

  @Test
  void a_builder_can_be_built_from_again_and_leaves_earlier_lists_alone() {
    AllowlistBuilder builder = URingAllowlist.builder().allow(READ);
    URingAllowlist first = builder.build();
    URingAllowlist second =
        builder.allow(WRITE).allowRegister(REGISTER_FILES_UPDATE).requireFlags(FIXED_FILE).build();

    assertThat(first).isEqualTo(URingAllowlist.builder().allow(READ).build());
    assertThat(second.operations()).containsExactly(READ, WRITE);
    assertThat(second.requiredFlags()).containsExactly(FIXED_FILE);
  }

  @Test
  void the_sets_cannot_be_changed() {
    URingAllowlist list = URingAllowlist.closedBlockDevice();

    for (Set<?> set :
        List.of(
            list.operations(),
            list.registerCalls(),
            list.allowedFlags(),
            list.requiredFlags(),
            list.effectiveOperations(),
            list.effectiveRegisterCalls(),
            list.effectiveAllowedFlags(),
            list.addedByLibrary())) {
      assertThatThrownBy(set::clear).isInstanceOf(UnsupportedOperationException.class);
    }
    assertThatThrownBy(() -> URingAllowlist.presets().remove("service"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void a_set_given_to_the_builder_can_be_changed_afterwards() {
    EnumSet<UringOperation> given = EnumSet.of(READ);
    URingAllowlist list = URingAllowlist.builder().allow(given).build();
    given.add(WRITE);

    assertThat(list.operations()).containsExactly(READ);
  }

  @Test
  void to_builder_gives_an_equal_list_without_the_name() {
    URingAllowlist preset = URingAllowlist.mutableBlockDevice();
    URingAllowlist copy = preset.toBuilder().build();

    assertThat(copy).isEqualTo(preset).hasSameHashCodeAs(preset);
    assertThat(preset.name()).contains("mutable-block-device");
    assertThat(copy.name()).isEmpty();
  }

  @Test
  void lists_that_differ_in_one_thing_are_not_equal() {
    URingAllowlist base = URingAllowlist.closedBlockDevice();

    assertThat(base.toBuilder().allow(UringOperation.OPENAT).build()).isNotEqualTo(base);
    assertThat(base.toBuilder().allowRegister(REGISTER_FILES_UPDATE).build()).isNotEqualTo(base);
    assertThat(base.toBuilder().allowFlags(EntryFlag.IO_DRAIN).build()).isNotEqualTo(base);
    assertThat(base.toBuilder().requireFlags(ASYNC).build()).isNotEqualTo(base);
    assertThat(base).isNotEqualTo("closed-block-device");
  }

  @Test
  void to_string_is_one_line_with_everything_in_it() {
    URingAllowlist list =
        URingAllowlist.builder()
            .allow(READ, WRITE)
            .allowRegister(REGISTER_FILES_UPDATE)
            .allowFlags(ASYNC)
            .requireFlags(FIXED_FILE)
            .build();

    assertThat(list)
        .hasToString(
            "URingAllowlist[unnamed; allow read write; allow-register register_files_update;"
                + " allow-flags async; require-flags fixed_file; added by the library:"
                + " async_cancel unregister_files unregister_ring_fds register_sync_cancel]");
    assertThat(URingAllowlist.service().toString()).startsWith("URingAllowlist[service; allow nop");
  }

  @Test
  void the_table_marks_what_is_required_and_what_the_library_added() {
    URingAllowlist list =
        URingAllowlist.builder().allow(READ).allowFlags(ASYNC).requireFlags(FIXED_FILE).build();

    assertThat(list.toTable())
        .isEqualTo(
            """
            allowlist (without a name)
              kind           name                        since  remark
              request        async_cancel                5.5    added by the library
              request        read                        5.6
              register call  unregister_files            5.1    added by the library
              register call  unregister_ring_fds         5.18   added by the library
              register call  register_sync_cancel        6.0    added by the library
              entry flag     fixed_file                  5.1    required
              entry flag     async                       5.6
            """);
  }

  @Test
  void the_table_begins_with_the_name_of_a_preset() {
    assertThat(URingAllowlist.closedBlockServer().toTable())
        .startsWith("allowlist closed-block-server\n");
  }
}
