package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What threads that use one socket at once may expect, and a caller who changes what was given. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DescriptorSocketThreadsTest {
  /** More than a socket takes before somebody reads. */
  private static final int LARGE = 8 << 20;

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count);
  }

  /** The next to receive has everything that it needs, and is not let in. */
  @Test
  void one_thread_at_a_time_receives_and_the_next_waits_until_it_has_all() throws Exception {
    List<Descriptor> ends = Sockets.pair();
    List<Descriptor> second = new ArrayList<>();
    List<WaitingThread> next = new ArrayList<>();
    try (DescriptorSocket one = new DescriptorSocket(ends.get(0));
        DescriptorSocket other = new DescriptorSocket(ends.get(1));
        Pipe pipe = Pipe.open()) {
      one.send(bytes(1), pipe.writeEnd());
      one.send(bytes(2), pipe.writeEnd());
      List<Descriptor> first =
          new ArrayList<>() {
            @Override
            public boolean addAll(Collection<? extends Descriptor> received) {
              WaitingThread receiver = WaitingThread.start(() -> other.receive(bytes(8), second));
              next.add(receiver);
              while (!receiver.isDone() && receiver.thread().getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
              assertThat(receiver.isDone()).as("the next has received meanwhile").isFalse();
              return super.addAll(received);
            }
          };
      assertThat(other.receive(bytes(8), first)).isEqualTo(1);
      assertThat(next.get(0).result()).isEqualTo(2);
      assertThat(first).hasSize(1);
      assertThat(second).hasSize(1);
      first.forEach(Descriptor::close);
      second.forEach(Descriptor::close);
    }
  }

  @Test
  void descriptors_are_sent_and_let_go_as_they_were_given_though_their_array_changes()
      throws Exception {
    List<Descriptor> ends = Sockets.pair();
    List<Descriptor> received = new ArrayList<>();
    Descriptor given = Descriptor.eventFd(0);
    Descriptor another = Descriptor.eventFd(0);
    try (DescriptorSocket one = new DescriptorSocket(ends.get(0));
        DescriptorSocket other = new DescriptorSocket(ends.get(1))) {
      Descriptor[] descriptors = {given};
      WaitingThread sender =
          WaitingThread.start(
              () -> {
                one.send(bytes(LARGE), descriptors);
                return descriptors[0];
              });
      // It has begun, and cannot end before the rest is read.
      int count = other.receive(bytes(1), received);
      assertThat(received).hasSize(1);
      descriptors[0] = another;
      while (count < LARGE) {
        count += other.receive(bytes(LARGE), received);
      }
      assertThat(sender.result()).isSameAs(another);
      assertThat(received).hasSize(1);
      received.forEach(Descriptor::close);
    }
    given.close();
    assertThat(given.toString()).as("nobody uses it any more").endsWith(", closed]");
    another.close();
    assertThat(another.toString()).endsWith(", closed]");
  }
}
