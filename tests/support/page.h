#pragma once
/* Rule pages as test data: their SQL fences, and what the comments in them promise.
 *
 * A fence opens with ```sql and a word: "wrong" (the rule finds each line that is marked "found"
 * and no other), "right" (the rule finds nothing, and on a server nothing goes wrong under any
 * interleaving) or "silent" (the rule finds nothing). Options of isolint may follow. In a fence
 * "-- session A" says whose statements follow; what stands before is the set-up. */

#include <stdbool.h>

#include <glib.h>

#include "support/project.h"

enum fence_kind {
    FENCE_WRONG,
    FENCE_RIGHT,
    FENCE_SILENT,
};

struct fence {
    enum fence_kind kind;
    char **options; /* NULL-terminated */
    char *text;
    unsigned line; /* of the page, of its first line of text */
};

struct page {
    char *name; /* the file's name without directory and ".md" */
    char *text;
    GArray *fences; /* struct fence */
};

/* Fails the test when the page cannot be read or has a fence of an unknown kind. */
void page_read(struct page *page, const char *path);
void page_finish(struct page *page);

/* The parts of a fence as scripts of the same length: what belongs to others is blank. Keys are
 * "setup" and the names of the sessions; both are owned by the table. */
GHashTable *fence_parts(const struct fence *fence);

/* Lints the parts as files of their own, "setup.sql" and "session-A.sql", the set-up first, because
 * the others stand on its tables. Freed by linted_finish. */
void lint_fence(struct linted *linted, const struct fence *fence);

/* The name of the session that a line like "-- session A" opens; NULL for any other line. Owned by
 * the caller. */
char *fence_session(const char *line);

/* Whether a comment of the line says that a finding starts there. */
bool line_is_marked(const char *line);
