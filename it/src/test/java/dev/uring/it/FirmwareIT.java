package dev.uring.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * QEMU's firmware, which drives a vhost-user disk by itself: one queue of those there are, few
 * features, no flushes. It loads a boot sector from the disk, which goes on through the firmware.
 */
class FirmwareIT {
  private static final int SECTOR = 512;
  private static final int BOOTS = 3;

  /** QEMU's exit status for the numbers that the boot sector writes to the exit port. */
  private static final int DONE = 0x10 << 1 | 1;

  private static final int FAILED = 0x11 << 1 | 1;

  /**
   * Adds one to the first byte of the second sector, and restarts the machine until it is three.
   *
   * <pre>
   *         xor ax, ax; mov ds, ax; mov es, ax; mov bx, 0x7e00
   *         mov ax, 0x0201; mov cx, 2; mov dh, 0; int 0x13      read a sector
   *         jc failed
   *         inc byte [0x7e00]
   *         mov ax, 0x0301; mov cx, 2; mov dh, 0; int 0x13      write it
   *         jc failed
   *         mov al, 0x10; cmp byte [0x7e00], 3; jae end
   *         mov al, 0xfe; out 0x64, al; jmp halt                restart
   * end:    out 0xf4, al; jmp halt
   * halt:   hlt; jmp halt
   * failed: mov al, 0x11; jmp end
   * </pre>
   */
  private static final byte[] BOOT_SECTOR =
      HexFormat.of()
          .parseHex(
              "31c08ed88ec0bb007e"
                  + "b80102b90200b600cd137226"
                  + "fe06007e"
                  + "b80103b90200b600cd137216"
                  + "b010803e007e037306"
                  + "b0fee664eb04"
                  + "e6f4eb00"
                  + "f4ebfd"
                  + "b011ebf5");

  @TempDir private Path directory;
  private Path image;
  private Path socket;

  @BeforeEach
  void make_a_disk_that_boots() {
    image = Images.sparse(directory.resolve("disk.img"), Images.MIB);
    socket = directory.resolve("guest.sock");
    byte[] sector = Arrays.copyOf(BOOT_SECTOR, SECTOR);
    sector[SECTOR - 2] = 0x55;
    sector[SECTOR - 1] = (byte) 0xaa;
    Images.write(image, 0, sector);
  }

  private int boot() {
    List<String> arguments = new ArrayList<>();
    // Without room for a second processor, emulated guests lose kicks (QEMU before 8.1).
    arguments.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none"));
    arguments.addAll(List.of("-accel", "tcg", "-smp", "1,maxcpus=2", "-m", "128"));
    arguments.addAll(List.of("-machine", "q35,memory-backend=mem"));
    arguments.addAll(List.of("-object", "memory-backend-memfd,id=mem,size=128M,share=on"));
    arguments.addAll(List.of("-chardev", "socket,id=disk,path=" + socket));
    arguments.addAll(
        List.of("-device", "vhost-user-blk-pci,chardev=disk,num-queues=4,bootindex=0"));
    arguments.addAll(List.of("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"));
    return Tool.run("qemu-system-x86_64", arguments.toArray()).status();
  }

  private int boots() {
    return Images.read(image, SECTOR, 1)[0];
  }

  @Test
  void a_machine_boots_from_the_disk_again_and_again_and_so_does_the_next() {
    Tool.require("qemu-system-x86_64");
    try (DiskServer server = DiskServer.serve(image, "--vhost-user", socket, "--sealed-memory")) {
      assertThat(boot()).isEqualTo(DONE);
      assertThat(boots()).isEqualTo(BOOTS);
      assertThat(boot()).isEqualTo(DONE);
      assertThat(boots()).isEqualTo(BOOTS + 1);
      assertThat(server.isAlive()).isTrue();
    }
  }

  @Test
  void a_disk_that_is_served_read_only_is_read_and_not_written() {
    Tool.require("qemu-system-x86_64");
    try (DiskServer server = DiskServer.serve(image, "--vhost-user", socket, "--read-only")) {
      assertThat(boot()).isEqualTo(FAILED);
      assertThat(boots()).isZero();
      assertThat(server.isAlive()).isTrue();
    }
  }
}
