#pragma once
/* The texts of programs: what isolint lints, and what `--programs` writes. */

#include <glib.h>

#include "workload/program.h"

/* A program as SQL. */
struct composed {
    const struct program *program;
    GString *text;
    GArray *lines; /* guint: by line of the text, from 0, which statement stands there: their count
                      for COMMIT, UINT_MAX for none */
};

/* The texts of all programs, which belong together: a constant is called the same in all of them.
 * Returns struct composed, owned by the caller. */
GPtrArray *compose_programs(const GPtrArray *programs);
