package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Iterators that a thread has at once keep what they claimed in one place, and do not mix it up.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NestedIteratorsTest {
  private static final int REQUESTS = 100;

  private final List<Long> seen = new ArrayList<>();

  private static void addAll(URingContext context) {
    for (int request = 0; request < REQUESTS; request++) {
      context.addNop(request);
    }
    assertThat(context.submit()).isEqualTo(REQUESTS);
  }

  private void takeRest(URingContext context) {
    while (seen.size() < REQUESTS) {
      context.await(1, (userData, result, flags) -> seen.add(userData));
    }
    assertThat(seen).doesNotHaveDuplicates().hasSize(REQUESTS);
    assertThat(context.inFlight()).isZero();
    assertThat(context.poll(Contexts.IGNORE)).isZero();
  }

  private void readSome(Completions completions, int count) {
    for (int index = 0; index < count; index++) {
      seen.add(completions.next().userData());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_handler_that_leaves_iterators_in_the_middle_loses_and_doubles_nothing(boolean confined) {
    try (URingContext context = Contexts.of(128, confined)) {
      addAll(context);
      context.await(
          1,
          (userData, result, flags) -> {
            seen.add(userData);
            if (seen.size() < REQUESTS / 2) {
              readSome(context.await(2), 1);
            }
          });
      takeRest(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iterator_ends_where_its_thread_awaits_within_it(boolean confined) {
    try (URingContext context = Contexts.of(128, confined)) {
      addAll(context);
      Completions outer = context.await(REQUESTS);
      readSome(outer, 3);
      Completions inner = context.await(1);
      readSome(inner, 3);
      assertThat(outer.hasNext()).isFalse();
      outer.close();
      assertThat(inner.hasNext()).isTrue();
      readSome(inner, 3);
      context.await(1, (userData, result, flags) -> seen.add(userData));
      assertThat(inner.hasNext()).isFalse();
      takeRest(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_iterator_keeps_what_it_has_while_its_thread_polls(boolean confined) {
    try (URingContext context = Contexts.of(128, confined)) {
      addAll(context);
      Completions completions = context.await(REQUESTS);
      readSome(completions, 1);
      context.addNop(REQUESTS);
      context.submit();
      assertThat(
              context.poll((userData, result, flags) -> assertThat(userData).isEqualTo(REQUESTS)))
          .isOne();
      readSome(completions, REQUESTS - 1);
      assertThat(completions.hasNext()).isFalse();
      takeRest(context);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_an_iterator_has_it_has_after_the_context_is_closed_too(boolean confined) {
    URingContext context = Contexts.of(128, confined);
    addAll(context);
    Completions completions = context.await(REQUESTS);
    context.close();
    readSome(completions, REQUESTS - 1);
    completions.close();
    completions.close();
    assertThat(completions.hasNext()).isFalse();
    assertThatThrownBy(() -> context.await(1)).hasMessage("the context is closed");
  }
}
