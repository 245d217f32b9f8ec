#include "catalog/key.h"

#include <glib.h>

static bool is_of(const struct index *index, unsigned kinds)
{
    if ((index->kind != INDEX_PRIMARY && index->kind != INDEX_UNIQUE) || !index->keys ||
        (kinds & KEY_TOTAL && index->partial) || (kinds & KEY_IMMEDIATE && index->deferrable) ||
        (kinds & KEY_LATE && !index->deferrable))
        return false;
    for (const struct index_key *each = index->keys; kinds & KEY_OF_COLUMNS && each;
         each = each->next) {
        if (!each->column)
            return false;
    }
    return true;
}

static const struct index *first_of(const struct index *index, unsigned kinds)
{
    while (index && !is_of(index, kinds))
        index = index->next;
    return index;
}

const struct index *relation_keys(const struct relation *relation, unsigned kinds)
{
    return relation ? first_of(relation->indexes, kinds) : NULL;
}

const struct index *relation_key_after(const struct index *key, unsigned kinds)
{
    return first_of(key->next, kinds);
}

bool key_has_column(const struct index *key, const char *column)
{
    for (const struct index_key *each = key->keys; each; each = each->next) {
        if (g_strcmp0(each->column, column) == 0)
            return true;
    }
    return false;
}

const struct index *relation_key_with(const struct relation *relation, const char *column,
                                      unsigned kinds)
{
    const struct index *key = relation_keys(relation, kinds);

    while (key && !key_has_column(key, column))
        key = relation_key_after(key, kinds);
    return key;
}

bool relation_has_key(const struct relation *relation, const char *column, unsigned kinds)
{
    for (const struct index *key = relation_keys(relation, kinds | KEY_OF_COLUMNS); key;
         key = relation_key_after(key, kinds | KEY_OF_COLUMNS)) {
        if (!key->keys->next && key_has_column(key, column))
            return true;
    }
    return false;
}
