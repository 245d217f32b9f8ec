#pragma once
/* One access of one relation by one statement, with the names resolved: what rules and the
 * dependency graph talk about. A statement has several, in the order in which the server performs
 * them; the target of an UPDATE or DELETE is one atomic step of read and write, its sub-SELECTs,
 * FROM items and WITH queries are earlier plain reads (RULES of Read Committed: manual, 13.2.1). */

#include <stdbool.h>

#include "catalog/catalog.h"
#include "facts/query.h"
#include "facts/statement.h"
#include "program/term.h"

enum access_kind {
    ACCESS_READ,
    ACCESS_LOCK, /* a row-locking SELECT: lock, wait */
    ACCESS_INSERT,
    ACCESS_UPDATE,
    ACCESS_DELETE,
    ACCESS_TRUNCATE,
    ACCESS_TABLE_LOCK, /* LOCK TABLE: table_lock */
    ACCESS_DEFINE,     /* DDL that changes a table: table_lock is what it takes */
};

/* 1 << access_kind of those that write rows: see access_is_write. */
enum {
    ACCESS_WRITES =
        1 << ACCESS_INSERT | 1 << ACCESS_UPDATE | 1 << ACCESS_DELETE | 1 << ACCESS_TRUNCATE,
};

/* A condition that restricts the rows of an access. */
struct restriction {
    struct restriction *next;
    struct term term; /* what its condition says of a column of the access */
};

enum via_kind {
    VIA_VIEW,
    VIA_ROUTINE,
    VIA_TRIGGER,
    VIA_RULE,
    VIA_FOREIGN_KEY,
};

/* How an access came in when the statement does not name the relation itself. */
struct via {
    const struct via *outer; /* how that came in */
    enum via_kind kind;
    const char *what; /* "view active_users", "function pay, line 7" */
    const struct script *script;
    const struct body_statement *body; /* the one that entered it, in a routine; NULL outside */
    struct span span;                  /* where it is defined, or the statement in the routine */
    const struct trigger *trigger;     /* of a table, that it is */
    uint32_t call; /* of a routine: where the call begins, of which a statement may have two */
    const struct source *control; /* what decided that the statement which entered it is run */
};

/* An access whose result another one depends on. */
struct source {
    struct source *next;
    const struct access *access;
    bool found;     /* only on whether it found a row: FOUND, ROW_COUNT */
    unsigned place; /* which of the values that its statement returned, from 1; 0: none as it is */
    const char *field; /* of the record that its statement returned: no more of it; or NULL */
};

struct column_index;
struct step;
struct transaction;

/* What few accesses have. */
struct access_rest {
    struct source *data; /* accesses whose values it writes or is restricted by, as far as seen */
    struct source *control;      /* accesses that decided whether it runs */
    const struct access *known;  /* that brought the key of its one row; see access_is_own */
    const struct access *parent; /* an INSERT of the transaction; see access_is_of_new */
    const struct term *point;    /* the first that asks a column for one constant */
    const struct values_row
        *more; /* of an INSERT: what stands in its other rows, when they are few */
    const struct column_index *asked, *assigned; /* of many conditions and assignments */
    const struct foreign_key *key; /* that it checks or keeps; see access_is_of_foreign_key */
};

extern const struct access_rest access_rest_none;

