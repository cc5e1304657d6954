package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreePlacesTest {
  private static final int PLACES = 4;

  private static Set<Integer> takeAll(FreePlaces free) {
    Set<Integer> places = new HashSet<>();
    for (int place = free.take(); place >= 0; place = free.take()) {
      assertThat(places.add(place)).isTrue();
    }
    return places;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_place_is_had_once(boolean shared) {
    FreePlaces free = new FreePlaces(PLACES, shared);
    assertThat(free.count()).isEqualTo(PLACES);
    assertThat(takeAll(free)).containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(free.count()).isZero();
    free.give(2);
    free.give(0);
    assertThat(free.count()).isEqualTo(2);
    assertThat(takeAll(free)).containsExactlyInAnyOrder(0, 2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_chain_is_given_back(boolean shared) {
    FreePlaces free = new FreePlaces(PLACES, shared);
    Set<Integer> unused = takeAll(free);
    free.chain(3, 1);
    free.give(3, 1, 2);
    assertThat(free.count()).isEqualTo(2);
    assertThat(takeAll(free)).containsExactlyInAnyOrder(1, 3);
  }

  @Test
  void so_many_are_regained_as_were_given_back() {
    FreePlaces free = new FreePlaces(PLACES, true);
    assertThat(free.regain(PLACES)).isTrue();
    Set<Integer> unused = takeAll(free);
    assertThat(free.regain(1)).isFalse();
    free.chain(3, 1);
    free.give(3, 1, 2);
    assertThat(free.regain(PLACES)).isFalse();
    assertThat(free.count()).isEqualTo(2);
    free.chain(0, 2);
    free.give(0, 2, 2);
    assertThat(free.regain(PLACES)).isTrue();
    assertThat(free.count()).isEqualTo(PLACES);
    assertThat(takeAll(free)).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void what_is_regained_is_put_behind_what_is_left() {
    FreePlaces free = new FreePlaces(PLACES, true);
    int first = free.take();
    int second = free.take();
    free.give(first);
    assertThat(free.regain(3)).isTrue();
    free.give(second);
    assertThat(free.regain(PLACES)).isTrue();
    assertThat(takeAll(free)).containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(free.count()).isZero();
  }

  @Test
  void places_are_had_in_the_order_in_which_they_were_given_back() {
    FreePlaces free = new FreePlaces(6, true);
    int left = takeAll(free).size();
    free.chain(4, 5);
    free.give(4, 5, 2);
    free.give(0);
    free.chain(1, 2);
    free.chain(2, 3);
    free.give(1, 3, 3);
    List<Integer> order = new ArrayList<>();
    order.add(free.take());
    order.add(free.take());
    // Behind those that are left of the first time.
    free.give(4);
    free.give(5);
    assertThat(free.regain(left)).isTrue();
    for (int place = free.take(); place >= 0; place = free.take()) {
      order.add(place);
    }
    assertThat(order).containsExactly(4, 5, 0, 1, 2, 3, 4, 5);
  }

  @Test
  void of_very_many_that_were_given_back_the_order_is_not_put_right() {
    int many = FreePlaces.MOST_TURNED + 10;
    FreePlaces free = new FreePlaces(many + 2, true);
    Set<Integer> unused = takeAll(free);
    for (int place = 0; place < many; place++) {
      free.give(place);
    }
    List<Integer> order = new ArrayList<>();
    order.add(free.take());
    assertThat(order).as("the oldest of those that were turned around").containsExactly(10);
    // A group makes what comes later the taker's while it has some left.
    free.give(many);
    assertThat(free.regain(many + 1)).isFalse();
    assertThat(free.regain(many)).isTrue();
    for (int place = free.take(); place >= 0; place = free.take()) {
      order.add(place);
    }
    assertThat(order).hasSize(many + 1).doesNotHaveDuplicates().endsWith(1, 0, many);
    free.give(many + 1);
    free.give(10);
    assertThat(free.take()).isEqualTo(many + 1);
    assertThat(free.take()).isEqualTo(10);
  }

  @Test
  void a_group_has_room_that_others_gave_back() {
    try (URingContext context = URingContext.create(8)) {
      for (int round = 0; round < 5; round++) {
        int most = context.room();
        for (int request = 0; request < most; request++) {
          context.addNop(request);
        }
        assertThat(Contexts.take(context, most)).hasSize(most);
        context
            .chains()
            .together(
                8,
                () -> {
                  for (int request = 0; request < 8; request++) {
                    context.addNop(request);
                  }
                });
        assertThat(Contexts.take(context, 8)).hasSize(8);
      }
    }
  }
}
