#include "lint/rule.h"

static bool locks_several(const struct access *access)
{
    return access->kind == ACCESS_LOCK && access->wait == WAIT_BLOCK &&
           access_rows(access) < ROWS_POINT && access_most_rows(access) != 1 &&
           !access_is_exempt(access) && !access_is_of_foreign_key(access);
}

/* Rows that an earlier statement has locked as much. */
static bool is_held(const struct access *access)
{
    for (const struct access *held = access->transaction->accesses; held != access;
         held = held->next) {
        if (access_row_lock(held) >= access->lock && !access_same_statement(held, access) &&
            access_covers(held, access))
            return true;
    }
    return false;
}

/* Another statement that asks for some of these rows in an order of its own, in a program that is
 * before this one. */
static const struct access *find_other_order(const struct corpus *corpus,
                                             const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other == access)
            return NULL;
        if (locks_several(other) && other->query->order && !access_sorts_like(other, access) &&
            other->transaction != access->transaction &&
            transaction_may_overlap(other->transaction, access->transaction) &&
            row_lock_conflicts(other->lock, access->lock) &&
            access_same_rows(other, access) != ANSWER_NO && !guard_queues(other))
            return other;
    }
    return NULL;
}

static const char *key_of(struct check *check, const struct access *access)
{
    const struct index *index = access->relation ? relation_primary_key(access->relation) : NULL;
    const char *text = NULL;

    for (const struct index_key *key = index ? index->keys : NULL; key; key = key->next)
        text =
            text ? arena_printf(&check->script->arena, "%s, %s", text, key->column) : key->column;
    return text ? text : "its key";
}

static const struct access *other_table(const struct access *access)
{
    for (const struct access *other = access->next; other; other = other->next) {
        if (other->kind == ACCESS_LOCK && other->query == access->query &&
            access_same_statement(other, access) && !access_same_relation(other, access))
            return other;
    }
    return NULL;
}

static void check_lock(struct check *check, const struct access *access)
{
    const struct access *other = find_other_order(check->corpus, access);
    const struct access *joined = other_table(access);
    const char *verb = access_verb(access), *table = access_relation_name(access);
    bool ordered = access->query->order != NULL;

    /* Two that only share rows do not wait for each other. */
    if (!other && (access_locks_in_order(access) != ANSWER_NO ||
                   !row_lock_conflicts(access->lock, access->lock)))
        return;
    struct finding *finding =
        report_access(check, access, "40P01 deadlock: %s %s %s", verb, table,
                      other     ? "locks rows in another order than another statement"
                      : ordered ? "locks several rows in an order that has ties"
                                : "locks several rows in no fixed order");
    if (other) {
        finding->severity = SEVERITY_WARNING;
        finding_related_access(check, finding, other, "these rows are locked in this order");
    }
    finding_label(check, finding, "one row after the other, as they are found");
    finding_help(check, finding, "ORDER BY %s before FOR, in all statements that lock rows of %s",
                 key_of(check, access), table);
    if (joined)
        finding_help(check, finding,
                     "FOR … OF names the table to lock: without it rows of %s are locked as well",
                     access_relation_name(joined));
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct step *last = NULL;

    if (transaction->set_up)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!locks_several(access) || access->step == last || is_held(access) ||
            guard_queues(access))
            continue;
        check_lock(check, access);
        last = access->step;
    }
}

const struct rule rule_row_lock_unordered = {
    .name = "row-lock-unordered",
    .group = "lock",
    .summary = "SELECT … FOR UPDATE of several rows without ORDER BY on a unique key",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40P01"},
    .check_transaction = check,
};
