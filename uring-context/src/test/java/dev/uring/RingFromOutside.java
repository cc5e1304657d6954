package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A context's ring as it is for those who have its descriptor and nothing else. */
final class RingFromOutside implements AutoCloseable {
  private final URingContext context;
  private final Descriptor descriptor;
  private final Ring own = Ring.builder(8).build();

  private RingFromOutside(URingContext context) {
    this.context = context;
    this.descriptor = context.core().watch().ofRing();
  }

  static RingFromOutside of(URingContext context) {
    return new RingFromOutside(context);
  }

  Descriptor descriptor() {
    return descriptor;
  }

  /** Puts a completion into the context's ring, as another ring can. */
  void send(long userData, int result, int flags) {
    int number = descriptor.acquire();
    try {
      RingRequests.message(
              Objects.requireNonNull(own.submission().next()), number, userData, result, flags)
          .userData(1);
      while (own.completion().available() == 0) {
        assertThat(own.submitAndWait(1)).isNotNegative();
      }
      int head = own.completion().head();
      assertThat(own.completion().result(head)).as("what the sender is told").isZero();
      own.completion().advance(head + 1);
    } finally {
      descriptor.release();
    }
  }

  /** Sends so many completions that name no request, and has the kernel put them where they go. */
  void sendStrangers(int count) {
    for (int stranger = 0; stranger < count; stranger++) {
      send(0x8000_0000L, stranger, 0);
    }
    settle();
  }

  /**
   * By a thread that may use the context: has the kernel put completions where they go, which of a
   * confined one only the owner can. Takes none of them.
   */
  void settle() {
    assertThat(context.core().waiter().poll(Contexts.IGNORE, 0)).isZero();
  }

  /** How many completions are in the queue and not taken, as the kernel tells. */
  int waiting() {
    return (int) (fact("CqTail") - fact("CqHead"));
  }

  /** How many completions the kernel keeps because the queue has no room for them. */
  int overflown() {
    boolean listed = false;
    int count = 0;
    for (String line : facts().lines().toList()) {
      count += listed && line.strip().startsWith("user_data=") ? 1 : 0;
      listed |= line.startsWith("CqOverflowList");
    }
    assertThat(listed).as("the kernel tells of them").isTrue();
    return count;
  }

  private long fact(String name) {
    return facts()
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1).strip()))
        .findFirst()
        .orElseThrow();
  }

  /** The kernel tells nothing of its queues while somebody is in the ring: asked until it does. */
  private String facts() {
    int number = descriptor.acquire();
    try {
      String facts;
      do {
        facts = Files.readString(Path.of("/proc/self/fdinfo/" + number));
      } while (!facts.contains("CqOverflowList"));
      return facts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      descriptor.release();
    }
  }

  @Override
  public void close() {
    own.close();
    descriptor.close();
  }
}
