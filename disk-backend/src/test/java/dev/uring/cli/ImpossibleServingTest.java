package dev.uring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.uring.Descriptor;
import dev.uring.Sockets;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdListener;
import dev.uring.nbd.NbdServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asked for rightly and impossible here: one sentence, status 1, nothing made or changed. */
// Should something be served after all, nothing would end it.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImpossibleServingTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void make_an_image() throws IOException {
    image = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
  }

  private Invocation serve(Path path, String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "serve";
    arguments[1] = path.toString();
    System.arraycopy(options, 0, arguments, 2, options.length);
    return Invocation.of(arguments).refusesWith(1);
  }

  private List<Path> files() throws IOException {
    try (var list = Files.list(directory)) {
      return list.sorted().toList();
    }
  }

  @Test
  void an_image_that_is_missing_or_a_directory() throws IOException {
    assertThat(serve(directory.resolve("none.img")).err()).contains("--create SIZE");
    assertThat(serve(directory).err()).contains("is a directory");
    assertThat(files()).containsExactly(image);
  }

  @Test
  void an_image_that_exists_is_not_created_again() throws IOException {
    Files.writeString(image, "content");

    assertThat(serve(image, "--create", "1M").err()).contains("--create touches no file");

    assertThat(image).hasContent("content");
    assertThat(files()).containsExactly(image);
  }

  @Test
  void an_image_in_use_by_another_server() throws IOException {
    try (ImageFile used = ImageFile.open(image, ImageOptions.defaults())) {
      assertThat(serve(used.path()).err()).contains("in use");
    }
    assertThat(files()).containsExactly(image);
  }

  @Test
  void a_socket_of_a_living_server_stays_and_a_new_image_goes() throws IOException {
    Path socket = directory.resolve("taken.sock");
    try (NbdListener living = NbdListener.open(new NbdAddress.Unix(socket.toString()))) {
      Path fresh = directory.resolve("fresh.img");

      assertThat(serve(fresh, "--create", "1M", "--nbd", "unix:" + socket).err())
          .contains("cannot listen at " + living.address().uri())
          .contains("a server is listening there");

      assertThat(files()).containsExactly(image, socket);
      try (Descriptor client = Sockets.connectUnix(socket)) {
        assertThat(client.isClosed()).isFalse();
      }
    }
  }

  @Test
  void a_socket_path_with_something_else_in_its_place() throws IOException {
    Path file = Files.writeString(directory.resolve("taken.sock"), "a file");

    assertThat(serve(image, "--nbd", "unix:" + file).err()).contains("remove it or choose");

    assertThat(file).hasContent("a file");
    assertThat(serve(image, "--nbd", "unix:" + directory).err()).contains("choose another path");
  }

  @Test
  void a_port_in_use_and_a_host_that_is_not_here() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(serve(image, "--nbd", "tcp:" + taken.getLocalPort()).err())
          .contains("stop it or choose another port");
    }
    // An address kept for documentation (RFC 5737), which no machine has.
    assertThat(serve(image, "--nbd", "tcp:192.0.2.1:10809").err()).contains("no such address");
  }

  @Test
  void listeners_opened_before_the_one_that_cannot_be_are_closed_and_their_names_go()
      throws IOException {
    Path first = directory.resolve("first.sock");

    serve(image, "--nbd", "unix:" + first, "--nbd", "unix:" + directory.resolve("no/second.sock"));

    assertThat(files()).containsExactly(image);
    try (ImageFile free = ImageFile.open(image, ImageOptions.defaults())) {
      assertThat(free.size()).isEqualTo(1 << 20);
    }
  }

  @Test
  void a_new_image_that_somebody_replaced_meanwhile_is_left_to_them() throws IOException {
    Path fresh = directory.resolve("fresh.img");
    ImageFile made = ImageFile.open(fresh, ImageOptions.defaults().withCreate(1 << 20));
    Files.delete(fresh);
    Files.writeString(fresh, "theirs");

    DiskService.remove(made, new IllegalStateException());
    made.close();

    assertThat(fresh).hasContent("theirs");
  }

  @Test
  void a_dead_servers_socket_is_replaced_and_has_the_owners_mode() throws IOException {
    Path socket = directory.resolve("dead.sock");
    Sockets.listenUnix(socket, 0666, 1).close();
    assertThat(socket).exists();
    ServeRequest request =
        new ServeRequest(
            image,
            ImageOptions.defaults(),
            List.of(new NbdAddress.Unix(socket.toString())),
            NbdServerOptions.defaults().withThreads(1));

    try (DiskService service = DiskService.start(request)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      service.stop();
    }
    assertThat(files()).containsExactly(image);
  }

  @Test
  void an_image_whose_size_the_block_size_does_not_divide() throws IOException {
    Files.write(image, new byte[1000]);

    assertThat(serve(image, "--block-size", "512").err()).contains("512");
    assertThat(files()).containsExactly(image);
  }
}
