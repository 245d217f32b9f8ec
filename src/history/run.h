#pragma once
/* A run: one transaction of one session, as the log shows it, while it is gathered and when it has
 * ended. Values are kept as hashes alone. */

#include <glib.h>

#include "history/shape.h"

/* A value at a slot. */
struct value {
    uint64_t hash;
    bool inlined; /* it stands in the text */
    bool cut;     /* by log_parameter_max_length: only its beginning is known */
    bool own;     /* the text is the program's own, which has parameters elsewhere */
    char kind;    /* 's' text, 'n' number, 'k' TRUE, FALSE or NULL, whose word is in `word` */
    char word;    /* 't', 'f' or 'n' */
};

struct run_statement {
    struct shape *shape;
    guint first_value;
    int64_t start, end; /* NO_TIME when not known */
    uint32_t line;
    char *callsite; /* "shop/pay.py:18", or NULL */
    bool timed;     /* `end` is exact, not only no earlier than the end */
};

enum run_end {
    RUN_OPEN,
    RUN_COMMITTED,
    RUN_ROLLED_BACK,
    RUN_FAILED,
    RUN_LOST, /* its beginning or its end is in no log */
};

struct failure {
    char state[6];
    guint statement; /* of the run; its count: at the end, COMMIT */
    int64_t time;
    uint32_t line;
    struct run *blocker; /* that the detail of a deadlock names, or NULL */
};

struct run {
    gint references; /* atomic: a run is handed on to another thread */
    uint64_t serial;
    GArray *statements;  /* struct run_statement */
    GArray *values;      /* struct value */
    GArray *lists;       /* see history/list.h; NULL when it has none, and so is `members` */
    GArray *members;     /* uint64_t */
    GPtrArray *failures; /* struct failure; more than one when savepoints catch them */
    enum isolation_level level;
    enum isolation_level implied; /* the least at which it can have failed as it did */
    int read_only, deferrable;
    bool block;   /* between BEGIN and COMMIT */
    bool dropped; /* statements are missing: LIMIT_STATEMENTS, or what could not be read */
    bool leaked;  /* another application has left the level to it */
    enum run_end end;
    int64_t begun;
    int64_t ended; /* when COMMIT was asked for, or when the last statement ended */
    uint32_t line;
    const char *file;                          /* interned */
    const char *database, *application, *tags; /* interned; "" for none */
    const char *role; /* interned; "" for one without settings of its own */
    uint32_t process;
    struct program *program;  /* when it has ended */
    struct program *sequence; /* of the run before it and this one, or NULL */
};

/* With one reference, that of the caller; run_unref gives one back, and frees the run with the last.
 * NULL is nothing to it. */
struct run *run_new(void);
struct run *run_ref(struct run *run);
void run_unref(struct run *run);

/* A statement of the run, the last one (there must be one), the values at the slots of one, and its
 * normal form; all owned by the run. */
static inline const struct run_statement *run_statement(const struct run *run, guint index)
{
    return &g_array_index(run->statements, struct run_statement, index);
}

static inline const struct run_statement *run_last(const struct run *run)
{
    return run_statement(run, run->statements->len - 1);
}

static inline const struct value *run_values(const struct run *run, guint index)
{
    return &g_array_index(run->values, struct value, run_statement(run, index)->first_value);
}

static inline const struct normal *run_normal(const struct run *run, guint index)
{
    return run_statement(run, index)->shape->normal;
}

/* Whether something that others see is written. */
bool run_writes(const struct run *run);
