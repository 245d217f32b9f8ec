#pragma once
/* What both halves of the renderer share. */

#include "server/random/generate.h"

/* What earlier acts have found; NULL: they are named. */
struct known {
    const struct machine *machine;
    unsigned run;
};

/* What has a program's statement, and what of it. */
struct source {
    const struct pair *pair;
    const struct program *program;
    const struct known *known;
    uint32_t by_view;
    const uint8_t *forms; /* enum form */
};

const char *render_column(unsigned column);

/* " FOR UPDATE", " SKIP LOCKED"; each may be empty. */
const char *render_lock(enum lock_strength strength);
const char *render_wait(enum wait_policy wait);

void append_sets(GString *sql, const struct act *act, const struct known *known);
void append_filters(GString *sql, const struct act *act, const struct known *known,
                    const char *pick, bool view);

/* A SELECT of these columns. Owned by the caller. */
char *render_select(const struct act *act, const struct known *known, const char *output,
                    bool view);

/* INSERT of one row, `unless` a SELECT finds one; or of one `more`. Both may be NULL. */
void append_insert(GString *sql, const struct source *source, const struct act *act,
                   const struct act *unless, const struct act *more);

/* ---- render-rows.c */

/* " WHERE s.a IN (1, 2) AND s.c > 1" */
void append_source(GString *sql, const struct act *act);

/* The act behind the statement or function that begins there and has a form. */
unsigned form_end(const struct program *program, unsigned at);

/* The statement, or the body of the function. */
void append_form(GString *sql, const struct source *source, unsigned at);

/* ---- render-join.c */

/* "FROM t0 s, t1 u WHERE s.a IN (1, 2) AND u.a = s.b"; then perhaps FOR UPDATE OF s, u. */
void append_join(GString *sql, const struct act *found, const struct act *act);
void append_join_lock(GString *sql, const struct act *act);

static inline bool form_is_function(unsigned form)
{
    return form >= FORM_INTO;
}
