/* The row that an earlier statement of the transaction has found or inserted, and the key that SELECT
 * or INSERT … RETURNING gave of it: in a variable of a routine or of psql, in WITH, or as NEW in a
 * trigger. What becomes of such a value is not followed: computed with, or put into another variable,
 * it is one like any other. A program outside of the database is taken to name by the key the one row
 * that it has found. */
#include "binding/binder.h"

#include <string.h>

#include "catalog/key.h"
#include "catalog/resolve.h"
#include "facts/condition.h"
#include "program/rows.h"

/* The item of FROM, or the target, whose columns a query returns as they are, a row for a row; NULL
 * for what joins, counts or returns nothing. */
static const struct range *returned_range(const struct query *query)
{
    const struct range *range = query->write ? query->write->target : query->ranges;
    bool several = query->aggregates || query->grouped || (!query->write && range && range->next);

    return query->kind == QUERY_MERGE || query->kind == QUERY_SET_OPERATION || several ? NULL
                                                                                       : range;
}

struct source *source_returned(struct arena *arena, struct source *list, const struct query *query,
                               unsigned place)
{
    const struct range *range = query ? returned_range(query) : NULL;
    struct source *returned;

    for (const struct source *each = list; range && each; each = each->next) {
        if (each->found || each->access->query != query || each->access->range != range)
            continue;
        returned = arena_new(arena, struct source);
        *returned = (struct source){.next = list, .access = each->access, .place = place};
        return returned; /* the first of its list, which is how it is found */
    }
    return list;
}

/* The column that an output is; for the "*" of a record that of its field. */
static const char *returned_column(const struct access *access, const struct output *output,
                                   const char *field)
{
    const struct operand *operand = &output->operand;

    if (!output->name)
        return field;
    return operand_is_column(operand) && operand_uses_range(operand, access->range)
               ? operand->uses->name
               : NULL;
}

/* `field` is the name that the output must have; NULL: it is the one at the place. */
static const struct access *by_output(const struct access *access, unsigned place,
                                      const char *field, const char **column)
{
    const struct output *output = access->query->outputs;

    while (output && (field ? output->name && strcmp(output->name, field) != 0 : --place > 0))
        output = output->next;
    *column = output ? returned_column(access, output, field) : NULL;
    return *column ? access : NULL;
}

static const struct access *by_source(const struct source *known, const char *field,
                                      const char **column)
{
    while (known && !known->place)
        known = known->next;
    return known ? by_output(known->access, known->place, field, column) : NULL;
}

/* In the innermost routine that has given the variable a value. */
static const struct access *by_variable(const struct binder *binder, const char *name,
                                        const char **column)
{
    const char *dot = strchr(name, '.');
    const char *field = dot ? dot + 1 : NULL;
    g_autofree char *base = g_strndup(name, strcspn(name, "."));
    struct source *known;

    for (const struct frame *frame = binder->frame; frame; frame = frame->outer) {
        if (frame->row && field && strcmp(base, "new") == 0) {
            *column = field;
            return frame->row->kind == ACCESS_INSERT ? frame->row : NULL;
        }
        if (g_hash_table_lookup_extended(frame->variables, base, NULL, (gpointer *)&known))
            return field && frame->settings && g_hash_table_contains(frame->settings, name)
                       ? NULL
                       : by_source(known, field, column);
    }
    return NULL;
}

const struct access *bind_returned(const struct binder *binder, const struct operand *value,
                                   const char **column)
{
    const struct column_use *use = value->uses;
    const struct access *insert;

    switch (value->kind) {
    case OPERAND_VARIABLE:
        return by_variable(binder, value->text, column);
    case OPERAND_PARAMETER:
        return value->text[0] == ':'
                   ? by_source(bind_psql_sources(binder, value->text), NULL, column)
                   : NULL;
    case OPERAND_COLUMN:
        if (!binder->returned || value->cast || !use->name || !use->range ||
            !range_query(use->range))
            return NULL;
        insert = g_hash_table_lookup(binder->returned, use->range->query);
        return insert ? by_output(insert, 0, use->name, column) : NULL;
    default:
        return NULL;
    }
}

/* What ON CONFLICT DO UPDATE returns may be a row that was there. */
static bool is_new_row(const struct access *insert)
{
    return !access_is_upsert(insert) || !access_row_assignments(insert) ||
           access_may_meet_key(insert) == ANSWER_NO;
}

/* What the row of the other access has in a column, as far as that is written. */
static const struct operand *value_in(const struct access *row, const char *column)
{
    const struct assignment *given =
        row->kind == ACCESS_INSERT && row->query && !row->query->write->many_rows
            ? access_assigns(row, column)
            : NULL;

    return row->kind == ACCESS_INSERT ? (given ? &given->value : NULL) : access_equals(row, column);
}

/* Whether a term says that the column is as in that row. */
static bool is_as_in(const struct binder *binder, const struct access *row, const struct term *term)
{
    const char *column;

    if (!term_binds(term) || term->comparison != COMPARE_EQUAL)
        return false;
    if (bind_returned(binder, term->value, &column) == row && strcmp(column, term->column) == 0)
        return true;
    const struct operand *value = value_in(row, term->column);
    return value && operand_is_written_as(value, term->value);
}

static bool asks_as_in(const struct binder *binder, const struct access *access,
                       const struct access *row, const char *column)
{
    const struct restriction *each = access->where;

    while (each && (!each->term.column || strcmp(each->term.column, column) != 0 ||
                    !is_as_in(binder, row, &each->term)))
        each = each->next;
    return each;
}

