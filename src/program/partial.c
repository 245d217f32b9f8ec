/* Partial unique indexes, which are keys of some of the rows. */
#include "program/rows.h"

#include <glib.h>

static bool asks_for(const struct access *access, const struct condition *predicate)
{
    const struct term wanted = term_by_text(predicate);
    const struct restriction *each = access->where;

    while (each && !(wanted.column && g_strcmp0(each->term.column, wanted.column) == 0 &&
                     term_implies(&each->term, &wanted) == ANSWER_YES))
        each = each->next;
    return each;
}

static bool names(const struct access *access, const struct index *index)
{
    for (const struct index_key *key = index->keys; key; key = key->next) {
        const struct operand *value = key->column ? access_equals(access, key->column) : NULL;
        if (!value || !operand_is_same_in_every_row(value))
            return false;
    }
    for (const struct condition *each = index->predicate; each; each = each->next) {
        if (!asks_for(access, each))
            return false;
    }
    return index->keys && index->predicate;
}

bool access_names_partial_key(const struct access *access)
{
    const struct index *index =
        access->relation && access->where ? access->relation->indexes : NULL;

    while (index && !(index->kind == INDEX_UNIQUE && index->partial && names(access, index)))
        index = index->next;
    return index;
}
