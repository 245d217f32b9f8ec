#pragma once
/* What a function, procedure or DO block does, statement by statement in the order of its text.
 * Each one names what it stands in, so the list is also the tree of blocks, branches and loops. */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"
#include "facts/statement.h"

enum body_kind {
    BODY_BLOCK,     /* BEGIN … END */
    BODY_HANDLER,   /* one WHEN of its EXCEPTION part: conditions */
    BODY_IF,        /* IF, CASE, ASSERT: its arms follow; statement is what CASE compares */
    BODY_ARM,       /* one branch: statement is its condition, NULL for ELSE */
    BODY_LOOP,      /* LOOP, WHILE, FOR i IN a..b, FOREACH: statement, into */
    BODY_FOR_QUERY, /* FOR r IN query, or IN a cursor, its name: statement, into */
    BODY_SQL,       /* statement, into; name: the cursor that SELECT … INTO stands for, or NULL */
    BODY_ASSIGN,    /* into := statement, a query of one expression */
    BODY_EXECUTE,   /* EXECUTE: statement when its text is constant, NULL otherwise; into */
    BODY_OPEN,      /* name: the cursor; statement: its query, NULL when made at run time */
    BODY_FETCH,     /* name; into */
    BODY_CLOSE,
    BODY_RETURN,      /* statement: the expression or query, or NULL */
    BODY_RAISE,       /* statement: what its message shows */
    BODY_DIAGNOSTICS, /* GET DIAGNOSTICS: into receives ROW_COUNT */
    BODY_COMMIT,
    BODY_ROLLBACK,
    BODY_EXIT,
    BODY_CONTINUE,
};

struct body_statement {
    struct body_statement *next;
    struct body_statement *parent;
    enum body_kind kind : 8;
    unsigned error : 1;   /* RAISE EXCEPTION */
    unsigned again : 1;   /* RAISE; in a handler */
    unsigned more : 1;    /* RETURN NEXT, RETURN QUERY: the routine goes on */
    unsigned endless : 1; /* LOOP or WHILE: nothing bounds it but what is inside */
    unsigned chain : 1;   /* COMMIT AND CHAIN */
    unsigned guarded : 1; /* EXIT WHEN …, CONTINUE WHEN … */
    unsigned handled : 1; /* a block with an EXCEPTION part */
    unsigned strict : 1;  /* INTO STRICT: fails where it finds no row, or several */
    unsigned undone : 1;  /* of these, one that always ends with an error: nothing of it remains */
    struct span span;     /* in the script; of a block, branch or loop its head */
    uint32_t line;        /* in the body, from 1 */
    uint32_t depth;       /* how many enclose it; what a statement encloses follows it, deeper */
    const char *name;     /* cursor; condition or SQLSTATE that RAISE names, lower case;
                           * "?" when it is made at run time */
    union {
        const char *label;       /* of a block or loop; the one that EXIT or CONTINUE names */
        const char **conditions; /* of a handler: names or SQLSTATEs, lower case; NULL-terminated */
    };
    struct statement *statement;
    const char **into; /* variables that are given a value; NULL-terminated, or NULL */
};

struct body {
    struct body_statement *statements;
};

/* Appends a statement to a body and advances `*end`. */
struct body_statement *body_add(struct arena *arena, struct body_statement ***end,
                                enum body_kind kind, struct body_statement *parent);

/* The nearest enclosing statement of this kind; NULL when there is none. */
const struct body_statement *body_enclosing(const struct body_statement *statement,
                                            enum body_kind kind);

/* Whether the transaction is sure to have taken its snapshot before the statement runs: the call
 * has, and a new transaction has when COMMIT or ROLLBACK is followed by a query. `*query` is that
 * query, NULL for the call. */
bool body_has_snapshot(const struct body *body, const struct body_statement *statement,
                       const struct body_statement **query);

/* The DDL statement behind `after`, or the first one, that a DO block runs once, or runs so that what it
 * makes is there from then on: in no loop and no handler, and in the only branch of its IF with DDL.
 * NULL when there is none, and for NULL. */
const struct body_statement *body_next_definition(const struct body *body,
                                                  const struct body_statement *after);

/* Whether a statement of the body is COMMIT or ROLLBACK. */
bool body_ends_transaction(const struct body *body);

/* The innermost block with an EXCEPTION part in whose subtransaction the statement runs; NULL when
 * there is none. Handlers run behind it. */
const struct body_statement *body_subtransaction(const struct body_statement *statement);

/* Whether it is a loop, of any kind; and the innermost one around the statement, NULL without. */
static inline bool body_is_loop(const struct body_statement *statement)
{
    return statement->kind == BODY_LOOP || statement->kind == BODY_FOR_QUERY;
}
struct body_statement *body_loop(const struct body_statement *statement);

/* Whether `outer` encloses `statement`, at any depth. */
bool body_is_inside(const struct body_statement *statement, const struct body_statement *outer);

/* Whether FOUND says after it whether it has come to a row: a query, also that of RETURN QUERY; RETURN NEXT
 * has none. */
bool body_sets_found(const struct body_statement *statement);

/* Whether it gives the variable a value, a field with its record, or sets FOUND. */
bool body_assigns(const struct body_statement *source, const char *variable);

/* Whether the condition of a branch, of WHILE or of EXIT looks at what `source` has read: in the condition
 * itself, in a variable that it set, or in FOUND. */
bool body_decided_by(const struct body_statement *arm, const struct body_statement *source);

/* The branch that was chosen by what `source` has read, and that is not taken where the error is raised; NULL
 * without:
 *
 *     IF EXISTS (SELECT …) THEN RETURN NEW; END IF; RAISE …, IF … THEN … ELSE RAISE … */
const struct body_statement *body_otherwise(const struct body_statement *raise,
                                            const struct body_statement *source);

/* RAISE EXCEPTION in a branch that was chosen by what `source` has read, or where one was not taken; NULL
 * without. */
const struct body_statement *body_raises_on(const struct body_statement *source);

/* The same, at or after `each`. */
const struct body_statement *body_raises_from(const struct body_statement *each,
                                              const struct body_statement *source);

/* Whether the statement is run only as `source`, which comes before it, has decided: in a branch that looks
 * at it, or behind a loop that waits for it or a branch that leaves the routine:
 *
 *     IF NOT pg_try_advisory_xact_lock(1) THEN RETURN; END IF; */
bool body_goes_by(const struct body_statement *statement, const struct body_statement *source);

/* Whether the statement stands in a branch or handler, at any depth, that is left out when `other`
 * is run: another one of the same IF runs it, or what follows, and the branch ends with RETURN. */
bool body_is_elsewhere(const struct body_statement *statement, const struct body_statement *other);

/* The condition by which WHILE, or LOOP with EXIT WHEN, goes on or ends; NULL for another loop. */
const struct query *body_loop_condition(const struct body_statement *loop);
