package dev.uring.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.allowlist.EntryFlag;
import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.allowlist.UringOperation;
import dev.uring.sys.Errno;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is put to a ring to learn its policy, on rings that permit all of it, or none. */
class InvalidRequestsTest {
  @Test
  void a_permitted_request_is_refused_as_invalid_before_its_own_code_runs() {
    try (Ring ring = Ring.builder(8).build()) {
      Set<UringOperation> there = KernelNumbers.find().orElseThrow().operations();
      InvalidRequests requests = new InvalidRequests(ring, PolicyRings.NOBODY);
      for (EnumSet<EntryFlag> flags :
          Set.of(
              EnumSet.noneOf(EntryFlag.class),
              EnumSet.of(EntryFlag.FIXED_FILE),
              EnumSet.of(EntryFlag.IO_LINK, EntryFlag.ASYNC))) {
        for (UringOperation operation : there) {
          // Any other error, or success, would be the request's own.
          assertThat(requests.answer(operation, flags))
              .as(operation + " with " + flags)
              .isEqualTo(-Errno.EINVAL);
        }
      }
      assertThat(ring.completion().available()).isZero();
    }
  }

  @Test
  void a_permitted_register_call_fails_over_its_arguments() {
    try (Ring ring = Ring.builder(8).build()) {
      InvalidRequests requests = new InvalidRequests(ring, PolicyRings.NOBODY);
      for (RegisterCall call : RegisterCall.values()) {
        // An enabled ring has one more reason to be neither restricted nor enabled.
        assertThat(requests.answer(call))
            .as(call.kernelName())
            .isIn(-Errno.EINVAL, -Errno.EFAULT, -Errno.EBADFD);
      }
    }
  }

  @Test
  void what_is_denied_is_refused_as_that() {
    try (Ring ring = PolicyRings.restricted(URingAllowlist.nothing())) {
      InvalidRequests requests = new InvalidRequests(ring, PolicyRings.NOBODY);

      assertThat(requests.answer(UringOperation.NOP, Set.of())).isEqualTo(-Errno.EACCES);
      assertThat(requests.answer(RegisterCall.REGISTER_FILES)).isEqualTo(-Errno.EACCES);
    }
  }

  @Test
  void the_cancel_that_takes_the_slow_path_ends_nothing_and_leaves_the_quick_one_to_the_next() {
    for (URingAllowlist list :
        Set.of(URingAllowlist.service(), URingAllowlist.closedBlockDevice())) {
      try (Ring ring = PolicyRings.restricted(list)) {
        new PolicyObserver(ring, PolicyRings.NOBODY).nothingInFlight().observe();

        SubmissionEntry entry = Objects.requireNonNull(ring.submission().next());
        RingRequests.nop(entry);
        list.requiredFlags().forEach(entry::flag);
        assertThat(ring.submit()).isEqualTo(1);
        // From a worker it would come with the next wait only, as this ring defers such work.
        assertThat(ring.completion().available()).as("completed within the submit").isEqualTo(1);
      }
    }
  }
}
