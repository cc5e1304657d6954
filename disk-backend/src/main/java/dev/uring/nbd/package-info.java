/**
 * Disks over the Network Block Device protocol: what the bytes mean, what a server may answer, and
 * a client of our own.
 *
 * <p>The protocol half of the package ({@link dev.uring.nbd.NbdProtocol}, the handshake, the rules
 * of the transmission phase) does no I/O, knows no ring, and starts no thread: bytes in, bytes out.
 * Every byte of a peer is taken as hostile: lengths are unsigned and compared before they are used,
 * and nothing that a peer says makes this side allocate more than the limits written next to it.
 *
 * <p>Exports and addresses are immutable and may be shared between threads. A handshake and a
 * client belong to one thread at a time.
 *
 * <p>Source of every format and number: the protocol description <a
 * href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md">proto.md</a>, cited by
 * its section titles.
 */
@NullMarked
package dev.uring.nbd;

import org.jspecify.annotations.NullMarked;
