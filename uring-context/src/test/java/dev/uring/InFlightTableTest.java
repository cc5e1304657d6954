package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InFlightTableTest {
  private static final int PLACES = 4;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void no_two_uses_of_a_place_have_the_same_token(boolean shared) {
    InFlightTable table = new InFlightTable(1, shared);
    Set<Long> tokens = new HashSet<>();
    for (int use = 0; use < 1000; use++) {
      long token = table.take(use);
      int place = InFlightTable.placeOf(token);
      assertThat(table.token(place)).isEqualTo(token);
      assertThat(tokens.add(token)).isTrue();
      assertThat(table.find(token)).isEqualTo(place);
      table.finish(place);
      assertThat(table.find(token)).as("a late completion").isEqualTo(InFlightTable.NONE);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void many_that_end_together_are_as_one_that_ends(boolean shared, boolean holding) {
    InFlightTable table = new InFlightTable(PLACES, shared);
    Set<Long> tokens = new HashSet<>();
    for (int use = 0; use < 1000; use++) {
      int[] ended = new int[PLACES + 2];
      for (int index = 0; index < PLACES; index++) {
        int place = InFlightTable.placeOf(table.take(use));
        if (holding) {
          table.hold(place).retained = this;
        }
        assertThat(tokens.add(table.token(place))).isTrue();
        ended[holding ? index + 1 : index] =
            holding ? place : InFlightTable.wordOf(table.token(place));
      }
      if (holding) {
        table.finishHolders(ended, 1, PLACES + 1);
      } else {
        table.finishPlain(ended, PLACES);
      }
      assertThat(table.inFlight()).isZero();
    }
    assertThat(tokens).allMatch(token -> table.find(token) == InFlightTable.NONE);
    int place = InFlightTable.placeOf(table.take(1));
    assertThat(table.isHolding(place)).isFalse();
    assertThat(table.request(place).retained).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void no_token_that_is_not_of_a_request_in_flight_is_found(boolean shared) {
    InFlightTable table = new InFlightTable(PLACES, shared);
    int place = InFlightTable.placeOf(table.take(7));
    for (int other = 0; other < PLACES; other++) {
      if (other != place) {
        assertThat(table.find(table.token(other))).isEqualTo(InFlightTable.NONE);
      }
    }
    for (long token :
        new long[] {
          CompleteRing.WAKE_UP,
          CompleteRing.NOBODY,
          -1,
          Long.MIN_VALUE,
          table.token(place) ^ 1L << 32,
          table.token(place) ^ 1L << 29,
          table.token(place) ^ 1L << 20,
          table.token(place) + PLACES
        }) {
      assertThat(table.find(token)).as(Long.toHexString(token)).isEqualTo(InFlightTable.NONE);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_place_held_is_gone_for_its_next_request(boolean shared) {
    InFlightTable table = new InFlightTable(1, shared);
    int place = InFlightTable.placeOf(table.take(1));
    table.hold(place).intercept = (result, flags) -> result;
    table.hold(place).retained = this;
    assertThat(table.intercept(place, table.token(place))).isNotNull();
    table.finish(place);

    place = InFlightTable.placeOf(table.take(2));
    assertThat(table.intercept(place, table.token(place))).isNull();
    assertThat(table.hold(place).intercept).isNull();
    assertThat(table.hold(place).retained).isNull();
  }
}