struct access {
    struct access *next;
    enum access_kind kind : 8;
    enum lock_strength lock : 8;
    enum wait_policy wait : 8;
    enum table_lock table_lock : 8;
    unsigned inner : 1;       /* a plain read that feeds a write of the same statement */
    unsigned merge : 1;       /* an action of MERGE */
    unsigned copy : 1;        /* COPY */
    unsigned conditional : 1; /* in a branch, a loop or an exception handler of a routine */
    unsigned repeated : 1;    /* in a loop */
    unsigned as_passed : 1;   /* in a loop over what the caller passes, in the order of that */
    unsigned current : 1;     /* WHERE CURRENT OF: one row, found by where it stands */
    unsigned read_only : 1;   /* READ ONLY is in force where it runs */
    unsigned undone : 1;      /* by ROLLBACK TO, or by its block: see struct body_statement */
    unsigned created : 1; /* of a table that this transaction has created: nobody else sees it */
    unsigned exempt : 1;  /* see access_is_exempt */
    unsigned assumed : 1; /* no statement of the inputs makes it: see bind_fired_row */
    unsigned
        sets_key : 1;  /* an UPDATE of a key that a foreign key could point to: access_row_lock */
    unsigned rows : 3; /* enum row_set; see access_rows */
    unsigned relation_bit : 8; /* of 64, by the relation: what differs is not the same one */
    unsigned last_peer : 1;    /* the last one of its peers */
    unsigned computed : 1;     /* its rows are named by what is computed of several values */
    uint32_t order;            /* among the accesses and calls of its transaction */
    struct span span; /* the relation's name in the statement that is written in the script */
    const struct transaction *transaction;
    const struct step *step;
    const struct statement *statement;    /* that runs it: the step's, or one in a routine */
    const struct body_statement *body;    /* where it stands in a routine; NULL outside */
    const struct via *via;                /* NULL: the statement names the relation itself */
    const struct query *query;            /* NULL for COPY, LOCK and TRUNCATE */
    const struct range *range;            /* the item of the query; NULL likewise */
    const struct assignment *assignments; /* of an INSERT or UPDATE */
    const char *schema, *name;
    struct relation *relation; /* NULL: unknown */
    struct restriction *where;
    /* The next one of its transaction that may be of the same relation, of the last one the first:
     * access_next_peer. */
    const struct access *peer;
    const struct access_rest *rest; /* never NULL; access_rest_none: nothing */
};

/* The part that is the access's own, made in the arena when it has none yet. */
struct access_rest *access_own_rest(struct access *access, struct arena *arena);

/* Sets the relation bits and the peers of all accesses of a program, and what the transaction says of
 * them together. Called when it is added to a corpus. */
void access_link_peers(struct transaction *transaction);

/* The first access of its transaction with the same relation bit, among many accesses of the same
 * relation (of the same name, when it is not known), and the one that follows: what asks for the
 * accesses of one table need not visit those of all others. NULL behind the last one, and for one
 * that is in no corpus. */
const struct access *access_first_peer(const struct access *access);

/* The first access of a transaction that would be a peer of `like`, which may be of another one; NULL
 * without. Both are in a corpus. */
const struct access *access_first_like(const struct transaction *transaction,
                                       const struct access *like);

static inline const struct access *access_next_peer(const struct access *access)
{
    return access->last_peer ? NULL : access->peer;
}

/* As access_first_peer and access_next_peer, but where the transaction is in no corpus, as the run of a
 * trigger by itself, all of its accesses follow one another. */
const struct access *access_first_beside(const struct access *access);

static inline const struct access *access_next_beside(const struct access *access)
{
    return access->peer ? access_next_peer(access) : access->next;
}

/* Whether its transaction may read or lock rows of the relation, as far as the bit tells. Known when it
 * is in a corpus. */
bool access_is_read_beside(const struct access *access);

/* How many views, rules and calls it has come in by; 0 for NULL. */
unsigned via_depth(const struct via *via);

/* Whether it is done in the loop, also by what the loop or its query calls. */
bool access_is_inside(const struct access *access, const struct body_statement *loop);

/* Whether it has come in by a trigger or a foreign key: it is set off by a row that is there. */
bool via_is_set_off(const struct via *via);

/* Whether two accesses or calls came in by the same calls of routines: a routine that another one
 * calls twice runs twice. What one of them came in by beyond that does not count. */
bool via_same_call(const struct via *a, const struct via *b);

/* Whether both are made by one run of one statement, so that they share a snapshot. */
bool access_same_statement(const struct access *a, const struct access *b);

/* What the statement of a write reads of the same relation beside the rows that it writes, by a
 * sub-SELECT without a lock; NULL without. It keeps the statement's snapshot when the write waits.
 */
const struct access *access_own_read(const struct access *write);

/* Whether the value or the result of `source` reached `access`, as far as is seen. */
bool access_depends_on(const struct access *access, const struct access *source);

/* The same for what it has read, and not only for whether it has found a row. */
bool access_depends_on_row(const struct access *access, const struct access *source);

/* The same of one list of sources: of the value of an assignment, say. */
bool sources_have(const struct source *sources, const struct access *access);
bool sources_have_row(const struct source *sources, const struct access *access);

