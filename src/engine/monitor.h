#pragma once
/* Who watches a run. All but step() are called by the thread that runs it, step() by any. */

struct monitor {
    void *(*begin)(void); /* what the others are given, NULL as well */

    /* What is being done ("reading files", static), and to how many files or programs. */
    void (*phase)(void *watching, const char *what, unsigned total);
    void (*step)(void *watching); /* one more of them is done */
    void (*end)(void *watching);
};
