package dev.uring.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class SocketAddressBytesTest {
  @Test
  void an_internet_address_comes_back_as_it_was_and_so_does_the_link_that_it_is_on()
      throws Exception {
    byte[] global = {0x20, 1, 13, -72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    byte[] linkLocal = {-2, -128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    for (InetAddress host :
        List.of(
            InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
            InetAddress.getByAddress(global),
            Inet6Address.getByAddress(null, linkLocal, 7))) {
      InetSocketAddress address = SocketAddressBytes.internet(host, 65_535).toInternet();
      assertThat(address).isEqualTo(new InetSocketAddress(host, 65_535));
      assertThat(scope(address.getAddress())).isEqualTo(scope(host));
    }
  }

  private static int scope(InetAddress host) {
    return host instanceof Inet6Address version6 ? version6.getScopeId() : 0;
  }
}
