#include "model/conflict.h"

#include "model/lock.h"

#include <string.h>

bool access_reads_rows(const struct access *access)
{
    return access->kind == ACCESS_READ || access->kind == ACCESS_LOCK ||
           access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE;
}

static bool writes_column_of(const struct access *read, const struct access *write)
{
    for (const struct assignment *each = write->assignments; each; each = each->next) {
        if (!each->column || access_reads_column(read, each->column))
            return true;
    }
    return false;
}

/* A key that is checked for a foreign key is not changed by an update of other columns. */
static bool changes_key(const struct access *write, const struct access *reference)
{
    if (write->kind != ACCESS_UPDATE)
        return true;
    for (const struct restriction *each = reference->where; each; each = each->next) {
        const struct operand *column = &each->condition->left;
        if (access_owns(reference, column) && access_assigns(write, column->text))
            return true;
    }
    return false;
}

bool conflict_read_write(const struct access *read, const struct access *write,
                         enum granularity granularity)
{
    if (!access_reads_rows(read) || !access_is_write(write) || !access_same_relation(read, write) ||
        access_is_exempt(read))
        return false;
    if (granularity == BY_COLUMN && read->kind == ACCESS_LOCK && read->wait == WAIT_SKIP)
        return false; /* it takes what is free: nobody expects the same answer twice */
    if (write->kind != ACCESS_UPDATE || granularity == BY_ROW)
        return true;
    return access_is_of_foreign_key(read) ? changes_key(write, read)
                                          : writes_column_of(read, write);
}

bool conflict_write_write(const struct access *a, const struct access *b)
{
    return access_is_write(a) && access_is_write(b) && a->kind != ACCESS_INSERT &&
           b->kind != ACCESS_INSERT && access_same_relation(a, b) && !access_is_exempt(a);
}

/* SKIP LOCKED waits for nobody, and passes over what others hold. */
static enum lock_strength row_lock(const struct access *access)
{
    bool skips = access->kind == ACCESS_LOCK && access->wait == WAIT_SKIP;

    return skips ? LOCK_NONE : access_row_lock(access);
}

bool conflict_blocks(const struct binding *binding, const struct access *held, unsigned run_held,
                     const struct access *wanted, unsigned run_wanted)
{
    if (!access_same_relation(held, wanted))
        return false;
    if (table_lock_conflicts(access_table_lock(held), access_table_lock(wanted)))
        return true;
    if (held->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, held, run_held, wanted, run_wanted);
    return row_lock_conflicts(row_lock(held), row_lock(wanted)) &&
           binding_forces(binding, held, run_held, wanted, run_wanted);
}

/* What a foreign key does for the parent: it looks for children, deletes or changes them. */
static bool keeps_children(const struct access *access)
{
    return access_is_of_foreign_key(access) && !access_checks_parent(access);
}

bool conflict_refuses(const struct binding *binding, const struct access *later, unsigned run_later,
                      const struct access *other, unsigned run_other)
{
    if (later->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, later, run_later, other, run_other);
    if (later->kind != ACCESS_LOCK || !access_is_of_foreign_key(later))
        return false;
    return other->kind == (access_checks_parent(later) ? ACCESS_DELETE : ACCESS_INSERT) &&
           binding_forces(binding, later, run_later, other, run_other);
}

bool conflict_fails_later(const struct binding *binding, const struct access *first,
                          unsigned run_first, const struct access *other, unsigned run_other)
{
    if (!access_is_write(other) || !access_same_relation(first, other))
        return false;
    if (first->kind == ACCESS_INSERT)
        return binding_forces_unique(binding, first, run_first, other, run_other);
    bool meets = other->kind == ACCESS_INSERT
                     ? keeps_children(first)
                     : row_lock_conflicts(row_lock(first), row_lock(other));
    return meets && binding_forces(binding, first, run_first, other, run_other);
}

/* Whether an UPDATE can make a row match that has not matched before. */
static bool moves_rows_into(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct operand *left = &each->condition->left;
        if (!access_owns(read, left) || access_assigns(write, left->text))
            return true;
    }
    return false;
}

/* WHERE id = (SELECT id …), WHERE id IN (SELECT id …): it writes the rows that the sub-SELECT
 * found. */
static bool takes_found_rows(const struct access *own, const struct access *read)
{
    for (const struct restriction *each = own->where; each; each = each->next) {
        const struct operand *right = &each->condition->right;
        if (right->kind == OPERAND_QUERY && right->query == read->query &&
            access_same_relation(own, read))
            return true;
    }
    return false;
}

static bool has_same_key(const struct access *own, const struct access *read)
{
    struct binding binding;

    binding_clear(&binding);
    return binding_meet(&binding, own, 0, read, 0) && binding_same_key(&binding, own, 0, read, 0);
}

bool conflict_covers(const struct access *own, const struct access *read,
                     const struct access *overwrite)
{
    if (!row_lock_conflicts(row_lock(own), row_lock(overwrite)))
        return false;
    if (takes_found_rows(own, read))
        return true;
    return (access_covers(own, read) || has_same_key(own, read)) &&
           (overwrite->kind == ACCESS_DELETE || !moves_rows_into(read, overwrite));
}
