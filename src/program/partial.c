/* Partial unique indexes, which are keys of some of the rows. */
#include "catalog/key.h"
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

/* UNIQUE (token) WHERE token IS NOT NULL refuses what UNIQUE (token) does: no NULL equals another. */
static bool keeps_nulls_out(const struct index *index, const struct term *term)
{
    return term->comparison == COMPARE_IS_NOT_NULL && key_has_column(index, term->column);
}

bool access_enters_index(const struct access *insert, const struct index *index)
{
    for (const struct condition *each = index->predicate; each; each = each->next) {
        const struct term term = term_by_text(each);
        const struct operand *inserted = term.column ? access_inserts(insert, term.column) : NULL;
        if (!inserted ||
            (term_holds_for(&term, inserted) != ANSWER_YES && !keeps_nulls_out(index, &term)))
            return false;
    }
    return !index->partial || index->predicate;
}
