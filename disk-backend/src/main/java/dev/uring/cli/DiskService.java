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
import dev.uring.vhostuser.VhostUserServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An image that is open and the servers on it, opened and closed together. */
final class DiskService implements AutoCloseable {
  private static final Logger LOGGER = System.getLogger(DiskService.class.getName());

  private final ImageFile image;
  private final NbdExport export;
  private final @Nullable NbdServer nbd;
  private final @Nullable VhostUserServer vhostUser;
  private final @Nullable Descriptor policyRecord;

  private DiskService(
      ImageFile image,
      NbdExport export,
      @Nullable NbdServer nbd,
      @Nullable VhostUserServer vhostUser,
      @Nullable Descriptor policyRecord) {
    this.image = image;
    this.export = export;
    this.nbd = nbd;
    this.vhostUser = vhostUser;
    this.policyRecord = policyRecord;
  }

  /**
   * Opens the image, then the listeners, then starts the servers. If one of that fails, nothing is
   * left of the others, an image that was made for this included.
   *
   * @throws RuntimeException whose sentence {@link Failures} knows
   */
  static DiskService start(ServeRequest request) {
    ImageFile image = ImageFile.open(request.image(), request.imageOptions());
    try {
      NbdExport export = export(image, request.limits());
      RawDisk disk = new RawDisk(image);
      List<PolicyObservation> found = new CopyOnWriteArrayList<>();
      NbdServer nbd =
          request.addresses().isEmpty() ? null : startNbd(disk, export, request, found::add);
      try {
        VhostUserServer vhostUser = startVhostUser(disk, request.vhostUser());
        // One record tells of one wish: rings of two kinds are not told of.
        Descriptor record = nbd == null || vhostUser != null ? null : keepRecord(nbd, found);
        return new DiskService(image, export, nbd, vhostUser, record);
      } catch (RuntimeException | Error e) {
        if (nbd != null) {
          nbd.close();
        }
        throw e;
      }
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

  private static NbdServer startNbd(
      RawDisk disk, NbdExport export, ServeRequest request, Consumer<PolicyObservation> found) {
    return NbdServer.start(
        disk,
        NbdExports.of(export),
        listen(request.addresses()),
        request.limits(),
        PolicyCheck.of(NbdServer.allowlist(disk)).andThen(found));
  }

  private static @Nullable VhostUserServer startVhostUser(
      RawDisk disk, @Nullable VhostUserRequest request) {
    if (request == null) {
      return null;
    }
    try {
      return VhostUserServer.start(
          disk,
          request.listener().get(),
          request.options(),
          PolicyCheck.of(VhostUserServer.allowlist()));
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          "cannot listen for virtual machines: " + e.getMessage() + "; choose another path", e);
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

  /** The NBD server of a request that has addresses. */
  NbdServer server() {
    NbdServer started = nbd;
    if (started == null) {
      throw new IllegalStateException("there is no NBD server");
    }
    return started;
  }

  /** The server for virtual machines, or null. */
  @Nullable VhostUserServer vhostUser() {
    return vhostUser;
  }

  /**
   * Lets virtual machines have what the image has grown by, and says so; NBD clients keep theirs.
   */
  void lookAtSize(PrintWriter out) {
    VhostUserServer server = vhostUser;
    try {
      if (server != null && server.capacityChanged()) {
        out.printf("resized %s: now %d bytes%n", image.path(), image.size());
      }
    } catch (UringException | IllegalStateException e) {
      LOGGER.log(Level.WARNING, "the size of {0} is unknown: {1}", image.path(), e.getMessage());
    }
  }

  /** Completes, exceptionally, when a server has failed; or when one was closed. */
  CompletableFuture<Object> ended() {
    List<CompletableFuture<?>> all = new ArrayList<>();
    if (nbd != null) {
      all.add(nbd.ended());
    }
    if (vhostUser != null) {
      all.add(vhostUser.ended());
    }
    return CompletableFuture.anyOf(all.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Stops accepting, finishes what is in flight, flushes and closes everything.
   *
   * @throws FailureException if the flush failed
   */
  void stop() {
    int error = vhostUser == null ? 0 : vhostUser.stop();
    int nbdError = nbd == null ? 0 : nbd.stop();
    error = error == 0 ? nbdError : error;
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
    if (vhostUser != null) {
      vhostUser.close();
    }
    if (nbd != null) {
      nbd.close();
    }
    if (policyRecord != null) {
      policyRecord.close();
    }
    image.close();
  }
}
