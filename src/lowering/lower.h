#pragma once
/* Statements: from the raw parse tree of one to facts, DDL and bodies of routines included. What they
 * have of queries and expressions comes from query/lower.h. */

#include "query/lower.h"

/* ---- lower-statement.c */

/* Fills a statement from its tree. */
void lower_statement(struct lowering *lowering, Node *node, struct statement *statement);

/* Fills the facts of a statement that carries others with it: EXPLAIN, PREPARE, DECLARE, rules. */
struct mode *lower_modes(struct lowering *lowering, List *options);
struct setting *lower_setting(struct lowering *lowering, VariableSetStmt *stmt);

/* Whether WITH (name) is given and not switched off. */
bool lower_option_is_on(List *options, const char *name);

/* Whether it is given and switched off. */
bool lower_option_is_off(List *options, const char *name);

/* ---- lower-constraint.c */

/* CREATE INDEX. */
struct index *lower_index(struct lowering *lowering, const IndexStmt *stmt,
                          const struct object_name *table);

/* A constraint of a table; `column` is the one it is written behind, or NULL. */
struct index *lower_key_constraint(struct lowering *lowering, const Constraint *constraint,
                                   const struct object_name *table, const char *column);
struct foreign_key *lower_foreign_key(struct lowering *lowering, const Constraint *constraint,
                                      const struct object_name *table, const char *column);
struct check_constraint *lower_check(struct lowering *lowering, const Constraint *constraint,
                                     const struct object_name *table);

/* Appends the change that a table constraint makes. */
void lower_constraint(struct lowering *lowering, const Constraint *constraint,
                      const struct object_name *table, struct change ***end);

/* ---- lower-table.c */

/* Appends a change to `*end` and advances it. */
struct change *lower_add_change(struct lowering *lowering, struct change ***end,
                                enum change_kind kind, struct object_name object);

/* NULL-terminated. */
const char **lower_string_list(struct lowering *lowering, const List *strings);

/* CREATE of anything that is a relation, to be completed: adds CHANGE_CREATE_RELATION with what its
 * name says. */
struct relation *lower_create_relation(struct lowering *lowering, struct change ***end,
                                       const RangeVar *name, enum relation_kind kind,
                                       struct change **change);

/* CREATE TABLE, CREATE TABLE AS, views, indexes, ALTER TABLE; false for any other node. */
bool lower_table_definition(struct lowering *lowering, Node *node, struct change ***end,
                            struct statement *statement);

/* ---- lower-definition.c */

/* The changes of a DDL statement, or NULL when the statement is none or changes nothing modelled.
 */
struct change *lower_definition(struct lowering *lowering, Node *node, struct statement *statement);

/* ---- lower-routine.c */

/* CREATE FUNCTION or PROCEDURE: the one change that it makes. */
struct change *lower_routine(struct lowering *lowering, CreateFunctionStmt *stmt,
                             const struct statement *statement);

/* The body of DO. */
void lower_do(struct lowering *lowering, const DoStmt *stmt, struct statement *statement);

/* The text between the quotes of a string constant that begins at or after `offset` of the script;
 * an empty span when it is not plainly quoted. */
struct span lower_literal_span(const struct lowering *lowering, uint32_t offset);
