#pragma once
/* The normal form of what a program sends: the statements of one message, with a slot where each
 * value stands. The parse tree says what a value is: a constant in an expression is, the 21 of
 * LIMIT 21 is part of the statement. Lists of values, rows of VALUES and arms of CASE beyond the second
 * are left out, so that `IN (1, 2, 3)` and `IN (1, 2, 3, 4)` have one form. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts/settings.h"
#include "facts/statement.h"
#include "sql/token.h"

/* What a value does in its statement. */
enum slot_role {
    SLOT_OTHER,
    SLOT_COMPARED, /* with a column: WHERE id = 5 */
    SLOT_SET,      /* UPDATE … SET column = 5 */
    SLOT_INSERTED, /* into a column */
    SLOT_ARGUMENT, /* of a function: pg_advisory_xact_lock(5) */
    SLOT_LIMIT,    /* LIMIT $1 */
};

struct slot {
    enum slot_role role : 8;
    bool negative;      /* a minus stands before the token */
    bool equal;         /* compared by = or as one of a list */
    bool list;          /* stands for all values of a list */
    guint value;        /* which of the message's values, see struct tokens */
    guint count;        /* so many values from that one on, with what is left out */
    unsigned parameter; /* 5 for $5, 0 for a constant */
    char *relation;     /* that the column belongs to; NULL when that is not plain */
    char *column;       /* or the name of the function; NULL for SLOT_OTHER */
};

/* A table that a statement names. */
struct normal_table {
    char *name; /* without its schema */
    bool written, locked;
};

struct normal {
    enum statement_kind kind;
    char *verb;          /* "SELECT" */
    char *text;          /* SLOT_MARK where a value stands; NULL when it is not kept: noise, DDL */
    GArray *slots;       /* struct slot, in order of the text */
    GArray *fixed;       /* guint: the message's values that are part of the text */
    GArray *tables;      /* struct normal_table */
    GPtrArray *assigned; /* char *: the columns that an UPDATE sets */
    bool noise;          /* asks nothing of the program's tables: catalogs, SHOW, SELECT 1 */
    bool writes;
    /* What BEGIN, SET TRANSACTION or SET SESSION CHARACTERISTICS asks for; LEVEL_UNKNOWN and
     * MODE_UNKNOWN: nothing. `session`: for the transactions that follow. */
    enum isolation_level level;
    int read_only, deferrable;
    bool session, reset; /* reset: back to the defaults */
    bool chain;          /* COMMIT AND CHAIN */
    char *name;          /* of a cursor, savepoint or prepared statement */
};

enum { SLOT_MARK = 1 };

/* Reads a message that `tokens` was read from. Returns struct normal, one for each statement, owned
 * by the caller; NULL when the grammar refuses it. */
GPtrArray *normal_read(const char *text, size_t length, const struct tokens *tokens);

/* Whether an UPDATE sets the column. */
bool normal_assigns(const struct normal *normal, const char *column);

/* Whether it waits for others' writes: it writes, or locks rows. */
bool normal_locks(const struct normal *normal);

/* The text with what `write` appends for each slot. */
void normal_write(const struct normal *normal, GString *out,
                  void (*write)(GString *out, guint slot, void *context), void *context);
