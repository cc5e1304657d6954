/**
 * A disk for virtual machines: a vhost-user-blk back end, which serves the queues of a guest from
 * outside the process that runs it.
 *
 * <p>The process that runs the guest, the front end, connects to a Unix-domain socket and hands
 * over the guest's memory and two eventfds a queue. From then on requests travel through memory
 * alone: the queues' threads read them where the guest put them, and data goes straight between the
 * image and the guest's memory.
 *
 * <p><b>One front end at a time</b>; the next one is served when the one before has gone, in
 * whatever way. Before its memory is let go of, what was in flight has ended.
 *
 * <p><b>Front ends are not trusted.</b> A message that makes no sense ends its connection, and
 * nothing else. Every descriptor that arrives is used or closed. What a guest can do to its queues
 * is the matter of {@link dev.uring.virtio}.
 *
 * <p><b>Threads.</b> One for the connection, and one with a ring of its own for each queue, or for
 * several. The rings are made and restricted before the first front end comes, and serve all of
 * them. Since a front end's eventfds are put into their tables as they come, they have the profile
 * {@link dev.uring.allowlist.URingAllowlist#mutableBlockDevice}.
 *
 * <p>Source of every layout and rule: QEMU, docs/interop/vhost-user.rst, whose names of messages
 * and features are used here. Numbers are in the machine's byte order, and rings little-endian.
 */
@NullMarked
package dev.uring.vhostuser;

import org.jspecify.annotations.NullMarked;
