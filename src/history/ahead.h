#pragma once
/* Reads logs on a thread of its own, ahead of the one that follows their sessions. Entries come in
 * batches, in the order in which they stand, so that nothing depends on how far it is ahead. */

#include "history/lexed.h"
#include "log/reader.h"

/* Some entries of one log. */
struct batch {
    struct lexed *entries;
    unsigned count;
    bool last;           /* of its log */
    char *failure;       /* why reading ended, or NULL; taken by who sets it NULL */
    uint64_t read, size; /* how far reading was, see reader_progress */
    char *text;          /* what the entries point into */
    size_t used, room;
};

struct ahead;

/* Begins with the first of these readers, which belong to the thread until the last batch of each
 * has come. NULL when no thread can be started. */
struct ahead *ahead_new(struct reader *const *readers, unsigned count,
                        const struct follow_options *options);

/* The next batch, whose texts hold until the next one is asked for; one with `last` for each reader.
 * There must be one. */
struct batch *ahead_next(struct ahead *ahead);

/* After the last batch of the last reader. */
void ahead_free(struct ahead *ahead);
