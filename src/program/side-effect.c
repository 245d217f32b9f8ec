#include "program/side-effect.h"

#include "facts/body.h"
#include "facts/builtin.h"

bool routine_returns_value(const struct routine *routine)
{
    const struct body_statement *each =
        routine->body && !routine->returns_trigger ? routine->body->statements : NULL;

    while (each && !(each->kind == BODY_RETURN && each->statement))
        each = each->next;
    return each || (routine->result_names && routine->result_names[0]);
}

struct span side_effect_span(const struct side_effect *effect)
{
    if (effect->via)
        return effect->step->statement->span;
    return effect->call ? effect->call->span : effect->body->span;
}

bool transaction_takes_advisory_lock(const struct transaction *transaction, uint32_t before)
{
    for (const struct side_effect *each = transaction->calls; each; each = each->next) {
        if (each->order < before && call_is_advisory_lock(each->call))
            return true;
    }
    return false;
}

/* Effects that leave a transaction a pure read. */
static bool effect_is_read(enum effect effect)
{
    return effect == EFFECT_NONE || effect == EFFECT_SLEEP || effect == EFFECT_SEQUENCE_READ ||
           effect == EFFECT_LARGE_OBJECT_READ || effect == EFFECT_TRANSACTION_ID ||
           effect == EFFECT_EXPORT_SNAPSHOT;
}

bool transaction_only_reads(const struct transaction *transaction)
{
    bool reads = false;

    if (transaction->unknown || transaction->uncertain)
        return false;
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        if (!effect_is_read(builtin_effect(call->call->builtin)))
            return false;
    }
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (statement->flags & STATEMENT_REFUSED_READ_ONLY || statement->kind == STATEMENT_LOCK)
            return false;
    }
    for (const struct side_effect *each = transaction->hidden; each; each = each->next) {
        if (each->statement->flags & STATEMENT_REFUSED_READ_ONLY)
            return false;
    }
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind != ACCESS_READ)
            return false;
        reads |= !access_is_exempt(access);
    }
    return reads;
}

bool transaction_only_inserts(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;

    while (access && access->kind == ACCESS_INSERT && !access_is_upsert(access))
        access = access->next;
    return !access;
}

bool transaction_reads_apart(const struct transaction *transaction)
{
    return !transaction_has_one_snapshot(transaction) && transaction_only_reads(transaction);
}

bool transaction_may_write(const struct transaction *transaction)
{
    if (transaction->unknown)
        return true;
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (transaction->steps[i].statement->flags & STATEMENT_REFUSED_READ_ONLY)
            return true;
    }
    for (const struct side_effect *each = transaction->hidden; each; each = each->next) {
        if (each->statement->flags & STATEMENT_REFUSED_READ_ONLY)
            return true;
    }
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_write(access))
            return true;
    }
    return false;
}

bool call_is_advisory_lock(const struct call *call)
{
    enum effect effect = call->builtin ? builtin_effect(call->builtin) : EFFECT_NONE;

    return effect == EFFECT_ADVISORY_XACT || effect == EFFECT_ADVISORY_SESSION;
}
