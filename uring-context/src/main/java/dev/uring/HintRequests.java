package dev.uring;

import dev.uring.ring.FileRequests;
import dev.uring.sys.RawMemory;

/**
 * Requests of a {@link URingContext} that tell the kernel what to expect of a file, as {@code
 * posix_fadvise(2)}, or of memory, as {@code madvise(2)}. The result is zero, or -EINVAL, -ESPIPE
 * for a pipe, -EBADF. Offsets and lengths are 0 or more; what is negative, or ends beyond the
 * greatest offset, is refused with an {@link IllegalArgumentException}.
 */
public final class HintRequests {
  private static final int NORMAL = 0;
  private static final int RANDOM = 1;
  private static final int SEQUENTIAL = 2;
  private static final int WILL_NEED = 3;
  private static final int DO_NOT_NEED = 4;
  private static final int ONCE = 5;

  private final SubmitRing submit;

  HintRequests(SubmitRing submit) {
    this.submit = submit;
  }

  /**
   * A range will be read soon ({@code POSIX_FADV_WILLNEED}), by {@code
   * context.hints().addWillNeed(file, 0, 4096, 1)}. 5.6.
   *
   * @param length in bytes; zero means up to the end of the file
   */
  public void addWillNeed(Target target, long offset, int length, long userData) {
    add(target, offset, length, WILL_NEED, userData);
  }

  /**
   * A range will not be read soon ({@code POSIX_FADV_DONTNEED}): it leaves the cache, unless it is
   * still to be written. By {@code context.hints().addDoNotNeed(file, 0, 4096, 1)}. 5.6.
   *
   * @param length in bytes; zero means up to the end of the file
   */
  public void addDoNotNeed(Target target, long offset, int length, long userData) {
    add(target, offset, length, DO_NOT_NEED, userData);
  }

  /**
   * The file will be read in order ({@code POSIX_FADV_SEQUENTIAL}), by {@code
   * context.hints().addSequential(file, 1)}. A slot and its descriptor are one in this. 5.6.
   */
  public void addSequential(Target target, long userData) {
    add(target, 0, 0, SEQUENTIAL, userData);
  }

  /**
   * The file will be read here and there ({@code POSIX_FADV_RANDOM}), by {@code
   * context.hints().addRandom(file, 1)}. 5.6.
   */
  public void addRandom(Target target, long userData) {
    add(target, 0, 0, RANDOM, userData);
  }

  /**
   * The file will be read once ({@code POSIX_FADV_NOREUSE}), by {@code
   * context.hints().addOnce(file, 1)}. 5.6; has an effect since 6.3.
   */
  public void addOnce(Target target, long userData) {
    add(target, 0, 0, ONCE, userData);
  }

  /**
   * Nothing special any more ({@code POSIX_FADV_NORMAL}), by {@code context.hints().addNormal(file,
   * 1)}. 5.6.
   */
  public void addNormal(Target target, long userData) {
    add(target, 0, 0, NORMAL, userData);
  }

  private void add(Target target, long offset, int length, int advice, long userData) {
    Transfers.checkRange(offset, length);
    submit.begin(target, userData);
    FileRequests.fadvise(submit.entry(), submit.fd(), offset, length, advice);
    submit.end();
  }

  /**
   * Memory will be used soon ({@code MADV_WILLNEED}): pages that are swapped out, or not read yet
   * from the file that is mapped there, are fetched. By {@code context.hints().addWillNeed(memory,
   * 0, 4096, 1)}. 5.6.
   *
   * @param position in bytes, at the start of a page
   * @param length in bytes, above zero
   * @throws IndexOutOfBoundsException if the range does not lie in the memory
   * @throws IllegalArgumentException if the position is not at the start of a page, or the length
   *     is zero
   */
  public void addWillNeed(NativeMemory memory, int position, int length, long userData) {
    long address = memory.addressOf(position, length);
    int page = RawMemory.pageSize();
    if (address % page != 0 || length == 0) {
      throw new IllegalArgumentException(
          "advice is on memory from the start of a page of " + page + " bytes on, and not on none");
    }
    int place = submit.begin(userData);
    submit.hold(place).retained = memory;
    FileRequests.madvise(submit.entry(), address, length, WILL_NEED);
    submit.end();
  }
}
