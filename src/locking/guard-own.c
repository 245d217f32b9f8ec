/* Two runs of a program that deletes a row after a look whose it is: the second one finds no row. */
#include <glib.h>

#include "locking/guard.h"
#include "program/access.h"
#include "program/rows.h"

/* A trigger or a foreign key is set off by a row that is there. */
static bool is_set_off(const struct via *via)
{
    while (via && via->kind != VIA_TRIGGER && via->kind != VIA_FOREIGN_KEY)
        via = via->outer;
    return via != NULL;
}

/* A column that refers to a row of another table, or may do so: a uuid is no state. */
static bool is_reference(const struct relation *relation, const struct column *column)
{
    const struct foreign_key *key = relation->foreign_keys;

    while (key && !g_strv_contains((const char *const *)key->columns, column->name))
        key = key->next;
    return key || g_strcmp0(column->type, "uuid") == 0;
}

/* Of a table without its columns anything may be asked. */
static bool asks_whose(const struct access *read)
{
    const struct relation *relation = read->relation;
    const struct column *each = relation ? relation->columns : NULL;
    bool any = !relation || !relation->described;

    for (; each; each = each->next) {
        if (!access_names_column(read, each->name) || access_equals(read, each->name))
            continue;
        if (!is_reference(relation, each))
            return false;
        any = true;
    }
    return any;
}

bool guard_deletes_own(const struct access *read, const struct access *write)
{
    const struct access *each = write->transaction->accesses;

    if (write->kind != ACCESS_DELETE || !asks_whose(read))
        return false;
    while (each &&
           ((each->kind != ACCESS_INSERT && each->kind != ACCESS_UPDATE) || is_set_off(each->via)))
        each = each->next;
    return !each;
}
