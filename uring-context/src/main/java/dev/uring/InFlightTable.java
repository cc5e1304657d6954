package dev.uring;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Every request in flight, by place. As many places as the completion queue has entries: what is in
 * flight always fits, unless a request completes many times.
 *
 * <p>What stands in an entry is a token, never the caller's user data:
 *
 * <pre>
 *   63 … 32 generation    30 idle    29 holds something    28 … 0 place
 * </pre>
 *
 * <p>The generation rises with each use of a place, so that a late completion is known for what it
 * is. Token and user data stand side by side in one array, and the token itself says whether there
 * is more to look at: the kernel's work on a batch leaves nothing of ours in the first-level cache,
 * so a request that holds nothing costs one line of it instead of an object (20 ns less of 90).
 *
 * <p>Written by the thread that adds the request, before the entry is shown to the kernel; read by
 * the thread that claims its completion. The kernel's release and our acquire of the completion
 * queue's tail stand between the two.
 */
final class InFlightTable {
  /** No such place. */
  static final int NONE = -1;

  /** No request has this token: it would be idle. */
  static final long NO_TOKEN = -1;

  private static final long HOLDS = 1L << 29;
  private static final long IDLE = 1L << 30;
  private static final long GENERATION = 1L << 32;

  /** For each place its token, and behind it the caller's user data. */
  private final long[] words;

  private final InFlightRequest[] requests;
  private final FreePlaces free;

  /** Completions that named no request in flight: sent from outside, or a fault. */
  private final LongAdder strangers = new LongAdder();

  /**
   * @param shared whether completions are claimed by others than the one who adds
   */
  InFlightTable(int places, boolean shared) {
    words = new long[2 * places];
    requests = new InFlightRequest[places];
    // Whoever may send completions into the ring from outside cannot guess where generations are.
    long generation = ThreadLocalRandom.current().nextInt() * GENERATION;
    for (int place = 0; place < places; place++) {
      words[2 * place] = generation | IDLE | place;
      requests[place] = new InFlightRequest(place);
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

  /** Makes sure that so many can be taken without looking further, if they can. */
  boolean regain(int wanted) {
    return free.regain(wanted);
  }

  /**
   * Takes a place for a new request: its {@linkplain #token token}, or {@link #NO_TOKEN} when all
   * are taken. One thread at a time.
   */
  long take(long newUserData) {
    int place = free.take();
    if (place < 0) {
      return NO_TOKEN;
    }
    long token = words[2 * place] ^ IDLE;
    words[2 * place] = token;
    words[2 * place + 1] = newUserData;
    return token;
  }

  /** The place that a token names which was just taken. */
  static int placeOf(long token) {
    return (int) token;
  }

  /** What a request holds; to be called before its entry is signed with its {@link #token}. */
  InFlightRequest hold(int place) {
    words[2 * place] |= HOLDS;
    return requests[place];
  }

  boolean isHolding(int place) {
    return holds(words[2 * place]);
  }

  /** What a request holds that {@linkplain #isHolding holds} something. */
  InFlightRequest request(int place) {
    return requests[place];
  }

  /** What stands in the entry of the request in a place. */
  long token(int place) {
    return words[2 * place];
  }

  long userData(int place) {
    return words[2 * place + 1];
  }

  /** The place that a completion's token names, or {@link #NONE} if no request has that token. */
  int find(long token) {
    int at = wordOf(token);
    return stands(token, at) ? at >> 1 : NONE;
  }

  /** Where a token would stand. A place by another number, for whoever looks at many. */
  static int wordOf(long token) {
    return (int) (token & ~HOLDS) << 1;
  }

  /** Whether a request has the token, which would stand there. */
  boolean stands(long token, int at) {
    // Below zero is what is idle. Compilers make one comparison of the first two, and need none of
    // their own before the third.
    return at >= 0 && at < words.length && words[at] == token;
  }

  /** As {@link #userData(int)}, of the place whose token stands there. */
  long userDataAt(int at) {
    return words[at + 1];
  }

  /** Whether the request with this token holds something. */
  static boolean holds(long token) {
    return (token & HOLDS) != 0;
  }

  /** Who looks at the completions of the request in a place with this token, if anybody does. */
  @Nullable Intercept intercept(int place, long token) {
    return holds(token) ? requests[place].intercept : null;
  }

  /**
   * The place of the first request with this user data, from a place on, or {@link #NONE}. Others
   * may begin and end meanwhile: the answer is where to try, not a promise.
   *
   * @param except a place to leave out
   */
  int match(long wanted, int from, int except) {
    for (int place = from; place < requests.length; place++) {
      if (place != except && (words[2 * place] & IDLE) == 0 && words[2 * place + 1] == wanted) {
        return place;
      }
    }
    return NONE;
  }

  /** Shows those who look at completions of requests that are in flight now, each of them. */
  void forEachIntercept(Consumer<Intercept> action) {
    for (int place = 0; place < requests.length; place++) {
      if ((words[2 * place] & (IDLE | HOLDS)) == HOLDS) {
        Intercept intercept = requests[place].intercept;
        if (intercept != null) {
          action.accept(intercept);
        }
      }
    }
  }

  /** After the last completion: lets go of what the request held, and frees its place. */
  void finish(int place) {
    try {
      end(place);
    } finally {
      free.give(place);
    }
  }

  /** As {@link #finish(int)} for requests that hold nothing, whose tokens stand there. */
  void finishPlain(int[] ats, int count) {
    int first = ats[0] >> 1;
    int above = first;
    for (int index = 0; index < count; index++) {
      int at = ats[index];
      words[at] = words[at] + GENERATION | IDLE;
      free.chain(above, at >> 1);
      above = at >> 1;
    }
    free.give(first, above, count);
  }

  /** As {@link #finish(int)} for the places from one index on, up to another. */
  void finishHolders(int[] places, int from, int to) {
    int above = places[from];
    for (int index = from; index < to; index++) {
      int place = places[index];
      end(place);
      free.chain(above, place);
      above = place;
    }
    free.give(places[from], above, to - from);
  }

  private void end(int place) {
    long token = words[2 * place];
    words[2 * place] = (token & ~HOLDS) + GENERATION | IDLE;
    if (holds(token)) {
      requests[place].letGo();
    }
  }

  void countStranger() {
    strangers.increment();
  }

  long strangers() {
    return strangers.sum();
  }

  @Override
  public String toString() {
    long unknown = strangers();
    return "inFlight=" + inFlight() + (unknown == 0 ? "" : ", strangers=" + unknown);
  }
}
