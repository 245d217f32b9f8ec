#include "locking/refusal.h"

#include <string.h>

#include "base/limits.h"
#include "facts/builtin.h"

static uint32_t order_of(const struct refusal *refusal)
{
    return refusal->access ? refusal->access->order : refusal->effect->order;
}

/* Keeps the earlier of two things of one step, but what runs always comes first. `found` is by step. */
static void consider(struct refusal *found, const struct transaction *transaction,
                     const struct refusal *candidate)
{
    size_t at = (size_t)(candidate->step - transaction->steps);

    if (at >= transaction->step_count)
        return;
    struct refusal *best = &found[at];
    bool statement = best->step && !best->access && !best->effect;

    if (!statement && (!best->step || (best->conditional != candidate->conditional
                                           ? best->conditional
                                           : order_of(candidate) <= order_of(best))))
        *best = *candidate;
}

static bool refuses_access(const struct access *access)
{
    return !access_is_exempt(access) && !access_is_of_foreign_key(access) &&
           (access_is_write(access) || access->kind == ACCESS_LOCK);
}

static bool refuses_effect(const struct side_effect *effect, int server_version)
{
    enum effect kind = effect->call ? builtin_effect(effect->call->builtin) : EFFECT_NONE;

    if (!effect->call)
        return effect->statement->flags & STATEMENT_REFUSED_READ_ONLY;
    if (kind == EFFECT_NEXTVAL || kind == EFFECT_SETVAL)
        return !effect->sequence || effect->sequence->persistence != PERSISTENCE_TEMPORARY;
    return kind == EFFECT_LARGE_OBJECT_WRITE && server_version >= 1600;
}

struct refusal *refusals_find(const struct transaction *transaction, bool everywhere,
                              int server_version)
{
    const struct side_effect *const lists[] = {transaction->calls, transaction->hidden};
    struct refusal *found = g_new0(struct refusal, transaction->step_count);
    const struct step *steps = transaction->steps;

    for (uint32_t i = 0; i < transaction->step_count; i++) {
        if ((everywhere || steps[i].read_only) && transaction->kind != TRANSACTION_SEGMENT &&
            steps[i].statement->flags & STATEMENT_REFUSED_READ_ONLY)
            found[i].step = &steps[i];
    }
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        struct refusal candidate = {each->step, .access = each, .conditional = each->conditional};
        if ((everywhere || each->read_only) && refuses_access(each))
            consider(found, transaction, &candidate);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const struct side_effect *each = lists[i]; each; each = each->next) {
            struct refusal candidate = {each->step, .effect = each,
                                        .conditional = each->conditional};
            if ((everywhere || each->read_only) && refuses_effect(each, server_version))
                consider(found, transaction, &candidate);
        }
    }
    return found;
}

static bool names_partitioned(const struct statement *statement, const struct catalog *catalog,
                              const struct script *script)
{
    for (const struct object_name *name = statement->names; name; name = name->next) {
        const struct relation *relation =
            catalog_relation(catalog, name->schema, name->name, script, statement->span.start);
        if (!relation) /* of REINDEX INDEX */
            relation = g_hash_table_lookup(catalog->indexes, name->name);
        if (relation && relation->partitioned)
            return true;
    }
    return false;
}

bool refusal_in_block(const struct statement *statement, const struct catalog *catalog,
                      const struct script *script, int server_version)
{
    if (statement->flags & STATEMENT_REFUSED_IN_BLOCK)
        return true;
    if (statement->flags & STATEMENT_PARTITIONS_ALONE)
        return names_partitioned(statement, catalog, script);
    return statement->flags & STATEMENT_ADDS_ENUM && server_version < 1200;
}

/* ------------------------------------------------------------------ ends of transactions */

static const struct body_statement *body_ends(const struct body *body,
                                              const struct catalog *catalog, unsigned depth);

static const struct body_statement *call_ends(const struct statement *statement,
                                              const struct catalog *catalog, unsigned depth)
{
    const struct call *call;
    const struct routine *procedure;
    int count = 0;

    if (statement->kind == STATEMENT_DO)
        return body_ends(statement->block->body, catalog, depth);
    if (statement->kind != STATEMENT_CALL || !statement->query)
        return NULL;
    for (call = statement->query->rest->calls; call && call->next; call = call->next)
        continue; /* those in its arguments come first */
    for (const struct operand_item *item = call ? call->arguments : NULL; item; item = item->next)
        count++;
    procedure = call ? catalog_routine(catalog, call->schema, call->name, count) : NULL;
    return procedure && procedure->procedure ? body_ends(procedure->body, catalog, depth) : NULL;
}

