#include "facts/body.h"

#include <string.h>

struct body_statement *body_add(struct arena *arena, struct body_statement ***end,
                                enum body_kind kind, struct body_statement *parent)
{
    struct body_statement *statement = arena_new(arena, struct body_statement);

    statement->kind = kind;
    statement->parent = parent;
    statement->depth = parent ? parent->depth + 1 : 0;
    **end = statement;
    *end = &statement->next;
    return statement;
}

const struct body_statement *body_enclosing(const struct body_statement *statement,
                                            enum body_kind kind)
{
    for (statement = statement->parent; statement; statement = statement->parent) {
        if (statement->kind == kind)
            return statement;
    }
    return NULL;
}

struct body_statement *body_loop(const struct body_statement *statement)
{
    struct body_statement *outer = statement->parent;

    while (outer && !body_is_loop(outer))
        outer = outer->parent;
    return outer;
}

/* An expression alone needs a snapshot only when it is planned, which is not every time. */
static bool takes_snapshot(const struct body_statement *statement)
{
    const struct statement *run = statement->statement;

    if (!run || !(run->flags & STATEMENT_SNAPSHOT))
        return false;
    return statement->kind == BODY_SQL || statement->kind == BODY_EXECUTE ||
           statement->kind == BODY_FOR_QUERY || statement->kind == BODY_OPEN ||
           (run->query && (run->query->ranges || run->query->inner));
}

/* Whether whatever leads to `statement` has come through `earlier`. */
static bool is_passed(const struct body_statement *earlier, const struct body_statement *statement)
{
    for (const struct body_statement *outer = earlier->parent; outer; outer = outer->parent) {
        if (outer->kind != BODY_BLOCK && outer->kind != BODY_IF &&
            !body_is_inside(statement, outer))
            return false;
    }
    return true;
}

bool body_has_snapshot(const struct body *body, const struct body_statement *statement,
                       const struct body_statement **query)
{
    bool ended = false;

    *query = NULL;
    for (const struct body_statement *each = body->statements; each && each != statement;
         each = each->next) {
        if (each->kind == BODY_COMMIT || each->kind == BODY_ROLLBACK) {
            ended = true;
            *query = NULL;
        } else if (ended && !*query && takes_snapshot(each) && is_passed(each, statement)) {
            *query = each;
        }
    }
    return !ended || *query;
}

static bool is_definition(const struct body_statement *statement)
{
    return statement->statement && statement->statement->kind == STATEMENT_DEFINE;
}

/* Whether a branch of the same IF, other than `arm`, has DDL. */
static bool another_defines(const struct body_statement *arm)
{
    const struct body_statement *choice = arm->parent;

    for (const struct body_statement *each = choice->next; each && each->depth > choice->depth;
         each = each->next) {
        if (is_definition(each) && !body_is_inside(each, arm))
            return true;
    }
    return false;
}

static bool comes_to_pass(const struct body_statement *statement)
{
    for (const struct body_statement *outer = statement->parent; outer; outer = outer->parent) {
        if (outer->kind == BODY_HANDLER || body_is_loop(outer) ||
            (outer->kind == BODY_ARM && another_defines(outer)))
            return false;
    }
    return true;
}

const struct body_statement *body_next_definition(const struct body *body,
                                                  const struct body_statement *after)
{
    const struct body_statement *each = after ? after->next : body ? body->statements : NULL;

    while (each && !(is_definition(each) && comes_to_pass(each)))
        each = each->next;
    return each;
}

bool body_ends_transaction(const struct body *body)
{
    for (const struct body_statement *each = body->statements; each; each = each->next) {
        if (each->kind == BODY_COMMIT || each->kind == BODY_ROLLBACK)
            return true;
    }
    return false;
}

const struct body_statement *body_subtransaction(const struct body_statement *statement)
{
    bool handler = false; /* comes up from a handler of the block, not from its statements */

    for (statement = statement->parent; statement; statement = statement->parent) {
        if (statement->kind == BODY_BLOCK && statement->handled && !handler)
            return statement;
        handler = statement->kind == BODY_HANDLER;
    }
    return NULL;
}

bool body_is_inside(const struct body_statement *statement, const struct body_statement *outer)
{
    if (statement->depth <= outer->depth)
        return false;
    while (statement->depth > outer->depth)
        statement = statement->parent;
    return statement == outer;
}

bool body_sets_found(const struct body_statement *statement)
{
    const struct statement *run = statement->statement;

    return statement->kind == BODY_SQL || statement->kind == BODY_EXECUTE ||
           (statement->kind == BODY_RETURN && statement->more && run && run->query &&
            run->query->ranges);
}