/* Whether it is the server that makes it, to check or to keep a foreign key. */
static inline bool access_is_of_foreign_key(const struct access *access)
{
    return access->via && access->via->kind == VIA_FOREIGN_KEY;
}

/* Whether a trigger makes it, or what a trigger calls. */
static inline bool access_is_of_trigger(const struct access *access)
{
    const struct via *via = access->via;

    while (via && via->kind != VIA_TRIGGER)
        via = via->outer;
    return via != NULL;
}

/* Of the foreign keys' accesses, whether it looks for the parent of a child; otherwise for the
 * children of a parent. */
bool access_checks_parent(const struct access *access);

/* The query whose ORDER BY and LIMIT choose the rows: its own, or the statement's that names the
 * view by which it came in. NULL without. */
const struct query *access_chooser(const struct access *access);

/* Whether a row with the key that an INSERT brings can be there already: not when a
 * sequence, an identity or a random value is part of each key (that ON CONFLICT looks at), or no
 * unique key is there; unknown when the table is. */
enum answer access_may_meet_key(const struct access *insert);

/* The same with DEFERRABLE keys, which are looked at again when the statement or the transaction
 * ends: whether the INSERT can fail with 23505 at all. */
enum answer access_may_break_key(const struct access *insert);

static inline bool access_is_write(const struct access *access)
{
    return 1 << access->kind & ACCESS_WRITES;
}

/* INSERT … ON CONFLICT. */
bool access_is_upsert(const struct access *access);

/* What the write sets in a row that is there: SET, of DO UPDATE as well. NULL: nothing, as DO
 * NOTHING. */
const struct assignment *access_row_assignments(const struct access *write);

/* Temporary tables of the session, tables that the transaction has created itself, rows that it
 * names by its own number, system catalogs and information_schema: no other transaction can get in
 * their way. Known from bind_link on. */
static inline bool access_is_exempt(const struct access *access)
{
    return access->exempt;
}

/* Whether it asks for one row that its transaction has inserted itself, by the key that the INSERT,
 * `known`, returned: nobody else can see, lock or change that row before COMMIT. At SERIALIZABLE the
 * search for it locks pages that others write, all the same. Known from bind_link on. */
static inline bool access_is_own(const struct access *access)
{
    return access->rest->known && access->rest->known->kind == ACCESS_INSERT;
}

/* Whether all rows that it asks for would refer to one that its transaction has inserted: nobody else can
 * have made any before COMMIT, as their foreign key finds no such row. */
static inline bool access_is_of_new(const struct access *access)
{
    return access->rest->parent != NULL;
}

/* Of two whose relations are not known: whether they have one name. */
bool access_same_name(const struct access *a, const struct access *b);

/* Whether both access the same relation, as far as names tell. */
static inline bool access_same_relation(const struct access *a, const struct access *b)
{
    return a->relation == b->relation && (a->relation || access_same_name(a, b));
}

/* "accounts", with the schema when the script wrote one. */
const char *access_relation_name(const struct access *access);

/* Whether the access reads this column: in its conditions, its result, or the new values. */
bool access_reads_column(const struct access *access, const char *column);

/* The same, but "*" does not count: the column is asked for by its name. */
bool access_names_column(const struct access *access, const char *column);

/* Whether the SELECT returns the column of its rows as it is: by its name, or with all. */
bool access_returns(const struct access *read, const char *column);

/* Whether the write can change what the read has asked for by name: it deletes, or sets one of
 * these columns. */
bool access_names_written(const struct access *read, const struct access *write);

/* Whether the value of the column is made for the new row alone, by a sequence or by a call in
 * VALUES: nobody can have asked for it before. */
bool access_makes_value(const struct access *insert, const char *column);

/* The column that an assignment of the access is for, by position where none is written; NULL when
 * it is not known. */
const char *access_assigned_column(const struct access *access,
                                   const struct assignment *assignment);

/* What INSERT … SELECT, its `source`, brings for one of the INSERT's own assignments; NULL when the
 * source names fewer, or behind a "*". */
const struct output *access_output_for(const struct access *insert, const struct query *source,
                                       const struct assignment *assignment);

/* The assignment of this column, or NULL. */
const struct assignment *access_assigns(const struct access *access, const char *column);
