#include "model/refusal.h"

#include "model/builtin.h"

/* The earlier of two things, but what runs always comes first. */
static void consider(struct refusal *best, bool *found, uint32_t *order,
                     const struct refusal *candidate, uint32_t candidate_order)
{
    if (*found && (best->conditional != candidate->conditional ? candidate->conditional
                                                               : candidate_order > *order))
        return;
    *found = true;
    *order = candidate_order;
    *best = *candidate;
}

static bool refuses_access(const struct access *access)
{
    return !access_is_exempt(access) && !access_is_of_foreign_key(access) &&
           (access_is_write(access) || access->kind == ACCESS_LOCK);
}

static bool refuses_call(const struct routine_call *call, int server_version)
{
    enum effect effect = builtin_effect(call->call->builtin);

    if (effect == EFFECT_NEXTVAL || effect == EFFECT_SETVAL)
        return !call->sequence || call->sequence->persistence != PERSISTENCE_TEMPORARY;
    return effect == EFFECT_LARGE_OBJECT_WRITE && server_version >= 1600;
}

bool refusal_find(const struct transaction *transaction, const struct step *step, bool everywhere,
                  int server_version, struct refusal *refusal)
{
    uint32_t order = 0;
    bool found = false;

    if ((everywhere || step->read_only) && transaction->kind != TRANSACTION_SEGMENT &&
        step->statement->flags & STATEMENT_REFUSED_READ_ONLY) {
        *refusal = (struct refusal){.step = step};
        return true;
    }
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        struct refusal candidate = {step, .access = each, .conditional = each->conditional};
        if (each->step == step && (everywhere || each->read_only) && refuses_access(each))
            consider(refusal, &found, &order, &candidate, each->order);
    }
    for (const struct routine_call *each = transaction->calls; each; each = each->next) {
        struct refusal candidate = {step, .call = each, .conditional = each->conditional};
        if (each->step == step && (everywhere || each->read_only) &&
            refuses_call(each, server_version))
            consider(refusal, &found, &order, &candidate, each->order);
    }
    for (const struct hidden_statement *each = transaction->hidden; each; each = each->next) {
        struct refusal candidate = {step, .hidden = each, .conditional = each->conditional};
        if (each->step == step && (everywhere || each->read_only) &&
            each->statement->flags & STATEMENT_REFUSED_READ_ONLY)
            consider(refusal, &found, &order, &candidate, each->order);
    }
    return found;
}

static bool names_partitioned(const struct statement *statement, const struct catalog *catalog,
                              const struct script *script)
{
    for (const struct object_name *name = statement->names; name; name = name->next) {
        const struct relation *relation =
            catalog_relation(catalog, name->schema, name->name, script);
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
