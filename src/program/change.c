#include "program/change.h"

#include <string.h>

/* ------------------------------------------------------------------ locks */

static enum table_lock drop_lock(const struct change *change, bool concurrently)
{
    if (change->drop_kind == DROP_INDEX && concurrently)
        return TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE;
    switch (change->drop_kind) {
    case DROP_RELATION:
    case DROP_INDEX: /* its table's as well (RangeVarCallbackForDropRelation in tablecmds.c) */
    case DROP_TRIGGER:
    case DROP_RULE:
    case DROP_POLICY:
        return TABLE_LOCK_ACCESS_EXCLUSIVE;
    default:
        return TABLE_LOCK_NONE;
    }
}

enum table_lock change_lock(const struct statement *statement, const struct change *change)
{
    bool concurrently = statement->flags & STATEMENT_CONCURRENTLY;

    if (change->lock != TABLE_LOCK_NONE)
        return change->lock;
    switch (change->kind) {
    case CHANGE_DROP:
        return drop_lock(change, concurrently);
    case CHANGE_ADD_INDEX:
        if (change->index->constraint || change->index->using_index)
            return TABLE_LOCK_ACCESS_EXCLUSIVE;
        return concurrently ? TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE : TABLE_LOCK_SHARE;
    case CHANGE_ADD_FOREIGN_KEY:
    case CHANGE_CREATE_TRIGGER:
        return TABLE_LOCK_SHARE_ROW_EXCLUSIVE;
    case CHANGE_ATTACH_PARTITION:
    case CHANGE_OPTION:
        return TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE;
    case CHANGE_DETACH_PARTITION:
        return concurrently ? TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE : TABLE_LOCK_ACCESS_EXCLUSIVE;
    case CHANGE_REFRESH:
        return change->concurrently ? TABLE_LOCK_EXCLUSIVE : TABLE_LOCK_ACCESS_EXCLUSIVE;
    case CHANGE_CREATE_RELATION:
    case CHANGE_CREATE_ROUTINE:
    case CHANGE_RENAME_ROUTINE:
    case CHANGE_CREATE_TYPE:
    case CHANGE_ADD_ENUM_VALUE:
    case CHANGE_CREATE_EVENT_TRIGGER:
    case CHANGE_SETTING:
        return TABLE_LOCK_NONE;
    default:
        return TABLE_LOCK_ACCESS_EXCLUSIVE;
    }
}

/* ------------------------------------------------------------------ rewriting */

/* Types of one family may share their representation; whether they do depends on their modifiers
 * or on the time zone. Types of two families never do. */
static const struct {
    const char *type, *family;
} families[] = {
    {"bool", "bool"},       {"int2", "int2"},         {"int4", "int4"},
    {"int8", "int8"},       {"float4", "float4"},     {"float8", "float8"},
    {"numeric", "numeric"}, {"text", "text"},         {"varchar", "text"},
    {"bpchar", "text"},     {"bytea", "bytea"},       {"date", "date"},
    {"time", "time"},       {"timetz", "time"},       {"timestamp", "timestamp"},
    {"json", "json"},       {"jsonb", "jsonb"},       {"timestamptz", "timestamp"},
    {"uuid", "uuid"},       {"interval", "interval"},
};

static const char *family_of(const char *type)
{
    for (size_t i = 0; type && i < G_N_ELEMENTS(families); i++) {
        if (strcmp(families[i].type, type) == 0)
            return families[i].family;
    }
    return NULL;
}

static enum answer retyping(const struct change *change, const struct relation *relation)
{
    const struct retyping *known = relation ? relation->retypings : NULL;

    while (known && known->change != change)
        known = known->next;
    const char *before = known ? family_of(known->before) : NULL;
    const char *after = family_of(change->column->type);
    if (!before || !after || strcmp(before, after) == 0)
        return ANSWER_UNKNOWN;
    return ANSWER_YES;
}

enum answer change_rewrites(const struct change *change, const struct relation *relation,
                            int server_version)
{
    bool rewrites;

    switch (change->kind) {
    case CHANGE_COLUMN_TYPE:
        return retyping(change, relation);
    case CHANGE_ADD_COLUMN:
        /* Up to 10 every default was written into every row. */
        rewrites = change->column->volatile_default || change->column->stored ||
                   (change->column->has_default && server_version < 1100);
        return rewrites ? ANSWER_YES : ANSWER_NO;
    case CHANGE_PERSISTENCE:
    case CHANGE_REWRITE:
        return ANSWER_YES;
    default:
        return ANSWER_NO;
    }
}

bool access_rewrites(const struct access *access, int server_version)
{
    bool defines = access->kind == ACCESS_DEFINE && access->statement->kind == STATEMENT_DEFINE;
    const struct change *change = defines ? access->statement->changes : NULL;

    for (; change; change = change->next) {
        if (g_strcmp0(change->object.name, access->name) == 0 &&
            g_strcmp0(change->object.schema, access->schema) == 0 &&
            change_rewrites(change, access->relation, server_version) == ANSWER_YES)
            return true;
    }
    return false;
}

bool access_refreshes(const struct access *access)
{
    return access->kind == ACCESS_DEFINE && access->statement->kind == STATEMENT_DEFINE &&
           access->statement->changes && access->statement->changes->kind == CHANGE_REFRESH;
}

const char *access_defines(const struct access *access)
{
    const struct change *first = access->statement->changes, *each = first;

    while (each && g_strcmp0(each->object.name, access->name) != 0)
        each = each->next;
    return each || !first || !first->object.name ? access->name : first->object.name;
}

static bool is_of_structure(const struct change *change)
{
    switch (change->kind) {
    case CHANGE_DROP:
        return change->drop_kind != DROP_RELATION;
    case CHANGE_OTHER: /* a trigger that a load switches off, statistics; or the owner, a policy */
        return change->lock == TABLE_LOCK_ACCESS_EXCLUSIVE;
    case CHANGE_CREATE_RELATION:
    case CHANGE_ATTACH_PARTITION:
    case CHANGE_DETACH_PARTITION:
    case CHANGE_OPTION:
    case CHANGE_REWRITE:
    case CHANGE_SETTING:
    case CHANGE_REFRESH:
        return false;
    default:
        return true;
    }
}

bool access_changes_structure(const struct access *access)
{
    bool defines = access->kind == ACCESS_DEFINE && access->statement->kind == STATEMENT_DEFINE;
    const struct change *change = defines ? access->statement->changes : NULL;

    while (change && !is_of_structure(change))
        change = change->next;
    return change;
}
