#include "search/parent.h"

#include <string.h>

#include "catalog/key.h"
#include "program/columns.h"
#include "program/rows.h"

/* Two parameters of one name are one value; two equal constants may be so by chance, unless the
 * columns are called alike, id and account_id. */
static bool carries_value(const struct access *insert, const char *column,
                          const struct operand *value)
{
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        const char *name = access_assigned_column(insert, each);
        if (operand_same_value(value, &each->value) == ANSWER_YES &&
            (value->kind != OPERAND_CONSTANT || (name && g_str_has_suffix(name, column))))
            return true;
    }
    return false;
}

bool parent_is_referred_to(const struct access *read, const struct access *insert)
{
    const unsigned kinds = KEY_TOTAL | KEY_IMMEDIATE | KEY_OF_COLUMNS;

    for (const struct index *key = relation_keys(read->relation, kinds); key;
         key = relation_key_after(key, kinds)) {
        const struct index_key *each = key->keys;
        const struct operand *value;
        while (each && (value = access_equals(read, each->column)) &&
               carries_value(insert, each->column, value))
            each = each->next;
        if (!each)
            return true;
    }
    return false;
}

/* Both foreign keys point to one row: what the read asks for is what the new row has. */
static bool points_alike(const struct access *read, const struct foreign_key *of_parent,
                         const struct access *insert, const struct foreign_key *of_child)
{
    const char **asked = of_parent->columns, **set = of_child->columns;

    for (; *asked && *set; asked++, set++) {
        const struct operand *value = access_equals(read, *asked);
        const struct assignment *assignment = access_assigns(insert, *set);
        if (!value || !assignment || operand_same_value(value, &assignment->value) != ANSWER_YES)
            return false;
    }
    return !*asked && !*set;
}

static const struct relation *target_of(const struct catalog *catalog,
                                        const struct foreign_key *key)
{
    return catalog_relation(catalog, key->parent.schema, key->parent.name, key->script, AT_THE_END);
}

static bool is_kept_by_third(const struct catalog *catalog, const struct access *read,
                             const struct access *insert)
{
    for (const struct foreign_key *up = read->relation->foreign_keys; up; up = up->next) {
        const struct relation *third = target_of(catalog, up);
        if (!third || up->on_delete != ACTION_CASCADE)
            continue;
        for (const struct foreign_key *key = insert->relation->foreign_keys; key; key = key->next) {
            if (!key->not_enforced && target_of(catalog, key) == third &&
                points_alike(read, up, insert, key))
                return true;
        }
    }
    return false;
}

/* It asks for all rows, or for some by a column to which the insert gives a value that the parent has: not
 * by that of another parent, as when a user is deleted who has written the lines of a log. */
static bool asks_for_children(const struct access *access, const struct access *read,
                              const struct access *insert)
{
    if (access_rows(access) == ROWS_ALL)
        return true;
    for (const struct assignment *each = insert->assignments; each; each = each->next) {
        const char *column = access_assigned_column(insert, each);
        for (const struct restriction *asked = column ? read->where : NULL; asked;
             asked = asked->next) {
            if (term_binds(&asked->term) &&
                operand_same_value(asked->term.value, &each->value) == ANSWER_YES &&
                access_names_column(access, column))
                return true;
        }
    }
    return false;
}

/* Who deletes the parent looks at its children as well: deletes them, moves them, asks whether there are
 * any. One that does not leaves them without a parent in any order, as the rows of a log that are meant to
 * outlive what they speak of. */
static bool looks_after(const struct access *deleting, const struct access *read,
                        const struct access *insert)
{
    const struct access *each = access_first_like(deleting->transaction, insert);

    while (each && (each->kind == ACCESS_INSERT || !access_same_relation(each, insert) ||
                    !asks_for_children(each, read, insert)))
        each = access_next_peer(each);
    return each != NULL;
}

const struct access *parent_deleted(const struct catalog *catalog, const struct corpus *corpus,
                                    const struct access *read, const struct access *insert)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);
    bool kept = is_kept_by_third(catalog, read, insert);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *each = accesses->pdata[i];
        if (each->kind == ACCESS_DELETE && !(kept && access_is_of_foreign_key(each)) &&
            access_same_relation(each, read) && !each->undone &&
            transaction_may_overlap(each->transaction, read->transaction) &&
            access_same_rows(each, read) != ANSWER_NO && looks_after(each, read, insert))
            return each;
    }
    return NULL;
}
