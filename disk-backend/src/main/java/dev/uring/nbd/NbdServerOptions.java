package dev.uring.nbd;

import dev.uring.BufferPool;
import java.time.Duration;

/**
 * What a server lends to its clients, and how long it waits for them. Immutable; each method gives
 * another one. Every number is a limit on what a client can make the server allocate or hold.
 */
public final class NbdServerOptions {
  /** The largest request that the protocol lets a client expect, 32 MiB. */
  public static final int MAXIMUM_REQUEST = NbdProtocol.DEFAULT_MAXIMUM_PAYLOAD;

  /** The smallest limit for requests, in bytes. */
  public static final int MINIMUM_REQUEST = 64 * 1024;

  private static final NbdServerOptions DEFAULTS =
      new NbdServerOptions(
          Math.min(Runtime.getRuntime().availableProcessors(), 4),
          64,
          64L << 20,
          1L << 30,
          MAXIMUM_REQUEST,
          Duration.ofSeconds(10),
          Duration.ofSeconds(60));

  private final int threads;
  private final int connections;
  private final long inFlightBytes;
  private final long memory;
  private final int maximumRequest;
  private final Duration handshakeTimeout;
  private final Duration messageTimeout;

  private NbdServerOptions(
      int threads,
      int connections,
      long inFlightBytes,
      long memory,
      int maximumRequest,
      Duration handshakeTimeout,
      Duration messageTimeout) {
    this.threads = threads;
    this.connections = connections;
    this.inFlightBytes = inFlightBytes;
    this.memory = memory;
    this.maximumRequest = maximumRequest;
    this.handshakeTimeout = handshakeTimeout;
    this.messageTimeout = messageTimeout;
  }

  /**
   * One loop a processor, four at most; 64 connections of 64 MiB each, 1 GiB in all; 10 and 60 s.
   */
  public static NbdServerOptions defaults() {
    return DEFAULTS;
  }

  /** How many loops, each with a thread and a ring of its own: 1 to 64. */
  public NbdServerOptions withThreads(int count) {
    check("threads", count, 1, 64);
    return new NbdServerOptions(
        count,
        connections,
        inFlightBytes,
        memory,
        maximumRequest,
        handshakeTimeout,
        messageTimeout);
  }

  /** How many connections at once, over all loops: 1 to 4096. One more is closed at once. */
  public NbdServerOptions withConnections(int count) {
    check("connections", count, 1, 4096);
    return new NbdServerOptions(
        threads, count, inFlightBytes, memory, maximumRequest, handshakeTimeout, messageTimeout);
  }

  /**
   * How much memory the requests of one connection may hold, from their arrival until their replies
   * are sent, in bytes; at most 1 TiB. Never less than one request of the maximal size needs.
   */
  public NbdServerOptions withInFlightBytes(long bytes) {
    check("bytes in flight", bytes, 1, 1L << 40);
    return new NbdServerOptions(
        threads, connections, bytes, memory, maximumRequest, handshakeTimeout, messageTimeout);
  }

  /**
   * How much memory the requests of all connections together may hold, in bytes; at most 1 TiB.
   * Each loop has its part of it, and never less than one request of the maximal size needs. A
   * client that finds it all taken by others is answered ENOMEM.
   */
  public NbdServerOptions withMemory(long bytes) {
    check("bytes of memory", bytes, 1, 1L << 40);
    return new NbdServerOptions(
        threads,
        connections,
        inFlightBytes,
        bytes,
        maximumRequest,
        handshakeTimeout,
        messageTimeout);
  }

  /** The largest read or write in bytes, a power of two from 64 KiB to 32 MiB. */
  public NbdServerOptions withMaximumRequest(int bytes) {
    check("bytes a request", bytes, MINIMUM_REQUEST, MAXIMUM_REQUEST);
    if (Integer.bitCount(bytes) != 1) {
      throw new IllegalArgumentException("bytes a request must be a power of two, not " + bytes);
    }
    return new NbdServerOptions(
        threads, connections, inFlightBytes, memory, bytes, handshakeTimeout, messageTimeout);
  }

  /** How long a client may take to choose an export, up to an hour. */
  public NbdServerOptions withHandshakeTimeout(Duration longest) {
    check("milliseconds of handshake", longest.toMillis(), 1, 3_600_000);
    return new NbdServerOptions(
        threads, connections, inFlightBytes, memory, maximumRequest, longest, messageTimeout);
  }

  /** How long a message may take from its first byte to its last, up to an hour. */
  public NbdServerOptions withMessageTimeout(Duration longest) {
    check("milliseconds of a message", longest.toMillis(), 1, 3_600_000);
    return new NbdServerOptions(
        threads, connections, inFlightBytes, memory, maximumRequest, handshakeTimeout, longest);
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " must be " + least + " to " + most + ", not " + value);
    }
  }

  /** How many loops. */
  public int threads() {
    return threads;
  }

  /** How many connections at once. */
  public int connections() {
    return connections;
  }

  /** How much memory the requests of one connection may hold, in bytes. */
  public long inFlightBytes() {
    long least = BufferPool.lent(maximumRequest) + 2L * ReceiveChunk.BYTES;
    return Math.max(inFlightBytes, least);
  }

  /** How much memory the requests of all connections may hold, in bytes. */
  public long memory() {
    return memory;
  }

  long memoryOfOneLoop() {
    long least = BufferPool.lent(maximumRequest) + 2L * ReceiveChunk.BYTES * connections;
    return Math.max(memory / threads, least);
  }

  /** The largest read or write, in bytes. */
  public int maximumRequest() {
    return maximumRequest;
  }

  /** How long a client may take to choose an export. */
  public Duration handshakeTimeout() {
    return handshakeTimeout;
  }

  /** How long a message may take to arrive. */
  public Duration messageTimeout() {
    return messageTimeout;
  }
}
