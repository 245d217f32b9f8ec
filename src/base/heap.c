#include "base/heap.h"

#include <stdlib.h>

#ifdef __GLIBC__

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE_PAGE = 2 << 20, FIRST = 8 * LARGE_PAGE };

void heap_use_large_pages(void)
{
    /* Any of these ends the thresholds that adapt themselves, so all are given (mallopt(3)). */
    mallopt(M_MMAP_THRESHOLD, 2 * LARGE_PAGE);
    mallopt(M_TRIM_THRESHOLD, 2 * FIRST);
    mallopt(M_TOP_PAD, FIRST);
    void *volatile grown =
        malloc(FIRST / 64); /* more than is there: the heap grows, with the pad */
    mallopt(M_TOP_PAD, FIRST / 64);

    uintptr_t end = (uintptr_t)sbrk(0), start = (end - FIRST) / LARGE_PAGE * LARGE_PAGE;
    madvise((void *)start, (end - start) / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
    free(grown);
}

#else

void heap_use_large_pages(void)
{
}

#endif
