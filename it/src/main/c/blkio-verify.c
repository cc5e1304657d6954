/*
 * blkio-verify: writes a disk through libblkio and reads it again.
 *
 *   blkio-verify SOCKET QUEUES POLL_QUEUES
 *
 * Every queue writes blocks of its own, each 8 bytes of them stamped with where they lie, many at a
 * time and some in two pieces; flushes; and reads them all back. Then a part is zeroed, and a part
 * discarded. A queue that polls gives the server no descriptors to wait for or to call.
 *
 * Exit status 0; 1 if something failed or differed.
 *
 * Build: gcc -O2 -o blkio-verify blkio-verify.c -lblkio
 */
#include <blkio.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

enum { BLOCK = 16384, BLOCKS = 64, DEPTH = 16 };

static struct blkio *disk;

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    exit(1);
}

static void check(int result, const char *what)
{
    if (result < 0)
        fail("%s: %s (%d)", what, blkio_get_error_msg(), result);
}

static void wait_for(struct blkioq *queue, int count, const char *what)
{
    struct blkio_completion done[DEPTH];
    while (count > 0) {
        int got = blkioq_do_io(queue, done, 1, count < DEPTH ? count : DEPTH, NULL);
        check(got, what);
        for (int i = 0; i < got; i++)
            if (done[i].ret < 0)
                fail("%s: %s", what, strerror(-done[i].ret));
        count -= got;
    }
}

static uint64_t stamp(uint64_t at) { return at * 0x9e3779b97f4a7c15u + 1; }

static void fill(char *buffer, uint64_t offset)
{
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t value = stamp(offset + i);
        memcpy(buffer + i, &value, 8);
    }
}

static void compare(const char *buffer, uint64_t offset, int zeros)
{
    for (int i = 0; i < BLOCK; i += 8) {
        uint64_t value = zeros ? 0 : stamp(offset + i);
        if (memcmp(buffer + i, &value, 8) != 0)
            fail("byte %llu differs", (unsigned long long)(offset + i));
    }
}

static void transfer(struct blkioq *queue, char *memory, uint64_t first, int write)
{
    for (int batch = 0; batch < BLOCKS; batch += DEPTH) {
        struct iovec halves[DEPTH][2];
        for (int i = 0; i < DEPTH; i++) {
            uint64_t offset = first + (uint64_t)(batch + i) * BLOCK;
            char *buffer = memory + (size_t)i * BLOCK;
            struct iovec *half = halves[i];
            half[0] = (struct iovec){buffer, BLOCK / 4};
            half[1] = (struct iovec){buffer + BLOCK / 4, BLOCK - BLOCK / 4};
            if (write)
                fill(buffer, offset);
            else
                memset(buffer, 0xee, BLOCK);
            if (write && i % 2)
                blkioq_writev(queue, offset, half, 2, NULL, 0);
            else if (write)
                blkioq_write(queue, offset, buffer, BLOCK, NULL, 0);
            else if (i % 2)
                blkioq_read(queue, offset, buffer, BLOCK, NULL, 0);
            else
                blkioq_readv(queue, offset, half, 2, NULL, 0);
        }
        wait_for(queue, DEPTH, write ? "write" : "read");
        for (int i = 0; i < DEPTH && !write; i++)
            compare(memory + (size_t)i * BLOCK, first + (uint64_t)(batch + i) * BLOCK, 0);
    }
}

static void verify(struct blkioq *queue, char *memory, int number)
{
    uint64_t first = (uint64_t)number * BLOCKS * BLOCK;
    transfer(queue, memory, first, 1);
    blkioq_flush(queue, NULL, 0);
    wait_for(queue, 1, "flush");
    transfer(queue, memory, first, 0);
    blkioq_write_zeroes(queue, first, BLOCK, NULL, 0);
    wait_for(queue, 1, "write zeroes");
    blkioq_discard(queue, first + BLOCK, BLOCK, NULL, 0);
    wait_for(queue, 1, "discard");
    blkioq_read(queue, first, memory, BLOCK, NULL, 0);
    wait_for(queue, 1, "read of zeros");
    compare(memory, first, 1);
}

int main(int count, char **arguments)
{
    struct blkio_mem_region region;
    uint64_t capacity;
    if (count != 4)
        fail("usage: blkio-verify SOCKET QUEUES POLL_QUEUES");
    int queues = atoi(arguments[2]);
    int polled = atoi(arguments[3]);
    check(blkio_create("virtio-blk-vhost-user", &disk), "create");
    check(blkio_set_str(disk, "path", arguments[1]), "path");
    check(blkio_connect(disk), "connect");
    check(blkio_get_uint64(disk, "capacity", &capacity), "capacity");
    check(blkio_set_int(disk, "num-queues", queues), "num-queues");
    check(blkio_set_int(disk, "num-poll-queues", polled), "num-poll-queues");
    check(blkio_start(disk), "start");
    check(blkio_alloc_mem_region(disk, &region, DEPTH * BLOCK), "memory");
    check(blkio_map_mem_region(disk, &region), "memory");
    for (int i = 0; i < queues; i++)
        verify(blkio_get_queue(disk, i), region.addr, i);
    for (int i = 0; i < polled; i++)
        verify(blkio_get_poll_queue(disk, i), region.addr, queues + i);
    blkio_unmap_mem_region(disk, &region);
    printf("%llu bytes, %d and %d queues: all as written\n", (unsigned long long)capacity, queues,
           polled);
    blkio_destroy(&disk);
    return 0;
}
