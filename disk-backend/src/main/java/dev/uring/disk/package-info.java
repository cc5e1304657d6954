/**
 * Disks: what a byte offset means in files, and the images that hold the bytes.
 *
 * <p>An {@link dev.uring.disk.ImageFile} is an image that is open, checked and locked against every
 * program that keeps QEMU's locks. What is wrong with an image, or with what was asked of it, is a
 * {@link dev.uring.disk.DiskException} whose message is one sentence with cause and remedy, fit to
 * be shown to the person who asked. Nothing that failed leaves a file or an open descriptor behind.
 */
@NullMarked
package dev.uring.disk;

import org.jspecify.annotations.NullMarked;
