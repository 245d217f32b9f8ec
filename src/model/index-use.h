#pragma once
/* Whether an access can find its rows through an index. At SERIALIZABLE this decides what is locked
 * against writers: rows and index pages, or the whole table (README-SSI in storage/lmgr). The
 * planner may still read a small table as a whole, so "yes" means "can", and "no" means "never". */

#include "base/arena.h"
#include "model/access.h"

struct index_use {
    enum answer usable;
    const struct index *index; /* one that serves, when usable is yes */
    bool whole_index;          /* it serves, but is read from end to end */
    const char *reason;        /* why none serves: "no index on email" */
    const char *advice;        /* an index that would, "CREATE INDEX ON users (email)", or NULL */
};

/* Texts are in `arena`. */
struct index_use index_use(const struct access *access, struct arena *arena);
