package dev.uring;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.FileRequests;
import dev.uring.ring.PollRequests;
import dev.uring.ring.Ring;
import dev.uring.ring.RingRequests;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Requests in flight: an io_uring that keeps alive what the kernel still uses, gives back the user
 * data of each request, and may do no more than its allowlist says.
 *
 * <p>Requests are added, then submitted, either by {@link #submit} or by the next {@link #await}.
 * Each yields one completion, or several where its documentation says so. All 64 bits of the user
 * data are the caller's; no value is reserved and duplicates are allowed.
 *
 * <p><b>Threads.</b> Any thread may do anything, unless the context is {@linkplain
 * ContextBuilder#confined confined}. The kernel may cancel what a thread submitted when that thread
 * exits: let threads that live long submit. Whoever adds to a full submission queue submits, too.
 *
 * <p><b>Memory.</b> What a request reads into, writes from or otherwise points to is held by the
 * context until the request's last completion, whether or not the caller still refers to it.
 *
 * <p><b>Errors.</b> One request more than the completion queue has entries is refused with {@link
 * RingFullException}; wrong arguments with {@link IllegalArgumentException}, and a closed context
 * or descriptor or a foreign thread with {@link IllegalStateException}, before the kernel sees
 * anything of it. What the kernel refuses of a request is its result, minus an errno: -EACCES for
 * what the allowlist lacks, -EINVAL on an older kernel. What it refuses of a call (registering,
 * submitting, also by who adds to a full queue, waiting, waking) is a {@link
 * dev.uring.ring.UringException}.
 *
 * <p>Linux 5.18 and later, confined 6.1; a request that names no version is as old. What reaches a
 * thread that waits takes a ring more for the process before 6.13: {@link #wakeup}, {@link #close}
 * by another thread, and its interruption. Sources: {@code io_uring(7)} and {@code
 * io_uring_enter(2)}.
 */
public final class URingContext implements AutoCloseable {
  private final ContextCore core;
  private final SubmitRing submit;
  private final Transfers transfers;
  private final RequestFamilies families;

  URingContext(Ring ring, boolean confined, @Nullable URingAllowlist allowlist, boolean disabled) {
    core = new ContextCore(this, ring, confined, allowlist, disabled);
    submit = core.submitRing();
    transfers = new Transfers(submit);
    families = new RequestFamilies(this, core);
  }

  /**
   * A context for any thread that may do anything.
   *
   * @param entries how many requests can be added before they are submitted, 1 to 32,768, rounded
   *     up to a power of two
   * @throws dev.uring.ring.UringException with cause and remedy, if io_uring cannot be used here
   */
  public static URingContext create(int entries) {
    return builder(entries).build();
  }

  /** As {@link #create(int)}, and may do only what {@code allowlist} permits. */
  public static URingContext create(int entries, URingAllowlist allowlist) {
    return builder(entries).allowlist(allowlist).build();
  }

  /** Starts building a context of this many entries, 1 or more. */
  public static ContextBuilder builder(int entries) {
    return new ContextBuilder(entries);
  }

  /**
   * Fills the file table, once: the files get the slots 0, 1, 2 …, and {@code empty} slots follow
   * them. The table holds references of its own; the descriptors may be closed.
   *
   * @param empty further slots, 0 or more, for connections that are accepted into them
   * @return one slot a descriptor, then the empty ones
   * @throws IllegalStateException if it was filled, or there is an allowlist and it is in force
   * @throws dev.uring.ring.UringException EMFILE above RLIMIT_NOFILE
   */
  public FixedFile[] registerFiles(int empty, Descriptor... files) {
    return core.tables().registerFiles(empty, files);
  }

  /**
   * Puts another file into a slot; requests in flight go on with the one before, but LEVEL polls
   * with the new one. Where there is an allowlist it must permit REGISTER_FILES_UPDATE, or the
   * context not be enabled yet: else it is a {@link dev.uring.ring.UringException}, EACCES. 5.5.
   */
  public void replaceFile(FixedFile slot, Descriptor file) {
    core.tables().replace(slot, file);
  }

  /**
   * Registers memory, once: the kernel pins it, for as long as the context is open. 1 to 16,384
   * pieces of up to 1 GiB each; they count against the limit on locked memory.
   *
   * @throws IllegalStateException if it was done, or there is an allowlist and it is in force
   * @throws dev.uring.ring.UringException ENOMEM over that limit, EFAULT for too long a piece
   */
  public FixedBuffer[] registerBuffers(NativeMemory... memory) {
    return core.tables().registerBuffers(0, memory);
  }

  /** Puts the allowlist into force for good, and lets the context work; once, or it is refused. */
  public void enable() {
    core.enable();
  }

  /** What the context may do, or null if it may do everything. */
  public @Nullable URingAllowlist allowlist() {
    return core.allowlist();
  }

  /** Reads and writes in registered memory. */
  public FixedBufferRequests fixedBuffers() {
    return families.fixedBuffers();
  }

  /** Requests on sockets. */
  public SocketRequests sockets() {
    return families.sockets();
  }

  /** Requests on names in the file system: opening, status, links, directories. */
  public PathRequests fileSystem() {
    return families.fileSystem();
  }

  /** Requests on open files: their length, what is written out, closing. */
  public OpenFileRequests files() {
    return families.files();
  }

  /** Pipes, and moving data through them. */
  public PipeRequests pipes() {
    return families.pipes();
  }

  /** Waiting on words of memory, and waking who does. */
  public FutexRequests futexes() {
    return families.futexes();
  }

  /** Waiting for child processes. */
  public ChildRequests processes() {
    return families.processes();
  }

  /** Does nothing but complete, with zero. */
  public void addNop(long userData) {
    submit.begin(userData);
    RingRequests.nop(submit.entry());
    submit.end();
  }

  /** As {@link #addReadv(Target, MemoryVector, long, long, RequestOptions)}, without options. */
  public void addReadv(Target target, MemoryVector memory, long offset, long userData) {
    addReadv(target, memory, offset, userData, RequestOptions.NONE);
  }

  /**
   * Reads into the pieces of a list, in order. The result is a count of bytes, which may be short,
   * and zero at the end of the file; or -EBADF if it is not open that way, -EIO, -EISDIR.
   *
   * @param offset in the file, in bytes, or -1 for the file's own position
   */
  public void addReadv(
      Target target, MemoryVector memory, long offset, long userData, RequestOptions options) {
    transfers.read(target, memory, offset, userData, options);
  }

  /** As {@link #addWritev(Target, MemoryVector, long, long, RequestOptions)}, without options. */
  public void addWritev(Target target, MemoryVector memory, long offset, long userData) {
    addWritev(target, memory, offset, userData, RequestOptions.NONE);
  }

  /** Writes from a list, in order: as {@code addReadv}; also -ENOSPC, -EFBIG, -EPIPE. */
  public void addWritev(
      Target target, MemoryVector memory, long offset, long userData, RequestOptions options) {
    transfers.write(target, memory, offset, userData, options);
  }

  /** Reads into a direct buffer, from its position to its limit, which are not moved. */
  public void addRead(Target target, ByteBuffer buffer, long offset, long userData) {
    addReadv(target, MemoryVector.of(buffer), offset, userData, RequestOptions.NONE);
  }

  /** Writes from a direct buffer, from its position to its limit, which are not moved. */
  public void addWrite(Target target, ByteBuffer buffer, long offset, long userData) {
    addWritev(target, MemoryVector.of(buffer), offset, userData, RequestOptions.NONE);
  }

  /** Makes data and metadata durable, as {@code fsync(2)}: 0, or -EIO, -ENOSPC, -EINVAL. */
  public void addFsync(Target target, long userData) {
    submit.begin(target, userData);
    FileRequests.fsync(submit.entry(), submit.fd());
    submit.end();
  }

  /** Makes the file's data durable, as {@code fdatasync(2)}. Results as of {@link #addFsync}. */
  public void addFdatasync(Target target, long userData) {
    addFdatasync(target, 0, 0, userData);
  }

  /**
   * Makes a range of the file's data durable. Zero, or -EIO or -ENOSPC if writing it failed,
   * -EINVAL for what cannot be synced, such as a pipe.
   *
   * @param length in bytes; zero, and then offset must be zero too, means the whole file
   */
  public void addFdatasync(Target target, long offset, int length, long userData) {
    Transfers.checkRange(offset, length);
    if (length == 0 && offset != 0) {
      // The kernel would take it for a range of one byte.
      throw new IllegalArgumentException("a sync from " + offset + " on needs a length");
    }
    submit.begin(target, userData);
    FileRequests.fdatasync(submit.entry(), submit.fd(), offset, length);
    submit.end();
  }

  /**
   * Allocates, punches or zeroes a range, as {@code fallocate(2)}. Zero, or -EBADF if it is not
   * open for writing, -ENOSPC, -EFBIG, -EOPNOTSUPP, -EINVAL.
   *
   * @param mode {@link dev.uring.ring.FallocateMode} bits
   * @param length in bytes, above zero
   */
  public void addFallocate(Target target, int mode, long offset, long length, long userData) {
    Transfers.checkSomeRange(offset, length);
    submit.begin(target, userData);
    FileRequests.fallocate(submit.entry(), submit.fd(), mode, offset, length);
    submit.end();
  }

  /** Waits once until any of {@code events} is true, as {@code poll(2)}; the result says which. */
  public void addPollFd(Target target, int events, long userData) {
    addPollFd(target, events, PollMode.ONCE, userData);
  }

  /**
   * Waits until any of {@code events} is true, as {@code poll(2)}; the result says which.
   *
   * @param events {@code POLLIN}, {@code POLLOUT} …, 32 bits
   * @param mode once, or again and again until it is removed
   */
  public void addPollFd(Target target, int events, PollMode mode, long userData) {
    int bits = mode.bits();
    LevelPoll level = mode == PollMode.LEVEL ? new LevelPoll(submit, events) : null;
    int place = submit.begin(target, userData);
    if (level != null) {
      submit.levelPoll(place, level);
    }
    PollRequests.pollAdd(submit.entry(), submit.fd(), events, bits);
    submit.end();
  }

  /**
   * Ends a poll that was added with this user data, whose completion is then -ECANCELED. The result
   * is 0, or -ENOENT if there is none, or -EALREADY if it is about to report: EDGE then goes on.
   */
  public void removePollFd(long target, long userData) {
    families.cancels().removePoll(target, userData);
  }

  /** Changes what a poll with this user data waits for; results as for removal. 5.13. */
  public void updatePollFd(long target, int events, long userData) {
    families.cancels().updatePoll(target, events, userData);
  }

  /**
   * Cancels a request that was added with this user data, the first that can be if there are
   * several. The result is 0, or -ENOENT if there is none, or -EALREADY if it is running and may or
   * may not end early. Either way the request itself has a completion of its own.
   */
  public void asyncCancel(long target, long userData) {
    families.cancels().one(target, userData);
  }

  /** Cancelling by other keys: all with a user data, by descriptor, everything. */
  public CancelRequests cancels() {
    return families.cancels();
  }

  /** What to expect of a file. */
  public HintRequests hints() {
    return families.hints();
  }

  /** Adding several requests as one, and as chains. */
  public ChainRequests chains() {
    return families.chains();
  }

  /** Waiting for time to pass. */
  public TimeRequests timeouts() {
    return families.timeouts();
  }

  /** How many more requests can be added, at least: completions not taken yet hold their places. */
  public int room() {
    return core.table().room();
  }

  /** Has the kernel take what was added: how many it took. The rest stays for the next call. */
  public int submit() {
    return core.waiter().submit();
  }

  /**
   * Submits what was added, waits until {@code minimum} completions were handed over, and hands
   * over what else is there. What another thread added that {@linkplain #submit submits} by itself
   * may be left to it: for 100 microseconds, or for 16 awaits in a row that find what they want.
   *
   * @param minimum at least 1; no more than the completion queue holds
   * @param handler may add requests; the next await submits them. What it throws ends the wait, and
   *     completions not yet handed over stay
   * @return how many were handed over: fewer than {@code minimum} only after {@link #wakeup}, or
   *     because the thread is interrupted, and it then still is
   * @throws IllegalStateException if the context is or was closed
   */
  public int await(int minimum, CompletionHandler handler) {
    return core.waiter().await(minimum, -1, handler);
  }

  /** As {@link #await(int, CompletionHandler)}, for {@code timeout} at most: then with fewer. */
  public int await(int minimum, Duration timeout, CompletionHandler handler) {
    return core.waiter().await(minimum, Waiter.nanoseconds(timeout), handler);
  }

  /** As {@link #await(int, Duration, CompletionHandler)}, with the time-out in nanoseconds. */
  public int await(int minimum, long timeoutNanoseconds, CompletionHandler handler) {
    return core.waiter().await(minimum, Math.max(timeoutNanoseconds, 0), handler);
  }

  /**
   * As {@link #await(int, CompletionHandler)}, and gives the completions as an iterator, which has
   * {@code minimum} at least unless the wait was ended.
   */
  public Completions await(int minimum) {
    return core.waiter().awaitEach(minimum, -1);
  }

  /** As {@link #await(int)}, but no longer than {@code timeout}. */
  public Completions await(int minimum, Duration timeout) {
    return core.waiter().awaitEach(minimum, Waiter.nanoseconds(timeout));
  }

  /** Hands over what is there, without waiting: how many. Submits if a request is made again. */
  public int poll(CompletionHandler handler) {
    return core.waiter().poll(handler, Integer.MAX_VALUE);
  }

  /**
   * Ends one await, now or the next one, with what it has; nothing, once the context is closed. Any
   * thread, whatever the allowlist says, and also when the context is full. 5.18.
   */
  public void wakeup() {
    core.wakeup();
  }

  /** The number of requests that were added and whose last completion nobody has taken. */
  public int inFlight() {
    return core.table().inFlight();
  }

  /** What the context has done so far. */
  public ContextCounters counters() {
    return core.counters();
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return core.isClosed();
  }

  /**
   * Cancels what is in flight, waits for it to end, and gives everything back. A confined context
   * is closed by its owner: from another thread, this wakes the owner, whose next await closes and
   * then throws. If the owner has ended, the memory that the kernel may still use stays where it
   * is. Whoever calls it returns when all is done, also if another does it already; but at once
   * from a handler or an addition, which it waits for, and where a confined one's owner closes.
   */
  @Override
  public void close() {
    core.close();
  }

  ContextCore core() {
    return core;
  }

  @Override
  public String toString() {
    return core.toString();
  }
}
