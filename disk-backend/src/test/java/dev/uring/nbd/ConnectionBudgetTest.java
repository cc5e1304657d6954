package dev.uring.nbd;

import static dev.uring.nbd.ConnectionBudget.Answer.GRANTED;
import static dev.uring.nbd.ConnectionBudget.Answer.LATER;
import static dev.uring.nbd.ConnectionBudget.Answer.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConnectionBudgetTest {
  private final ConnectionBudget.Shared shared = new ConnectionBudget.Shared(1000);
  private final ConnectionBudget one = new ConnectionBudget(shared, 600);
  private final ConnectionBudget other = new ConnectionBudget(shared, 600);

  @Test
  void who_asks_for_more_than_its_share_waits_for_its_own_replies() {
    assertThat(one.take(600)).isEqualTo(GRANTED);
    one.owes();
    assertThat(one.take(1)).isEqualTo(LATER);
    one.give(600);
    one.paid();
    assertThat(one.take(600)).isEqualTo(GRANTED);
  }

  @Test
  void who_is_owed_nothing_is_refused_when_others_hold_it_all() {
    assertThat(one.take(600)).isEqualTo(GRANTED);
    assertThat(other.take(401)).isEqualTo(REFUSED);
    assertThat(other.take(400)).isEqualTo(GRANTED);
    other.owes();
    assertThat(other.take(1)).isEqualTo(LATER);
  }

  @Test
  void a_connection_that_ends_gives_everything_back() {
    one.add(100);
    assertThat(one.take(500)).isEqualTo(GRANTED);
    one.owes();
    one.reset();
    assertThat(other.take(600)).isEqualTo(GRANTED);
    assertThat(one.take(400)).isEqualTo(GRANTED);
    assertThat(one.take(1)).isEqualTo(REFUSED);
  }

  @Test
  void neither_unanswered_commands_nor_those_at_the_disk_pile_up() {
    for (int count = 0; count < 128; count++) {
      assertThat(one.take(0)).isEqualTo(GRANTED);
      one.owes();
      one.atDisk();
    }
    assertThat(one.take(0)).isEqualTo(LATER);
    one.fromDisk();
    assertThat(one.take(0)).isEqualTo(GRANTED);
    for (int count = 128; count < 1024; count++) {
      one.owes();
    }
    assertThat(one.take(0)).isEqualTo(LATER);
    one.paid();
    assertThat(one.take(0)).isEqualTo(GRANTED);
  }
}
