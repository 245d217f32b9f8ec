#pragma once
/* What one SELECT, INSERT, UPDATE, DELETE or MERGE says it reads and writes, before any catalog is
 * known: the facts that src/lowering makes of a parse tree. A query owns its ranges (the items of
 * FROM, or the target of a write), its conditions, and its sub-queries in the order in which the
 * server runs them. Everything lives in the arena of the script it was read from. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/span.h"

enum lock_strength {
    LOCK_NONE,
    LOCK_KEY_SHARE,
    LOCK_SHARE,
    LOCK_NO_KEY_UPDATE,
    LOCK_UPDATE,
};

/* Whether two transactions cannot hold these locks on one row together: KEY SHARE meets only UPDATE,
 * SHARE the two stronger ones, and so on, so the sum decides (manual, table 13.3). */
static inline bool row_lock_conflicts(enum lock_strength a, enum lock_strength b)
{
    return a != LOCK_NONE && b != LOCK_NONE && a + b > LOCK_UPDATE;
}

enum wait_policy {
    WAIT_BLOCK,
    WAIT_SKIP,
    WAIT_ERROR,
};

struct arena;
struct query;
struct range;
struct relation;
struct source;

/* One mention of a column, or of a variable or parameter in the place of one. */
struct column_use {
    struct column_use *next;
    const char *name;    /* NULL: all columns ("*") */
    struct range *range; /* what it belongs to; NULL while, or because, that is not known */
    bool variable;       /* name is a variable, "r.id" for a field, or a parameter */
    bool settled;        /* its text says what it belongs to: t.a, JOIN … USING */
};

enum operand_kind {
    OPERAND_NONE,
    OPERAND_COLUMN,     /* uses is the column */
    OPERAND_CONSTANT,   /* text is the value */
    OPERAND_PARAMETER,  /* text is its name as written: "$1", ":id", "?" */
    OPERAND_VARIABLE,   /* text is the name of a PL/pgSQL variable, "r.id" for a field */
    OPERAND_LIST,       /* items: IN (…), ARRAY[…] */
    OPERAND_QUERY,      /* query: a scalar or array sub-SELECT */
    OPERAND_EXPRESSION, /* anything else; text is its canonical form, NULL when too long */
    OPERAND_DEFAULT,    /* DEFAULT in VALUES or SET */
};

enum literal {
    LITERAL_NULL,
    LITERAL_INTEGER,
    LITERAL_DECIMAL,
    LITERAL_STRING,
    LITERAL_BOOLEAN,
    LITERAL_BITS,
};

/* One side of a comparison, one value of a row. */
struct operand {
    enum operand_kind kind : 8;
    enum literal literal : 7;  /* of a constant */
    unsigned has_query : 1;    /* a sub-SELECT is part of it */
    unsigned has_call : 1;     /* a function that is not known to be immutable is part of it */
    unsigned has_volatile : 1; /* a function that is volatile is part of it */
    unsigned element : 1;      /* ANY(operand): one element of it */
    unsigned sum : 1;          /* of one column and of what has none: a + 1, a - $1 */
    unsigned added : 1;  /* of two names, or of one and a sub-SELECT: a + t.b, a - (SELECT …) */
    unsigned minus : 1;  /* of both: a - $1 */
    signed summand : 10; /* of a sum, a small integer that is written there, or 0 */
    uint32_t use_count;  /* the columns it is made of: so many of the query's `uses` … */
    const char *text;
    union {
        struct operand_item *items; /* OPERAND_LIST */
        struct query *query;        /* OPERAND_QUERY */
        const char *cast;           /* of all others: see operand_cast */
    };
    union {
        struct column_use *uses; /* … from this on; of all but OPERAND_CONSTANT, which has none */
        uint32_t start;          /* OPERAND_CONSTANT: in the script */
    };
};

struct operand_item {
    struct operand_item *next;
    struct operand operand;
};

enum comparison {
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_IN, /* right is a list, an array or a query */
    COMPARE_NOT_IN,
    COMPARE_LIKE,
    COMPARE_ILIKE,
    COMPARE_IS_NULL,
    COMPARE_IS_NOT_NULL,
    COMPARE_TRUE,  /* left is a boolean used as a condition */
    COMPARE_OTHER, /* operator_name says which */
};