static const struct body_statement *ends(const struct body_statement *statement,
                                         const struct catalog *catalog, unsigned depth)
{
    if (statement->kind == BODY_COMMIT || statement->kind == BODY_ROLLBACK)
        return statement;
    return statement->statement && depth < DEEPEST_CALL
               ? call_ends(statement->statement, catalog, depth + 1)
               : NULL;
}

static const struct body_statement *body_ends(const struct body *body,
                                              const struct catalog *catalog, unsigned depth)
{
    const struct body_statement *end = NULL;

    for (const struct body_statement *each = body ? body->statements : NULL; each && !end;
         each = each->next)
        end = ends(each, catalog, depth);
    return end;
}

const struct body_statement *refusal_ends_transaction(const struct body_statement *statement,
                                                      const struct catalog *catalog)
{
    return ends(statement, catalog, 0);
}

const struct body_statement *refusal_body_ends(const struct body *body,
                                               const struct catalog *catalog)
{
    return body_ends(body, catalog, 0);
}

const struct body_statement *refusal_call_ends(const struct statement *statement,
                                               const struct catalog *catalog)
{
    return call_ends(statement, catalog, 0);
}

static bool is_in_write_loop(const struct body_statement *statement)
{
    for (const struct body_statement *loop = statement->parent; loop; loop = loop->parent) {
        if (loop->kind == BODY_FOR_QUERY && loop->statement && loop->statement->query &&
            query_writes(loop->statement->query))
            return true;
    }
    return false;
}

enum termination refusal_termination(const struct routine *routine,
                                     const struct body_statement *statement)
{
    if (routine && !routine->procedure)
        return TERMINATION_FUNCTION;
    if (routine && strcmp(routine->language, "sql") == 0)
        return TERMINATION_SQL;
    if (routine && routine->settings)
        return TERMINATION_SETTING;
    if (routine && routine->definer)
        return TERMINATION_DEFINER;
    if (body_subtransaction(statement))
        return TERMINATION_HANDLED;
    if (statement->kind == BODY_EXECUTE)
        return TERMINATION_EXECUTE;
    return is_in_write_loop(statement) ? TERMINATION_IN_CURSOR : TERMINATION_ALLOWED;
}

/* ------------------------------------------------------------------ locks of rows */

/* A condition of WHERE, or of a join that is no outer one, may make the outer join an inner one
 * (reduce_outer_joins in optimizer/prep/prepjointree.c). */
static bool may_demand_row(const struct condition *condition, const struct range *range)
{
    for (; condition; condition = condition->next) {
        if (!condition->outer && (condition_uses(condition, range) ||
                                  condition_is_open(condition) || condition_has_query(condition)))
            return true;
    }
    return false;
}

static const char *view_refuses_lock(const struct query *query, bool demanded, unsigned depth);

/* What a view, whose rows are locked with it, refuses. */
static const char *range_refuses_lock(const struct query *query, const struct range *range,
                                      bool demanded, unsigned depth)
{
    const struct relation *relation = range_relation(range);

    demanded |= may_demand_row(query->conditions, range);
    if (range->nullable && !demanded && range->kind <= RANGE_QUERY &&
        !(range_query(range) && range->query->place == PLACE_WITH))
        return "the nullable side of an outer join";
    return relation && relation->kind == RELATION_VIEW && relation->definition &&
                   depth < DEEPEST_CALL
               ? view_refuses_lock(relation->definition, demanded, depth + 1)
               : NULL;
}

static const char *view_refuses_lock(const struct query *query, bool demanded, unsigned depth)
{
    const char *refused = query->kind == QUERY_SET_OPERATION ? "UNION, INTERSECT or EXCEPT"
                          : query->distinct                  ? "DISTINCT"
                          : query->grouped                   ? "GROUP BY"
                          : query->aggregates                ? "aggregate functions"
                          : query->windowed                  ? "window functions"
                                                             : NULL;

    for (const struct range *each = query->ranges; each && !refused; each = each->next)
        refused = range_refuses_lock(query, each, demanded, depth);
    return refused;
}

const char *refusal_of_lock(const struct query *query, const struct range **range)
{
    const char *refused = query->rest->lock_refused;

    *range = query->ranges;
    for (const struct range *each = query->ranges; each && !refused && query->resolved;
         each = each->next) {
        *range = each;
        if (each->lock != LOCK_NONE)
            refused = range_refuses_lock(query, each, false, 0);
    }
    return refused;
}
