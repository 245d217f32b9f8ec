#include "locking/row-loop.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "flow/flow.h"
#include "program/rows.h"

bool range_brings_rows(const struct range *range)
{
    if (range->kind == RANGE_FUNCTION)
        return true;
    if (!range_query(range) || range->query->rest->order)
        return false;
    if (range->query->set_returning || range->query->kind == QUERY_VALUES)
        return !range->query->one_row;
    for (const struct range *inner = range->query->ranges; inner; inner = inner->next) {
        if (inner->kind != RANGE_QUERY && range_brings_rows(inner))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ the item of a round */

/* Variables that are assigned from one another: key := lower(name); name := names[i]. */
enum { DEEPEST_ITEM = 4 };

static bool is_named(const struct column_use *use, const char *const *names)
{
    for (; use->variable && use->name && names && *names; names++) {
        size_t length = strlen(*names);
        if (strncmp(use->name, *names, length) == 0 &&
            (use->name[length] == '\0' || use->name[length] == '.'))
            return true;
    }
    return false;
}

/* FOR i IN 1 .. array_length(a, 1) */
static bool has_bounds(const struct body_statement *loop)
{
    return loop->kind == BODY_LOOP && loop->into && loop->statement->query->outputs->next;
}

static bool mentions(const struct query *query, const struct column_use *use)
{
    const struct column_use *each = query ? query->uses : NULL;

    while (each && !(each->variable && g_strcmp0(each->name, use->name) == 0))
        each = each->next;
    return use->variable && each;
}

/* The first statement in the loop that sets the variable; NULL without. */
static const struct body_statement *assignment_of(const struct column_use *use,
                                                  const struct body_statement *loop)
{
    for (const struct body_statement *each = loop->next; each && each->depth > loop->depth;
         each = each->next) {
        if (each->kind == BODY_ASSIGN && is_named(use, each->into))
            return each;
    }
    return NULL;
}

static bool is_item(const struct body_statement *loop, const struct operand *value, unsigned depth);

/* key := names[i] */
static bool holds_item(const struct column_use *use, const struct body_statement *loop,
                       unsigned depth)
{
    const struct body_statement *set = depth < DEEPEST_ITEM ? assignment_of(use, loop) : NULL;
    const struct query *query = set && set->statement ? set->statement->query : NULL;

    return query && query->outputs && is_item(loop, &query->outputs->operand, depth + 1);
}

/* x, x.id and (x ->> 'id')::int of a loop over x; a[i] of one that counts to the length of a. */
static bool is_item(const struct body_statement *loop, const struct operand *value, unsigned depth)
{
    const struct column_use *use = value->uses;
    const struct query *until = loop->into ? NULL : body_loop_condition(loop);
    bool counts = until || has_bounds(loop);
    unsigned items = 0, arrays = 0, held = 0;

    if ((!loop->into && !until) || value->has_query || value->has_call)
        return false;
    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (loop->into && is_named(use, loop->into))
            items++;
        else if (has_bounds(loop) && mentions(loop->statement->query, use))
            arrays++;
        else if (use->variable && holds_item(use, loop, depth))
            held++;
        else if (until && use->variable && assignment_of(use, loop))
            items++;
        else if (until && mentions(until, use))
            arrays++;
        else
            return false;
    }
    return held > 0 ? items == 0 && arrays == 0 : items > 0 && (arrays > 0) == counts;
}

/* ------------------------------------------------------------------ what goes by it */

/* Each column of the key is brought, and some of them by the item: (r.name) and (tenant, r.name). */
static bool brings_key(const struct access *insert, const struct index *key,
                       const struct body_statement *loop)
{
    bool item = false;

    for (const struct index_key *each = key->keys; each; each = each->next) {
        const struct operand *value = access_inserts(insert, each->column);
        if (!value || value->kind == OPERAND_DEFAULT)
            return false;
        item |= is_item(loop, value, 0);
    }
    return item;
}

static bool names_key(const struct access *insert, const struct body_statement *loop)
{
    const struct index *key = relation_keys(insert->relation, KEY_TOTAL | KEY_OF_COLUMNS);

    while (key && !brings_key(insert, key, loop))
        key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS);
    return key;
}

static bool asks_for_item(const struct access *access, const struct body_statement *loop)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
            is_item(loop, each->term.value, 0))
            return true;
    }
    return false;
}

static bool is_loop(const struct body_statement *statement)
{
    return body_is_loop(statement) && (statement->statement || !statement->into);
}

/* The loop around the statement whose item the access goes by; NULL without. */
static const struct body_statement *loop_of_item(const struct access *access,
                                                 const struct body_statement *loop)
{
    while (loop &&
           !(is_loop(loop) && (access->kind == ACCESS_INSERT ? names_key(access, loop)
                                                             : asks_for_item(access, loop))))
        loop = loop->parent;
    return loop;
}

/* Whether the query of the loop finds one row, or rows of the table that is written in the loop: these
 * it finds by one plan. */
