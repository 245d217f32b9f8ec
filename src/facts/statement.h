#pragma once
/* One statement of a script, or one backslash command of psql: what kind it is, what the server
 * refuses about it, and the facts that the rooms above need. Statements live in their script's arena.
 */

#include <stdbool.h>

#include "base/span.h"
#include "facts/query.h"
#include "facts/settings.h"

enum statement_kind {
    STATEMENT_UNREAD,  /* found by src/input, not parsed yet */
    STATEMENT_REFUSED, /* the grammar refused it; what it does is unknown */

    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_SAVEPOINT,
    STATEMENT_RELEASE,
    STATEMENT_ROLLBACK_TO,
    STATEMENT_PREPARE_TRANSACTION,
    STATEMENT_COMMIT_PREPARED,
    STATEMENT_ROLLBACK_PREPARED,

    STATEMENT_SET, /* SET, RESET, SET TRANSACTION, DISCARD ALL: setting */
    STATEMENT_SET_CONSTRAINTS,
    STATEMENT_QUERY,    /* SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE: query */
    STATEMENT_COPY,     /* copy; query for COPY (query) TO */
    STATEMENT_LOCK,     /* names, table_lock */
    STATEMENT_TRUNCATE, /* names */
    STATEMENT_EXPLAIN,  /* query; name, and query of its arguments, of EXPLAIN EXECUTE */
    STATEMENT_DECLARE,  /* name, query */
    STATEMENT_FETCH,
    STATEMENT_CLOSE,
    STATEMENT_PREPARE, /* name, query */
    STATEMENT_EXECUTE, /* name; query has the arguments */
    STATEMENT_CALL,    /* query has the call */
    STATEMENT_DO,
    STATEMENT_DEFINE,  /* DDL: changes; query for CREATE TABLE AS */
    STATEMENT_UTILITY, /* anything else */

    STATEMENT_PSQL, /* a backslash command: psql */
};

enum statement_flag {
    STATEMENT_SNAPSHOT = 1 << 0,          /* takes a snapshot when it runs */
    STATEMENT_REFUSED_READ_ONLY = 1 << 1, /* 25006 whatever it would touch */
    STATEMENT_REFUSED_IN_BLOCK = 1 << 2,  /* 25001 in a transaction block */
    STATEMENT_CONDITIONAL = 1 << 3,       /* inside \if */
    STATEMENT_JOINED = 1 << 4,            /* ended by "\;": one message with the next */
    STATEMENT_ANALYZE = 1 << 5,           /* EXPLAIN that executes */
    STATEMENT_CHAIN = 1 << 6,             /* AND CHAIN */
    STATEMENT_HOLD = 1 << 7,              /* DECLARE … WITH HOLD */
    STATEMENT_NOWAIT = 1 << 8,            /* LOCK … NOWAIT */
    STATEMENT_UNKNOWN_TEXT = 1 << 9,      /* part of it is filled in when the script runs */
    STATEMENT_CONCURRENTLY = 1 << 10,
    STATEMENT_PARTITIONS_ALONE = 1 << 11, /* of a partitioned table: refused in a block */
    STATEMENT_ADDS_ENUM = 1 << 12,        /* ALTER TYPE … ADD VALUE: so before 12 */
    STATEMENT_UNDO = 1 << 13,             /* runs only to take a migration back */
    STATEMENT_SERVER_ONLY = 1 << 14,      /* a SELECT that runs no code but the server's own; looked
                                             at behind a BEGIN only */
    STATEMENT_ADDS_CODE = 1 << 15,        /* a definition whose code runs without being named */
    STATEMENT_FOLLOWED = 1 << 16,         /* a command whose file comes next */
    STATEMENT_ALIKE = 1 << 17,            /* a row that has the facts of an earlier one: alike.h */
    STATEMENT_ENDED = 1 << 18,            /* by a command of psql: it is a struct ended_statement */
};

