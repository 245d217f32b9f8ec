/* What a program is by itself, whatever others do: whether it only sets up what they use, and what tells it
 * from most of them. It is found on any thread, where the script has just been bound. */
#include "corpus/corpus.h"

#include "corpus/copies.h"
#include "facts/script.h"
#include "flow/flow.h"
#include "program/rows.h"

/* Rows of constants for a table that the script has just created. */
static bool is_set_up(const struct access *access)
{
    if (access->kind != ACCESS_INSERT)
        return access_is_exempt(access);
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        if (each->value.kind == OPERAND_PARAMETER || each->value.kind == OPERAND_VARIABLE)
            return false;
    }
    if (access->query && query_takes_parameters(access->query))
        return false;
    return access->relation && access->relation->script == access->transaction->script;
}

/* DROP TABLE of it in a later step. */
static bool is_dropped(const struct transaction *transaction, size_t from,
                       const struct object_name *table)
{
    for (size_t i = from; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        const struct change *change =
            statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
        for (; change; change = change->next) {
            if (change->kind == CHANGE_DROP && g_strcmp0(change->object.name, table->name) == 0)
                return true;
        }
    }
    return false;
}

/* What creates permanent tables or columns runs before they are used. One that drops its tables
 * itself, as a load does with its staging table, may run again. */
static bool has_definition(const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        const struct change *change =
            statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
        for (; change; change = change->next) {
            if (change->kind == CHANGE_CREATE_RELATION
                    ? change->relation->persistence != PERSISTENCE_TEMPORARY &&
                          !is_dropped(transaction, i + 1, &change->object)
                    : change->kind == CHANGE_ADD_COLUMN || change->kind == CHANGE_COLUMN_TYPE)
                return true;
        }
    }
    return false;
}

/* It writes, locks or changes a table that others may use. */
static bool is_of_others(const struct access *access)
{
    return access->kind != ACCESS_READ && access->relation && !access_is_exempt(access) &&
           !access_is_of_foreign_key(access) &&
           !(access->kind == ACCESS_INSERT && is_set_up(access));
}

/* Whether it is about a table that it has not created and does not change, or about two: one that
 * it changes is locked and its own from then on. */
static bool concerns_others(const struct transaction *transaction)
{
    const struct relation *changed = NULL;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!is_of_others(access) || access->relation == changed)
            continue;
        if (changed || access->kind != ACCESS_DEFINE)
            return true;
        changed = access->relation;
    }
    return false;
}

/* DDL alone, with what event triggers do when it runs. */
static bool sets_off_event_trigger(const struct transaction *transaction)
{
    if (transaction->kind != TRANSACTION_STATEMENT ||
        transaction->steps->statement->kind != STATEMENT_DEFINE)
        return false;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_of_trigger(access))
            return true;
    }
    return false;
}

/* DDL that creates, and a statement alone that puts the first rows into a new table, run once and
 * alone, before all others. */
static bool only_sets_up(const struct transaction *transaction)
{
    if (sets_off_event_trigger(transaction))
        return true;
    if (has_definition(transaction))
        return !concerns_others(transaction);
    if (transaction->kind != TRANSACTION_STATEMENT || transaction->calls)
        return false;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!access_is_of_foreign_key(access) && !is_set_up(access))
            return false;
    }
    return true;
}

/* A DO block takes nothing from outside: if all that it does is to add rows, after it has emptied a table
 * perhaps, then it puts them there once. What hangs on the rows does not count. */
static bool only_adds_rows(const struct transaction *transaction)
{
    bool adds = false;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (!access_is_write(each) || via_is_set_off(each->via))
            continue;
        if (each->step->statement->kind != STATEMENT_DO || each->via ||
            (each->kind != ACCESS_INSERT && (each->kind != ACCESS_DELETE || each->where)))
            return false;
        adds |= each->kind == ACCESS_INSERT;
    }
    return adds;
}

/* A statement alone that inserts rows of constants, whatever triggers hang on them. */
static bool inserts_constants(const struct transaction *transaction)
{
    const struct access *insert = transaction->accesses;

    while (insert && (insert->via || insert->kind != ACCESS_INSERT))
        insert = insert->next;
    if (transaction->kind != TRANSACTION_STATEMENT || !insert || access_is_upsert(insert))
        return false;
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        if (each->value.kind == OPERAND_PARAMETER || each->value.kind == OPERAND_VARIABLE)
            return false;
    }
    return !insert->query || !query_takes_parameters(insert->query);
}

/* A script that consists of such statements for the most part loads data: it is run once. */
static bool loads_rows(const struct script *script)
{
    size_t rows = 0, others = 0;

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        if (each->bulk || inserts_constants(each))
            rows++;
        else
            others++;
    }
    return rows >= LEAST_LOADED && rows > others;
}

static void prepare(struct transaction *transaction)
{
    access_link_peers(transaction);
    copies_prepare(transaction);
}

void corpus_prepare_script(struct script *script)
{
    bool loads = loads_rows(script);

    for (struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        script->transaction_count++;
        transaction->set_up = transaction->concurrency == RUNS_ALONE || only_sets_up(transaction) ||
                              only_adds_rows(transaction) ||
                              (loads && inserts_constants(transaction));
        transaction->defines = !transaction->set_up && has_definition(transaction);
        if (!transaction->bulk)
            prepare(transaction);
    }
    for (struct transaction *run = script->trigger_runs; run; run = run->next)
        prepare(run);
}
