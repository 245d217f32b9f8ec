/* Whether a program has looked at what it then writes: its SELECT asks for a number or a state by
 * name. */
#include "flow/dependence.h"

#include <glib.h>

#include "catalog/catalog.h"
#include "program/rows.h"
#include "session/transaction.h"

/* Some columns of the row, and not all. */
static bool is_selective(const struct access *read)
{
    const struct output *output = read->query->outputs;
    const struct column *column =
        read->relation && read->relation->described ? read->relation->columns : NULL;

    for (; output && output->name && column; output = output->next)
        column = column->next;
    return column != NULL;
}

/* Of these some that say by which value it has found the row, as object mappers ask for. */
static bool returns_key(const struct access *read)
{
    const struct output *output = read->query->outputs;

    while (output && !(output->name && access_equals(read, output->name)))
        output = output->next;
    return output != NULL;
}

static bool is_constant(const struct operand *value)
{
    return value->kind == OPERAND_CONSTANT && value->literal != LITERAL_NULL;
}

/* CHECK (coins >= 0): what takes too much fails. */
static bool has_least_value(const struct relation *relation, const char *column)
{
    const struct check_constraint *check = relation ? relation->checks : NULL;

    for (; check; check = check->next) {
        const struct condition *condition = check->query ? check->query->conditions : NULL;
        for (; condition && !check->not_enforced; condition = condition->next) {
            const struct term term = term_by_text(condition);
            if (g_strcmp0(term.column, column) == 0 &&
                (term.comparison == COMPARE_GREATER || term.comparison == COMPARE_GREATER_EQUAL))
                return true;
        }
    }
    return false;
}

bool write_is_of_checked_value(const struct access *read, const struct access *write)
{
    bool several = read->query->outputs && read->query->outputs->next;
    bool selective = is_selective(read);

    for (const struct assignment *set = write->assignments; set; set = set->next) {
        if (!set->column || !access_names_column(read, set->column))
            continue;
        bool sum = set->value.sum && operand_has_columns(&set->value);
        /* WHERE version = $2, then version + 1 */
        if ((sum || is_constant(&set->value)) && access_equals(read, set->column))
            return true;
        if (!selective)
            continue;
        if (sum && (several || (set->value.minus && operand_has_variables(&set->value) &&
                                !has_least_value(write->relation, set->column))))
            return true;
        if (is_constant(&set->value) && !returns_key(read))
            return true;
    }
    return false;
}

/* true and the false of a default, now() and NULL. */
static bool is_other(const struct operand *set, const struct operand *brought)
{
    if (!brought || brought->kind != OPERAND_CONSTANT)
        return false;
    if (set->kind != OPERAND_CONSTANT)
        return set->has_call && !operand_has_columns(set) && brought->literal == LITERAL_NULL;
    return set->literal != brought->literal || g_strcmp0(set->text, brought->text) != 0;
}

bool assignments_mark_other(const struct assignment *set, const struct access *insert)
{
    while (set && !(set->column && is_other(&set->value, access_inserts(insert, set->column))))
        set = set->next;
    return set != NULL;
}

bool write_marks_other(const struct access *write, const struct access *insert)
{
    return access_rows(write) == ROWS_POINT && !access_assigns_key(write, 0) &&
           assignments_mark_other(write->assignments, insert);
}

bool write_makes_room(const struct access *write)
{
    const struct assignment *set = write->kind == ACCESS_UPDATE ? write->assignments : NULL;

    while (set && !(set->column && set->value.sum && access_asks_about(write, set->column) &&
                    !access_equals(write, set->column)))
        set = set->next;
    return set != NULL;
}

static bool reads_tables(const struct query *query)
{
    for (const struct query *each = query->inner; each; each = each->next) {
        const struct range *range = each->ranges;
        while (range && range->kind != RANGE_RELATION)
            range = range->next;
        if (range || reads_tables(each))
            return true;
    }
    return false;
}

bool write_replaces(const struct access *deleted, const struct access *insert)
{
    const struct restriction *each = deleted->where;
    const struct routine *routine = insert->transaction->routine;

    while (each && each->term.column && each->term.comparison == COMPARE_EQUAL)
        each = each->next;
    return deleted->kind == ACCESS_DELETE && !each && insert->body && insert->query &&
           !insert->rest->data && !reads_tables(insert->query) &&
           via_same_call(deleted->via, insert->via) && !(routine && routine->returns_trigger);
}

bool write_spends(const struct access *read, const struct access *write)
{
    const struct assignment *set = write->assignments;
    const struct access *insert = write->transaction->accesses;

    while (set && !(set->column && is_constant(&set->value) && access_returns(read, set->column)))
        set = set->next;
    while (insert && !(insert->kind == ACCESS_INSERT && !insert->via))
        insert = insert->next;
    return set && insert;
}

bool upsert_is_undecided(const struct access *read, const struct access *write)
{
    return write->kind == ACCESS_INSERT && (write->query->write->conflict != CONFLICT_UPDATE ||
                                            !access_depends_on_row(write, read));
}

/* INSERT … SELECT: the access of the statement that comes after those that it reads. */
static bool is_copied(const struct access *read)
{
    const struct access *each = read->next;

    while (each && access_same_statement(each, read) && each->kind != ACCESS_INSERT)
        each = each->next;
    return each && access_same_statement(each, read) && !access_same_relation(each, read) &&
           !access_is_exempt(each);
}

/* Their number alone is kept to tell it; ids that were collected only name what is written, and so do the
 * values of one row. */
static bool adds_up(const struct query *query)
{
    return query->aggregates && !query->only_min_max && !query->only_collects &&
           !query->only_counts;
}

/* To the application, by SELECT or RETURN QUERY; what a function that is called returns is not seen. */
static bool is_returned(const struct access *read)
{
    const struct query *query = read->query;

    return query && !query->parent && query->kind == QUERY_SELECT && !query->only_counts &&
           !query->rest->limit &&
           (read->body ? read->body->kind == BODY_RETURN && read->body->more : !read->via);
}

bool read_is_kept(const struct access *read)
{
    bool adds = read->query && adds_up(read->query);
    bool loops = read->body && read->body->kind == BODY_FOR_QUERY;
    const struct access *each = adds || loops ? read->next : NULL;

    while (each && !((each->kind == ACCESS_INSERT || (adds && each->kind == ACCESS_UPDATE)) &&
                     !access_same_relation(each, read) && !access_is_exempt(each) &&
                     sources_have(each->rest->data, read)))
        each = each->next;
    return each || is_copied(read) || is_returned(read);
}

bool write_is_of_moved(const struct access *read, const struct access *write)
{
    const struct access *into = read->transaction->accesses;

    while (into && !(into->kind == ACCESS_INSERT && access_same_statement(into, read)))
        into = into->next;
    return into && write->kind == ACCESS_DELETE && !access_same_relation(into, read);
}

bool write_is_atomic(const struct access *write)
{
    if (write->merge || write->copy || !write->query)
        return false;
    if (write->kind == ACCESS_INSERT)
        return write->query->write->conflict != CONFLICT_UPDATE || write_is_relative(write);
    if (write->kind != ACCESS_UPDATE || access_rows(write) < ROWS_POINTS)
        return false;
    for (const struct assignment *each = write->assignments; each; each = each->next) {
        if (each->value.has_query)
            return false;
    }
    return true;
}