static bool is_harmless(const struct access *access, const struct body_statement *loop)
{
    for (const struct access *each = access->transaction->accesses; each && each != access;
         each = each->next) {
        if (each->body == loop && (access_same_relation(each, access) ||
                                   access_rows(each) >= ROWS_POINT || access_most_rows(each) == 1))
            return true;
    }
    return false;
}

/* What it goes over comes in the order in which the caller has it. */
static bool is_of_given(const struct body_statement *loop)
{
    return loop->kind != BODY_FOR_QUERY || loop->statement->query->set_returning;
}

static enum row_loop judge(const struct access *access, const struct body_statement *loop)
{
    if (is_of_given(loop))
        return LOOP_GIVEN;
    return is_harmless(access, loop) ? LOOP_NONE : LOOP_FOUND;
}

/* A column of rows that the caller has brought. */
static bool is_brought(const struct access *access, const struct operand *value)
{
    const struct range *range = value->use_count == 1 && value->uses ? value->uses->range : NULL;
    const struct query *owner = range ? range->owner : NULL;

    return owner && owner != access->query && !owner->rest->order && !owner->rest->limit &&
           !value->has_query && range_brings_rows(range) && query_takes_parameters(owner);
}

/* SELECT bump(x) FROM unnest($1) x: a routine that is called for each row, and goes by it. */
static bool is_called_by_row(const struct access *access)
{
    if (!access->via || access->via->kind != VIA_ROUTINE)
        return false;
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL &&
            is_brought(access, each->term.value))
            return true;
    }
    const struct assignment *each = access->kind == ACCESS_INSERT ? access->assignments : NULL;
    for (; each; each = each->next) {
        const char *column = access_assigned_column(access, each);
        if (column && is_brought(access, &each->value) &&
            relation_has_key(access->relation, column, KEY_TOTAL))
            return true;
    }
    return false;
}

enum row_loop row_loop_of(const struct access *access)
{
    if (is_called_by_row(access))
        return LOOP_GIVEN;
    if (!access->as_passed)
        return LOOP_NONE;
    const struct body_statement *loop =
        access->body ? loop_of_item(access, access->body->parent) : NULL;
    for (const struct via *via = access->via; via && !loop; via = via->outer)
        loop =
            via->kind == VIA_ROUTINE && via->body ? loop_of_item(access, via->body->parent) : NULL;
    return loop ? judge(access, loop) : LOOP_NONE;
}

/* ------------------------------------------------------------------ calls */

static bool call_goes_by(const struct call *call, const struct body_statement *loop)
{
    for (const struct operand_item *each = call->arguments; each; each = each->next) {
        struct operand hashed = each->operand;
        hashed.has_call = false;
        if (is_item(loop, &hashed, 0))
            return true;
    }
    return false;
}

static enum row_loop loop_of_call(const struct side_effect *effect)
{
    const struct body_statement *loop = effect->body ? effect->body->parent : NULL;

    while (loop && !(is_loop(loop) && call_goes_by(effect->call, loop)))
        loop = loop->parent;
    if (!loop || !effect->as_passed)
        return LOOP_NONE;
    return is_of_given(loop) ? LOOP_GIVEN : LOOP_FOUND;
}

/* The query that has the call, of these and those inside of them. */
static const struct query *query_of_call(const struct query *query, const struct call *call)
{
    const struct query *found = NULL;

    for (const struct call *each = query->rest->calls; each; each = each->next) {
        if (each->span.start == call->span.start)
            return query;
    }
    for (const struct query *inner = query->inner; inner && !found; inner = inner->next)
        found = query_of_call(inner, call);
    return found;
}

static bool finds_several(const struct side_effect *effect, const struct range *range)
{
    for (const struct access *each = effect->step->transaction->accesses; each; each = each->next) {
        if (each->step == effect->step && each->range == range)
            return access_rows(each) < ROWS_POINT && access_most_rows(each) != 1;
    }
    return false;
}

/* SELECT pg_advisory_xact_lock(id) FROM t, or FROM unnest($1) AS id */
static enum row_loop rows_of_call(const struct side_effect *effect)
{
    const struct query *top = effect->statement->query;
    const struct query *query = top ? query_of_call(top, effect->call) : NULL;

    if (!query || query->kind != QUERY_SELECT || query->rest->order)
        return LOOP_NONE;
    for (const struct operand_item *each = effect->call->arguments; each; each = each->next) {
        const struct column_use *use = each->operand.uses;
        for (uint32_t i = 0; i < each->operand.use_count && use; i++, use = use->next) {
            if (!use->range || use->range->owner != query)
                continue;
            if (range_brings_rows(use->range) && query_takes_parameters(query))
                return LOOP_GIVEN;
            if (use->range->kind == RANGE_RELATION && finds_several(effect, use->range))
                return LOOP_FOUND;
        }
    }
    return LOOP_NONE;
}

enum row_loop row_loop_of_call(const struct side_effect *effect)
{
    enum row_loop loop = loop_of_call(effect);

    return loop == LOOP_NONE ? rows_of_call(effect) : loop;
}
