package dev.uring;

import dev.uring.ring.FileRequests;

/** Requests of a {@link URingContext} that tell the kernel what to expect of a file. */
public final class HintRequests {
  private static final int WILL_NEED = 3;
  private static final int DO_NOT_NEED = 4;

  private final SubmitRing submit;

  HintRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * A range will be read soon ({@code POSIX_FADV_WILLNEED}); the result is zero. 5.6.
   *
   * @param length in bytes; zero means up to the end of the file
   */
  public void addWillNeed(Target target, long offset, int length, long userData) {
    add(target, offset, length, WILL_NEED, userData);
  }

  /** A range will not be read soon ({@code POSIX_FADV_DONTNEED}); the result is zero. 5.6. */
  public void addDoNotNeed(Target target, long offset, int length, long userData) {
    add(target, offset, length, DO_NOT_NEED, userData);
  }

  private void add(Target target, long offset, int length, int advice, long userData) {
    URingContext.checkRange(offset, length);
    int place = submit.begin(target, userData);
    FileRequests.fadvise(submit.entry(), submit.fd(), offset, length, advice);
    submit.end(place, RequestOptions.NONE);
  }
}
