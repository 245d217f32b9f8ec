#include "lint/rule.h"

static bool same_table(const struct lock *a, const struct lock *b)
{
    return a->access && b->access && access_same_relation(a->access, b->access);
}

static bool is_about_table(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE;
}

/* Keys that meet only when the parameters of two runs are crossed, in one program or in two that
 * take several rows of one table. */
static bool is_possible(const struct deadlock *deadlock)
{
    bool crossed = deadlock->other == deadlock->transaction ||
                   same_table(&deadlock->held, &deadlock->wanted) ||
                   (deadlock->held.call && deadlock->wanted.call);
    bool retried = deadlock->transaction->retried && deadlock->other->retried;

    return retried || (crossed && !deadlock->certain) || migration_takes_part(deadlock);
}

static void add_help(struct check *check, struct finding *finding, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    bool retried = deadlock->transaction->retried;

    if (wanted->access && wanted->access->kind == ACCESS_DEFINE)
        finding_help(check, finding, "run %s in a transaction of its own: one table at a time",
                     lock_text(check, wanted));
    else if (held->call && wanted->call)
        finding_help(check, finding, "take advisory locks in the order of their keys");
    else if (same_table(held, wanted) && (is_about_table(held) || is_about_table(wanted)))
        finding_help(check, finding, "lock the table %s before its rows in every transaction",
                     access_relation_name(held->access));
    else if (same_table(held, wanted) && held->key && wanted->key)
        finding_help(check, finding, "insert the keys of %s in the same order in every transaction",
                     access_relation_name(held->access));
    else if (same_table(held, wanted))
        finding_help(check, finding,
                     "lock all rows first, in one order: SELECT … FROM %s WHERE … ORDER BY %s FOR "
                     "NO KEY UPDATE",
                     table_sql(check, held->access), key_columns(check, held->access));
    else
        finding_help(check, finding, "lock %s before %s in every transaction%s",
                     lock_object(check, wanted), lock_object(check, held),
                     retried ? "" : ", or retry on 40P01");
}

static struct finding *report_deadlock(struct check *check, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    struct arena *arena = &check->script->arena;
    const char *other = opponent_name(check, deadlock->transaction, deadlock->other);
    struct finding *finding =
        report_locking(check, wanted,
                       arena_printf(arena, "%s can deadlock (40P01) with %s",
                                    lock_text(check, wanted), deadlock_text(check, deadlock)));

    if (is_possible(deadlock))
        finding_weaken(finding);
    finding_label(check, finding, "waits if %s holds this %s and wants the first one", other,
                  lock_thing(wanted));
    finding_related_lock(
        check, finding, held,
        arena_printf(arena, "the first %s is locked until COMMIT", lock_thing(held)));
    if (deadlock->other != deadlock->transaction) {
        finding_related_lock(check, finding, &deadlock->other_held,
                             arena_printf(arena, "%s locks this first", other));
        finding_related_lock(check, finding, &deadlock->other_wanted, "and then waits here");
    }
    return finding;
}

static void check_deadlock(struct check *check, const struct deadlock *deadlock)
{
    if (!deadlock->upgrade)
        add_help(check, report_deadlock(check, deadlock), deadlock);
}

/* Whether the application runs beside a migration is not written anywhere. */
static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        struct deadlock deadlock;
        if (!migration_deadlock(check->corpus, each, &deadlock))
            continue;
        struct finding *finding = report_deadlock(check, &deadlock);
        finding->severity = SEVERITY_NOTE;
        finding_help(check, finding,
                     "lock both tables first, in the order of %s: LOCK TABLE %s, %s",
                     program_name(check, deadlock.other), table_sql(check, deadlock.wanted.access),
                     table_sql(check, deadlock.held.access));
        finding_help(check, finding, "set lock_timeout, and run the migration again when it fails");
    }
}

const struct rule rule_lock_order = {
    .name = "lock-order",
    .group = "lock",
    .summary = "Two programs, or two runs of one, lock the same things in opposite order",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40P01"},
    .check_script = check_script,
    .needs_opponent = true,
    .check_deadlock = check_deadlock,
};
