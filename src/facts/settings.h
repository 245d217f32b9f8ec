#pragma once
/* Isolation level, access mode and deferrability: how a script asks for them, and the settings of
 * a session that decide about transactions. */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

enum isolation_level {
    LEVEL_UNKNOWN,
    LEVEL_READ_UNCOMMITTED, /* as asked for; the server treats it as READ COMMITTED */
    LEVEL_READ_COMMITTED,
    LEVEL_REPEATABLE_READ,
    LEVEL_SERIALIZABLE,
};

/* "READ COMMITTED" and so on; "an unknown level" for LEVEL_UNKNOWN. */
const char *isolation_level_name(enum isolation_level level);

/* Reads "repeatable read" as settings and connection strings spell it, in any case.
 * LEVEL_UNKNOWN when it is none of the four. */
enum isolation_level isolation_level_parse(const char *text);

enum mode_kind {
    MODE_ISOLATION,
    MODE_READ_ONLY,
    MODE_DEFERRABLE,
};

enum { MODE_KINDS = 3, MODE_UNKNOWN = -1, MODE_DEFAULT = -2 };

/* One of ISOLATION LEVEL …, READ ONLY / READ WRITE, [NOT] DEFERRABLE, as written. */
struct mode {
    struct mode *next;
    enum mode_kind kind;
    int value; /* an isolation_level, or 0 / 1, or MODE_UNKNOWN, MODE_DEFAULT */
    struct span span;
};

enum setting_scope {
    SCOPE_TRANSACTION,     /* SET TRANSACTION …, SET TRANSACTION SNAPSHOT … */
    SCOPE_CHARACTERISTICS, /* SET SESSION CHARACTERISTICS AS TRANSACTION … */
    SCOPE_LOCAL,           /* SET LOCAL name = value */
    SCOPE_SESSION,         /* SET name = value, RESET name */
    SCOPE_ALL,             /* RESET ALL, DISCARD ALL */
};

/* A statement that changes settings. */
struct setting {
    enum setting_scope scope;
    const char *name;     /* lower case; NULL for the first two scopes and SCOPE_ALL */
    const char *value;    /* NULL: back to the default */
    bool unknown_value;   /* the value is filled in when the script runs */
    const char *snapshot; /* SET TRANSACTION SNAPSHOT '…' */
    struct mode *modes;
    struct span span;
    struct span name_span; /* of the name as it is written; empty when there is none */
};

/* The mode as BEGIN spells it: "ISOLATION LEVEL SERIALIZABLE", "READ ONLY", "NOT DEFERRABLE". */
const char *mode_text(const struct mode *mode);

/* What the server's refusal of a change calls it: "the isolation level", "READ WRITE",
 * "[NOT] DEFERRABLE". */
const char *mode_subject(const struct mode *mode);

/* A list of modes, separated by commas; NULL when it is empty or a value in it is not known. */
const char *modes_text(struct arena *arena, const struct mode *modes);

/* The last mode of a kind in a list, which is the one that counts; NULL when there is none. */
const struct mode *modes_find(const struct mode *modes, enum mode_kind kind);

/* Whether two lists have a kind of mode in common. */
bool modes_overlap(const struct mode *a, const struct mode *b);

/* The mode that `SET name = value` asks for. `*transaction` says whether it is the open
 * transaction's own (transaction_isolation) or the session's default. Returns false when the
 * setting is not about transaction modes. */
bool setting_mode(const struct setting *setting, struct mode *mode, bool *transaction);
