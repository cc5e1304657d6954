package dev.uring;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Every request in flight, by place. As many places as the completion queue has entries: what is in
 * flight always fits, unless a request completes many times.
 */
final class InFlightTable {
  private final InFlightRequest[] requests;
  private final FreePlaces free;

  /** Completions that named no request in flight: sent from outside, or a fault. */
  private final LongAdder strangers = new LongAdder();

  InFlightTable(int places, boolean shared) {
    requests = new InFlightRequest[places];
    // Whoever may send completions into the ring from outside cannot guess where generations are.
    int generation = ThreadLocalRandom.current().nextInt();
    for (int place = 0; place < places; place++) {
      requests[place] = new InFlightRequest(place, generation);
    }
    free = new FreePlaces(places, shared);
  }

  /** Makes room for vectors of so many pieces in every place. */
  void prepare(int pieces) {
    for (InFlightRequest request : requests) {
      request.reserve(pieces);
    }
  }

  int places() {
    return requests.length;
  }

  /** How many more requests can be added. */
  int room() {
    return free.count();
  }

  /** How many requests hold a place. */
  int inFlight() {
    return requests.length - free.count();
  }

  /** A place for a new request, or null when all are taken. */
  @Nullable InFlightRequest take() {
    int place = free.take();
    return place < 0 ? null : requests[place];
  }

  /** The request in a place. */
  InFlightRequest at(int place) {
    return requests[place];
  }

  /** The request that a completion's token names, or null if none in flight has that token. */
  @Nullable InFlightRequest find(long token) {
    int place = (int) token;
    if (place < 0 || place >= requests.length) {
      return null;
    }
    InFlightRequest request = requests[place];
    return request.active && request.generation == (int) (token >>> 32) ? request : null;
  }

  /**
   * The first request with this user data, from a place on. Others may begin and end meanwhile: the
   * answer is where to try, not a promise.
   *
   * @param except a place to leave out
   */
  @Nullable InFlightRequest match(long userData, int from, int except) {
    for (int place = from; place < requests.length; place++) {
      InFlightRequest request = requests[place];
      if (place != except && request.active && request.userData == userData) {
        return request;
      }
    }
    return null;
  }

  /** After the last completion: lets go of what the request held, and frees its place. */
  void finish(InFlightRequest request) {
    request.finish();
    free.give(request.slot);
  }

  void countStranger() {
    strangers.increment();
  }

  long strangers() {
    return strangers.sum();
  }
}
