#include "search/sole-state.h"

#include <string.h>

#include <glib.h>

#include "program/branch-value.h"
#include "program/rows.h"

/* What the access writes into a column: of an INSERT the default as well. NULL: not known. */
static const struct operand *value_written(const struct access *write, const char *column)
{
    const struct assignment *set;

    if (write->kind == ACCESS_INSERT)
        return access_inserts(write, column);
    set = access_assigns(write, column);
    return set ? &set->value : NULL;
}

static bool is_null(const struct operand *value)
{
    return value->kind == OPERAND_CONSTANT && value->literal == LITERAL_NULL;
}

/* Whether a row with this value has the state: current, state = 'valid', ended IS NULL. */
static enum answer has_state(const struct operand *value, const struct term *state)
{
    if (!value || (value->kind != OPERAND_CONSTANT && state->comparison != COMPARE_IS_NULL))
        return ANSWER_UNKNOWN;
    if (state->comparison == COMPARE_IS_NULL)
        return is_null(value) ? ANSWER_YES : ANSWER_NO;
    return is_null(value) ? ANSWER_NO : operand_same_value(value, state->value);
}

static bool is_state(const struct term *term)
{
    return term_asks_state(term) &&
           (term->comparison == COMPARE_EQUAL || term->comparison == COMPARE_IS_NULL);
}

/* Whether the rows that `unset` writes have the state, and then no more. */
static bool is_taken(const struct access *unset, const struct term *term)
{
    const struct assignment *set = is_state(term) ? access_assigns(unset, term->column) : NULL;

    return set && has_state(&set->value, term) == ANSWER_NO;
}

/* SET current = false, whether the rows were current or not. */
static bool is_put_out(const struct assignment *set)
{
    return set->column && set->value.kind == OPERAND_CONSTANT &&
           (set->value.literal == LITERAL_BOOLEAN || set->value.literal == LITERAL_STRING);
}

bool takes_state(const struct access *unset)
{
    const struct restriction *each = unset->where;
    const struct assignment *set = unset->assignments;

    while (each && !is_taken(unset, &each->term))
        each = each->next;
    while (!each && set && !is_put_out(set))
        set = set->next;
    return each || set;
}

/* The value by the branches that ask for it: IF $1 THEN UPDATE …; END IF; INSERT … VALUES ($1). */
static const struct operand *value_in_branch(const struct access *unset,
                                             const struct operand *value)
{
    const struct operand *known =
        value && value->kind == OPERAND_VARIABLE ? branch_value(unset->body, value->text) : NULL;

    return known ? known : value;
}

/* The state that `unset` asks for and takes away, if the row is given it. */
static const struct term *asked_state(const struct access *unset, const struct access *set,
                                      struct sole_state *state)
{
    for (const struct restriction *each = unset->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!is_taken(unset, term))
            continue;
        const struct operand *value = value_in_branch(unset, value_written(set, term->column));
        if (has_state(value, term) == ANSWER_YES) {
            *state = (struct sole_state){.column = term->column, .value = value};
            return term;
        }
    }
    return NULL;
}

static bool is_false(const struct operand *value)
{
    return value->literal == LITERAL_BOOLEAN && g_strcmp0(value->text, "true") != 0;
}

/* Whether the value is another one than that which `unset` gives to all. What all rows have from the start,
 * seen = false, is nothing that only one has. */
static bool is_other_state(const struct assignment *put, const struct operand *value)
{
    return value && value->kind == OPERAND_CONSTANT && !is_null(value) && !is_false(value) &&
           operand_same_value(&put->value, value) == ANSWER_NO;
}

/* The same of all rows of the group. An UPDATE of one of them has waited for the other run, and for all
 * of its rows; an inserted row is not there yet. */
static bool finds_put_out(const struct access *unset, const struct access *set,
                          struct sole_state *state)
{
    for (const struct assignment *each = unset->assignments; each; each = each->next) {
        if (set->kind != ACCESS_INSERT || !is_put_out(each))
            continue;
        const struct operand *value = value_in_branch(unset, value_written(set, each->column));
        if (is_other_state(each, value)) {
            *state = (struct sole_state){.column = each->column, .value = value};
            return true;
        }
    }
    return false;
}

