#include "lint/rule.h"

static bool is_table_change(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE &&
           lock->access->kind != ACCESS_TABLE_LOCK;
}

/* DDL that only a copy of the same program meets, two that run once each, or both begin again; and
 * rows that may not be the same. */
static bool is_possible(const struct deadlock *deadlock)
{
    return deadlock->other->set_up ||
           access_same_rows(deadlock->held.access, deadlock->wanted.access) == ANSWER_UNKNOWN ||
           (deadlock->transaction->retried && deadlock->other->retried) ||
           (deadlock->other == deadlock->transaction && is_table_change(&deadlock->wanted));
}

static const char *mode_of(const struct lock *lock)
{
    static const char *const names[] = {[LOCK_NONE] = "",
                                        [LOCK_KEY_SHARE] = "FOR KEY SHARE",
                                        [LOCK_SHARE] = "FOR SHARE",
                                        [LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
                                        [LOCK_UPDATE] = "FOR UPDATE"};

    return names[lock->row];
}

static void help_row(struct check *check, struct finding *finding, const struct deadlock *deadlock)
{
    const struct access *held = deadlock->held.access, *wanted = deadlock->wanted.access;

    if (!access_is_of_foreign_key(held)) {
        finding_help(check, finding,
                     "lock the row %s from the beginning: then the second one waits before it "
                     "holds anything",
                     mode_of(&deadlock->wanted));
        return;
    }
    finding_help(check, finding, "lock the row of %s before the statement that refers to it",
                 access_relation_name(wanted));
    if (wanted->kind == ACCESS_LOCK)
        finding_help(
            check, finding,
            "or FOR NO KEY UPDATE: it goes together with foreign key checks, and is enough when "
            "neither the row is deleted nor its key changed");
}

static void help_table(struct check *check, struct finding *finding,
                       const struct deadlock *deadlock)
{
    const struct lock *wanted = &deadlock->wanted;
    enum table_lock needed = MAX(wanted->table, TABLE_LOCK_SHARE_ROW_EXCLUSIVE);
    const char *table = access_relation_name(wanted->access);

    if (deadlock->held.access->kind == ACCESS_TABLE_LOCK) {
        finding_help(check, finding,
                     "LOCK TABLE %s IN %s MODE from the beginning: it keeps a second one out",
                     table, table_lock_name(needed));
        finding_lock_mode(check, finding, deadlock->held.access, needed);
        return;
    }
    finding_help(check, finding, "take the strongest lock first: LOCK TABLE %s IN %s MODE", table,
                 table_lock_name(needed));
    if (is_table_change(wanted))
        finding_help(check, finding, "or give %s a transaction of its own",
                     access_verb(wanted->access));
}

static void report_deadlock(struct check *check, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    struct arena *arena = &check->script->arena;
    bool row = wanted->access->kind < ACCESS_TRUNCATE && held->access->kind < ACCESS_TRUNCATE;
    const char *other = program_name(check, deadlock->other);
    struct finding *finding = report_locking(
        check, wanted,
        arena_printf(arena, "40P01 deadlock: %s after %s, a weaker lock on the same %s",
                     lock_text(check, wanted), lock_text(check, held), row ? "row" : "table"));

    if (is_possible(deadlock))
        finding_weaken(finding);
    if (deadlock->other == deadlock->transaction) {
        finding_label(check, finding, "two that have come this far wait for each other");
        finding_related_lock(check, finding, held, "both can hold this lock");
    } else {
        finding_label(check, finding, "waits for what %s holds", other);
        finding_related_lock(check, finding, held, "holds a lock");
        finding_related_lock(check, finding, &deadlock->other_held,
                             arena_printf(arena, "%s holds another one", other));
        finding_related_lock(check, finding, &deadlock->other_wanted,
                             "and waits here for the first");
    }
    if (row)
        help_row(check, finding, deadlock);
    else
        help_table(check, finding, deadlock);
}

static void check_deadlock(struct check *check, const struct deadlock *deadlock)
{
    if (deadlock->upgrade && deadlock->wanted.access)
        report_deadlock(check, deadlock);
}

const struct rule rule_lock_upgrade = {
    .name = "lock-upgrade",
    .group = "lock",
    .summary = "A row or table is locked, then locked more: two that do it wait for each other",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40P01"},
    .needs_opponent = true,
    .check_deadlock = check_deadlock,
};
