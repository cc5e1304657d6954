package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.uring.ring.UringException;
import dev.uring.sys.Errno;
import dev.uring.sys.FileCalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DescriptorLifetimeTest {
  @Test
  void a_number_is_not_given_to_another_file_while_it_is_acquired() {
    Descriptor first = Descriptor.eventFd(0);
    int number = first.acquire();
    first.close();
    List<Descriptor> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Descriptor other = Descriptor.eventFd(0);
      others.add(other);
      assertThat(other.acquire()).isNotEqualTo(number);
      other.release();
    }
    assertThat(isOpen(number)).isTrue();
    first.release();
    assertThat(isOpen(number)).isFalse();
    others.forEach(Descriptor::close);
  }

  @Test
  void the_last_of_several_users_closes_the_number() {
    Descriptor descriptor = Descriptor.eventFd(0);
    int number = descriptor.acquire();
    assertThat(descriptor.acquire()).isEqualTo(number);
    descriptor.close();
    descriptor.release();
    assertThat(isOpen(number)).isTrue();
    descriptor.release();
    assertThat(isOpen(number)).isFalse();
  }

  @Test
  void a_number_that_is_used_is_not_surrendered_and_goes_on_as_it_was() {
    Descriptor descriptor = Descriptor.eventFd(0);
    int number = descriptor.acquire();
    assertThatThrownBy(descriptor::surrender)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in use");
    assertThat(descriptor.acquire()).isEqualTo(number);
    descriptor.release();
    descriptor.release();
    assertThat(descriptor.surrender()).isEqualTo(number);
    assertThatThrownBy(descriptor::surrender).hasMessage("descriptor is closed");
    descriptor.close();
    assertThat(isOpen(number)).as("its taker's to close").isTrue();
    assertThat(FileCalls.close(number)).isZero();
  }

  @Test
  void a_closed_descriptor_takes_no_new_users() {
    Descriptor descriptor = Descriptor.eventFd(0);
    descriptor.acquire();
    descriptor.close();
    assertThatThrownBy(descriptor::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("descriptor is closed");
    descriptor.release();
    assertThatThrownBy(descriptor::status).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> descriptor.truncate(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(descriptor::duplicate).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closing_twice_closes_one_number_once() {
    Descriptor descriptor = Descriptor.eventFd(0);
    int number = descriptor.acquire();
    descriptor.release();
    descriptor.close();
    // The lowest free number is the next one: it is the same as before, now another file's.
    Descriptor next = Descriptor.eventFd(0);
    int taken = next.acquire();
    descriptor.close();
    assertThat(isOpen(taken)).isTrue();
    assertThat(taken).isEqualTo(number);
    next.release();
    next.close();
  }

  @Test
  void releasing_more_often_than_acquired_is_an_error_and_closes_nothing() {
    Descriptor descriptor = Descriptor.eventFd(0);
    int number = descriptor.acquire();
    descriptor.release();
    assertThatThrownBy(descriptor::release).isInstanceOf(IllegalStateException.class);
    assertThat(isOpen(number)).isTrue();
    descriptor.close();
    assertThatThrownBy(descriptor::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_borrowed_number_is_never_closed() {
    Descriptor owner = Descriptor.eventFd(0);
    int number = owner.acquire();
    Descriptor borrowed = Descriptor.borrow(number);
    assertThat(borrowed.acquire()).isEqualTo(number);
    borrowed.close();
    borrowed.release();
    assertThat(isOpen(number)).isTrue();
    owner.release();
    owner.close();
    assertThat(isOpen(number)).isFalse();
  }

  @Test
  void a_number_that_is_not_open_cannot_be_borrowed() {
    assertThatThrownBy(() -> Descriptor.borrow(1_000_000))
        .isInstanceOf(UringException.class)
        .extracting("errno")
        .isEqualTo(Errno.EBADF);
    assertThatThrownBy(() -> Descriptor.borrow(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Timeout(60)
  void a_dropped_descriptor_is_closed_by_the_collector() {
    WeakReference<Descriptor> dropped = new WeakReference<>(Descriptor.eventFd(0));
    int number = numberOf(dropped);
    while (isOpen(number)) {
      System.gc();
      Thread.onSpinWait();
    }
    assertThat(dropped.get()).isNull();
  }

  private static int numberOf(WeakReference<Descriptor> reference) {
    Descriptor descriptor = reference.get();
    assertThat(descriptor).isNotNull();
    int number = descriptor.acquire();
    descriptor.release();
    return number;
  }

  @Test
  void users_racing_with_close_never_see_another_file() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      for (int round = 0; round < 2_000; round++) {
        Descriptor raced = Descriptor.eventFd(0);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Boolean>> users = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          users.add(threads.submit(() -> usesOpenNumber(raced, start)));
        }
        Future<?> closer = threads.submit(() -> closeAfter(raced, start));
        start.countDown();
        closer.get();
        for (Future<Boolean> user : users) {
          assertThat(user.get()).isTrue();
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  private static boolean usesOpenNumber(Descriptor raced, CountDownLatch start)
      throws InterruptedException {
    start.await();
    int number;
    try {
      number = raced.acquire();
    } catch (IllegalStateException closedFirst) {
      return true;
    }
    boolean open = isOpen(number);
    raced.release();
    return open;
  }

  private static Object closeAfter(Descriptor raced, CountDownLatch start)
      throws InterruptedException {
    start.await();
    raced.close();
    return raced;
  }

  @Test
  void the_text_says_number_origin_and_state() {
    Descriptor descriptor = Descriptor.memFd("scratch", 1);
    int number = descriptor.acquire();
    assertThat(descriptor).hasToString("Descriptor[" + number + " (memfd scratch)]");
    descriptor.close();
    assertThat(descriptor).asString().contains("closed but in use");
    descriptor.release();
    assertThat(descriptor).asString().endsWith(", closed]");
  }

  private static boolean isOpen(int number) {
    return FileCalls.fcntl(number, FileCalls.F_GETFD, 0) != -Errno.EBADF;
  }

  @Test
  void no_number_is_read_from_a_stream_whose_closing_would_close_anybodys() throws Exception {
    Descriptor victim = Descriptor.eventFd(0);
    int number = victim.acquire();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (ObjectOutputStream stream = new ObjectOutputStream(written)) {
      stream.writeObject(new DescriptorNumber(number, /* owned= */ true));
    }
    try (ObjectInputStream stream =
        new ObjectInputStream(new ByteArrayInputStream(written.toByteArray()))) {
      assertThatThrownBy(() -> ((Runnable) stream.readObject()).run())
          .isInstanceOf(InvalidObjectException.class);
    }
    assertThat(isOpen(number)).isTrue();
    victim.release();
    victim.close();
  }
}
