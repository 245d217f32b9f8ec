#pragma once
/* The heap, and how the kernel gives it. */

/* Asks the kernel for the first 16 MiB of the heap in pages of 2 MiB (madvise(2), MADV_HUGEPAGE): most of what
 * a run over a few MB of SQL allocates then costs few page faults. To be called once, first of all;
 * does nothing where the C library or the kernel has no such thing. */
void heap_use_large_pages(void);
