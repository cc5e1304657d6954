package dev.uring.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AbiTest {
  @Test
  void java_names_of_x86_64_and_aarch64_are_known() {
    assertThat(Abi.of("Linux", "amd64")).isEqualTo(Abi.X86_64);
    assertThat(Abi.of("Linux", "x86_64")).isEqualTo(Abi.X86_64);
    assertThat(Abi.of("Linux", "aarch64")).isEqualTo(Abi.AARCH64);
  }

  @Test
  void another_architecture_is_refused_by_name_and_with_a_remedy() {
    assertThatThrownBy(() -> Abi.of("Linux", "riscv64"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("riscv64")
        .hasMessageContaining("run it on");
  }

  @Test
  void another_system_is_refused_even_on_a_known_architecture() {
    assertThatThrownBy(() -> Abi.of("Mac OS X", "aarch64"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("Mac OS X");
  }

  @Test
  void an_unknown_system_is_no_architecture_and_no_error() {
    assertThat(Abi.values()).noneMatch(abi -> abi.is("Linux", "riscv64"));
    assertThat(Abi.values()).noneMatch(abi -> abi.is("Mac OS X", "aarch64"));
    assertThat(Abi.values()).noneMatch(abi -> abi.is("", ""));
    assertThat(Abi.X86_64.is("Linux", "amd64")).isTrue();
    assertThat(Abi.X86_64.is("Linux", "aarch64")).isFalse();
    assertThat(Abi.values()).filteredOn(Abi::isCurrent).containsExactly(Abi.current());
  }

  @Test
  void the_numbers_are_those_of_the_kernel_headers() {
    assertThat(Abi.X86_64.openDirect()).isEqualTo(040000);
    assertThat(Abi.X86_64.openDirectory()).isEqualTo(0200000);
    assertThat(Abi.X86_64.openNoFollow()).isEqualTo(0400000);
    assertThat(Abi.AARCH64.openDirect()).isEqualTo(0200000);
    assertThat(Abi.AARCH64.openDirectory()).isEqualTo(040000);
    assertThat(Abi.AARCH64.openNoFollow()).isEqualTo(0100000);
  }
}
