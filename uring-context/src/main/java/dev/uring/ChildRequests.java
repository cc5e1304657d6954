package dev.uring;

import dev.uring.ring.ProcessRequests;
import dev.uring.ring.struct.SignalInfo;
import java.util.Objects;
import java.util.Set;

/**
 * Requests that wait for child processes, of a {@link URingContext}. Source: {@code waitid(2)}.
 * 6.7.
 */
public final class ChildRequests {
  private static final int CLD_EXITED = 1;

  private final SubmitRing submit;

  ChildRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * Waits until something happens to a child, as {@code waitid(2)}, by {@code
   * context.processes().addWait(child.toHandle(), EnumSet.of(ChildEvent.STOPPED), change, 1)}.
   * Zero, or -ECHILD if it is no child of this process, or not any more; -ECANCELED.
   *
   * <p>The Java machine waits itself for the ends of the processes that it starts. So a wait for
   * {@link ChildEvent#EXITED} leaves the child to be waited for again, and may be told -ECHILD if
   * Java was quicker, which means the end too. 6.7.
   *
   * @param events one or more
   * @param into has it when the completion with zero is handed over
   * @throws IllegalArgumentException if there are no events
   */
  public void addWait(
      ProcessHandle child, Set<ChildEvent> events, Outcome<ChildChange> into, long userData) {
    long number = child.pid();
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no process has the number " + number);
    }
    wait(ProcessRequests.CHILD, (int) number, events, into, userData);
  }

  /**
   * As {@link #addWait}, of whichever child something happens to, by {@code
   * context.processes().addWaitAny(EnumSet.of(ChildEvent.EXITED), change, 1)}. -ECHILD if there is
   * none. 6.7.
   *
   * @throws IllegalArgumentException if there are no events
   */
  public void addWaitAny(Set<ChildEvent> events, Outcome<ChildChange> into, long userData) {
    wait(ProcessRequests.ANY_CHILD, 0, events, into, userData);
  }

  private void wait(
      int kind, int id, Set<ChildEvent> events, Outcome<ChildChange> into, long userData) {
    Objects.requireNonNull(into, "into");
    int changes = 0;
    for (ChildEvent event : events) {
      changes |= event.mask();
    }
    if (changes == 0) {
      throw new IllegalArgumentException("there is no event to wait for");
    }
    if ((changes & ProcessRequests.EXITED) != 0) {
      changes |= ProcessRequests.LEAVE;
    }
    SignalInfo info = new SignalInfo();
    Intercept telling = new Telling(info, into);
    int place = submit.begin(userData);
    submit.hold(place).intercept = telling;
    ProcessRequests.waitFor(submit.entry(), kind, id, changes, info);
    submit.end();
  }

  private record Telling(SignalInfo info, Outcome<ChildChange> into) implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (result == 0) {
        int code = info.code();
        into.set(
            new ChildChange(
                info.process(), ChildEvent.of(code), info.status(), code != CLD_EXITED));
      }
      return result;
    }
  }
}
