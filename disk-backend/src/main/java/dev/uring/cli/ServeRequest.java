package dev.uring.cli;

import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdServerOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a person asked for, checked as far as it can be without touching anything.
 *
 * @param image the image to serve
 * @param imageOptions how to open it
 * @param addresses where to listen for NBD clients, each once; none if there is to be no NBD
 * @param limits what clients are lent
 * @param vhostUser how to serve virtual machines, if they are to be served
 */
record ServeRequest(
    Path image,
    ImageOptions imageOptions,
    List<NbdAddress> addresses,
    NbdServerOptions limits,
    @Nullable VhostUserRequest vhostUser) {
  ServeRequest {
    addresses = List.copyOf(addresses);
  }

  /** To serve NBD clients only. */
  ServeRequest(
      Path image, ImageOptions imageOptions, List<NbdAddress> addresses, NbdServerOptions limits) {
    this(image, imageOptions, addresses, limits, null);
  }
}
