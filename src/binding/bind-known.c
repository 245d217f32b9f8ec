/* The row that a transaction has inserted itself, and the key that INSERT … RETURNING gave it: in a
 * variable of a routine or of psql, in WITH, or as NEW in a trigger. What becomes of such a value is
 * not followed: computed with, or put into another variable, it is one like any other. */
#include "binding/binder.h"

#include <string.h>

#include "catalog/key.h"
#include "facts/condition.h"

struct source *source_returned(struct arena *arena, struct source *list, const struct query *query,
                               unsigned place)
{
    struct source *returned;

    if (!query || query->kind != QUERY_INSERT)
        return list;
    for (const struct source *each = list; each; each = each->next) {
        if (each->found || each->access->query != query || each->access->kind != ACCESS_INSERT)
            continue;
        returned = arena_new(arena, struct source);
        *returned = (struct source){.next = list, .access = each->access, .place = place};
        return returned; /* the first of its list, which is how it is found */
    }
    return list;
}

/* The column that an output of an INSERT is; for the "*" of a record that of its field. */
static const char *returned_column(const struct query *insert, const struct output *output,
                                   const char *field)
{
    const struct operand *operand = &output->operand;

    if (!output->name)
        return field;
    return operand->kind == OPERAND_COLUMN && !operand->cast &&
                   operand_uses_range(operand, insert->write->target)
               ? operand->uses->name
               : NULL;
}

/* `field` is the name that the output must have; NULL: it is the one at the place. */
static const struct access *by_output(const struct access *insert, unsigned place,
                                      const char *field, const char **column)
{
    const struct output *output = insert->query->outputs;

    while (output && (field ? output->name && strcmp(output->name, field) != 0 : --place > 0))
        output = output->next;
    *column = output ? returned_column(insert->query, output, field) : NULL;
    return *column ? insert : NULL;
}

static const struct access *by_source(const struct source *known, const char *field,
                                      const char **column)
{
    return known && known->place ? by_output(known->access, known->place, field, column) : NULL;
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
            return by_source(known, field, column);
    }
    return NULL;
}

const struct access *bind_inserted(const struct binder *binder, const struct operand *value,
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
        if (!binder->returned || value->cast || !use->name || !use->range || !use->range->query)
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

/* Whether a term says that the column is as in the row of the INSERT. */
static bool is_as_inserted(const struct binder *binder, const struct access *insert,
                           const struct term *term)
{
    const struct assignment *given = access_assigns(insert, term->column);
    const char *column;

    if (!term_binds(term) || term->comparison != COMPARE_EQUAL)
        return false;
    if (bind_inserted(binder, term->value, &column) == insert && strcmp(column, term->column) == 0)
        return true;
    return given && !insert->query->write->many_rows &&
           operand_is_written_as(&given->value, term->value);
}

static bool asks_as_inserted(const struct binder *binder, const struct access *access,
                             const struct access *insert, const char *column)
{
    const struct restriction *each = access->where;

    while (each && (!each->term.column || strcmp(each->term.column, column) != 0 ||
                    !is_as_inserted(binder, insert, &each->term)))
        each = each->next;
    return each;
}

/* Whether the access asks for the one row that the INSERT made, by a whole key. */
static bool finds_inserted(const struct binder *binder, const struct access *access,
                           const struct access *insert)
{
    const unsigned kinds = KEY_TOTAL | KEY_IMMEDIATE | KEY_OF_COLUMNS;
    const struct index *index = relation_keys(access->relation, kinds);

    if (!access->relation || !access->relation->described)
        return asks_as_inserted(binder, access, insert, "id"); /* see access_find_rows */
    for (; index; index = relation_key_after(index, kinds)) {
        const struct index_key *key = index->keys;
        while (key && asks_as_inserted(binder, access, insert, key->column))
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

const struct access *bind_own(struct binder *binder, const struct access *access)
{
    const char *column;

    if (access->kind == ACCESS_INSERT) {
        if (access->query)
            remember(binder, access);
        return NULL;
    }
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        const struct access *insert = term_binds(term) && term->comparison == COMPARE_EQUAL
                                          ? bind_inserted(binder, term->value, &column)
                                          : NULL;
        if (insert && insert->transaction == access->transaction &&
            access_same_relation(insert, access) && is_new_row(insert) &&
            finds_inserted(binder, access, insert))
            return insert;
    }
    return NULL;
}
