package dev.uring.disk;

import dev.uring.Descriptor;
import dev.uring.FileKind;
import dev.uring.FileStatus;
import dev.uring.OpenFlag;
import dev.uring.ring.UringException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** The steps from a path to an {@link ImageFile}, and what each of them can meet. */
final class ImageOpening {
  private static final int CREATE_MODE = 0600;

  private final Path path;
  private final String name;
  private final ImageOptions options;
  private final Patience patience;

  ImageOpening(Path path, ImageOptions options) {
    this.path = path;
    this.name = path.toString();
    this.options = options;
    this.patience = new Patience(options.patience());
  }

  ImageFile open() {
    try {
      return options.createSize().isPresent()
          ? create(options.createSize().getAsLong())
          : openExisting();
    } catch (InvalidPathException e) {
      throw DiskException.failure(name + " cannot be a file name: it " + e.getReason(), e);
    }
  }

  private ImageFile create(long size) {
    checkCreation(size);
    // Without O_DIRECT: where that is not supported the kernel refuses only after it has made the
    // file. Held open until all is well, so that what is removed is surely what was made.
    try (Descriptor made = make()) {
      try {
        enlarge(made, size);
        return openExisting();
      } catch (RuntimeException | Error e) {
        remove(made.status(), e);
        throw e;
      }
    }
  }

  private void checkCreation(long size) {
    if (options.isReadOnly()) {
      throw DiskException.usage(
          "--create makes an empty image, which --read-only would leave empty for ever: leave one"
              + " of them out");
    }
    if (options.blockSize() != 0 && size % options.blockSize() != 0) {
      throw DiskException.usage(
          "--create "
              + size
              + " is not a multiple of --block-size "
              + options.blockSize()
              + ": change one of them");
    }
  }

  private Descriptor make() {
    Set<OpenFlag> flags =
        EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
    try {
      return Descriptor.open(path, CREATE_MODE, flags);
    } catch (UringException e) {
      throw DiskException.failure(
          switch (e.errnoName()) {
            case "EEXIST" ->
                name
                    + " exists and --create touches no file that does: leave --create out to serve"
                    + " it, or choose another name";
            case "ENOENT", "ENOTDIR" ->
                name + " cannot be made: its directory does not exist; make that first";
            case "EACCES", "EPERM", "EROFS" ->
                name
                    + " cannot be made: this user may not write to its directory, or the file"
                    + " system is read-only";
            default -> name + " cannot be made: " + e.getMessage();
          },
          e);
    }
  }

  private void enlarge(Descriptor made, long size) {
    try {
      made.truncate(size);
    } catch (UringException e) {
      throw DiskException.failure(
          name + " cannot hold " + size + " bytes: " + e.getMessage() + "; choose a smaller size",
          e);
    }
  }

  private void remove(FileStatus made, Throwable cause) {
    try (Descriptor found = Descriptor.open(path, OpenFlag.READ, OpenFlag.NO_FOLLOW)) {
      if (found.status().isSameFile(made)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UringException e) {
      cause.addSuppressed(e);
    }
  }

  private ImageFile openExisting() {
    FileKind kind = kind();
    Descriptor image = openFile(kind);
    try {
      // The lock first: what cooperating programs could still change is measured under it.
      ImageLock lock = lock(image);
      ImageGeometry geometry = ImageGeometry.measure(name, image, options);
      if (geometry.status().kind() != kind) {
        throw DiskException.failure(
            name + " was replaced while it was being opened: try again once nobody changes it");
      }
      return new ImageFile(path, image, lock, geometry, options);
    } catch (UringException e) {
      image.close();
      throw DiskException.failure(name + " cannot be measured: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }

  /** Looked up without opening: opening would wait on a pipe and wake devices. */
  private FileKind kind() {
    FileKind kind;
    try {
      kind = FileStatus.of(path).kind();
    } catch (UringException e) {
      throw DiskException.failure(
          switch (e.errnoName()) {
            case "ENOENT", "ENOTDIR" ->
                name + " does not exist: check the name, or make it with --create SIZE";
            case "EACCES" ->
                name
                    + " cannot be reached: this user may not enter one of the directories that"
                    + " lead to it";
            case "ELOOP" -> name + " is a symbolic link that leads nowhere: mend it";
            default -> name + " cannot be looked up: " + e.getMessage();
          },
          e);
    }
    if (kind == FileKind.DIRECTORY) {
      throw DiskException.failure(name + " is a directory: name an image file");
    }
    if (kind != FileKind.REGULAR && kind != FileKind.BLOCK_DEVICE) {
      throw DiskException.failure(
          name
              + " is neither a regular file nor a block device and cannot hold an image: name one"
              + " that is");
    }
    return kind;
  }

  private Descriptor openFile(FileKind kind) {
    Set<OpenFlag> flags = EnumSet.of(OpenFlag.READ);
    if (!options.isReadOnly()) {
      flags.add(OpenFlag.WRITE);
      if (kind == FileKind.BLOCK_DEVICE) {
        flags.add(OpenFlag.EXCLUSIVE);
      }
    }
    if (options.isDirect()) {
      flags.add(OpenFlag.DIRECT);
    }
    while (true) {
      try {
        return Descriptor.open(path, 0, flags);
      } catch (UringException e) {
        if (!e.errnoName().equals("EBUSY") || !patience.pause()) {
          throw cannotOpen(e);
        }
      }
    }
  }

  private DiskException cannotOpen(UringException e) {
    if (e.errnoName().equals("EINVAL") && options.isDirect()) {
      return ImageGeometry.noDirect(name);
    }
    String direction = options.isReadOnly() ? "reading" : "writing";
    return DiskException.failure(
        switch (e.errnoName()) {
          case "EACCES", "EPERM" ->
              name
                  + " cannot be opened for "
                  + direction
                  + ": this user has no permission; change the file's permissions"
                  + (options.isReadOnly() ? "" : ", or serve it with --read-only");
          case "EROFS" ->
              name + " lies on something read-only: serve it with --read-only, or move it";
          case "EBUSY" ->
              name
                  + " is in use: the device is mounted, part of another device, or held by another"
                  + " program; unmount it or stop that program";
          case "ETXTBSY" ->
              name + " is in use as a program or as swap space: stop that, or serve a copy";
          case "ENXIO", "ENOMEDIUM" ->
              name + " is a device without a medium or a driver: put one in, or load it";
          default -> name + " cannot be opened: " + e.getMessage();
        },
        e);
  }

  private ImageLock lock(Descriptor image) {
    try {
      return ImageLock.take(image, !options.isReadOnly(), name, patience);
    } catch (UringException e) {
      throw DiskException.failure(
          name
              + " cannot be locked, so nobody can know whether it is in use: "
              + e.getMessage()
              + "; move it to a local file system",
          e);
    }
  }
}
