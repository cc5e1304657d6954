package dev.uring.cli;

import dev.uring.disk.ImageOptions;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdServerOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a person asked for, checked as far as it can be without touching anything.
 *
 * @param image the image to serve
 * @param imageOptions how to open it
 * @param addresses where to listen, one or more, each once
 * @param limits what clients are lent
 */
record ServeRequest(
    Path image, ImageOptions imageOptions, List<NbdAddress> addresses, NbdServerOptions limits) {
  ServeRequest {
    addresses = List.copyOf(addresses);
  }
}