enum condition_kind {
    CONDITION_COMPARE,
    CONDITION_AND,      /* children */
    CONDITION_OR,       /* children */
    CONDITION_NOT,      /* the one child */
    CONDITION_EXISTS,   /* left.query */
    CONDITION_CONSTANT, /* left is TRUE, FALSE or NULL */
};

/* One conjunct of WHERE, ON or HAVING, or a part of one. */
struct condition {
    struct condition *next;
    enum condition_kind kind : 8;
    enum comparison comparison : 8;
    unsigned outer : 1;  /* stands in the ON of an outer join: restricts its nullable side only */
    unsigned having : 1; /* restricts groups, not rows */
    unsigned merged : 1; /* JOIN … USING: both columns have one name */
    union {
        const char *operator_name;  /* CONDITION_COMPARE */
        struct condition *children; /* AND, OR and NOT; condition_children */
    };
    struct operand left, right;
};

/* What AND, OR or NOT is about; NULL for any other condition. */
static inline struct condition *condition_children(const struct condition *condition)
{
    return condition->kind == CONDITION_AND || condition->kind == CONDITION_OR ||
                   condition->kind == CONDITION_NOT
               ? condition->children
               : NULL;
}

enum range_kind {
    RANGE_RELATION, /* a table or a view; schema, name */
    RANGE_QUERY,    /* a sub-SELECT in FROM, or a reference to a WITH query */
    RANGE_FUNCTION, /* a set-returning function */
    RANGE_VALUES,   /* rows that no table holds: excluded, a join of others, XMLTABLE … */
};

/* One item of FROM or USING, or the target of a write. */
struct range {
    struct range *next;
    struct query *owner;
    enum range_kind kind : 8;
    enum lock_strength lock : 8; /* FOR UPDATE and friends */
    enum wait_policy wait : 8;
    unsigned target : 1;      /* written by the owner */
    unsigned nullable : 1;    /* on the nullable side of an outer join */
    unsigned sampled : 1;     /* TABLESAMPLE */
    unsigned placeholder : 1; /* the name is filled in when the script runs */
    unsigned lock_named : 1;  /* by a locking clause: FOR UPDATE OF … */
    const char *schema, *name;
    const char *alias; /* what columns are qualified with: alias or name */
    union {
        struct query *query;       /* RANGE_QUERY; range_query */
        struct relation *relation; /* RANGE_RELATION: what the name means in the catalog */
        const char **columns; /* RANGE_FUNCTION: AS f (a, b); ends with NULL; NULL: not named */
    };
    struct span span;
};

/* The query that it stands for; NULL for any other item. */
static inline struct query *range_query(const struct range *range)
{
    return range->kind == RANGE_QUERY ? range->query : NULL;
}

/* The table or view that it names; NULL for any other item, and when it is unknown. */
static inline struct relation *range_relation(const struct range *range)
{
    return range->kind == RANGE_RELATION ? range->relation : NULL;
}

/* The names that AS f (a, b) gives to the columns of a function; NULL for any other item. */
static inline const char **range_columns(const struct range *range)
{
    return range->kind == RANGE_FUNCTION ? range->columns : NULL;
}

/* A call of a function that may have an effect or of which nothing is known. */
struct call {
    struct call *next;
    const char *schema, *name;
    const struct builtin *builtin; /* NULL: not one of the server's own functions */
    struct operand_item *arguments;
    const struct output *output; /* what is returned that begins with it; NULL: nothing does */
    struct span span;
};

struct output {
    struct output *next;
    const char *name; /* NULL for "*" */
    struct operand operand;
};

/* SET column = value; for INSERT the column and the value of its first row. */
struct assignment {
    struct assignment *next;
    const char *column; /* NULL: the column at this position of the table */
    struct operand value;
    struct source *data; /* accesses that the value was read from, as far as seen; see access.h */
};

struct sort {
    struct sort *next;
    struct operand operand;
    bool descending;
};

enum conflict_action {
    CONFLICT_ERROR,
    CONFLICT_NOTHING,
    CONFLICT_UPDATE,
};

