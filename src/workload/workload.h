#pragma once
/* From logs to programs: reads them entry by entry, follows their sessions, and counts what the
 * transactions are runs of. */

#include <glib.h>

#include "base/error.h"
#include "history/follow.h"
#include "workload/compose.h"
#include "workload/recent-reads.h"
#include "workload/window.h"

struct workload_options {
    struct follow_options follow;
    const char *prefix; /* log_line_prefix, or NULL */
    uint64_t least_runs;
    int jobs;                        /* threads; what comes out does not depend on them. 0 is 1 */
    void (*waits)(const char *path); /* told of a named pipe that nobody writes to; or NULL */
};

struct workload {
    struct shapes *shapes;
    struct programs *programs;
    struct recent_reads *reads;
    struct window *window;
    struct follow *follow;
    struct follow_options wanted;
    struct taker *taker; /* takes runs on a thread; NULL: none is needed */
    struct ahead *ahead; /* reads on a thread; NULL: none does */
    GPtrArray *files;    /* char *: names that programs point to */
    GPtrArray *troubles; /* char *: files that could not be read */
    GPtrArray *notices;  /* char *: what was left out, one line each */
    GPtrArray *shown;    /* struct program, in order of their names; by workload_finish */
    GPtrArray *composed; /* struct composed, in the same order */
    uint64_t entries, executions;
    uint64_t unread; /* of the executions: whose text the grammar refuses */
};

/* How far reading is: called now and then. */
typedef void workload_progress(const char *file, uint64_t read, uint64_t size, void *context);

/* Fails on a prefix that is none. Freed by workload_free, when it has failed as well. */
bool workload_init(struct workload *workload, const struct workload_options *options,
                   struct error *error);
void workload_free(struct workload *workload);

/* Reads logs and tables in the order of their first times. What cannot be read becomes a trouble,
 * what is left out a notice. */
void workload_read(struct workload *workload, char *const *paths,
                   const struct workload_options *options, workload_progress *progress,
                   void *context);

/* The same of one log or table at hand. */
void workload_read_bytes(struct workload *workload, const char *name, const char *bytes,
                         size_t size);

/* All is read: settles what was waiting, and says what was left out. */
void workload_end(struct workload *workload);

/* Chooses and composes the programs. */
void workload_finish(struct workload *workload, const struct workload_options *options);
