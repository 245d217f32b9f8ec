#include "flow/new-row.h"

#include <string.h>

#include "flow/flow.h"
#include "flow/shared-key.h"
#include "program/rows.h"

/* Whether the statement of a body is, or uses a variable of, `giver`. */
static bool is_made_by(const struct body_statement *statement, const struct body_statement *giver)
{
    const struct query *query = statement->statement ? statement->statement->query : NULL;

    for (const char **into = giver->into; into && *into; into++) {
        for (const struct column_use *use = query ? query->uses : NULL; use; use = use->next) {
            if (use->variable && g_strcmp0(use->name, *into) == 0)
                return true;
        }
    }
    return statement == giver;
}

/* The output that becomes a column of the row, `*column` or, where that is NULL, the first one. */
static const struct operand *output_for_row(const struct body_statement *statement,
                                            const char **column)
{
    const struct query *query = statement->statement ? statement->statement->query : NULL;
    const struct output *output = query ? query->outputs : NULL;

    for (const char **into = statement->into; into && *into && output;
         into++, output = output->next) {
        const char *name = g_str_has_prefix(*into, "new.") ? *into + strlen("new.") : NULL;
        if (name && (!*column || strcmp(name, *column) == 0)) {
            *column = name;
            return &output->operand;
        }
    }
    return NULL;
}

static const struct operand *value_for_row(const struct access *read, const char **column)
{
    const struct operand *value = NULL;

    for (const struct body_statement *each = read->body; each && !value; each = each->next)
        value = is_made_by(each, read->body) ? output_for_row(each, column) : NULL;
    return value;
}

static bool is_of_insert(const struct access *read, const struct access *insert)
{
    const struct via *via = read->via;
    const struct trigger *trigger = insert->relation ? insert->relation->triggers : NULL;

    while (trigger && (!via || trigger != via->trigger))
        trigger = trigger->next;
    return trigger && trigger->before && read->step == insert->step;
}

const struct operand *trigger_gives(const struct access *read, const struct access *insert,
                                    const char *column)
{
    return is_of_insert(read, insert) ? value_for_row(read, &column) : NULL;
}

const char *trigger_fills(const struct access *read, const struct access *insert)
{
    const char *column = NULL;

    if (is_of_insert(read, insert))
        value_for_row(read, &column);
    return column;
}

bool access_finds_extreme(const struct access *read)
{
    return read->query && (read->query->only_min_max || flow_newest(read));
}

bool column_may_number(const struct relation *relation, const char *name)
{
    const struct column *column = relation ? relation_column(relation, name) : NULL;
    const char *type = column ? column->type : NULL;

    return !type || !(g_str_has_prefix(type, "time") || strcmp(type, "date") == 0 ||
                      strcmp(type, "bool") == 0);
}

const char *trigger_gives_number(const struct access *read)
{
    const struct relation *relation = read->relation;
    const char *column = NULL;

    if (!relation || !read->query || !value_for_row(read, &column) ||
        !relation_column(relation, column) || !column_may_number(relation, column) ||
        access_equals(read, column))
        return NULL;
    if (access_finds_extreme(read) && access_reads_column(read, column))
        return column;
    return read->query->aggregates && !column_is_amount(relation, column) ? column : NULL;
}

static bool is_inside(const struct query *query, const struct query *outer)
{
    while (query && query != outer)
        query = query->parent;
    return query != NULL;
}

static bool reads_result(const struct query *query, const struct query *insert)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range_query(range) == insert)
            return true;
    }
    return false;
}

/* Another query of the statement reads what the INSERT returned: an arm of UNION, a sub-SELECT. */
static bool result_is_read_elsewhere(const struct query *query, const struct query *insert,
                                     const struct query *but)
{
    if (query == insert)
        return false;
    if (query != but && reads_result(query, insert))
        return true;
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (result_is_read_elsewhere(inner, insert, but))
            return true;
    }
    return false;
}

bool access_reads_instead(const struct access *read, const struct access *insert)
{
    const struct query *top = insert->query;
    enum answer unique;

    while (top->parent)
        top = top->parent;
    return read->kind == ACCESS_READ && insert->query->place == PLACE_WITH &&
           access_same_statement(read, insert) && access_same_relation(read, insert) &&
           read->query && !read->query->aggregates && !is_inside(read->query, insert->query) &&
           (insert->query->write->many_rows || access_shares_key(read, insert, &unique)) &&
           result_is_read_elsewhere(top, insert->query, read->query);
}

static bool gives_same_variable(const struct body_statement *a, const struct body_statement *b)
{
    for (const char **into = a->into; into && *into; into++) {
        if (b->into && g_strv_contains(b->into, *into))
            return true;
    }
    return false;
}

/* Whether the routine asks what came of the insert, or looks for the row once more. */
static bool is_looked_after(const struct access *insert)
{
    const struct body_statement *each = insert->body->next;

    while (each && !body_decided_by(each, insert->body) && each->kind != BODY_DIAGNOSTICS)
        each = each->next;
    if (each || body_enclosing(insert->body, BODY_LOOP))
        return true;
    for (const struct access *later = insert->next; later; later = later->next) {
        if (access_same_relation(later, insert) && !access_same_statement(later, insert))
            return true;
    }
    return false;
}

bool insert_may_return_nothing(const struct access *read, const struct access *insert)
{
    enum answer unique;

    return read->body && insert->body && !access_same_statement(read, insert) &&
           access_same_relation(read, insert) && access_shares_key(read, insert, &unique) &&
           gives_same_variable(read->body, insert->body) && flow_decides_insert(read, insert) &&
           !is_looked_after(insert);
}
