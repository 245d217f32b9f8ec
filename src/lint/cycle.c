/* What deadlocks are reported as that the machine has played: of three or four programs, and of two
 * that no pair of locks explains. */
#include "lint/rule.h"

/* "a.sql:4 and b.sql:9", "a.sql:4, b.sql:9 and c.sql:1", each once; "other runs" when all are of the
 * program itself. */
static const char *others_of(struct check *check, const struct cycle *cycle)
{
    struct arena *arena = &check->script->arena;
    const struct transaction *others[MOST_RUNS];
    unsigned count = 0;
    const char *text;

    for (unsigned i = 1; i < cycle->count; i++) {
        unsigned at = 0;
        while (at < i && cycle->runs[at].transaction != cycle->runs[i].transaction)
            at++;
        if (at == i)
            others[count++] = cycle->runs[i].transaction;
    }
    if (count == 0)
        return "other runs of its program";
    text = program_name(check, others[0]);
    for (unsigned i = 1; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i + 1 < count ? ", " : " and ",
                            program_name(check, others[i]));
    return text;
}

static const char *run_name(struct check *check, const struct cycle *cycle, unsigned run)
{
    return opponent_name(check, cycle->runs[0].transaction,
                         cycle->runs[run % cycle->count].transaction);
}

static bool same_thing(const struct lock *a, const struct lock *b)
{
    return lock_same_table(a, b) || (a->call && b->call);
}

/* Rows of one table, or keys, are put in order by what they are; tables by an order that all keep.
 * That of the others ends with what this program locks first. */
static void advise(struct check *check, struct finding *finding, const struct cycle *cycle)
{
    const struct cycle_run *own = &cycle->runs[0];
    struct arena *arena = &check->script->arena;
    const struct deadlock pair = {
        .transaction = own->transaction, .held = own->held, .wanted = own->wanted};
    const char *order = lock_object(check, &own->wanted);

    for (unsigned i = 0; i < cycle->count; i++) {
        for (unsigned j = i + 1; j < cycle->count; j++) {
            if (!same_thing(&cycle->runs[i].held, &cycle->runs[j].held))
                continue;
            advise_order(check, finding, &pair);
            return;
        }
    }
    for (unsigned i = 1; i < cycle->count; i++)
        order =
            arena_printf(arena, "%s, then %s", order, lock_object(check, &cycle->runs[i].wanted));
    finding_help(check, finding, "keep one order in every transaction: lock %s%s", order,
                 own->transaction->retried ? "" : ", or retry on 40P01");
}

static bool all_retried(const struct cycle *cycle)
{
    unsigned i = 0;

    while (i < cycle->count && cycle->runs[i].transaction->retried)
        i++;
    return i == cycle->count;
}

static void show_run(struct check *check, struct finding *finding, const struct cycle *cycle,
                     unsigned run)
{
    const struct cycle_run *own = &cycle->runs[run];
    const char *name = run_name(check, cycle, run), *next = run_name(check, cycle, run + 1);
    struct arena *arena = &check->script->arena;

    if (run + 1 == cycle->count)
        next = "this transaction";
    finding_related_lock(check, finding, &own->held,
                         arena_printf(arena, "%s locks this first", name));
    finding_related_lock(check, finding, &own->wanted,
                         arena_printf(arena, "and then waits here for %s", next));
}

void report_cycle(struct check *check, const struct cycle *cycle)
{
    const struct cycle_run *own = &cycle->runs[0];
    struct arena *arena = &check->script->arena;
    struct finding *finding = report_locking(
        check, &own->wanted,
        arena_printf(arena, "%s can deadlock (40P01) with %s: each of the %s waits for the next",
                     lock_text(check, &own->wanted), others_of(check, cycle),
                     cycle->count == 3 ? "three" : "four"));

    /* The machine has played all of them, and would only try pairs. */
    finding->beyond_machine = true;
    if (!cycle->certain || all_retried(cycle))
        finding_weaken(finding);
    finding_label(check, finding, "waits if %s holds this %s", run_name(check, cycle, 1),
                  lock_thing(&own->wanted));
    finding_related_lock(
        check, finding, &own->held,
        arena_printf(arena, "this %s is locked first, until COMMIT", lock_thing(&own->held)));
    for (unsigned i = 1; i < cycle->count; i++)
        show_run(check, finding, cycle, i);
    finding_cycle(check, finding, cycle);
    advise(check, finding, cycle);
}

/* ------------------------------------------------------------------ two programs */

/* What COMMIT asks for, the run waits for there. */
static bool waits_at_end(const struct reached *reached, unsigned run)
{
    unsigned at;

    return !reached_stop(reached, run, &at);
}

void report_deadlock_reached(struct check *check, const struct reached *reached)
{
    const struct transaction *transaction = reached->runs[0], *other = reached->runs[1];
    const struct lock lock = reached_stopped_at(reached, 0), there = reached_stopped_at(reached, 1);
    const char *name = opponent_name(check, transaction, other);

    if (!lock.access && !lock.call)
        return;
    struct finding *finding =
        report_locking(check, &lock,
                       arena_printf(&check->script->arena,
                                    "%s can deadlock (40P01) with %s: each waits for what the "
                                    "other has locked before",
                                    lock_text(check, &lock), name));
    if (!reached->certain || (transaction->retried && other->retried))
        finding_weaken(finding);
    finding_label(check, finding, "%swaits for %s, which waits for this transaction",
                  waits_at_end(reached, 0) ? "COMMIT looks at this key again, and " : "", name);
    if (other != transaction && (there.access || there.call))
        finding_related_lock(check, finding, &there,
                             arena_printf(&check->script->arena, "%s waits here%s", name,
                                          waits_at_end(reached, 1) ? ", at COMMIT" : ""));
    finding_reached(check, finding, reached);
    if (waits_at_end(reached, 0) || waits_at_end(reached, 1))
        finding_help(check, finding,
                     "make the constraint NOT DEFERRABLE: a second run then waits for the key "
                     "before it locks more");
    else
        finding_help(check, finding,
                     "lock what both use before the first write, in the same order in both");
    if (!transaction->retried)
        finding_help(check, finding,
                     "catch 40P01 in the application and run the whole transaction again");
}