/* One WHEN clause of MERGE. */
enum merge_action {
    MERGE_NOTHING,
    MERGE_INSERT,
    MERGE_UPDATE,
    MERGE_DELETE,
};

struct merge_when {
    struct merge_when *next;
    enum merge_action action;
    bool matched;   /* for a row of the target that is there */
    bool by_source; /* of these, one to which no row of the source belongs */
    struct condition *conditions;
    struct assignment *assignments;
};

/* One more row of VALUES. */
struct values_row {
    struct values_row *next;
    const struct assignment *assignments;
};

/* What INSERT … ON CONFLICT says beside what it does. */
struct on_conflict {
    struct assignment *assignments;
    struct condition *conditions;
    const char **columns;        /* NULL-terminated; NULL: not named */
    struct condition *predicate; /* of the partial index that is meant: (…) WHERE … */
    const char *constraint;
};

/* What only a query that writes has. */
struct write {
    struct range *target;
    struct assignment *assignments;
    unsigned rows; /* of VALUES; 0: a sub-SELECT, or none */
    enum conflict_action conflict : 8;
    bool many_rows;                        /* VALUES with more than one row, or a sub-SELECT */
    bool overriding;                       /* OVERRIDING SYSTEM VALUE */
    const struct on_conflict *on_conflict; /* never NULL */
    union {
        struct merge_when *when; /* MERGE */
        struct values_row *more; /* INSERT: the rows after the first, when there are few */
    };
    const char *current_of; /* WHERE CURRENT OF cursor */
};

enum query_kind {
    QUERY_SELECT,
    QUERY_VALUES,
    QUERY_SET_OPERATION, /* UNION and friends: the arms are inner queries */
    QUERY_INSERT,
    QUERY_UPDATE,
    QUERY_DELETE,
    QUERY_MERGE,
};

/* Where in its parent a query stands. */
enum query_place {
    PLACE_STATEMENT,
    PLACE_WITH,
    PLACE_FROM,
    PLACE_SOURCE, /* INSERT … SELECT */
    PLACE_ARM,
    PLACE_WHERE,
    PLACE_OUTPUT,
    PLACE_SET,
};

/* What few queries have. */
struct query_rest {
    uint32_t references; /* of a WITH query: how often FROM and the like name it */
    struct call *calls;
    struct sort *order;
    struct operand *limit; /* NULL: none, LIMIT ALL or LIMIT NULL */
    /* What the one value says that a SELECT without FROM has in a routine, as IF asks for it; NULL for
     * another query, and where it calls or reads something. */
    struct condition *asked;
    /* What its FOR UPDATE or FOR SHARE is refused with: "GROUP BY"; NULL when there is none, or
     * nothing in the text of the query speaks against it. Its ranges are not locked then. */
    const char *lock_refused;
};

struct query {
    struct query *next; /* the next sub-query of the same parent */
    struct query *parent;
    enum query_kind kind : 8;
    enum query_place place : 4;
    unsigned aggregates : 1;    /* an aggregate function over the rows */
    unsigned only_min_max : 1;  /* no other aggregate than min and max of a column */
    unsigned only_counts : 1;   /* no other than count */
    unsigned only_sums : 1;     /* no other than sum, each row once */
    unsigned only_collects : 1; /* no other than array_agg and the like, which keep all rows */
    unsigned grouped : 1;
    unsigned distinct : 1;
    unsigned except : 1; /* a set operation that leaves out the rows of its second arm */
    unsigned windowed : 1;
    unsigned exists : 1;        /* only asked whether it has a row */
    unsigned asks_presence : 1; /* EXISTS by AND, OR and NOT alone: a row helps the whole to hold */
    unsigned asks_absence : 1;  /* NOT EXISTS: no row does */
    unsigned joined : 1;        /* of IN, ANY or EXISTS: the planner may join it to its parent */
    unsigned set_returning : 1;
    unsigned set_output : 1; /* a set-returning function stands in its target list */
    unsigned recursive : 1;
    unsigned materialized : 1; /* WITH … AS MATERIALIZED */
    unsigned one_row : 1;      /* of VALUES: there is no second */
    unsigned merges : 1;       /* a condition is of JOIN … USING */
    uint32_t resolved;         /* for which catalog; 0: for none yet. See catalog/resolve.h */
    struct query *inner;
    struct range *ranges;
    struct condition *conditions;
    struct output *outputs; /* target list, RETURNING of a write, or VALUES of one row in FROM */
    struct write *write;
    struct column_use *uses;
    const struct query_rest *rest; /* never NULL; shared by all that have nothing of it */
};

