#pragma once
/* Queries: from the raw parse tree of one to facts, with its conditions and expressions. Every file
 * lower-*.c, here and in src/lowering, does one family of nodes; what they write lives in the script's
 * arena, so nothing points into the tree when it goes. */

#include <glib.h>

#include "base/limits.h"
#include "facts/definition.h"
#include "facts/script.h"
#include "grammar/tree.h"

/* In a table of variables, the value of a name that only qualifies them: of a routine or a block.
 */
#define BODY_QUALIFIER GINT_TO_POINTER(1)

/* A WITH query that is in scope. */
struct cte {
    struct cte *outer;
    const char *name;
    struct query *query;
};

/* What entering a query changes, and leaving it puts back. */
struct lower_level {
    struct cte *ctes;
    struct query *query; /* the innermost one that is being lowered, and the ends of its lists */
    enum query_place place;
    struct query **inner_end;
    struct range **ranges_end;
    struct condition **conditions_end;
    struct column_use **uses_end;
    uint32_t use_count;
    struct call **calls_end; /* NULL: it has none yet */
    unsigned volatile_calls; /* so far, of functions that are known for it */
};

struct lowering {
    struct script *script;
    struct arena *arena;
    uint32_t base;         /* offset in the script of the text's first byte */
    const char *text;      /* of the statement */
    int first;             /* the location of its first byte in what the grammar was given */
    GHashTable *variables; /* names that are variables of a routine; NULL elsewhere */
    const struct operand_item *arguments; /* what $1, $2 … stand for in EXECUTE, or NULL */
    unsigned depth;
    bool too_deep;

    struct lower_level level;
    const char *old_row, *new_row; /* in RETURNING: what stands for the row, before and after */
    const char *returned;          /* and what it is called elsewhere */
};

/* ---- lower-query.c */

/* Lowers SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE. The new query is an inner query of the
 * one being lowered, if any; NULL for any other node. */
struct query *lower_query(struct lowering *lowering, Node *node, enum query_place place);

/* A query that is nobody's inner query, over `table` (or, when NULL, over nothing): what a CHECK
 * constraint, the predicate of an index, a default or a CALL consists of. */
struct query *lower_detached(struct lowering *lowering, const struct object_name *table,
                             Node *condition, Node *expression);

/* Begins a query; what is lowered until lower_leave becomes part of it. */
struct query *lower_enter(struct lowering *lowering, enum query_kind kind, enum query_place place,
                          struct lower_level *outer);

/* Ends it; it becomes an inner query of the one around it. */
void lower_leave(struct lowering *lowering, const struct lower_level *outer);

/* The clauses of the query that was entered. */
void lower_with(struct lowering *lowering, const WithClause *with);
void lower_from(struct lowering *lowering, Node *node, bool nullable);
void lower_from_list(struct lowering *lowering, List *items);
void lower_where(struct lowering *lowering, Node *where);
void lower_outputs(struct lowering *lowering, List *targets);
struct range *lower_add_range(struct lowering *lowering, enum range_kind kind, const Alias *alias,
                              int location);
struct range *lower_add_relation(struct lowering *lowering, const RangeVar *name);

/* ---- lower-write.c */

/* INSERT, UPDATE, DELETE or MERGE; NULL for any other node. */
struct query *lower_write(struct lowering *lowering, Node *node, enum query_place place);

/* The rows of VALUES from the given one on: of them only calls and sub-SELECTs matter. */
void lower_rows(struct lowering *lowering, List *rows, int from);

/* ---- lower-sum.c */

/* Says of an operand, when its uses are known, whether it is a sum, and of what. */
void lower_sum(const struct lowering *lowering, const A_Expr *expr, struct operand *operand);

/* Says of the query that it calls an aggregate function of this name. */
void lower_aggregate(struct query *query, const FuncCall *node, const char *name);

/* ---- lower-expression.c */

/* What an expression is. Columns, calls and sub-SELECTs in it are added to the current query.
 * `canonical` asks for the text of an OPERAND_EXPRESSION. */
struct operand lower_operand(struct lowering *lowering, Node *node, bool canonical);

/* A constant, with a cast or without, that stands in no query; NULL for anything else. */
struct operand *lower_constant(struct lowering *lowering, Node *node);

/* Whether a SELECT reads nothing by itself and leaves nothing out. */
bool lower_is_of_no_table(const SelectStmt *select);

/* The targets of a sub-SELECT that is one row of computed values, (SELECT x + 1, $2); NIL for anything
 * else. */
List *lower_row_of_none(Node *node);

/* The query that SELECT * wraps and does nothing else with: SELECT * FROM (SELECT …) x, WITH x AS
 * (SELECT …) SELECT * FROM x. Any other is itself. */
const SelectStmt *lower_unwrapped(const SelectStmt *stmt);

/* The constants and parameters that a sub-SELECT consists of, (SELECT 1), (VALUES (1), ($1)), as a list;
 * false for a sub-SELECT that reads or computes anything. */
bool lower_values(struct lowering *lowering, Node *subselect, struct operand *values);

/* Adds columns, calls and sub-SELECTs of an expression to the current query. */
void lower_walk(struct lowering *lowering, Node *node);

/* Where an expression begins; -1 when unknown. */
int lower_start(Node *node);

/* Its query, which becomes an inner query of the current one. */
struct query *lower_sublink(struct lowering *lowering, SubLink *link);

/* ---- lower-condition.c */

/* Appends the conjuncts of a condition to `*end` and advances it. */
void lower_condition(struct lowering *lowering, Node *node, struct condition ***end);

/* A value of the query whose one sub-SELECT has been lowered once more, as the condition that it is; none when it
 * is neither [NOT] EXISTS nor a comparison that begins with it. */
void lower_query_again(struct lowering *lowering, const Node *node, struct condition **end);

/* ---- canonical.c */

/* One text for all spellings of an expression: lower case, no qualifiers, no casts among the text
 * types. NULL when it has a part that is not modelled or is too long to be worth comparing. */
char *canonical_expression(const struct lowering *lowering, Node *node);

/* "int4", "text", "_text" for an array: a type as pg_type spells it. */
char *canonical_type(const struct lowering *lowering, const TypeName *type);

/* ---- lower-token.c */

/* The offset in the script of a location in the parsed text; the statement's start when unknown. */
static inline uint32_t lower_offset(const struct lowering *lowering, int location)
{
    return lowering->base +
           (location > lowering->first ? (uint32_t)(location - lowering->first) : 0);
}

/* The span of the token at a location: a word, a quoted name, a number, a string, a parameter. */
struct span lower_token(const struct lowering *lowering, int location);

/* The same at an offset in the statement's text. */
struct span lower_token_at(const struct lowering *lowering, uint32_t offset);

/* The span of `count` words from a location. */
struct span lower_words(const struct lowering *lowering, int location, unsigned count);

/* The first word from a location on that reads like this in any case; the tree does not tell where
 * the name of a setting stands. */
struct span lower_find_word(const struct lowering *lowering, int location, const char *word);

/* Copies in the script's arena; lower_string takes NULL for NULL. */
struct object_name lower_name(struct lowering *lowering, const RangeVar *name);
const char *lower_string(struct lowering *lowering, const char *text);

/* Schema and name of a list of strings such as DROP and function names have. */
struct object_name lower_name_list(struct lowering *lowering, const List *names);
