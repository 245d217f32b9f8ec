#include "program/certainty.h"

#include <string.h>

#include <glib.h>

#include "facts/builtin.h"
#include "program/side-effect.h"

/* ------------------------------------------------------------------ modes */

static bool sets_mode(const struct statement *statement)
{
    struct mode single;
    bool own;

    return statement_asks(statement, &single, &own) && own;
}

/* A transaction that asks for its modes is told what BEGIN said. */
static bool shows_mode(const struct script *script, const struct statement *statement)
{
    g_autofree char *text = g_ascii_strdown(script->bytes + statement->span.start,
                                            statement->span.end - statement->span.start);

    return g_str_has_prefix(text, "show") || strstr(text, "current_setting");
}

static bool has_placeholder(const struct script *script, struct span span)
{
    const struct placeholder *end = script->placeholders + script->placeholder_count;
    const struct placeholder *first =
        script->placeholder_count > 0 ? script_placeholders_from(script, span.start) : end;

    return first < end && first->span.start < span.end;
}

/* Between a BEGIN and an end that are both sure. */
static bool is_closed(const struct transaction *transaction)
{
    return transaction->begin && transaction->begin->kind == STATEMENT_BEGIN &&
           !has_placeholder(transaction->script, transaction->begin->span) &&
           !transaction->uncertain && !transaction->modes_again && transaction->end &&
           !(transaction->end->flags & STATEMENT_CHAIN);
}

bool certainty_of_modes(const struct transaction *transaction)
{
    if (!is_closed(transaction))
        return false;
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (sets_mode(statement) || shows_mode(transaction->script, statement))
            return false;
        for (const struct call *call = statement->query ? statement->query->rest->calls : NULL;
             call; call = call->next) {
            if (call->builtin && builtin_effect(call->builtin) == EFFECT_SET_CONFIG)
                return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ reads */

/* Commands that send nothing to the server but, at most, a question about its catalogs. */
static bool is_idle_command(const struct psql *psql)
{
    static const char *const commands[] = {
        "a",    "bind", "conninfo", "crosstabview", "echo", "f", "g", "gset",   "gx",    "H",
        "html", "p",    "pset",     "qecho",        "set",  "t", "T", "timing", "unset", "warn",
        "x",    NULL};

    return g_strv_contains(commands, psql->command) && !strchr(psql->arguments, '`');
}

/* What may be set without letting anything write. */
static bool is_idle_setting(const struct setting *setting)
{
    if (setting->scope == SCOPE_TRANSACTION) {
        for (const struct mode *mode = setting->modes; mode; mode = mode->next) {
            if (mode->kind == MODE_READ_ONLY && mode->value != 1)
                return false;
        }
        return true;
    }
    return setting->name && !g_str_has_prefix(setting->name, "transaction_");
}

static bool is_idle(const struct statement *statement)
{
    const struct psql *ending = statement_ending(statement);

    if (ending && !is_idle_command(ending))
        return false;
    switch (statement->kind) {
    case STATEMENT_SAVEPOINT:
    case STATEMENT_RELEASE:
    case STATEMENT_ROLLBACK_TO:
        return true;
    case STATEMENT_SET:
        return is_idle_setting(statement->setting);
    case STATEMENT_PSQL:
        return is_idle_command(statement->psql);
    default:
        return statement->flags & STATEMENT_SERVER_ONLY;
    }
}

/* Whether every relation of the name is one whose rows are stored: search_path says which one is
 * meant, and a view may call anything. */
static bool is_stored(const struct catalog *catalog, const char *name)
{
    const struct relation *relation = name ? g_hash_table_lookup(catalog->relations, name) : NULL;

    for (; relation; relation = relation->next) {
        if ((relation->kind != RELATION_TABLE && relation->kind != RELATION_MATERIALIZED_VIEW) ||
            relation->rewrite_rules)
            return false;
    }
    return name;
}

/* Whether all that it runs and reads is the server's own code and tables. */
static bool is_plain(const struct transaction *transaction, const struct catalog *catalog)
{
    if (catalog->adds_code || transaction->runs || transaction->hidden)
        return false;
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (!is_idle(transaction->steps[i].statement))
            return false;
    }
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->via || !is_stored(catalog, access->name))
            return false;
    }
    return true;
}

bool certainty_of_reads(const struct transaction *transaction, const struct catalog *catalog)
{
    return is_closed(transaction) && transaction_only_reads(transaction) &&
           is_plain(transaction, catalog);
}

const char *certainty_doubt(const struct transaction *transaction, const struct catalog *catalog)
{
    if (transaction->end && transaction->end->flags & STATEMENT_CHAIN)
        return "write COMMIT without AND CHAIN first: the next transaction would be READ ONLY too";
    return is_plain(transaction, catalog)
               ? NULL
               : "check what its functions, views, operators and types call: READ ONLY refuses "
                 "what they write";
}
