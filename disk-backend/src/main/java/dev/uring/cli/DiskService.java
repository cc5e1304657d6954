package dev.uring.cli;

import dev.uring.Descriptor;
import dev.uring.FileStatus;
import dev.uring.disk.ImageFile;
import dev.uring.disk.RawDisk;
import dev.uring.nbd.NbdAddress;
import dev.uring.nbd.NbdExport;
import dev.uring.nbd.NbdExports;
import dev.uring.nbd.NbdListener;
import dev.uring.nbd.NbdServer;
import dev.uring.nbd.NbdServerOptions;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An image that is open and the server on it, opened and closed together. */
final class DiskService implements AutoCloseable {
  private static final Logger LOGGER = System.getLogger(DiskService.class.getName());

  private final ImageFile image;
  private final NbdExport export;
  private final NbdServer server;
  private final @Nullable Descriptor policyRecord;

  private DiskService(
      ImageFile image, NbdExport export, NbdServer server, @Nullable Descriptor policyRecord) {
    this.image = image;
    this.export = export;
    this.server = server;
    this.policyRecord = policyRecord;
  }

  /**
   * Opens the image, then the listeners, then starts the server. If one of that fails, nothing is
   * left of the others, an image that was made for this included.
   *
   * @throws RuntimeException whose sentence {@link Failures} knows
   */
  static DiskService start(ServeRequest request) {
    ImageFile image = ImageFile.open(request.image(), request.imageOptions());
    try {
      NbdExport export = export(image, request.limits());
      List<NbdListener> listeners = listen(request.addresses());
      RawDisk disk = new RawDisk(image);
      List<PolicyObservation> found = new CopyOnWriteArrayList<>();
      Consumer<PolicyObservation> check = PolicyCheck.of(NbdServer.allowlist(disk));
      NbdServer server =
          NbdServer.start(
              disk, NbdExports.of(export), listeners, request.limits(), check.andThen(found::add));
      return new DiskService(image, export, server, keepRecord(server, found));
    } catch (RuntimeException | Error e) {
      if (request.imageOptions().createSize().isPresent()) {
        remove(image, e);
      }
      image.close();
      throw e;
    }
  }

  /**
   * For {@code uring-disk policy --pid}, since nobody outside can ask these rings. It serves people
   * only: without it the disk is served all the same.
   */
  private static @Nullable Descriptor keepRecord(NbdServer server, List<PolicyObservation> found) {
    try {
      return new PolicyRecord(server.allowlist(), found).keep();
    } catch (UringException | UncheckedIOException e) {
      LOGGER.log(Level.WARNING, "uring-disk policy --pid will not be told: {0}", e.getMessage());
      return null;
    }
  }

  static NbdExport export(ImageFile image, NbdServerOptions limits) {
    boolean writable = !image.isReadOnly();
    return NbdExport.builder("", image.size())
        .description("uring-disk: serial " + image.serial())
        .minimumBlockSize(image.minimumBlockSize())
        .preferredBlockSize(Math.min(image.preferredBlockSize(), limits.maximumRequest()))
        .maximumBlockSize(limits.maximumRequest())
        .readOnly(!writable)
        .flush(true)
        .fua(true)
        .trim(writable)
        .writeZeroes(writable)
        .fastZero(writable)
        .cache(true)
        .multiConn(true)
        .build();
  }

  private static List<NbdListener> listen(List<NbdAddress> addresses) {
    List<NbdListener> listeners = new ArrayList<>();
    for (NbdAddress address : addresses) {
      try {
        listeners.add(NbdListener.open(address));
      } catch (UringException | IllegalArgumentException e) {
        listeners.forEach(NbdListener::close);
        throw cannotListen(address, e);
      }
    }
    return listeners;
  }

  private static FailureException cannotListen(NbdAddress address, RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    // Where the kernel's word is all there is, it ends with the error's description.
    String remedy = message.endsWith(")") ? "; choose another address" : "";
    return new FailureException("cannot listen at " + address.uri() + ": " + message + remedy, e);
  }

  static void remove(ImageFile made, Throwable cause) {
    try {
      if (FileStatus.of(made.path()).isSameFile(made.descriptor().status())) {
        Files.deleteIfExists(made.path());
      }
    } catch (IOException | UringException e) {
      cause.addSuppressed(e);
    }
  }

  ImageFile image() {
    return image;
  }

  NbdExport export() {
    return export;
  }

  NbdServer server() {
    return server;
  }

  /**
   * Stops accepting, finishes what is in flight, flushes and closes everything.
   *
   * @throws FailureException if the flush failed
   */
  void stop() {
    int error = server.stop();
    if (policyRecord != null) {
      policyRecord.close();
    }
    image.close();
    if (error != 0) {
      throw lost(image.path(), error);
    }
  }

  static FailureException lost(Path image, int errno) {
    return new FailureException(
        "writes to "
            + image
            + " that were answered may be lost: "
            + new UringException("the last flush", errno).getMessage()
            + "; check the disk below it, and restore the image");
  }

  @Override
  public void close() {
    server.close();
    if (policyRecord != null) {
      policyRecord.close();
    }
    image.close();
  }
}
