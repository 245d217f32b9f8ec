/* Two runs of a program of which the second one finds no row, as after a look whose row is deleted, or
 * does not come to its end, as where both add one row. */
#include <glib.h>

#include "catalog/key.h"
#include "facts/body.h"
#include "locking/guard.h"
#include "locking/handler.h"
#include "program/access.h"
#include "program/rows.h"

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
    while (each && ((each->kind != ACCESS_INSERT && each->kind != ACCESS_UPDATE) ||
                    via_is_set_off(each->via)))
        each = each->next;
    return !each;
}

/* Whether the write may delete the row that is inserted, or give it another key. */
static bool may_free_key(const struct access *write, const struct access *insert)
{
    const struct index *key = relation_keys(insert->relation, KEY_IMMEDIATE | KEY_TOTAL);

    if (!access_same_relation(write, insert) || write->kind != ACCESS_UPDATE)
        return access_same_relation(write, insert) && write->kind == ACCESS_DELETE;
    for (; key; key = relation_key_after(key, KEY_IMMEDIATE | KEY_TOTAL)) {
        for (const struct index_key *each = key->keys; each; each = each->next) {
            if (!each->column || access_assigns(write, each->column))
                return true;
        }
    }
    return false;
}

/* A row with one and the same key in every run, which stays where it is. */
static bool adds_once(const struct access *insert)
{
    if (insert->kind != ACCESS_INSERT || insert->merge || insert->undone || !insert->query ||
        insert->query->write->rows == 0 || insert->query->write->conflict != CONFLICT_ERROR ||
        !guard_has_fixed_key(insert) || access_handler(insert, "unique_violation"))
        return false;
    const struct access *each = access_first_beside(insert);
    while (each && !may_free_key(each, insert))
        each = access_next_beside(each);
    return !each;
}

bool guard_comes_with(const struct access *other, const struct access *access)
{
    const struct body_statement *branch = other->body, *body = access->body;
    const struct via *from = other->via, *via = access->via;

    if (!other->conditional)
        return true;
    if (!branch || !via_same_call(from, via))
        return false;
    for (; via_depth(from) > via_depth(via); from = from->outer) { /* out of what was called */
        if (!branch || branch->parent)
            return false;
        branch = from->body;
    }
    for (; via_depth(via) > via_depth(from); via = via->outer)
        body = via->body;
    return !branch || !branch->parent || (body && body_is_inside(body, branch->parent));
}

bool guard_adds_once(const struct access *write)
{
    const struct access *each = write->transaction->accesses;

    while (each && !(guard_comes_with(each, write) && adds_once(each)))
        each = each->next;
    return each != NULL;
}