/* Lock modes of tables, weakest first (manual, 13.3.1 Table-Level Locks). */
enum table_lock {
    TABLE_LOCK_NONE,
    TABLE_LOCK_ACCESS_SHARE,
    TABLE_LOCK_ROW_SHARE,
    TABLE_LOCK_ROW_EXCLUSIVE,
    TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE,
    TABLE_LOCK_SHARE,
    TABLE_LOCK_SHARE_ROW_EXCLUSIVE,
    TABLE_LOCK_EXCLUSIVE,
    TABLE_LOCK_ACCESS_EXCLUSIVE,
};

/* "SHARE ROW EXCLUSIVE" and so on. */
const char *table_lock_name(enum table_lock lock);

/* Whether two transactions cannot hold these locks on one table together (manual, table 13.2). */
bool table_lock_conflicts(enum table_lock a, enum table_lock b);

/* An object that a statement names. */
struct object_name {
    struct object_name *next;
    const char *schema, *name;
    struct span span;
};

struct copy {
    struct object_name table; /* name is NULL for COPY (query) */
    bool from;
    bool program;
    const char *file; /* NULL: STDIN or STDOUT */
};

/* A backslash command. `arguments` is the rest of its line, trimmed. */
struct psql {
    const char *command; /* without the backslash */
    const char *arguments;
};

/* The text between the quotes of DO, and what it says. */
struct do_block {
    struct span text;
    const char *language;
    struct body *body; /* NULL when it could not be read */
};

struct change;

struct statement {
    struct statement *next;
    struct span span; /* first to last token, without the semicolon */
    enum statement_kind kind : 8;
    enum table_lock table_lock : 8;
    unsigned flags : 19;
    const char *verb; /* what the manual calls it: "UPDATE", "CREATE INDEX CONCURRENTLY" */
    const struct query *query;
    union {
        const char *name;   /* of those that statement_name names */
        struct mode *modes; /* STATEMENT_BEGIN */
        struct setting *setting;
        struct object_name *names;
        struct copy *copy;
        const struct change *changes;
        struct psql *psql;
        struct do_block *block; /* STATEMENT_DO */
    };
};

/* One that psql sends without a semicolon: \gset stores its one row, \gexec runs its result. */
struct ended_statement {
    struct statement statement;
    const struct psql *ending;
};

/* The command of psql that ends it; NULL without. */
static inline const struct psql *statement_ending(const struct statement *statement)
{
    return statement->flags & STATEMENT_ENDED ? ((const struct ended_statement *)statement)->ending
                                              : NULL;
}

/* Whether this command of psql ends it, without the backslash: "gset". */
bool statement_ends_with(const struct statement *statement, const char *command);

/* The command of psql that it is, or that ends it; NULL without. */
static inline const struct psql *statement_psql(const struct statement *statement)
{
    return statement->kind == STATEMENT_PSQL ? statement->psql : statement_ending(statement);
}

/* The savepoint, cursor, prepared statement or transaction that it names; NULL without. */
const char *statement_name(const struct statement *statement);

/* The modes that BEGIN, SET TRANSACTION or SET SESSION CHARACTERISTICS lists; NULL for any other
 * statement. */
struct mode *statement_modes(const struct statement *statement);

/* The modes that a SET of any kind asks for, of the transaction or, with `*transaction` false, of
 * the session; NULL when it is about something else. `single` is where the one of
 * `SET name = value` is put. */
const struct mode *statement_asks(const struct statement *statement, struct mode *single,
                                  bool *transaction);

/* What a call of set_config changes. Returns false for any other function, and when the name of the
 * setting is not a constant. */
bool call_setting(const struct call *call, struct setting *setting);

/* Whether a function of dblink is told to write, dblink_exec or a text that begins like a write, or
 * a request to another server is more than a question: http_post, but not http_get. */
bool call_writes_remotely(const struct call *call);

/* Whether it begins, ends or divides a transaction: BEGIN, COMMIT, SAVEPOINT, … */
static inline bool statement_is_control(const struct statement *statement)
{
    return statement->kind >= STATEMENT_BEGIN && statement->kind <= STATEMENT_ROLLBACK_PREPARED;
}