/* Whether the access asks for that one row, by a whole key. */
static bool finds_row(const struct binder *binder, const struct access *access,
                      const struct access *row)
{
    const unsigned kinds = KEY_TOTAL | KEY_IMMEDIATE | KEY_OF_COLUMNS;
    const struct index *index = relation_keys(access->relation, kinds);

    if (!access->relation || !access->relation->described)
        return asks_as_in(binder, access, row, "id"); /* see access_find_rows */
    for (; index; index = relation_key_after(index, kinds)) {
        const struct index_key *key = index->keys;
        while (key && asks_as_in(binder, access, row, key->column))
            key = key->next;
        if (!key)
            return true;
    }
    return false;
}

/* A WITH query is asked for what it returns by its name. */
static void remember(struct binder *binder, const struct access *insert)
{
    if (insert->query->place != PLACE_WITH || !insert->query->outputs)
        return;
    if (!binder->returned)
        binder->returned = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(binder->returned, (gpointer)insert->query, (gpointer)insert);
}

/* ------------------------------------------------------------------ from a program outside */

/* Who sends more has found many rows. */
enum { FEW_STATEMENTS = 64 };

/* Whether each row of the result has a row of that item in it, with others that are joined. */
static bool returns_rows_of(const struct query *query, const struct range *range)
{
    return returned_range(query) == range || (query->kind == QUERY_SELECT && !query->aggregates &&
                                              !query->grouped && range->owner == query);
}

/* A SELECT that brings the key of the one row that it has found by another key, or has locked as the first
 * of several. */
static bool brings_key(const struct access *read, const char *column)
{
    return (read->kind == ACCESS_READ || read->kind == ACCESS_LOCK) && read->query &&
           returns_rows_of(read->query, read->range) && !read->query->parent &&
           (access_find_rows(read) == ROWS_POINT ||
            (read->kind == ACCESS_LOCK && access_most_rows(read) == 1)) &&
           access_returns(read, column);
}

/* A row that the transaction inserts with a key of its own. */
static bool is_other_new_row(const struct access *insert, const struct term *term)
{
    const struct operand *key =
        insert->kind == ACCESS_INSERT ? value_in(insert, term->column) : NULL;

    return key && key->kind == OPERAND_PARAMETER &&
           operand_same_value(key, term->value) != ANSWER_YES;
}

/* The row that a SELECT of the transaction has found is what its caller names by the key that it got,
 * if it has named no other row of the table. */
static const struct access *found_outside(const struct binder *binder, const struct access *access,
                                          const struct term *term)
{
    const struct access *found = NULL;

    if (binder->frame || binder->transaction->step_count > FEW_STATEMENTS)
        return NULL;
    for (const struct access *each = binder->transaction->accesses; each; each = each->next) {
        if (each == access || !access_same_relation(each, access) ||
            access_is_of_foreign_key(each) || is_other_new_row(each, term))
            continue;
        const struct operand *named = access_equals(each, term->column);
        if (named ? operand_same_value(named, term->value) != ANSWER_YES
                  : found || !brings_key(each, term->column))
            return NULL;
        found = named ? found : each;
    }
    return found;
}

const struct access *bind_known(struct binder *binder, const struct access *access)
{
    const char *column;

    if (access->kind == ACCESS_INSERT) {
        if (access->query)
            remember(binder, access);
        return NULL;
    }
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        const struct access *row = term_binds(term) && term->comparison == COMPARE_EQUAL
                                       ? bind_returned(binder, term->value, &column)
                                       : NULL;
        if (row && row->transaction == access->transaction && access_same_relation(row, access) &&
            (row->kind != ACCESS_INSERT || is_new_row(row)) && finds_row(binder, access, row))
            return row;
        if (!row && access_is_write(access) && term_binds(term) &&
            term->comparison == COMPARE_EQUAL && term->value->kind == OPERAND_PARAMETER &&
            relation_has_key(access->relation, term->column, KEY_TOTAL | KEY_IMMEDIATE))
            return found_outside(binder, access, term);
    }
    return NULL;
}

/* Whether the column refers by a key of its own to what `row` has in `referred`. */
static bool refers_to(const struct relation *child, const char *column, const struct access *row,
                      const char *referred)
{
    const struct foreign_key *key = child->foreign_keys;

    while (key &&
           !(strcmp(key->columns[0], column) == 0 && !key->columns[1] && !key->not_enforced &&
             row->relation && strcmp(row->relation->name, key->parent.name) == 0 &&
             g_strcmp0(bind_parent_column(key, row->relation, 0), referred) == 0))
        key = key->next;
    return key;
}

const struct access *bind_new_parent(const struct binder *binder, const struct access *access)
{
    bool inserts = access->transaction->kinds & 1u << ACCESS_INSERT;
    const struct restriction *each =
        inserts && access->kind != ACCESS_INSERT && access->relation ? access->where : NULL;

    for (; each; each = each->next) {
        const char *column;
        const struct access *row = term_asks_equal(&each->term) && term_binds(&each->term)
                                       ? bind_returned(binder, each->term.value, &column)
                                       : NULL;
        if (row && row->kind == ACCESS_INSERT && row->transaction == access->transaction &&
            refers_to(access->relation, each->term.column, row, column) && is_new_row(row))
            return row;
    }
    return NULL;
}
