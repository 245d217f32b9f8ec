#include "lint/rule.h"

/* What FOR UPDATE is there for: DELETE, or a change of the key. */
static bool is_needed(const struct access *lock)
{
    for (const struct access *access = lock->transaction->accesses; access; access = access->next) {
        if (access->kind != ACCESS_LOCK && access_row_lock(access) == LOCK_UPDATE &&
            access_same_rows(access, lock) != ANSWER_NO)
            return true;
    }
    return false;
}

/* Whoever looks at the children may want no new ones. */
static bool reads_children(const struct access *lock, const struct reference *reference)
{
    for (const struct access *access = lock->transaction->accesses; access; access = access->next) {
        if (access->relation == reference->child && !access_is_of_foreign_key(access) &&
            access_reads_rows(access) && access != lock)
            return true;
    }
    return false;
}

static const struct reference *find_child(const struct access *lock)
{
    const struct reference *each = lock->relation ? lock->relation->references : NULL;
    const struct reference *child = NULL;

    for (; each; each = each->next) {
        if (each->child == lock->relation)
            continue;
        if (reads_children(lock, each))
            return NULL;
        child = child ? child : each;
    }
    return child;
}

static void check_lock(struct check *check, const struct access *lock)
{
    const struct reference *reference = find_child(lock);
    const char *table = access_relation_name(lock);

    if (!reference || is_needed(lock))
        return;
    struct finding *finding = report_access(
        check, lock, "%s %s blocks every INSERT into %s that refers to the locked row",
        access_verb(lock), table, reference->child->name);
    finding_label(check, finding, "blocks the foreign-key check of every INSERT into %s",
                  reference->child->name);
    finding_help(
        check, finding,
        "use FOR NO KEY UPDATE: it blocks UPDATE and DELETE too, but not foreign-key checks");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction->unknown || transaction->uncertain)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_LOCK && access->lock == LOCK_UPDATE &&
            !access_is_exempt(access) && !access_is_of_foreign_key(access))
            check_lock(check, access);
    }
}

const struct rule rule_for_update_blocks_foreign_keys = {
    .name = "for-update-blocks-foreign-keys",
    .group = "lock",
    .summary = "FOR UPDATE makes foreign-key checks wait where FOR NO KEY UPDATE would do",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"performance"},
    .since = 903,
    .needs_opponent = true,
    .blocks_only = true,
    .check_transaction = check,
};
