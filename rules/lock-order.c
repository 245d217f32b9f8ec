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

    if (wanted->access && wanted->access->kind == ACCESS_DEFINE)
        finding_help(check, finding, "give %s a transaction of its own: one table at a time",
                     access_verb(wanted->access));
    else if (held->call && wanted->call)
        finding_help(check, finding, "take advisory locks in the order of their keys");
    else if (same_table(held, wanted) && (is_about_table(held) || is_about_table(wanted)))
        finding_help(check, finding,
                     "lock the table %s before its rows in all programs, or in none",
                     access_relation_name(held->access));
    else if (same_table(held, wanted) && held->key && wanted->key)
        finding_help(check, finding, "insert the keys of %s in one order in all programs",
                     access_relation_name(held->access));
    else if (same_table(held, wanted))
        finding_help(check, finding,
                     "lock all rows first and in order of their key: SELECT … FROM %s WHERE … "
                     "ORDER BY key FOR NO KEY UPDATE",
                     access_relation_name(held->access));
    else
        finding_help(check, finding, "take %s before %s in all programs, or retry with 40P01",
                     lock_object(check, wanted), lock_object(check, held));
}

static struct finding *report_deadlock(struct check *check, const struct deadlock *deadlock)
{
    const struct lock *held = &deadlock->held, *wanted = &deadlock->wanted;
    struct arena *arena = &check->script->arena;
    const char *first = lock_text(check, held), *second = lock_text(check, wanted);
    const char *other = program_name(check, deadlock->other);
    const char *message =
        deadlock->other == deadlock->transaction
            ? arena_printf(arena, "%s after %s, and another run may lock the same %s", second,
                           first,
                           held->call || held->key ? "keys"
                           : held->row             ? "rows"
                                                   : "tables")
        : held->access && held->access == wanted->access
            ? arena_printf(arena, "%s comes to several rows, and %s locks them", second, other)
            : arena_printf(arena, "%s after %s, and %s locks them", second, first, other);
    struct finding *finding = report_locking(
        check, wanted, arena_printf(arena, "40P01 deadlock: %s the other way round", message));

    if (is_possible(deadlock))
        finding_weaken(finding);
    finding_label(check, finding, "may wait for who waits for %s", lock_object(check, held));
    finding_related_lock(check, finding, held, "locked until the end from here on");
    if (deadlock->other != deadlock->transaction) {
        finding_related_lock(check, finding, &deadlock->other_held,
                             arena_printf(arena, "%s locks first what is last here", other));
        finding_related_lock(check, finding, &deadlock->other_wanted,
                             "and then waits for what is first here");
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
        finding_help(check, finding, "lock both first, in the order of %s: LOCK TABLE %s, %s",
                     program_name(check, deadlock.other),
                     access_relation_name(deadlock.wanted.access),
                     access_relation_name(deadlock.held.access));
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
