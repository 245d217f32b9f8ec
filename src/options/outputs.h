#pragma once
/* Which reports a run writes, and where: pairs of --format and --output. An --output belongs to the
 * last --format before it, or to the first one when none stands before it. */

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

struct output_request {
    const char *format; /* one of the known */
    char *path;         /* NULL: standard output */
};

struct outputs {
    const char *const *known; /* the default first; NULL-terminated */
    GArray *requests;         /* struct output_request; never empty after outputs_complete */
    char *waiting;            /* an --output that no --format preceded */
};

/* `known`: the formats that there are; static. Freed by outputs_finish. */
void outputs_init(struct outputs *outputs, const char *const *known);
void outputs_finish(struct outputs *outputs);

/* Take one option each, in the order of the command line. Fail on an unknown format and on a second
 * --output for one --format. "-" is standard output. */
bool outputs_add_format(struct outputs *outputs, const char *name, struct error *error);
bool outputs_add_path(struct outputs *outputs, const char *path, struct error *error);

/* Fills in what was not said: the default, to standard output. Fails when two reports go to one
 * place. */
bool outputs_complete(struct outputs *outputs, struct error *error);