/* A query, and what it writes, of which nothing is known yet. */
struct query *query_new(struct arena *arena);
struct write *write_new(struct arena *arena);

/* The part that is the query's own, made in the arena when it has none yet. */
struct query_rest *query_own_rest(struct query *query, struct arena *arena);

/* The type that an explicit cast gives to a column, an expression or a string constant; NULL
 * without. */
static inline const char *operand_cast(const struct operand *operand)
{
    return operand->kind == OPERAND_LIST || operand->kind == OPERAND_QUERY ? NULL : operand->cast;
}

/* Whether a column of some range, or a variable of a routine or a parameter, is part of it. */
static inline bool operand_has(const struct operand *operand, bool variable)
{
    const struct column_use *use = operand->uses;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->variable == variable)
            return true;
    }
    return false;
}

static inline bool operand_has_columns(const struct operand *operand)
{
    return operand_has(operand, false);
}

static inline bool operand_has_variables(const struct operand *operand)
{
    return operand_has(operand, true);
}

/* Whether a column of this range is part of it. */
static inline bool operand_uses_range(const struct operand *operand, const struct range *range)
{
    const struct column_use *use = operand->uses;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        if (use->range == range)
            return true;
    }
    return false;
}

/* What an alias, or the name of a table, stands for in the query or those around it; NULL without. */
struct range *query_range_called(const struct query *query, const char *alias);

/* Whether LIMIT 1 ends it. */
static inline bool query_takes_one(const struct query *query)
{
    return query->rest->limit && query->rest->limit->kind == OPERAND_CONSTANT &&
           strcmp(query->rest->limit->text, "1") == 0;
}

/* Whether it comes from no table, so that each row that a query returns has it. */
static inline bool operand_is_same_in_every_row(const struct operand *value)
{
    bool constants = value->kind == OPERAND_LIST && value->use_count == 0 && !value->has_query &&
                     !value->has_call;

    return constants || value->kind == OPERAND_CONSTANT || value->kind == OPERAND_PARAMETER ||
           value->kind == OPERAND_VARIABLE;
}

/* SELECT *, t.* */
static inline bool output_is_star(const struct output *output)
{
    return output->operand.kind == OPERAND_COLUMN && !output->operand.text;
}

/* The SELECT whose rows an INSERT brings; NULL of VALUES, where a sub-SELECT brings one value. */
static inline const struct query *query_source(const struct query *insert)
{
    const struct query *source = insert->write->rows == 0 ? insert->inner : NULL;

    while (source && source->place != PLACE_SOURCE)
        source = source->next;
    return source;
}

/* Whether FOR UPDATE may be written behind it (manual, SELECT, The Locking Clause: no row of the
 * result stands for one row of a table otherwise). */
static inline bool query_can_lock(const struct query *query)
{
    return query->kind == QUERY_SELECT && !query->aggregates && !query->grouped &&
           !query->distinct && !query->windowed && !query->set_returning;
}

static inline bool query_writes(const struct query *query)
{
    return query->write != NULL;
}

/* SELECT without aggregates, groups, DISTINCT, windows and LIMIT: a row in, a row out. */
bool query_is_plain(const struct query *query);

/* The value of the column `name` of an item that is one row, written in the statement: VALUES ($1, $2),
 * (SELECT 1 AS id). NULL for any other item, and for what is no constant, parameter or variable. */
const struct operand *range_gives(const struct range *range, const char *name);

/* Whether it reads the rows of the WITH query, in a sub-query at any depth: with `source` as those that it
 * inserts, without which there is nothing to insert. */
bool query_reads_with(const struct query *query, const struct query *with, bool source);