bool body_assigns(const struct body_statement *source, const char *variable)
{
    size_t length = strcspn(variable, "."); /* a field stands for its record */

    if (strcmp(variable, "found") == 0)
        return body_sets_found(source);
    for (const char **name = source->into; name && *name; name++) {
        if (strncmp(*name, variable, length) == 0 && (*name)[length] == '\0')
            return true;
    }
    return false;
}

static bool query_looks_at(const struct query *query, const struct body_statement *source)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->variable && body_assigns(source, use->name))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (query_looks_at(inner, source))
            return true;
    }
    return false;
}

bool body_decided_by(const struct body_statement *arm, const struct body_statement *source)
{
    if (arm == source)
        return true;
    return (arm->kind == BODY_ARM || arm->kind == BODY_LOOP || arm->kind == BODY_EXIT) &&
           arm->statement && arm->statement->query && query_looks_at(arm->statement->query, source);
}

static bool is_chosen_by(const struct body_statement *statement,
                         const struct body_statement *source)
{
    for (const struct body_statement *arm = statement->parent; arm; arm = arm->parent) {
        if (body_decided_by(arm, source))
            return true;
    }
    return false;
}

/* One of its own statements is RETURN or RAISE EXCEPTION. */
static bool leaves(const struct body_statement *arm)
{
    const struct body_statement *each = arm->next;

    while (each && each->depth > arm->depth &&
           !(each->parent == arm && ((each->kind == BODY_RAISE && each->error) ||
                                     (each->kind == BODY_RETURN && !each->more))))
        each = each->next;
    return each && each->depth > arm->depth;
}

/* The last branch of the same IF before it; NULL for the first one. */
static const struct body_statement *branch_before(const struct body_statement *arm)
{
    const struct body_statement *before = NULL;

    for (const struct body_statement *each = arm->parent->next; each != arm; each = each->next) {
        if (each->parent == arm->parent)
            before = each;
    }
    return before;
}

const struct body_statement *body_otherwise(const struct body_statement *raise,
                                            const struct body_statement *source)
{
    const struct body_statement *around = raise->parent, *found = NULL;

    if (around && around->kind == BODY_ARM && !around->statement) {
        found = branch_before(around);
        return found && found->span.start >= source->span.start && body_decided_by(found, source)
                   ? found
                   : NULL;
    }
    for (const struct body_statement *each = source; around && each && each != raise;
         each = each->next) {
        if (each->kind == BODY_ARM && each->parent->parent == around && leaves(each))
            found = body_decided_by(each, source) ? each : NULL;
    }
    return found;
}

const struct body_statement *body_raises_on(const struct body_statement *source)
{
    const struct body_statement *first = source;

    while (first->parent)
        first = first->parent;
    return body_raises_from(first, source);
}

const struct body_statement *body_raises_from(const struct body_statement *each,
                                              const struct body_statement *source)
{
    while (each && !(each->kind == BODY_RAISE && each->error &&
                     (is_chosen_by(each, source) || body_otherwise(each, source))))
        each = each->next;
    return each;
}

bool body_goes_by(const struct body_statement *statement, const struct body_statement *source)
{
    for (const struct body_statement *each = source; each && each != statement; each = each->next) {
        if (body_decided_by(each, source) && (each->kind == BODY_LOOP || each->kind == BODY_EXIT ||
                                              body_is_inside(statement, each) || leaves(each)))
            return true;
    }
    return false;
}

bool body_is_elsewhere(const struct body_statement *statement, const struct body_statement *other)
{
    for (const struct body_statement *arm = statement->parent; arm; arm = arm->parent) {
        if ((arm->kind == BODY_ARM || arm->kind == BODY_HANDLER) && !body_is_inside(other, arm) &&
            (body_is_inside(other, arm->parent) ||
             (other->span.start > arm->span.start && leaves(arm))))
            return true;
    }
    return false;
}

const struct query *body_loop_condition(const struct body_statement *loop)
{
    const struct body_statement *end = loop;

    if (loop->kind != BODY_LOOP || !loop->endless)
        return NULL;
    if (!loop->statement) {
        for (end = loop->next; end && end->depth > loop->depth; end = end->next) {
            if (end->kind == BODY_EXIT && end->parent == loop && end->statement)
                break;
        }
    }
    return end && end->statement && (end == loop || end->depth > loop->depth)
               ? end->statement->query
               : NULL;
}
