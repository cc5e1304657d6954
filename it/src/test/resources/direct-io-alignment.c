/* Prints the offset alignment that the file system asks for with O_DIRECT, or 0 if it says none. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/stat.h of 6.1; older headers lack it. */
#define ASK_DIRECT_IO_ALIGNMENT 0x2000U
#define DIRECT_IO_OFFSET_ALIGNMENT_AT 0x9c

int main(int argc, char **argv)
{
    unsigned char answer[256] = {0};
    uint32_t mask;
    uint32_t alignment;

    if (argc != 2
        || syscall(SYS_statx, AT_FDCWD, argv[1], 0, ASK_DIRECT_IO_ALIGNMENT, answer) != 0)
        return 1;
    memcpy(&mask, answer, sizeof mask);
    memcpy(&alignment, answer + DIRECT_IO_OFFSET_ALIGNMENT_AT, sizeof alignment);
    printf("%u\n", (mask & ASK_DIRECT_IO_ALIGNMENT) != 0 ? alignment : 0);
    return 0;
}
