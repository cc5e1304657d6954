package dev.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryVectorTest {
  private final NativeMemory memory = NativeMemory.allocate(100);
  private final NativeMemory other = NativeMemory.allocate(100);

  /** Pieces of 10, 5, 20 and 7 bytes. */
  private final MemoryVector list =
      new MemoryVector().add(memory, 50, 10).add(other, 0, 5).add(memory, 3, 20).add(other, 90, 7);

  private List<String> pieces(MemoryVector of) {
    List<String> pieces = new ArrayList<>();
    for (int piece = 0; piece < of.count(); piece++) {
      String name = of.memory(piece) == memory ? "memory" : "other";
      pieces.add(name + " " + of.position(piece) + "+" + of.length(piece));
    }
    return pieces;
  }

  @Test
  void a_range_is_the_parts_of_the_pieces_that_it_touches() {
    assertThat(pieces(new MemoryVector().addRange(list, 0, 42))).isEqualTo(pieces(list));
    assertThat(pieces(new MemoryVector().addRange(list, 12, 7)))
        .containsExactly("other 2+3", "memory 3+4");
    assertThat(pieces(new MemoryVector().addRange(list, 9, 27)))
        .containsExactly("memory 59+1", "other 0+5", "memory 3+20", "other 90+1");
    assertThat(pieces(new MemoryVector().addRange(list, 17, 1))).containsExactly("memory 5+1");
    assertThat(pieces(new MemoryVector().addRange(list, 42, 0))).isEmpty();
    assertThat(new MemoryVector().addRange(list, 9, 27).byteCount()).isEqualTo(27);
  }

  @Test
  void a_range_that_does_not_lie_inside_is_refused() {
    MemoryVector into = new MemoryVector();
    for (long[] range : new long[][] {{-1, 1}, {0, 43}, {42, 1}, {1, Long.MAX_VALUE}, {0, -1}}) {
      assertThatThrownBy(() -> into.addRange(list, range[0], range[1]))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(into.count()).isZero();
  }

  @Test
  void a_list_that_grew_is_what_was_added_and_empty_when_cleared() {
    MemoryVector grown = new MemoryVector(1);
    for (int piece = 0; piece < 50; piece++) {
      grown.add(piece % 2 == 0 ? memory : other, piece, piece + 1);
    }
    assertThat(grown.count()).isEqualTo(50);
    assertThat(grown.byteCount()).isEqualTo(50 * 51 / 2);
    assertThat(pieces(grown)).startsWith("memory 0+1", "other 1+2").endsWith("other 49+50");
    grown.clear();
    assertThat(grown.count()).isZero();
    assertThat(grown.byteCount()).isZero();
    assertThatThrownBy(() -> grown.memory(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void a_list_has_no_more_pieces_than_the_kernel_takes_whatever_room_was_asked_for() {
    for (int pieces : new int[] {-1, MemoryVector.MAXIMUM_PIECES + 1, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> new MemoryVector(pieces))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Integer.toString(pieces));
    }
    MemoryVector full = new MemoryVector(MemoryVector.MAXIMUM_PIECES);
    for (int piece = 0; piece < MemoryVector.MAXIMUM_PIECES; piece++) {
      full.add(memory, 0, 1);
    }
    assertThatThrownBy(() -> full.add(memory, 0, 1)).isInstanceOf(IllegalStateException.class);
  }
}
