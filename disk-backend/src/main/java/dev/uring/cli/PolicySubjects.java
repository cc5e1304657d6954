package dev.uring.cli;

import dev.uring.allowlist.URingAllowlist;
import dev.uring.disk.ImageFile;
import dev.uring.disk.ImageOptions;
import dev.uring.disk.RawDisk;
import dev.uring.nbd.NbdExports;
import dev.uring.nbd.NbdServer;
import dev.uring.nbd.NbdServerOptions;
import dev.uring.ring.PolicyObservation;
import dev.uring.ring.PolicyObserver;
import dev.uring.ring.Ring;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Rings to be asked, made for that and closed again.
 *
 * @param given the list that they were restricted with
 * @param rings what each was found to permit
 */
record PolicySubjects(URingAllowlist given, List<PolicyObservation> rings) {
  private static final int ENTRIES = 8;

  /** The rings that would serve an image: opened and started as for that, but for the listeners. */
  static PolicySubjects serving(Path path, ImageOptions options) {
    List<PolicyObservation> rings = new CopyOnWriteArrayList<>();
    NbdServerOptions limits = NbdServerOptions.defaults();
    try (ImageFile image = ImageFile.open(path, options)) {
      RawDisk disk = new RawDisk(image);
      NbdExports exports = NbdExports.of(DiskService.export(image, limits));
      try (NbdServer server = NbdServer.start(disk, exports, List.of(), limits, rings::add)) {
        return new PolicySubjects(server.allowlist(), rings);
      }
    }
  }

  /** One ring without a disk, under a list. Nobody uses it, so it can be asked for everything. */
  static PolicySubjects bare(URingAllowlist list) {
    try (Ring ring = Ring.builder(ENTRIES).ownedByThisThread().disabled().build()) {
      ring.registrar().restrict(list);
      ring.registrar().enable();
      PolicyObserver observer =
          new PolicyObserver(ring, index -> {}).nothingInFlight().drainingMayEnd();
      return new PolicySubjects(list, List.of(observer.observe()));
    }
  }
}
