package dev.uring.nbd;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import dev.uring.nbd.NbdProtocol.Command;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A plain NBD client: one connection, one request at a time, every method waits for its answer.
 * {@link #pipeline} keeps many requests in flight instead.
 *
 * <p>It asks for fixed newstyle and NBD_OPT_GO, and reads simple replies. It does not judge
 * requests: what the export cannot do is for the server to refuse. Flags are those of {@link
 * NbdProtocol.CommandFlag}.
 *
 * <p>Every method throws {@link NbdException} if the server answers with an error, after which the
 * connection goes on, and any other {@link IOException} if the connection broke, after which only
 * {@link #close} makes sense. There is no time-out. For one thread at a time; {@link #close} may be
 * called from another to end a call that waits.
 */
public final class NbdClient implements Closeable {

  /**
   * An entry of a server's list.
   *
   * @param name as {@link NbdAddress#exportName()} takes it
   * @param description for a person to read; may be empty
   */
  public record Listing(String name, String description) {}

  private final ClientChannel channel;
  private final RemoteExport export;
  private long cookie;

  /** Kept by the pipeline that made them. */
  int requestsInFlight;

  private NbdClient(ClientChannel channel, RemoteExport export) {
    this.channel = channel;
    this.export = export;
  }

  /**
   * Connects to the export that the address names.
   *
   * @throws IOException if nobody listens there, it is no NBD server, or it refuses; the message is
   *     one sentence for a person
   */
  public static NbdClient connect(NbdAddress address) throws IOException {
    ClientChannel channel = ClientChannel.connect(address);
    try {
      return new NbdClient(channel, new ClientHandshake(channel).go(address.exportName()));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * What the server at this address exports, whatever export the address names.
   *
   * @throws IOException as {@link #connect}
   */
  public static List<Listing> list(NbdAddress address) throws IOException {
    try (ClientChannel channel = ClientChannel.connect(address)) {
      ClientHandshake handshake = new ClientHandshake(channel);
      List<Listing> exports = handshake.list();
      handshake.abort();
      return exports;
    }
  }

  /** What the server said about the export. */
  public RemoteExport export() {
    return export;
  }

  /**
   * Fills {@code destination} from its position to its limit with the disk's bytes from {@code
   * offset} on, in as many requests as the server's limit asks for.
   */
  public void read(long offset, ByteBuffer destination) throws IOException {
    int end = destination.limit();
    long at = offset;
    while (destination.position() < end) {
      int length = Math.min(end - destination.position(), export.blockSizes().maximum());
      destination.limit(destination.position() + length);
      try {
        begin(Command.READ, 0, at, length);
        finish(Command.READ, at, length);
        channel.receive(destination);
      } finally {
        destination.limit(end);
      }
      at += length;
    }
  }

  /**
   * Writes {@code source} from its position to its limit to the disk, in as many requests as the
   * server's limit asks for. Its position is at its limit afterwards.
   */
  public void write(long offset, ByteBuffer source, int flags) throws IOException {
    int end = source.limit();
    long at = offset;
    while (source.position() < end) {
      int length = Math.min(end - source.position(), export.blockSizes().maximum());
      source.limit(source.position() + length);
      try {
        begin(Command.WRITE, flags, at, length);
        channel.send(source);
        finish(Command.WRITE, at, length);
      } finally {
        source.limit(end);
      }
      at += length;
    }
  }

  /** Returns when every write answered before is on non-volatile storage. */
  public void flush() throws IOException {
    ask(Command.FLUSH, 0, 0, 0);
  }

  /**
   * Lets the server forget what is there.
   *
   * @param length in bytes, below 4 GiB
   */
  public void trim(long offset, long length, int flags) throws IOException {
    ask(Command.TRIM, flags, offset, length);
  }

  /**
   * Makes a range read as zeroes.
   *
   * @param length in bytes, below 4 GiB
   */
  public void writeZeroes(long offset, long length, int flags) throws IOException {
    ask(Command.WRITE_ZEROES, flags, offset, length);
  }

  /**
   * Announces that a range will be read soon.
   *
   * @param length in bytes, below 4 GiB
   */
  public void cache(long offset, long length) throws IOException {
    ask(Command.CACHE, 0, offset, length);
  }

  /**
   * A way to keep up to {@code depth} requests in flight over this connection. While any is, this
   * client's own methods throw {@link IllegalStateException}.
   *
   * @param depth 1 to 256
   * @param bytesPerRequest size of each request's buffer, 1 to the server's largest payload
   */
  public NbdPipeline pipeline(int depth, int bytesPerRequest) {
    return new NbdPipeline(this, channel, depth, bytesPerRequest);
  }

  /**
   * Says goodbye as the protocol wants it, and closes the connection.
   *
   * @throws IOException if the goodbye cannot be sent; the connection is closed nevertheless
   */
  public void disconnect() throws IOException {
    try (channel) {
      begin(Command.DISC, 0, 0, 0);
      channel.flush();
    }
  }

  /** Closes the connection at once, with requests in flight or not. A second call does nothing. */
  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void ask(int type, int flags, long offset, long length) throws IOException {
    checkArgument(
        length >= 0 && length <= 0xffff_ffffL,
        "One request covers less than 4 GiB, not %s bytes; ask several times.",
        length);
    begin(type, flags, offset, (int) length);
    finish(type, offset, length);
  }

  private void begin(int type, int flags, long offset, int length) throws IOException {
    checkState(
        requestsInFlight == 0,
        "%s requests of a pipeline are in flight; wait for them first.",
        requestsInFlight);
    cookie++;
    ByteBuffer output = channel.output(NbdRequest.HEADER_BYTES);
    NbdRequest.put(output, flags, type, cookie, offset, length);
  }

  /** Sends what is not sent yet, and waits for the reply to it; a READ's data comes behind it. */
  private void finish(int type, long offset, long length) throws IOException {
    channel.flush();
    long answered = channel.readReply();
    if (answered != cookie) {
      throw channel.broken("The NBD server answered a request that was not made.");
    }
    if (channel.replyError() != 0) {
      throw NbdException.refused(channel.replyError(), type, offset, length);
    }
  }
}
