#include "lint/rule.h"

/* Keys that meet only when the parameters of two runs are crossed, in one program or in two that
 * take several rows of one table. */
static bool is_possible(const struct deadlock *deadlock)
{
    bool crossed = deadlock->other == deadlock->transaction ||
                   lock_same_table(&deadlock->held, &deadlock->wanted) ||
                   (deadlock->held.call && deadlock->wanted.call);
    bool retried = deadlock->transaction->retried && deadlock->other->retried;

    return retried ||
           (crossed && !deadlock->certain &&
            !conflict_is_transfer(deadlock->held.access, deadlock->wanted.access)) ||
           migration_takes_part(deadlock);
}

/* What the other program locks, and then waits for. */
static void show_other(struct check *check, struct finding *finding,
                       const struct deadlock *deadlock, const char *other)
{
    const struct lock *held = &deadlock->other_held, *wanted = &deadlock->other_wanted;
    struct arena *arena = &check->script->arena;

    if (deadlock->other == deadlock->transaction)
        return;
    if (held->access && wanted->access && access_same_statement(held->access, wanted->access)) {
        finding_related_lock(check, finding, held,
                             arena_printf(arena, "%s locks %s, and then waits for %s", other,
                                          lock_object(check, held), lock_object(check, wanted)));
        return;
    }
    finding_related_lock(check, finding, held, arena_printf(arena, "%s locks this first", other));
    finding_related_lock(check, finding, wanted, "and then waits here");
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
    show_other(check, finding, deadlock, other);
    return finding;
}

static void check_deadlock(struct check *check, const struct deadlock *deadlock)
{
    if (!deadlock->upgrade)
        advise_order(check, report_deadlock(check, deadlock), deadlock);
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
        advise_migration(check, finding, &deadlock);
        finding_help(check, finding, "set lock_timeout, and run the migration again when it fails");
    }
}

const struct rule rule_lock_order = {
    .name = "lock-order",
    .group = "lock",
    .summary = "Programs, or two runs of one, lock the same things in different orders",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40P01"},
    .check_script = check_script,
    .needs_opponent = true,
    .check_deadlock = check_deadlock,
    .check_cycle = report_cycle,
    .reaches = REACHED_DEADLOCK,
    .check_reached = report_deadlock_reached,
};