/* Whether the row that is set is one of those among which the state is unset: of the same owner. */
static bool is_of_group(const struct access *unset, const struct access *set,
                        const struct term *state)
{
    for (const struct restriction *each = unset->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (term == state)
            continue;
        if (!term->column)
            return false;
        if (term->comparison == COMPARE_NOT_EQUAL && set->kind == ACCESS_UPDATE)
            continue; /* but not that row */
        const struct operand *value = set->kind == ACCESS_INSERT ? access_inserts(set, term->column)
                                                                 : access_equals(set, term->column);
        bool same = value && term->value && operand_same_value(value, term->value) == ANSWER_YES;
        if (term->comparison != COMPARE_EQUAL || (!same && (value || set->kind == ACCESS_INSERT)) ||
            (set->kind == ACCESS_UPDATE && access_assigns(set, term->column)))
            return false; /* of another owner, or of one that it is given only now */
    }
    return true;
}

static bool has_column(const struct index *index, const char *column)
{
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (g_strcmp0(key->column, column) == 0)
            return true;
    }
    for (const struct condition *each = index->predicate; each; each = each->next) {
        if (g_strcmp0(term_by_text(each).column, column) == 0)
            return true;
    }
    return false;
}

/* A unique index or an exclusion constraint that knows of the state: then the second run fails. */
static bool is_kept_unique(const struct access *set, const char *column)
{
    const struct index *index = set->relation ? set->relation->indexes : NULL;

    while (index && (index->kind == INDEX_PLAIN || !has_column(index, column)))
        index = index->next;
    return index;
}

bool finds_sole_state(const struct access *unset, const struct access *set,
                      struct sole_state *state)
{
    const struct term *asked = asked_state(unset, set, state);

    return (asked || finds_put_out(unset, set, state)) && is_of_group(unset, set, asked) &&
           !is_kept_unique(set, state->column);
}

/* ------------------------------------------------------------------ the new row of a trigger */

/* The trigger by which the function is run for INSERTs into the table; NULL without. */
static const struct trigger *trigger_on_insert(const struct catalog *catalog,
                                               const struct relation *relation,
                                               const struct routine *routine)
{
    const struct trigger *each = relation ? relation->triggers : NULL;

    while (each &&
           !(each->events & TRIGGER_INSERT && each->row &&
             catalog_routine(catalog, each->function_schema, each->function, -1) == routine))
        each = each->next;
    return each;
}

/* new.current, where a branch or the trigger's WHEN says what that is. */
static const struct operand *value_of_new(const struct trigger *trigger, const struct access *unset,
                                          const char *column)
{
    g_autofree char *field = g_strconcat("new.", column, NULL);
    const struct operand *value = branch_value(unset->body, field);
    const struct condition *each = trigger->when ? trigger->when->conditions : NULL;

    for (; each && !value; each = each->next) {
        const struct term term = term_of(each, trigger->when->ranges);
        if (term.comparison == COMPARE_EQUAL && g_strcmp0(term.column, column) == 0 &&
            term.value->kind == OPERAND_CONSTANT)
            value = term.value;
    }
    return value;
}

/* owner = new.owner, id <> new.id: the rows of which the new one is one. */
static bool is_group_of_new(const struct access *unset, const char *state)
{
    for (const struct restriction *each = unset->where; each; each = each->next) {
        const struct term *term = &each->term;
        const char *value = term->value ? term->value->text : NULL;
        if (!term->column)
            return false;
        bool of_new = value && g_str_has_prefix(value, "new.") &&
                      strcmp(value + strlen("new."), term->column) == 0;
        if (strcmp(term->column, state) != 0 && term->comparison != COMPARE_NOT_EQUAL &&
            !(of_new && term->comparison == COMPARE_EQUAL))
            return false;
    }
    return true;
}

bool finds_sole_state_of_new(const struct catalog *catalog, const struct routine *routine,
                             const struct access *unset, struct sole_state *state)
{
    const struct trigger *trigger = trigger_on_insert(catalog, unset->relation, routine);
    const struct assignment *each = trigger ? unset->assignments : NULL;

    for (; each; each = each->next) {
        const struct operand *value =
            is_put_out(each) ? value_of_new(trigger, unset, each->column) : NULL;
        if (is_other_state(each, value) && is_group_of_new(unset, each->column) &&
            !is_kept_unique(unset, each->column)) {
            *state = (struct sole_state){.column = each->column, .value = value};
            return true;
        }
    }
    return false;
}

char *sole_state_sql(const struct sole_state *state)
{
    const char *column = state->column, *text = state->value->text;

    if (is_null(state->value))
        return g_strdup_printf("%s IS NULL", column);
    if (state->value->literal == LITERAL_STRING)
        return g_strdup_printf("%s = '%s'", column, text);
    return g_strdup_printf("%s = %s", column, text);
}
