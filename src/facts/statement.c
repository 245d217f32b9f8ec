#include "facts/statement.h"

#include <string.h>

#include <glib.h>

#include "facts/builtin.h"

const char *table_lock_name(enum table_lock lock)
{
    static const char *const names[] = {
        [TABLE_LOCK_NONE] = "no",
        [TABLE_LOCK_ACCESS_SHARE] = "ACCESS SHARE",
        [TABLE_LOCK_ROW_SHARE] = "ROW SHARE",
        [TABLE_LOCK_ROW_EXCLUSIVE] = "ROW EXCLUSIVE",
        [TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE] = "SHARE UPDATE EXCLUSIVE",
        [TABLE_LOCK_SHARE] = "SHARE",
        [TABLE_LOCK_SHARE_ROW_EXCLUSIVE] = "SHARE ROW EXCLUSIVE",
        [TABLE_LOCK_EXCLUSIVE] = "EXCLUSIVE",
        [TABLE_LOCK_ACCESS_EXCLUSIVE] = "ACCESS EXCLUSIVE",
    };

    return names[lock];
}

/* Row by row table 13.2 of the manual; bit n stands for lock n. */
bool table_lock_conflicts(enum table_lock a, enum table_lock b)
{
#define BIT(lock) (1u << TABLE_LOCK_##lock)
    static const unsigned conflicts[] = {
        [TABLE_LOCK_NONE] = 0,
        [TABLE_LOCK_ACCESS_SHARE] = BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ROW_SHARE] = BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ROW_EXCLUSIVE] =
            BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE] = BIT(SHARE_UPDATE_EXCLUSIVE) | BIT(SHARE) |
                                              BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                              BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE] = BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                             BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_SHARE_ROW_EXCLUSIVE] = BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                                           BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                           BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_EXCLUSIVE] = BIT(ROW_SHARE) | BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
                                 BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) |
                                 BIT(ACCESS_EXCLUSIVE),
        [TABLE_LOCK_ACCESS_EXCLUSIVE] =
            BIT(ACCESS_SHARE) | BIT(ROW_SHARE) | BIT(ROW_EXCLUSIVE) | BIT(SHARE_UPDATE_EXCLUSIVE) |
            BIT(SHARE) | BIT(SHARE_ROW_EXCLUSIVE) | BIT(EXCLUSIVE) | BIT(ACCESS_EXCLUSIVE),
    };
#undef BIT

    return conflicts[a] >> b & 1;
}

bool statement_ends_with(const struct statement *statement, const char *command)
{
    const struct psql *ending = statement_ending(statement);

    return ending && strcmp(ending->command, command) == 0;
}

const char *statement_name(const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_SAVEPOINT:
    case STATEMENT_RELEASE:
    case STATEMENT_ROLLBACK_TO:
    case STATEMENT_PREPARE_TRANSACTION:
    case STATEMENT_COMMIT_PREPARED:
    case STATEMENT_ROLLBACK_PREPARED:
    case STATEMENT_EXPLAIN:
    case STATEMENT_DECLARE:
    case STATEMENT_FETCH:
    case STATEMENT_CLOSE:
    case STATEMENT_PREPARE:
    case STATEMENT_EXECUTE:
        return statement->name;
    default:
        return NULL;
    }
}

struct mode *statement_modes(const struct statement *statement)
{
    if (statement->kind == STATEMENT_BEGIN)
        return statement->modes;
    return statement->kind == STATEMENT_SET ? statement->setting->modes : NULL;
}

const struct mode *statement_asks(const struct statement *statement, struct mode *single,
                                  bool *transaction)
{
    const struct setting *setting = statement->kind == STATEMENT_SET ? statement->setting : NULL;

    if (!setting)
        return NULL;
    *transaction = setting->scope == SCOPE_TRANSACTION;
    if (setting->modes)
        return setting->modes;
    return setting_mode(setting, single, transaction) ? single : NULL;
}

bool call_setting(const struct call *call, struct setting *setting)
{
    const struct operand_item *name = call->arguments;
    const struct operand_item *value = name ? name->next : NULL;
    const struct operand_item *local = value ? value->next : NULL;

    if (!call->builtin || builtin_effect(call->builtin) != EFFECT_SET_CONFIG || !local ||
        name->operand.kind != OPERAND_CONSTANT)
        return false;
    *setting = (struct setting){
        .scope = local->operand.text && strcmp(local->operand.text, "true") == 0 ? SCOPE_LOCAL
                                                                                 : SCOPE_SESSION,
        .name = name->operand.text,
        .value = value->operand.text,
        .unknown_value = value->operand.kind != OPERAND_CONSTANT,
        .span = call->span,
    };
    return true;
}

/* The text of a command as far as operand.text keeps it. */
static bool begins_like_write(const char *text)
{
    static const char *const words[] = {"insert", "update", "delete", "merge",    "create", "alter",
                                        "drop",   "copy",   "call",   "truncate", "grant"};

    text += strspn(text, " \t\r\n(");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

bool call_writes_remotely(const struct call *call)
{
    if (builtin_effect(call->builtin) == EFFECT_REQUEST)
        return !strstr(call->name, "get") && !strstr(call->name, "head") &&
               !strstr(call->name, "collect");
    if (builtin_effect(call->builtin) != EFFECT_REMOTE)
        return false;
    if (strcmp(call->name, "dblink_exec") == 0)
        return true;
    for (const struct operand_item *item = call->arguments; item; item = item->next) {
        if (item->operand.kind == OPERAND_CONSTANT && item->operand.literal == LITERAL_STRING &&
            begins_like_write(item->operand.text))
            return true;
    }
    return false;
}
