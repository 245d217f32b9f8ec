#include "flow/flow.h"

#include <string.h>

#include <glib.h>

#include "facts/body.h"
#include "facts/condition.h"
#include "program/absence.h"
#include "program/side-effect.h"
#include "flow/dependence.h"
#include "program/rows.h"
#include "session/transaction.h"

enum { DEEPEST = 20 }; /* sub-queries inside one another; WITH RECURSIVE selects from itself */

/* ------------------------------------------------------------------ from query to query */

/* Whether what `query` returns comes from `wanted`: it is that query, or selects from it. With
 * `stop`, a read of a table, only rows count, and none that a query between the two has locked: it
 * has looked at them again when it had the lock. */
static bool comes_from(const struct query *query, const struct query *wanted,
                       const struct access *stop, unsigned depth);

static bool locks_table_of(const struct query *query, const struct access *read)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->lock != LOCK_NONE && range_relation(range) == read->relation &&
            g_strcmp0(range->name, read->name) == 0)
            return true;
    }
    return false;
}

/* What it returns are no rows of the table. */
static bool counts(const struct query *query)
{
    return query->aggregates && !query->only_collects && !query->only_min_max;
}

static bool has_below(const struct query *query, const struct query *wanted,
                      const struct access *stop, enum query_place place, unsigned depth)
{
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (inner->place == place && !inner->exists && comes_from(inner, wanted, stop, depth))
            return true;
    }
    return false;
}

static bool comes_from(const struct query *query, const struct query *wanted,
                       const struct access *stop, unsigned depth)
{
    if (stop && counts(query))
        return false;
    if (query == wanted)
        return true;
    if (depth++ > DEEPEST || (stop && locks_table_of(query, stop)))
        return false;
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range_query(range) && !query_writes(range->query) &&
            comes_from(range->query, wanted, stop, depth))
            return true;
    }
    return has_below(query, wanted, stop, PLACE_WHERE, depth) ||
           has_below(query, wanted, stop, PLACE_ARM, depth) ||
           has_below(query, wanted, stop, PLACE_OUTPUT, depth);
}

/* id = (SELECT …), id IN (SELECT …), id = ANY (ARRAY(SELECT …)) */
static bool names_rows(const struct condition *condition, const struct access *write,
                       const struct query *inner)
{
    const struct condition *child = condition_children(condition);
    const struct term term = term_of(condition, write->range);

    while (child && !names_rows(child, write, inner))
        child = child->next;
    return child ||
           (term.column && (term.comparison == COMPARE_EQUAL || term.comparison == COMPARE_IN) &&
            (term.value->kind == OPERAND_QUERY ? term.value->query == inner
                                               : term.value->has_query));
}

static bool picks_in_where(const struct access *read, const struct access *write)
{
    for (const struct query *inner = write->query->inner; inner; inner = inner->next) {
        const struct condition *condition = write->query->conditions;
        if (inner->place != PLACE_WHERE || inner->exists)
            continue;
        while (condition && !names_rows(condition, write, inner))
            condition = condition->next;
        if (condition && comes_from(inner, read->query, read, 0))
            return true;
    }
    return false;
}

bool flow_picks_rows(const struct access *read, const struct access *write)
{
    const struct query *query = write->query;

    if (!query || !read->query)
        return false;
    if (picks_in_where(read, write))
        return true;
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range_query(range) && !query_writes(range->query) &&
            comes_from(range->query, read->query, read, 0))
            return true;
    }
    return false;
}

bool flow_picked_and_locked(const struct access *read, const struct access *write)
{
    const struct access *lock = write->transaction->accesses;

    while (lock && !(lock->kind == ACCESS_LOCK && access_same_statement(lock, write) &&
                     access_same_relation(lock, write) && flow_picks_rows(read, lock) &&
                     flow_picks_rows(lock, write)))
        lock = lock->next;
    return lock;
}

bool flow_is_same_row(const struct access *read, const struct access *write)
{
    return flow_picks_rows(read, write) || flow_picked_and_locked(read, write) ||
           (access_same_rows(read, write) == ANSWER_YES && access_rows(read) >= ROWS_POINTS);
}

bool flow_is_returned(const struct access *read, const struct access *write)
{
    const struct query *query = read->query;

    while (query && query->parent != write->query)
        query = query->parent;
    return query && query->parent && query->place == PLACE_OUTPUT;
}

