#include "lint/rule.h"

static bool is_table_change(const struct lock *lock)
{
    return lock->access->kind >= ACCESS_TRUNCATE && lock->access->kind != ACCESS_TABLE_LOCK;
}

/* Rows that may not be the same. Who locks a group to look at it, and then changes the row that a key
 * names, changes one of the group. */
static bool may_differ(const struct access *held, const struct access *wanted)
{
    return access_same_rows(held, wanted) == ANSWER_UNKNOWN &&
           (access_rows(held) >= ROWS_POINTS || access_rows(wanted) < ROWS_POINT);
}

/* DDL that only other DDL meets, DDL or TRUNCATE that only a copy of the same program meets (a
 * trigger's runs whenever its table is written), two that run once each, or both begin again. */
static bool is_possible(const struct deadlock *deadlock)
{
    const struct lock *wanted = &deadlock->wanted;

    return deadlock->other->set_up || may_differ(deadlock->held.access, wanted->access) ||
           (deadlock->transaction->retried && deadlock->other->retried) ||
           (wanted->access->kind == ACCESS_DEFINE &&
            deadlock->other_wanted.access->kind == ACCESS_DEFINE) ||
           (deadlock->other == deadlock->transaction && is_table_change(wanted) &&
            !access_is_of_trigger(wanted->access));
}

static void help_row(struct check *check, struct finding *finding, const struct deadlock *deadlock)
{
    const struct access *held = deadlock->held.access, *wanted = deadlock->wanted.access;

    if (!access_is_of_foreign_key(held)) {
        finding_help(
            check, finding,
            "take the stronger lock first, %s: a second run then waits before it holds anything",
            lock_clause(deadlock->wanted.row));
        return;
    }
    finding_help(check, finding, "lock the row of %s before the statement that refers to it",
                 access_relation_name(wanted));
    if (wanted->kind == ACCESS_LOCK)
        finding_help(
            check, finding,
            "or use FOR NO KEY UPDATE: it does not conflict with foreign-key checks, and is enough unless the row is deleted or its key changes");
}

static void help_table(struct check *check, struct finding *finding,
                       const struct deadlock *deadlock)
{
    const struct lock *wanted = &deadlock->wanted;
    enum table_lock needed = MAX(wanted->table, TABLE_LOCK_SHARE_ROW_EXCLUSIVE);

    if (deadlock->held.access->kind == ACCESS_TABLE_LOCK) {
        finding_help(
            check, finding,
            "use LOCK TABLE %s IN %s MODE from the beginning: a second run then waits for the first",
            table_sql(check, wanted->access), table_lock_name(needed));
        finding_lock_mode(check, finding, deadlock->held.access, needed);
        return;
    }
    finding_help(check, finding, "take the strongest lock first: LOCK TABLE %s IN %s MODE",
                 table_sql(check, wanted->access), table_lock_name(needed));
    if (is_table_change(wanted))
        finding_help(check, finding, "or run %s in a transaction of its own",
                     lock_text(check, wanted));
}

static void check_deadlock(struct check *check, const struct deadlock *deadlock)
{
    if (!deadlock->upgrade || !deadlock->wanted.access)
        return;
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    struct arena *arena = &check->script->arena;
    bool row = wanted->access->kind < ACCESS_TRUNCATE && held->access->kind < ACCESS_TRUNCATE;
    const char *other = program_name(check, deadlock->other);
    bool itself = deadlock->other == deadlock->transaction;
    const char *second = lock_text(check, wanted), *thing = row ? "row" : "table";
    struct finding *finding = report_locking(
        check, wanted,
        itself ? arena_printf(arena,
                              "%s can deadlock (40P01): two runs can both lock the %s by %s, and "
                              "then wait for each other",
                              second, thing, lock_text(check, held))
               : arena_printf(arena,
                              "%s can deadlock (40P01) with %s: both have locked the %s already, "
                              "and wait for each other",
                              second, other, thing));

    if (is_possible(deadlock))
        finding_weaken(finding);
    if (itself) {
        finding_label(check, finding, "needs a stronger lock than the one that both runs hold");
        finding_related_lock(check, finding, held, "two runs can hold this lock at the same time");
    } else {
        finding_label(check, finding, "waits for the lock of %s", other);
        finding_related_lock(check, finding, held, "this lock is held until COMMIT");
        finding_related_lock(check, finding, &deadlock->other_held,
                             arena_printf(arena, "%s holds a lock too", other));
        finding_related_lock(check, finding, &deadlock->other_wanted,
                             "and waits here for the first lock");
    }
    if (row)
        help_row(check, finding, deadlock);
    else
        help_table(check, finding, deadlock);
}

const struct rule rule_lock_upgrade = {
    .name = "lock-upgrade",
    .group = "lock",
    .summary = "A row or table is locked, then locked more strongly: two runs that do so deadlock",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40P01"},
    .needs_opponent = true,
    .check_deadlock = check_deadlock,
};
