package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import dev.uring.nbd.NbdProtocol.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Many requests in flight over one connection, without an object or a buffer made per request.
 *
 * <p>There are {@link #depth} slots, each with a buffer in native memory. A request is made in a
 * free slot; {@link #await} returns the slot of a request that was answered, in whatever order the
 * server answers, and the slot is free again. {@code await} is also what sends: requests made
 * between two calls share a system call, writes excepted, which go out with their data at once.
 *
 * <p>For the client's thread. Errors of single requests are {@link #error}; an {@link IOException}
 * means that the connection broke.
 */
public final class NbdPipeline {

  private static final int MAXIMUM_DEPTH = 256;

  /** What surely fits into a socket's buffers while the server is busy sending to us. */
  private static final int UNREAD_WRITE_BYTES = 64 * 1024;

  /** A slot without a request; otherwise its command. */
  private static final int FREE = -1;

  /** A slot whose request was answered and has not been returned yet. */
  private static final int ANSWERED = -2;

  private final NbdClient client;
  private final ClientChannel channel;
  private final ByteBuffer[] buffers;

  /** The command in flight in each slot, FREE or ANSWERED. */
  private final int[] commands;

  private final int[] lengths;
  private final int[] errors;

  /** A ring of slots that were answered and have not been returned yet. */
  private final int[] answered;

  private int answeredHead;
  private int answeredCount;
  private int inFlight;
  private long readBytesInFlight;
  private long writeBytesInFlight;

  NbdPipeline(NbdClient client, ClientChannel channel, int depth, int bytesPerRequest) {
    checkArgument(
        depth >= 1 && depth <= MAXIMUM_DEPTH,
        "A pipeline has 1 to %s slots, not %s.",
        MAXIMUM_DEPTH,
        depth);
    int maximum = client.export().blockSizes().maximum();
    checkArgument(
        bytesPerRequest >= 1 && bytesPerRequest <= maximum,
        "A request carries 1 to %s bytes, not %s.",
        maximum,
        bytesPerRequest);
    this.client = client;
    this.channel = channel;
    buffers = new ByteBuffer[depth];
    for (int slot = 0; slot < depth; slot++) {
      buffers[slot] = ByteBuffer.allocateDirect(bytesPerRequest);
    }
    commands = new int[depth];
    Arrays.fill(commands, FREE);
    lengths = new int[depth];
    errors = new int[depth];
    answered = new int[depth];
  }

  public int depth() {
    return buffers.length;
  }

  /** Requests made whose slots {@link #await} has not returned yet. */
  public int inFlight() {
    return inFlight;
  }

  /**
   * The buffer of a slot: to be filled before a write, and holding from 0 to the limit what was
   * read. It belongs to the caller while the slot is free.
   */
  public ByteBuffer buffer(int slot) {
    return buffers[slot];
  }

  /** The error of the last request in this slot, 0 if it succeeded. Meant for a free slot. */
  public int error(int slot) {
    return errors[slot];
  }

  /** Makes a request for {@code length} bytes from {@code offset} on. */
  public void read(int slot, long offset, int length) throws IOException {
    checkLength(length);
    put(slot, Command.READ, 0, offset, length);
    readBytesInFlight += length;
  }

  /** Makes a request to write the first {@code length} bytes of the slot's buffer. */
  public void write(int slot, long offset, int length, int flags) throws IOException {
    checkLength(length);
    // A server that waits for us to read may not read: never wait for it to read then.
    while (readBytesInFlight > 0 && writeBytesInFlight + length > UNREAD_WRITE_BYTES) {
      channel.flush();
      takeReply();
    }
    put(slot, Command.WRITE, flags, offset, length);
    writeBytesInFlight += length;
    channel.send(buffers[slot].clear().limit(length));
  }

  /** Makes a flush request; it covers the writes that were answered before. */
  public void flush(int slot) throws IOException {
    put(slot, Command.FLUSH, 0, 0, 0);
  }

  /**
   * Sends what is not sent yet and waits until some request is answered.
   *
   * @return its slot, which is free now
   * @throws IllegalStateException if nothing is in flight
   */
  public int await() throws IOException {
    checkState(inFlight > 0, "Nothing is in flight.");
    if (answeredCount == 0) {
      // Replies that are here already cost no system call: what they cause is sent after the last.
      if (!channel.hasReply()) {
        channel.flush();
      }
      takeReply();
    }
    int slot = answered[answeredHead];
    answeredHead = (answeredHead + 1) % answered.length;
    answeredCount--;
    commands[slot] = FREE;
    inFlight--;
    client.requestsInFlight--;
    return slot;
  }

  private void put(int slot, int command, int flags, long offset, int length) throws IOException {
    checkState(commands[slot] == FREE, "The slot %s has a request in flight.", slot);
    checkState(
        client.requestsInFlight == inFlight,
        "Another pipeline of this client has requests in flight.");
    ByteBuffer output = channel.output(NbdRequest.HEADER_BYTES);
    NbdRequest.put(output, flags, command, slot, offset, length);
    commands[slot] = command;
    lengths[slot] = length;
    inFlight++;
    client.requestsInFlight++;
  }

  /** Reads one reply with its data into its slot. */
  private void takeReply() throws IOException {
    long cookie = channel.readReply();
    if (cookie < 0 || cookie >= buffers.length || commands[(int) cookie] < 0) {
      throw channel.broken("The NBD server answered a request that was not made.");
    }
    int slot = (int) cookie;
    int length = lengths[slot];
    errors[slot] = channel.replyError();
    if (commands[slot] == Command.READ) {
      readBytesInFlight -= length;
      buffers[slot].clear().limit(errors[slot] == 0 ? length : 0);
      channel.receive(buffers[slot]);
      buffers[slot].rewind();
    } else if (commands[slot] == Command.WRITE) {
      writeBytesInFlight -= length;
    }
    commands[slot] = ANSWERED;
    answered[(answeredHead + answeredCount) % answered.length] = slot;
    answeredCount++;
  }

  private void checkLength(int length) {
    checkArgument(
        length >= 0 && length <= buffers[0].capacity(),
        "A slot's buffer holds %s bytes, not %s.",
        buffers[0].capacity(),
        length);
  }
}
