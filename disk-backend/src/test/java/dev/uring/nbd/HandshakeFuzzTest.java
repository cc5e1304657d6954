package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.nbd.NbdHandshake.Outcome;
import dev.uring.nbd.NbdProtocol.Info;
import dev.uring.nbd.NbdProtocol.Option;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever a client sends and however it arrives: an outcome, within limits, always the same one.
 */
class HandshakeFuzzTest {

  private static final NbdExports EXPORTS =
      NbdExports.of(
          NbdExport.builder("", 1 << 20).description("the first").build(),
          NbdExport.builder("disk", 1 << 20).minimumBlockSize(512).build());

  private record Result(Outcome outcome, long consumed, ByteBuffer output) {}

  /** Plays a connection: an input buffer of the promised capacity, refilled with what arrives. */
  private static Result play(byte[] bytes, Random pieces, boolean drainsAtOnce) {
    NbdHandshake handshake = new NbdHandshake(EXPORTS);
    ByteBuffer input = ByteBuffer.allocate(NbdHandshake.INPUT_BYTES).limit(0);
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    Outcome outcome = Outcome.NEED_MORE;
    int sent = 0;
    int unread = 0;
    while (outcome == Outcome.NEED_MORE && sent < bytes.length) {
      input.compact();
      assertThat(input.hasRemaining()).as("room for more").isTrue();
      int piece = Math.min(input.remaining(), 1 + pieces.nextInt(3000));
      piece = Math.min(piece, bytes.length - sent);
      input.put(bytes, sent, piece).flip();
      sent += piece;
      outcome = handshake.receive(input);
      unread = input.remaining();
      if (outcome == Outcome.NEED_MORE) {
        assertThat(handshake.bytesNeeded()).isBetween(unread + 1, NbdHandshake.INPUT_BYTES);
      }
      if (drainsAtOnce) {
        output.writeBytes(HandshakeTalk.drain(handshake));
      }
    }
    output.writeBytes(HandshakeTalk.drain(handshake));
    assertThat(output.size()).isLessThanOrEqualTo(HandshakeOutput.MAXIMUM_TOTAL_BYTES);
    return new Result(outcome, sent - unread, ByteBuffer.wrap(output.toByteArray()));
  }

  private static void assertFragmentationChangesNothing(byte[] bytes, long seed) {
    Result whole = play(bytes, new LargePieces(), false);
    Result pieces = play(bytes, new Random(seed), true);
    Result single = play(bytes, new SinglePieces(), true);
    assertThat(pieces.outcome).isEqualTo(whole.outcome).isEqualTo(single.outcome);
    assertThat(pieces.consumed).isEqualTo(whole.consumed).isEqualTo(single.consumed);
    assertThat(pieces.output).isEqualTo(whole.output).isEqualTo(single.output);
  }

  @Property(tries = 500)
  void random_bytes_lead_to_an_outcome(@ForAll byte[] bytes, @ForAll long seed) {
    assertFragmentationChangesNothing(bytes, seed);
  }

  @Property(tries = 500)
  void random_bytes_as_options_lead_to_an_outcome(
      @ForAll("talks") List<byte[]> options, @ForAll long seed) {
    byte[] flags = HandshakeTalk.flags((int) seed & 3);
    byte[] talk = HandshakeTalk.concat(options.toArray(new byte[0][]));
    assertFragmentationChangesNothing(HandshakeTalk.concat(flags, talk), seed);
  }

  @Property(tries = 1000)
  void mutated_handshakes_lead_to_an_outcome(
      @ForAll("talks") List<byte[]> options, @ForAll long seed) {
    Random random = new Random(seed);
    byte[] talk =
        HandshakeTalk.concat(
            HandshakeTalk.flags(1), HandshakeTalk.concat(options.toArray(new byte[0][])));
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(talk.length);
      talk[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (talk[at] ^ 0x80);
    }
    assertFragmentationChangesNothing(talk, seed);
  }

  @Property(tries = 200)
  void a_valid_handshake_enters_transmission_at_its_last_byte(
      @ForAll("questions") List<byte[]> questions, @ForAll long seed) {
    List<byte[]> all = new ArrayList<>();
    all.add(HandshakeTalk.flags(3));
    all.addAll(questions);
    all.add(HandshakeTalk.option(Option.GO, HandshakeTalk.infoData("disk")));
    byte[] talk = HandshakeTalk.concat(all.toArray(new byte[0][]));
    Result result = play(talk, new Random(seed), true);
    assertThat(result.outcome).isEqualTo(Outcome.TRANSMISSION);
    assertThat(result.consumed).isEqualTo(talk.length);
  }

  @Provide
  Arbitrary<List<byte[]>> talks() {
    Arbitrary<byte[]> noise =
        Arbitraries.integers()
            .between(0, 12)
            .flatMap(
                option ->
                    Arbitraries.bytes()
                        .array(byte[].class)
                        .ofMaxSize(60)
                        .map(data -> HandshakeTalk.option(option, data)));
    return Arbitraries.oneOf(noise, question(), ending()).list().ofMinSize(1).ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<byte[]>> questions() {
    return question().list().ofMaxSize(10);
  }

  /** Options after which the handshake goes on, long ones among them. */
  private static Arbitrary<byte[]> question() {
    return Arbitraries.of(
        HandshakeTalk.option(Option.LIST, new byte[0]),
        HandshakeTalk.option(Option.INFO, HandshakeTalk.infoData("")),
        HandshakeTalk.option(
            Option.INFO, HandshakeTalk.infoData("disk", Info.BLOCK_SIZE, Info.NAME, 17)),
        HandshakeTalk.option(Option.GO, HandshakeTalk.infoData("nobody", Info.EXPORT)),
        HandshakeTalk.option(Option.INFO, HandshakeTalk.infoData("x".repeat(4096), new int[2045])),
        HandshakeTalk.option(Option.INFO, new byte[NbdHandshake.MAXIMUM_PARSED_BYTES + 1]),
        HandshakeTalk.option(Option.STRUCTURED_REPLY, new byte[0]),
        HandshakeTalk.option(42, new byte[20_000]));
  }

  private static Arbitrary<byte[]> ending() {
    return Arbitraries.of(
        HandshakeTalk.option(Option.GO, HandshakeTalk.infoData("")),
        HandshakeTalk.option(Option.EXPORT_NAME, NbdStrings.encode("disk")),
        HandshakeTalk.option(Option.ABORT, new byte[3]),
        HandshakeTalk.optionHeader(Option.GO, -1));
  }

  private static final class SinglePieces extends Random {
    private static final long serialVersionUID = 1;

    @Override
    public int nextInt(int bound) {
      return 0;
    }
  }

  private static final class LargePieces extends Random {
    private static final long serialVersionUID = 1;

    @Override
    public int nextInt(int bound) {
      return NbdHandshake.INPUT_BYTES;
    }
  }
}
