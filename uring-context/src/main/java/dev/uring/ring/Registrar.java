package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.allowlist.URingAllowlist;
import dev.uring.ring.struct.RequestFilter;
import dev.uring.ring.struct.SynchronousCancel;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The register calls of a ring ({@code io_uring_register(2)}), grouped by what they are about.
 *
 * <p>Not here: those that need no ring ({@link KernelQuery}, {@link RingMessage}), and the one that
 * changes what a ring is ({@link Ring#resize}). Errors are {@link UringException}s with cause and
 * remedy. On a ring with a single issuer they are for that thread.
 */
public final class Registrar {
  private final RegisterCaller ring;
  private final FileTable files;
  private final BufferTable buffers;
  private final BufferRings bufferRings;
  private final Notifications notifications;
  private final Personalities personalities;
  private final Workers workers;
  private final RingDescriptors descriptors;
  private final BusyPolling busyPolling;
  private final WaitSettings waits;
  private final ZeroCopyReceive zeroCopyReceive;

  Registrar(RegisterCaller ring) {
    this.ring = ring;
    this.files = new FileTable(ring);
    this.buffers = new BufferTable(ring);
    this.bufferRings = new BufferRings(ring);
    this.notifications = new Notifications(ring);
    this.personalities = new Personalities(ring);
    this.workers = new Workers(ring);
    this.descriptors = new RingDescriptors(ring);
    this.busyPolling = new BusyPolling(ring);
    this.waits = new WaitSettings(ring);
    this.zeroCopyReceive = new ZeroCopyReceive(ring);
  }

  /** The table of registered files. */
  public FileTable files() {
    return files;
  }

  /** The table of registered buffers. */
  public BufferTable buffers() {
    return buffers;
  }

  /** Rings of provided buffers. */
  public BufferRings bufferRings() {
    return bufferRings;
  }

  /** The eventfd that counts completions. */
  public Notifications notifications() {
    return notifications;
  }

  /** Credentials for requests. */
  public Personalities personalities() {
    return personalities;
  }

  /** The kernel's worker threads. */
  public Workers workers() {
    return workers;
  }

  /** Indices by which a thread may name this ring. */
  public RingDescriptors descriptors() {
    return descriptors;
  }

  /** Polling network devices while waiting. */
  public BusyPolling busyPolling() {
    return busyPolling;
  }

  /** What waits go by. */
  public WaitSettings waits() {
    return waits;
  }

  /** Receive queues for zero-copy receiving. */
  public ZeroCopyReceive zeroCopyReceive() {
    return zeroCopyReceive;
  }

  /**
   * Asks which requests the kernel has; on a restricted ring if that is allowed. 5.6.
   *
   * @throws UringException if the kernel refuses
   */
  public KernelProbe probe() {
    return KernelProbe.of(this);
  }

  /**
   * Restricts a disabled ring to what {@code allowlist} permits; once only. What the kernel does
   * not have is left out of the list, which does not change its meaning. 5.10.
   *
   * @throws IllegalStateException if the ring is restricted or enabled already
   */
  public void restrict(URingAllowlist allowlist) {
    Restricting restricting =
        new Restricting(this::tryRestrict, () -> KernelProbe.of(this).operations());
    RegisterCaller.check(RegisterCall.REGISTER_RESTRICTIONS, restricting.restrict(allowlist));
  }

  private int tryRestrict(byte[] encoded) {
    ByteBuffer argument = RegisterCaller.direct(encoded.length);
    argument.put(0, encoded);
    int entries = encoded.length / URingAllowlist.RESTRICTION_BYTES;
    return ring.attempt(RegisterCall.REGISTER_RESTRICTIONS, argument, entries);
  }

  /**
   * Enables a ring that was made disabled; the caller becomes its single issuer. 5.10.
   *
   * @throws IllegalStateException if the ring is enabled already
   */
  public void enable() {
    ring.call(RegisterCall.REGISTER_ENABLE_RINGS);
  }

  /**
   * Filters the ring's requests of one kind with a program, besides other filters and restrictions.
   * As {@code io_uring_register_bpf_filter(3)}. 7.0.
   *
   * @throws UringException EINVAL where the kernel lacks the call or finds fault with the program,
   *     EACCES without no_new_privs or CAP_SYS_ADMIN, EMSGSIZE for a payload of another size
   */
  public void filter(RequestFilter filter) {
    ring.call(LaterNames.REQUEST_FILTER, filter);
  }

  /**
   * Cancels requests and waits until they have completed, so long at most. 6.0.
   *
   * @param nanoseconds how long; below zero without end
   * @return zero, or the number of requests where all that match were asked for; or minus an errno:
   *     ENOENT if none matched, ETIME if the time was up, EINTR
   */
  public int cancel(CancelMatch match, long nanoseconds) {
    SynchronousCancel argument = match.toStruct();
    argument.timeout(nanoseconds);
    return ring.attempt(RegisterCall.REGISTER_SYNC_CANCEL, argument, 1);
  }

  /**
   * Cancels everything that is in flight, and waits for that, so long at most. 6.0.
   *
   * @return as {@link #cancel}
   */
  public int cancelEverything(long nanoseconds) {
    return cancel(CancelMatch.anything().all(), nanoseconds);
  }

  /** The call itself, for what has no method here: its result, or minus the errno. */
  int raw(RegisterCall call, @Nullable ByteBuffer argument, int count) {
    return ring.attempt(call, argument, count);
  }

  /** The ring is being closed. */
  void close() {
    ring.close();
  }
}
