#include "session/transaction.h"

#include <string.h>

#include <glib.h>

#include "facts/body.h"
#include "facts/builtin.h"

static const struct transaction_rest none = {0};

struct transaction *transaction_new(struct script *script, enum transaction_kind kind,
                                    struct arena *arena)
{
    struct transaction *transaction = arena_new(arena, struct transaction);

    transaction->script = script;
    transaction->kind = kind;
    transaction->rest = &none;
    return transaction;
}

struct transaction_rest *transaction_own_rest(struct transaction *transaction, struct arena *arena)
{
    if (transaction->rest == &none)
        transaction->rest = arena_new(arena, struct transaction_rest);
    return (struct transaction_rest *)transaction->rest;
}

bool transaction_may_overlap(const struct transaction *a, const struct transaction *b)
{
    if (a->set_up || b->set_up)
        return false;
    return a->concurrency == RUNS_CONCURRENTLY || b->concurrency == RUNS_CONCURRENTLY;
}

bool transaction_is_declared(const struct transaction *transaction)
{
    return transaction->kind == TRANSACTION_BLOCK || transaction->kind == TRANSACTION_MESSAGE ||
           transaction->kind == TRANSACTION_FILE;
}

bool transaction_is_undone(const struct transaction *transaction)
{
    return transaction->kind == TRANSACTION_BLOCK && transaction->end && !transaction->uncertain &&
           transaction->end->kind == STATEMENT_ROLLBACK;
}

bool transaction_is_chained(const struct transaction *transaction)
{
    if (transaction->rest->segment)
        return transaction->rest->segment->chain;
    return transaction->begin && transaction->begin->flags & STATEMENT_CHAIN;
}

bool transaction_carries(const struct transaction *transaction, enum mode_kind kind)
{
    const struct mode_state *state = &transaction->modes->state[kind];

    return transaction_is_chained(transaction) && state->provenance == FROM_EXPLICIT &&
           state->script == transaction->script &&
           state->span.start < (transaction->rest->segment ? transaction->rest->segment->span.start
                                                           : transaction->begin->span.start);
}

const struct transaction *transaction_begun_by(const struct transaction **cursor,
                                               const struct statement *begin)
{
    const struct transaction *each = *cursor;

    while (each && (!each->begin || each->begin->span.start < begin->span.start))
        each = each->next;
    *cursor = each;
    return each && each->begin == begin ? each : NULL;
}

const struct statement *transaction_first(const struct transaction *transaction)
{
    if (transaction->begin)
        return transaction->begin;
    return transaction->step_count > 0 ? transaction->steps[0].statement : NULL;
}

const struct step *transaction_first_snapshot(const struct transaction *transaction)
{
    return transaction->first_snapshot < transaction->step_count
               ? &transaction->steps[transaction->first_snapshot]
               : NULL;
}

bool transaction_creates(const struct transaction *transaction, const struct relation *relation)
{
    const uint32_t at = relation ? relation->span.start : 0;
    size_t low = 0, high = transaction->step_count; /* steps are in the order of the text */

    if (!relation || !relation->described || relation->script != transaction->script)
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (transaction->steps[middle].statement->span.start <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && span_contains(transaction->steps[low - 1].statement->span, at);
}

static const char *after_setting(const struct setting *setting, const char *name, bool inside,
                                 const char *value)
{
    if (setting->scope == SCOPE_LOCAL && !inside)
        return value;
    if (setting->scope == SCOPE_ALL)
        return NULL;
    if (!setting->name || strcmp(setting->name, name) != 0)
        return value;
    return setting->unknown_value ? "" : setting->value;
}

static const char *after_statement(const struct statement *statement, const char *name, bool inside,
                                   const char *value)
{
    const struct query *query = statement->kind == STATEMENT_QUERY ? statement->query : NULL;
    struct setting setting;

    if (statement->kind == STATEMENT_SET)
        return after_setting(statement->setting, name, inside, value);
    for (const struct call *call = query ? query->rest->calls : NULL; call; call = call->next) {
        if (call_setting(call, &setting))
            value = after_setting(&setting, name, inside, value);
    }
    return value;
}

bool statement_may_set(const struct statement *statement)
{
    return statement->kind == STATEMENT_SET || (statement->kind == STATEMENT_QUERY &&
                                                statement->query && statement->query->rest->calls);
}

const char *step_setting(const struct step *step, const char *name)
{
    const struct transaction *transaction = step->transaction;
    const struct statement *first = transaction_first(transaction);
    const GPtrArray *setters = transaction->script->setters;
    const char *value = NULL;

    for (guint i = 0; first && setters && i < setters->len; i++) {
        const struct statement *each = setters->pdata[i];
        if (each->span.start >= first->span.start)
            break;
        value = after_statement(each, name, false, value);
    }
    for (size_t i = 0; i < transaction->step_count && &transaction->steps[i] < step; i++)
        value = after_statement(transaction->steps[i].statement, name, true, value);
    return value;
}

static size_t component_start(const char *path, size_t end)
{
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end;
}

/* The end of `path` from the component on in which it differs from `other`. */
static const char *distinct_end(const char *path, const char *other)
{
    size_t end = strlen(path), until = strlen(other);

    for (;;) {
        size_t start = component_start(path, end), from = component_start(other, until);
        if (start == 0 || end - start != until - from ||
            memcmp(path + start, other + from, end - start) != 0)
            return path + start;
        end = start - 1;
        until = from > 0 ? from - 1 : 0;
    }
}

const char *transaction_name(const struct transaction *transaction, const struct script *beside,
                             struct arena *arena)
{
    const struct script *script = transaction->script;
    const struct statement *first = transaction_first(transaction);
    uint32_t line = script_line_number(script, first ? first->span.start : 0);
    const struct origin *origin = script->origins ? &script->origins[line - 1] : NULL;
    const char *path = origin ? origin->path : script->path;
    g_autofree char *file = g_path_get_basename(path);
    bool other = beside && strcmp(path, beside->path) != 0;

    if (transaction->name)
        return transaction->name;
    if (transaction->routine && transaction->routine->name)
        return arena_printf(arena, "%s()", transaction->routine->name);
    return arena_printf(arena, "%s:%u", other ? distinct_end(path, beside->path) : file,
                        origin ? origin->line : line);
}

const char *provenance_name(enum provenance provenance)
{
    static const char *const names[] = {
        [FROM_SERVER] = "the server's default",       [FROM_PERSISTENT] = "stored in the database",
        [FROM_OPTION] = "given as an option",         [FROM_SESSION] = "set for the session",
        [FROM_EXPLICIT] = "set for this transaction",
    };

    return names[provenance];
}

/* The savepoint that a ROLLBACK TO goes back to; NULL when none of that name is seen. */
static const struct step *savepoint_of(const struct step *back)
{
    const char *name = back->statement->name;

    for (const struct step *step = back; name && step-- > back->transaction->steps;) {
        if (step->statement->kind == STATEMENT_SAVEPOINT && step->statement->name &&
            strcmp(step->statement->name, name) == 0)
            return step;
    }
    return NULL;
}

bool step_is_undone(const struct step *step, const struct step *before)
{
    if (!step->transaction->rolls_back)
        return false;
    for (const struct step *back = step + 1; back < before; back++) {
        if (back->statement->kind != STATEMENT_ROLLBACK_TO)
            continue;
        const struct step *savepoint = savepoint_of(back);
        if (savepoint && savepoint < step)
            return true;
    }
    return false;
}