/* Whether there is a query in the statement that may. */
static bool may_be_picked(const struct access *write)
{
    const struct range *range = write->query ? write->query->ranges : NULL;

    while (range && !range_query(range))
        range = range->next;
    return range || (write->query && write->query->inner);
}

const struct access *flow_picked_by(const struct access *write)
{
    const struct access *read = may_be_picked(write) ? access_first_beside(write) : write;

    while (read && read != write &&
           !(access_same_statement(read, write) && access_same_relation(read, write) &&
             flow_picks_rows(read, write)))
        read = access_next_beside(read);
    return read == write ? NULL : read;
}

/* ------------------------------------------------------------------ what decides about an INSERT
 */

static bool reaches(const struct query *query, const struct access *read)
{
    return query == read->query || comes_from(query, read->query, NULL, 0);
}

static bool has_condition_on(const struct query *query, const struct range *range)
{
    const struct condition *each = query->conditions;

    while (each && !condition_uses(each, range))
        each = each->next;
    return each;
}

/* SELECT … HAVING count(*) = 0: one row or none, after how many there are. */
static bool asks_having(const struct query *query)
{
    const struct condition *each = query->aggregates && !query->grouped ? query->conditions : NULL;

    while (each && !each->having)
        each = each->next;
    return each;
}

/* It has a row when none was found: the nullable side of a join, or an aggregate. */
static bool answers_absence(const struct query *source, const struct range *range,
                            const struct access *read)
{
    bool absent = range->nullable || (range_query(range) && range->query->aggregates);

    if (range == read->range)
        return range->nullable || asks_having(source);
    return absent && range_query(range) && reaches(range->query, read) &&
           has_condition_on(source, range);
}

static bool source_decides(const struct query *source, const struct access *read)
{
    for (const struct query *inner = source->inner; inner; inner = inner->next) {
        if (inner->place == PLACE_WHERE && reaches(inner, read))
            return true;
        if ((inner->place == PLACE_ARM || inner->place == PLACE_FROM) &&
            source_decides(inner, read))
            return true;
    }
    for (const struct range *range = source->ranges; range; range = range->next) {
        if (answers_absence(source, range, read))
            return true;
    }
    return false;
}

static bool statement_decides(const struct access *read, const struct access *insert)
{
    if (!insert->query || !read->query || read->via != insert->via)
        return true; /* through a view or a function: not seen */
    if (absence_column(read, insert))
        return true;
    for (const struct query *inner = insert->query->inner; inner; inner = inner->next) {
        if (inner->place == PLACE_SOURCE && source_decides(inner, read))
            return true;
    }
    return false;
}

/* The row that is found is marked, and the new one takes its place: it was no condition that there
 * is none. */
static bool is_succeeded(const struct access *read, const struct access *insert)
{
    const struct access *each = insert->transaction->accesses;

    while (each && !(each->kind == ACCESS_UPDATE && access_same_relation(each, insert) &&
                     access_same_rows(read, each) == ANSWER_YES && write_marks_other(each, insert)))
        each = each->next;
    return each != NULL;
}

/* IF NOT FOUND THEN PERFORM add(…) */
static bool decides_call(const struct access *read, const struct access *write)
{
    const struct via *via = write->via;

    while (via && !sources_have(via->control, read))
        via = via->outer;
    return via != NULL;
}

bool flow_decides_insert(const struct access *read, const struct access *insert)
{
    if (access_same_statement(read, insert))
        return statement_decides(read, insert);
    if (!read->body || !insert->body)
        return write_depends(read, insert) != DEPENDS_NOT && !is_succeeded(read, insert);
    return sources_have(insert->rest->control, read) || decides_call(read, insert);
}

/* What is taken of the row is used: SELECT 1 or SELECT id asks whether it is there. A row that is locked is
 * to be changed. */
static bool takes_row(const struct access *read)
{
    const struct output *first = read->query ? read->query->outputs : NULL;

    return read->kind == ACCESS_LOCK ||
           (first && (output_is_star(first) || (first->next && first->name && first->next->name)));
}

bool flow_succeeds_without(const struct access *read, const struct access *insert)
{
    bool sent = !read->body && !insert->body && !read->via && !insert->via;

    return access_same_statement(read, insert) ||
           (read->body && insert->body && !body_raises_on(read->body)) ||
           (sent && takes_row(read) && insert->step->depth == read->step->depth);
}

