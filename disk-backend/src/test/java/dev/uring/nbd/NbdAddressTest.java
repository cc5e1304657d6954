package dev.uring.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How addresses are written and read. */
class NbdAddressTest {

  @ParameterizedTest
  @CsvSource({
    "unix:/run/d.sock, /run/d.sock, ''",
    "unix:./my disk.sock, ./my disk.sock, ''",
    "unix:a:b, a:b, ''",
    "nbd+unix:///?socket=/run/d.sock, /run/d.sock, ''",
    "nbd+unix://?socket=d.sock, d.sock, ''",
    "NBD+UNIX:///?socket=d.sock, d.sock, ''",
    "nbd+unix:///disk?socket=./d.sock, ./d.sock, disk",
    "nbd+unix:////a/b?socket=d, d, /a/b",
    "nbd+unix:///hello%20world?socket=%2Ftmp%2fx%26y, /tmp/x&y, hello world",
    "nbd+unix:///a+b?socket=c+d, c+d, a+b",
    "nbd+unix:///bl%C3%B6ck?socket=d=e?f, d=e?f, blöck",
  })
  void a_unix_address_is_a_path_and_a_name(String text, String path, String name) {
    assertThat(NbdAddress.parse(text)).isEqualTo(new NbdAddress.Unix(path, name));
  }

  @ParameterizedTest
  @CsvSource({
    "tcp:10809, 127.0.0.1, 10809, ''",
    "tcp:0, 127.0.0.1, 0, ''",
    "tcp:localhost:1, localhost, 1, ''",
    "tcp:0.0.0.0:65535, 0.0.0.0, 65535, ''",
    "tcp:[::1]:10809, ::1, 10809, ''",
    "nbd://example.com, example.com, 10809, ''",
    "nbd://example.com/, example.com, 10809, ''",
    "nbd://example.com:99/disk, example.com, 99, disk",
    "nbd://example.com//disk, example.com, 10809, /disk",
    "nbd://[fe80::1]:7/a%2Fb, fe80::1, 7, a/b",
    "nbd://[::1], ::1, 10809, ''",
  })
  void a_tcp_address_is_a_host_a_port_and_a_name(String text, String host, int port, String name) {
    assertThat(NbdAddress.parse(text)).isEqualTo(new NbdAddress.Tcp(host, port, name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "disk.img",
        "/run/d.sock",
        "http://example.com",
        "unix:",
        "unix:a\0b",
        "tcp:",
        "tcp:host",
        "tcp:host:",
        "tcp::10809",
        "tcp:host:65536",
        "tcp:host:-1",
        "tcp:host:+1",
        "tcp:host:100000000000",
        "tcp:host:١",
        "tcp:::1:10809",
        "tcp:[::1]",
        "tcp:[host]:1",
        "tcp:[]:1",
        "tcp:ho st:1",
        "tcp:[::1%eth0]:1",
        "nbd:unix:/x",
        "nbd:/x",
        "nbd://",
        "nbd:///disk",
        "nbd://user@host/disk",
        "nbd://host:/disk",
        "nbd://host?socket=x",
        "nbd://host/disk?socket=x",
        "nbd://host/disk#part",
        "nbd://host/%",
        "nbd://host/%2",
        "nbd://host/%zz",
        "nbd://host/%ff",
        "nbd://host/%00",
        "nbds://host/",
        "nbds+unix:///?socket=x",
        "nbd+unix:///disk",
        "nbd+unix:///?",
        "nbd+unix:///?socket=",
        "nbd+unix:///?socket=a&socket=b",
        "nbd+unix:///?socket=a&tls-type=x509",
        "nbd+unix:///?socket=%00abstract",
        "nbd+unix://host/disk?socket=x",
      })
  void what_is_no_address_is_refused_in_one_sentence(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NbdAddress.parse(text))
        .satisfies(
            e -> {
              assertThat(e.getMessage()).endsWith(".").doesNotContain("\n").hasSizeBetween(20, 250);
              assertThat(e.getMessage()).doesNotContain("%s");
            });
  }

  @Test
  void a_socket_path_has_at_most_107_bytes() {
    assertThat(NbdAddress.parse("unix:" + "x".repeat(107))).isNotNull();
    assertThat(NbdAddress.parse("unix:" + "ä".repeat(53) + "x")).isNotNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NbdAddress.parse("unix:" + "x".repeat(108)))
        .withMessageContaining("108");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NbdAddress.parse("nbd+unix:///?socket=" + "ä".repeat(54)));
  }

  @Test
  void a_uri_is_percent_encoded_as_other_programs_expect() {
    assertThat(new NbdAddress.Unix("./disk.img.sock").uri())
        .isEqualTo("nbd+unix:///?socket=./disk.img.sock");
    assertThat(new NbdAddress.Unix("/tmp/a b&c+d", "ä/%").uri())
        .isEqualTo("nbd+unix:///%C3%A4/%25?socket=/tmp/a%20b%26c%2Bd");
    assertThat(new NbdAddress.Tcp("127.0.0.1", 10809).uri()).isEqualTo("nbd://127.0.0.1:10809");
    assertThat(new NbdAddress.Tcp("::1", 1, "d?#").uri()).isEqualTo("nbd://[::1]:1/d%3F%23");
  }

  @Property(tries = 500)
  void what_is_printed_is_read_back(
      @ForAll @NotBlank @StringLength(max = 26) String path,
      @ForAll @StringLength(max = 50) String name) {
    if (NbdStrings.isAcceptable(path) && NbdStrings.isAcceptable(name)) {
      NbdAddress unix = new NbdAddress.Unix(path, name);
      assertThat(NbdAddress.parse(unix.uri())).isEqualTo(unix);
      NbdAddress tcp = new NbdAddress.Tcp("::1", 7).withExportName(name);
      assertThat(NbdAddress.parse(tcp.uri())).isEqualTo(tcp);
    }
  }

  @Property(tries = 1000)
  void any_text_is_an_address_or_refused(@ForAll String text) {
    for (String scheme : new String[] {"", "unix:", "tcp:", "nbd://", "nbd+unix:///"}) {
      try {
        assertThat(NbdAddress.parse(scheme + text)).isNotNull();
      } catch (IllegalArgumentException expected) {
        assertThat(expected).hasMessageEndingWith(".");
      }
    }
  }
}
