package dev.uring;

import dev.uring.ring.BufferGroup;
import dev.uring.ring.DestinationSlot;
import dev.uring.ring.FileRequests;
import dev.uring.ring.FileSlot;
import dev.uring.ring.MultishotRequests;
import dev.uring.ring.SubmissionEntry;
import dev.uring.ring.TransferRequests;
import dev.uring.sys.Errno;
import java.util.function.IntSupplier;

/**
 * Pipes, and moving data through them without its passing through this process, of a {@link
 * URingContext}. Results are counts of bytes, zero at the end, or minus an errno, also -EBADF for
 * what is not open that way, -EPIPE without a reader, -ECANCELED.
 */
public final class PipeRequests {
  private static final int O_CLOEXEC = 0x80000;

  private final SubmitRing submit;
  private final RequestSteps steps;
  private final URingContext context;

  PipeRequests(URingContext context, SubmitRing submit, RequestSteps steps) {
    this.context = context;
    this.submit = submit;
    this.steps = steps;
  }

  /**
   * Makes a pipe, as {@code pipe2(2)}, by {@code context.pipes().addPipe(made, 1)}; both ends are
   * close-on-exec. Zero, or -EMFILE, -ENFILE. 6.16.
   *
   * @param into has the reading end, and then the writing end
   */
  public void addPipe(NewDescriptors into, long userData) {
    NativeMemory numbers = NativeMemory.allocate(2 * Integer.BYTES);
    Intercept made = new PipeMade(submit, into.waiting(), numbers);
    long address = numbers.addressOf(0, numbers.length());
    int place = submit.begin(userData);
    submit.hold(place).intercept = made;
    TransferRequests.pipe(submit.entry(), address, O_CLOEXEC);
    submit.end();
  }

  private record PipeMade(SubmitRing submit, NewDescriptors.Waiting into, NativeMemory numbers)
      implements Intercept {
    @Override
    public long completed(int result, int flags) {
      if (result < 0) {
        return result;
      }
      boolean reading = NewDescriptors.receive(submit, into, numbers.buffer().getInt(0));
      boolean writing = NewDescriptors.receive(submit, into, numbers.buffer().getInt(4));
      return reading && writing ? result : -Errno.ECANCELED;
    }
  }

  /**
   * Makes a pipe in two slots of the file table, as {@code pipe2(2)}, by {@code
   * context.pipes().addPipe(slots[4], slots[5], 1)}. Zero, or -ENFILE. What the slots held before
   * is let go. 6.16.
   *
   * @param writing the slot after {@code reading}
   * @throws IllegalArgumentException if it is another, or they are another context's
   */
  public void addPipe(FixedFile reading, FixedFile writing, long userData) {
    int first = steps.checked(reading);
    if (steps.checked(writing) != first + 1) {
      throw new IllegalArgumentException(
          "the writing end goes into the slot after the reading end's: "
              + writing
              + " does not follow "
              + reading);
    }
    NativeMemory numbers = NativeMemory.allocate(2 * Integer.BYTES);
    long address = numbers.addressOf(0, numbers.length());
    DestinationSlot destination = DestinationSlot.of(new FileSlot(first));
    int place = submit.begin(userData);
    submit.hold(place).retained = numbers;
    TransferRequests.pipe(submit.entry(), address, 0, destination);
    submit.end();
  }

  /**
   * Moves data between a pipe and something else, or between two pipes, as {@code splice(2)}, by
   * {@code context.pipes().addSplice(SpliceEnd.at(file, 0), SpliceEnd.of(pipe), 65536, 1)}. -EINVAL
   * if neither is a pipe, -ESPIPE if a pipe was given an offset. 5.7.
   *
   * @param length the most bytes, above zero
   * @throws IllegalArgumentException if the length is not above zero, or an end is a slot of
   *     another context, or a descriptor where the allowlist requires registered files
   */
  public void addSplice(SpliceEnd from, SpliceEnd to, int length, long userData) {
    checkLength(length);
    IntSupplier beginning = () -> submit.begin(to.target(), userData);
    RequestSteps.SecondTarget source = steps.second(from.target());
    steps.begin(source, beginning);
    SubmissionEntry entry = submit.entry();
    TransferRequests.splice(
        entry, source.number(), from.offset(), submit.fd(), to.offset(), length);
    finish(source, entry);
  }

  /**
   * Copies from pipe to pipe what the first then still holds, as {@code tee(2)}, by {@code
   * context.pipes().addTee(readEnd, writeEnd, 65536, 1)}. -EINVAL unless both are pipes, and not
   * the same. 5.8.
   *
   * @param from a pipe's reading end
   * @param to another pipe's writing end
   * @param length the most bytes, above zero
   * @throws IllegalArgumentException as of {@link #addSplice}
   */
  public void addTee(Target from, Target to, int length, long userData) {
    checkLength(length);
    IntSupplier beginning = () -> submit.begin(to, userData);
    RequestSteps.SecondTarget source = steps.second(from);
    steps.begin(source, beginning);
    SubmissionEntry entry = submit.entry();
    TransferRequests.tee(entry, source.number(), submit.fd(), length);
    finish(source, entry);
  }

  private static void checkLength(int length) {
    if (length < 1) {
      throw new IllegalArgumentException("length is not above zero: " + length);
    }
  }

  private void finish(RequestSteps.SecondTarget source, SubmissionEntry entry) {
    FileSlot slot = source.slot();
    if (slot != null) {
      entry.source(slot);
    }
    submit.end();
  }

  /**
   * Reads what is there into one of these buffers, once, as {@code read(2)}, by {@code
   * context.pipes().addRead(readEnd, buffers, 1)}; also of other files that have no position, or at
   * the position that they have. The flags are for {@link ReceiveBuffers#take}. -ENOBUFS if all are
   * taken. 5.19.
   *
   * @throws IllegalStateException if the buffers are closed
   * @throws IllegalArgumentException if they are another context's
   */
  public void addRead(Target file, ReceiveBuffers buffers, long userData) {
    BufferGroup group = buffers.group(context);
    Intercept receiver = buffers.receiver();
    int place = submit.begin(file, userData);
    submit.hold(place).intercept = receiver;
    FileRequests.read(submit.entry(), submit.fd(), 0, 0, FileRequests.CURRENT_POSITION)
        .buffers(group);
    submit.end();
  }

  /**
   * Reads again and again, each time into one of these buffers, as {@code read(2)}, by {@code
   * context.pipes().addReadEach(readEnd, buffers, 1)}: of what can be polled and has no position;
   * -EBADFD for a regular file. Each is a completion; one whose flags say no MORE is the last: zero
   * at the end, -ENOBUFS when all are taken, -ECANCELED. Then add it again. 6.7.
   *
   * @throws IllegalStateException if the buffers are closed
   * @throws IllegalArgumentException if they are another context's
   */
  public void addReadEach(Target file, ReceiveBuffers buffers, long userData) {
    BufferGroup group = buffers.group(context);
    Intercept receiver = buffers.receiver();
    int place = submit.begin(file, userData);
    submit.hold(place).intercept = receiver;
    MultishotRequests.read(submit.entry(), submit.fd(), group);
    submit.end();
  }
}
