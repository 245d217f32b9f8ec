#include "locking/window.h"

#include "locking/conflict.h"
#include "locking/guard.h"
#include "locking/handler.h"
#include "program/rows.h"

bool window_compares(const struct access *access)
{
    if (access_is_of_foreign_key(access))
        return false;
    return access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE ||
           access->kind == ACCESS_LOCK || access_is_upsert(access);
}

/* TRUNCATE has left nothing that others know. */
static bool is_emptied(const struct access *access)
{
    if (!(access->transaction->kinds & 1u << ACCESS_TRUNCATE))
        return false;
    for (const struct access *each = access_first_peer(access); each && each != access;
         each = access_next_peer(each)) {
        if (each->kind == ACCESS_TRUNCATE && !each->conditional &&
            access_same_relation(each, access))
            return true;
    }
    return false;
}

/* A locking SELECT has found the rows that are then written by key, or in the same statement. */
static bool is_found_by_lock(const struct access *access)
{
    if ((access->kind != ACCESS_UPDATE && access->kind != ACCESS_DELETE) ||
        !(access->transaction->kinds & 1u << ACCESS_LOCK))
        return false;
    for (const struct access *lock = access_first_peer(access); lock && lock != access;
         lock = access_next_peer(lock)) {
        if (lock->kind != ACCESS_LOCK || lock->lock < LOCK_SHARE ||
            access_same_rows(lock, access) == ANSWER_NO)
            continue;
        if (access_same_statement(lock, access) ||
            (access_rows(lock) < ROWS_POINTS && access_rows(access) >= ROWS_POINTS))
            return true;
    }
    return false;
}

bool window_is_open(const struct access *access)
{
    return !access_is_exempt(access) && !access_is_own(access) && !access->transaction->set_up &&
           !transaction_creates(access->transaction, access->relation) && !is_emptied(access) &&
           !guard_table_lock(access) && !guard_advisory_lock(access) &&
           !guard_held_rows(access, LOCK_SHARE) && !is_found_by_lock(access) &&
           !access_handler(access, "serialization_failure");
}

/* A function that the write's own statement calls reads in no time before it. */
static bool is_called_by(const struct access *read, const struct access *write)
{
    for (const struct via *via = read->via; via; via = via->outer) {
        if (via->outer == write->via && via->body == write->body && read->step == write->step)
            return true;
    }
    return false;
}

const struct access *window_read(const struct access *write, enum answer *same)
{
    const struct access *found = NULL;

    *same = ANSWER_NO;
    for (const struct access *access = access_first_peer(write); access && access != write;
         access = access_next_peer(access)) {
        if (access->kind != ACCESS_READ || access_same_statement(access, write) ||
            is_called_by(access, write))
            continue;
        enum answer answer = access_same_rows(access, write);
        bool points = access_rows(access) >= ROWS_POINTS && access_rows(write) >= ROWS_POINTS;
        if (answer == ANSWER_UNKNOWN && points)
            continue; /* two keys that are written differently most likely are */
        if (answer > *same) {
            *same = answer;
            found = access;
        }
    }
    return found;
}

bool window_follows_read(const struct access *write)
{
    enum answer same;

    return window_read(write, &same) && same == ANSWER_YES;
}

bool window_is_late(const struct access *access)
{
    const struct transaction *transaction = access->transaction;

    if (access->step->after_snapshot)
        return true;
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        if (call->order < access->order && call->statement != access->statement)
            return true;
    }
    for (const struct access *each = transaction->accesses; each && each != access;
         each = each->next) {
        if (each->kind != ACCESS_TABLE_LOCK && !access_same_statement(each, access))
            return true;
    }
    return false;
}

static bool is_exposed(const struct corpus *corpus, const struct access *access, bool tracked)
{
    if (access_is_exempt(access) || guard_table_lock(access) ||
        transaction_creates(access->transaction, access->relation))
        return false;
    if (conflict_spares_key(corpus, access))
        return tracked && !access_is_of_foreign_key(access);
    if ((access_is_of_foreign_key(access) && !access_is_own(access)) ||
        (tracked && access_reads_rows(access)))
        return true;
    return window_compares(access) && window_is_open(access);
}

const struct access *window_exposed(const struct corpus *corpus,
                                    const struct transaction *transaction)
{
    bool tracked = transaction_level(transaction) == LEVEL_SERIALIZABLE;

    if (!transaction_has_one_snapshot(transaction) || transaction_is_undone(transaction) ||
        (tracked && transaction_read_only(transaction) && transaction_deferrable(transaction)))
        return NULL;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (is_exposed(corpus, access, tracked))
            return access;
    }
    return NULL;
}
