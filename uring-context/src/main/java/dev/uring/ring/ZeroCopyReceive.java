package dev.uring.ring;

import dev.uring.allowlist.RegisterCall;
import dev.uring.ring.struct.ZeroCopyControl;
import dev.uring.ring.struct.ZeroCopyQueue;

/**
 * Receive queues of network devices whose packets' data the device puts into memory of ours.
 *
 * <p>Takes CAP_NET_ADMIN, a device whose driver can do it, one of its hardware queues, and a ring
 * with deferred task run and completions of 32 bytes. Where any of these is missing the call is
 * refused with a sentence that says which. Source: {@code io_uring_register(2)}, the kernel's
 * {@code Documentation/networking/iou-zcrx.rst}.
 */
public final class ZeroCopyReceive {
  private final RegisterCaller ring;

  ZeroCopyReceive(RegisterCaller ring) {
    this.ring = ring;
  }

  /**
   * Registers a queue; it belongs to the ring until that is closed. 6.15.
   *
   * @param queue the device, its queue, and the memory; the kernel's answers are in it afterwards
   * @throws UringException ENODEV without such an interface, EOPNOTSUPP if its driver cannot, EPERM
   *     without CAP_NET_ADMIN, EINVAL on a ring of another shape
   */
  public void register(ZeroCopyQueue queue) {
    ring.call(RegisterCall.REGISTER_ZCRX_IFQ, queue, 1);
  }

  /**
   * Has the kernel take what waits in a queue's refill ring at once. As {@code
   * io_uring_register_zcrx_ctrl(3)}. 6.19.
   *
   * @param queue its number, from its registration
   * @throws UringException EINVAL where the kernel lacks the call, ENXIO without such a queue
   */
  public void flush(int queue) {
    ring.call(LaterNames.ZERO_COPY_CONTROL, ZeroCopyControl.flush(queue));
  }

  /**
   * Makes a queue a descriptor, by which other rings can use it. As {@code
   * io_uring_register_zcrx_ctrl(3)}. 6.19.
   *
   * @param queue its number, from its registration
   * @return the descriptor, the caller's to close
   * @throws UringException EINVAL where the kernel lacks the call, ENXIO without such a queue
   */
  public int export(int queue) {
    ZeroCopyControl control = ZeroCopyControl.export(queue);
    ring.call(LaterNames.ZERO_COPY_CONTROL, control);
    return control.descriptor();
  }
}
