#pragma once
/* The server's own functions: volatility and kind as pg_proc has them, and the effects that matter
 * for transactions, which pg_proc does not know. */

#include <stdbool.h>

#include "facts/definition.h"

enum builtin_kind {
    BUILTIN_FUNCTION,
    BUILTIN_AGGREGATE,
    BUILTIN_WINDOW,
};

enum effect {
    EFFECT_NONE,             /* computes, or reads what no transaction of a user writes */
    EFFECT_NEXTVAL,          /* advances a sequence: not undone, refused in READ ONLY */
    EFFECT_SETVAL,           /* sets a sequence: not undone, refused in READ ONLY */
    EFFECT_SEQUENCE_READ,    /* currval, lastval */
    EFFECT_ADVISORY_XACT,    /* waits for an advisory lock that COMMIT releases */
    EFFECT_ADVISORY_SESSION, /* waits for one that outlives the transaction */
    EFFECT_ADVISORY_TRY,     /* takes one or returns false */
    EFFECT_ADVISORY_UNLOCK,
    EFFECT_SLEEP,
    EFFECT_NOTIFY,
    EFFECT_SET_CONFIG,
    EFFECT_LARGE_OBJECT_WRITE, /* refused in READ ONLY from 16 on */
    EFFECT_LARGE_OBJECT_READ,
    EFFECT_FILE,           /* writes a file of the server */
    EFFECT_RUNS_TEXT,      /* runs a query that it is given as text */
    EFFECT_TRANSACTION_ID, /* assigns a transaction id: refused on a standby */
    EFFECT_EXPORT_SNAPSHOT,
    EFFECT_REMOTE,  /* dblink: another session, another transaction */
    EFFECT_REQUEST, /* asks a server that is no database, and waits for its answer */
};

struct builtin {
    const char *name;
    enum volatility volatility;
    enum builtin_kind kind;
    bool returns_set;
};

/* The function of this name in pg_catalog, or in an extension listed here; NULL when it is neither,
 * so that nothing is known about it. */
const struct builtin *builtin_find(const char *schema, const char *name);

/* EFFECT_NONE for NULL. */
enum effect builtin_effect(const struct builtin *builtin);

/* Whether a call cannot matter for transactions: no effect, and the same result for the same
 * arguments within a statement or none that is stored. */
bool builtin_is_quiet(const struct builtin *builtin);
