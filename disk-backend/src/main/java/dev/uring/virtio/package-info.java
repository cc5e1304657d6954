/**
 * A virtio block device, without any transport: queues in a guest's memory, requests to a disk, and
 * what a driver may configure. An emulator maps its {@linkplain dev.uring.virtio.VirtioMmio
 * registers}; other transports drive the {@linkplain dev.uring.virtio.BlockQueue queues}
 * themselves.
 *
 * <p><b>Memory.</b> Data goes straight between the disk and the guest's memory. Every address of a
 * guest is looked up in its {@linkplain dev.uring.virtio.GuestMemory map} before it is used, the
 * whole range at once; nothing outside the map is ever read or written. What a guest can change
 * while we look is copied once, then checked, then used.
 *
 * <p><b>Hostile guests.</b> A ring that no driver could have written breaks its queue, and no
 * other: the queue stands still with a reason until it is started anew, which a reset of the device
 * does. A request that makes no sense is answered with an error status.
 *
 * <p><b>Threads.</b> A queue belongs to the thread of its event loop. Registers, features and
 * configuration may be used by any thread.
 *
 * <p>Source of every layout and rule: Virtual I/O Device (VIRTIO) Version 1.2, OASIS, cited by its
 * section numbers. Everything is little-endian, whatever the machine: only devices with VERSION_1
 * are known here.
 */
@NullMarked
package dev.uring.virtio;

import org.jspecify.annotations.NullMarked;