bool flow_asks_for_any(const struct access *read)
{
    const struct body_statement *each = read->body;
    const char *number = each && each->into ? each->into[0] : NULL;
    bool asked = false;

    while (each && each->parent)
        each = each->parent;
    for (; each && number; each = each->next) {
        if (each->kind != BODY_ARM || !body_decided_by(each, read->body))
            continue;
        const struct condition *test = each->statement->query->rest->asked;
        while (test && !condition_asks_for_any(test, number))
            test = test->next;
        if (!test)
            return false;
        asked = true;
    }
    return asked;
}

/* ------------------------------------------------------------------ what is made of a result */

static const struct query *whole_of(const struct query *query)
{
    while (query->parent)
        query = query->parent;
    return query;
}

static bool any_aggregates(const struct query *query, const struct query *wanted)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (query->aggregates && range_query(range) && comes_from(range->query, wanted, NULL, 0))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (any_aggregates(inner, wanted))
            return true;
    }
    return false;
}

const char *flow_newest(const struct access *read)
{
    const struct query *query = read->kind == ACCESS_READ ? read->query : NULL;
    const struct sort *order = query ? query->rest->order : NULL;

    if (!order || !order->descending || !access_owns(read, &order->operand) ||
        !query_takes_one(query))
        return NULL;
    return order->operand.text;
}

bool flow_aggregates(const struct access *read)
{
    return read->query &&
           (read->query->aggregates || any_aggregates(whole_of(read->query), read->query));
}

static bool has_use(const struct operand *operand, const struct column_use *use)
{
    const struct column_use *each = operand->uses;

    for (uint32_t i = 0; i < operand->use_count && each; i++, each = each->next) {
        if (each == use)
            return true;
    }
    return false;
}

static const struct output *output_with(const struct query *query, const struct column_use *use)
{
    const struct output *output = query->outputs;

    while (output && !has_use(&output->operand, use))
        output = output->next;
    return output;
}

static bool output_is_used(const struct query *query, const char *name, const struct access *write,
                           unsigned depth);

/* Something that selects from `made` uses this column of it. What RETURNING shows is not used. */
static bool is_used_in(const struct query *query, const struct query *made, const char *name,
                       const struct access *write, unsigned depth)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        const struct range *range = use->range;
        if (use->variable || !use->name || !name || strcmp(use->name, name) != 0 ||
            (range && range_query(range) != made))
            continue;
        const struct output *output = output_with(query, use);
        if (!output || (query != write->query && output_is_used(query, output->name, write, depth)))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (is_used_in(inner, made, name, write, depth))
            return true;
    }
    return false;
}

/* A sub-SELECT in an expression is used whole; what stands in FROM or WITH by its columns. */
static bool output_is_used(const struct query *query, const char *name, const struct access *write,
                           unsigned depth)
{
    if (query->place != PLACE_WITH && query->place != PLACE_FROM)
        return true;
    return depth < DEEPEST && is_used_in(whole_of(query), query, name, write, depth + 1);
}

static bool uses_below(const struct query *query, const struct range *range, const char *column)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->range == range && use->name && strcmp(use->name, column) == 0)
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (uses_below(inner, range, column))
            return true;
    }
    return false;
}

bool flow_uses_column(const struct access *read, const struct access *write, const char *column)
{
    const struct query *query = read->query;

    if (!query || read->via != write->via)
        return access_names_column(read, column);
    for (const struct column_use *use = query->uses; use; use = use->next) {
        const struct output *output;
        if (use->range != read->range || !use->name || strcmp(use->name, column) != 0)
            continue;
        output = output_with(query, use);
        if (!output || output_is_used(query, output->name, write, 0))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (uses_below(inner, read->range, column))
            return true;
    }
    return query->aggregates && query->outputs && !query->uses;
}

bool query_has_parameter(const struct query *query, parameter_fits *fits, const void *data)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->variable && use->name && fits(use->name, data))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (query_has_parameter(inner, fits, data))
            return true;
    }
    return false;
}

static bool is_any(const char *name, const void *data)
{
    (void)name;
    (void)data;
    return true;
}

bool query_takes_parameters(const struct query *query)
{
    return query_has_parameter(query, is_any, NULL);
}
