#include "locking/session-keeps.h"

#include <string.h>

#include <glib.h>

#include "facts/builtin.h"
#include "program/side-effect.h"

bool session_keeps_setting(const struct setting *setting)
{
    static const char *const tracked[] = {
        "application_name", "client_encoding", "datestyle", "standard_conforming_strings",
        "timezone",         "names",           NULL,
    };
    struct mode mode;
    bool transaction;

    return setting->scope == SCOPE_SESSION && setting->name &&
           (setting->value || setting->unknown_value) && !g_strv_contains(tracked, setting->name) &&
           !setting_mode(setting, &mode, &transaction);
}

const struct relation *session_keeps_table(const struct statement *statement)
{
    const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;

    if (!change || change->kind != CHANGE_CREATE_RELATION ||
        change->relation->persistence != PERSISTENCE_TEMPORARY ||
        change->relation->drop_on_commit || change->relation->kind == RELATION_VIEW)
        return NULL;
    return change->relation;
}

/* pg_advisory_lock, and pg_try_advisory_lock when it succeeds. */
static bool locks_session(const struct call *call)
{
    enum effect effect = call->builtin ? builtin_effect(call->builtin) : EFFECT_NONE;

    return effect == EFFECT_ADVISORY_SESSION ||
           (effect == EFFECT_ADVISORY_TRY && !strstr(call->name, "_xact_"));
}

bool session_keeps_lock(const struct side_effect *call)
{
    if (!locks_session(call->call))
        return false;
    for (const struct side_effect *each = call->next; each; each = each->next) {
        if (each->call->builtin && builtin_effect(each->call->builtin) == EFFECT_ADVISORY_UNLOCK)
            return false;
    }
    return true;
}

static bool drops(const struct statement *statement, const struct relation *table)
{
    const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;

    for (; change; change = change->next) {
        if (change->kind == CHANGE_DROP && g_strcmp0(change->object.name, table->name) == 0)
            return true;
    }
    return false;
}

static bool resets(const struct statement *statement, const char *name)
{
    const struct setting *setting = statement->kind == STATEMENT_SET ? statement->setting : NULL;

    return setting && (setting->scope == SCOPE_ALL ||
                       (setting->scope == SCOPE_SESSION && !setting->value &&
                        !setting->unknown_value && g_strcmp0(setting->name, name) == 0));
}

static bool undoes(const struct statement *later, const struct statement *statement)
{
    const struct relation *table = session_keeps_table(statement);

    switch (statement->kind) {
    case STATEMENT_SET:
        return resets(later, statement->setting->name);
    case STATEMENT_DECLARE:
        return later->kind == STATEMENT_CLOSE &&
               (!later->name || g_strcmp0(later->name, statement->name) == 0);
    case STATEMENT_PREPARE:
        return later->kind == STATEMENT_UTILITY && strcmp(later->verb, "DEALLOCATE") == 0;
    case STATEMENT_UTILITY:
        return later->kind == STATEMENT_UTILITY && strcmp(later->verb, "UNLISTEN") == 0;
    default:
        return table && drops(later, table);
    }
}

/* The step of a block that the statement is; NULL outside of blocks. */
static const struct step *step_of(const struct script *script, const struct statement *statement)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        for (size_t i = 0; transaction_is_declared(each) && i < each->step_count; i++) {
            if (each->steps[i].statement == statement)
                return &each->steps[i];
        }
    }
    return NULL;
}

bool session_gives_back(const struct script *script, const struct statement *statement)
{
    const struct step *step = step_of(script, statement);
    const struct transaction *transaction = step ? step->transaction : NULL;

    if (!step)
        return false;
    for (const struct step *later = step + 1; later < transaction->steps + transaction->step_count;
         later++) {
        if (undoes(later->statement, statement))
            return true;
    }
    return transaction->end && transaction->end->kind == STATEMENT_ROLLBACK &&
           statement->kind != STATEMENT_PREPARE;
}

bool session_is_migration(const struct script *script, const struct statement *statement)
{
    const struct part *part = script->parts;

    while (part && part->next && part->next->start <= statement->span.start)
        part = part->next;
    return part && part->concurrency == RUNS_ALONE;
}

bool session_may_be_wrapped(const struct script *script, const struct statement *statement)
{
    const struct part *part = script->parts;

    return session_is_migration(script, statement) && !part->next && !part->outside;
}
