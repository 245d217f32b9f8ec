/* A structure as what people can type into three terminals: the pivot up to its cut, the
 * others from beginning to end, the rest of the pivot. */
#include <glib.h>

#include "lint/rule.h"

struct writer {
    struct arena *arena;
    struct witness_step **end;
};

static void add_step(struct writer *writer, unsigned run, const struct transaction *transaction,
                     const struct statement *statement, const char *note)
{
    struct witness_step *step = arena_new(writer->arena, struct witness_step);

    step->run = run;
    step->script = transaction->script;
    step->span = statement->span;
    step->note = note;
    *writer->end = step;
    writer->end = &step->next;
}

/* The statements of a transaction from one step up to, without, another. */
static void add_steps(struct writer *writer, unsigned run, const struct transaction *transaction,
                      size_t from, size_t to, const struct statement *noted, const char *note)
{
    if (from == 0 && transaction->begin)
        add_step(writer, run, transaction, transaction->begin, NULL);
    for (size_t i = from; i < to; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        add_step(writer, run, transaction, statement, noted && statement == noted ? note : NULL);
    }
}

static void add_end(struct writer *writer, unsigned run, const struct transaction *transaction,
                    const char *note)
{
    if (transaction->end)
        add_step(writer, run, transaction, transaction->end, note);
}

/* From beginning to end. */
static void add_run(struct writer *writer, unsigned run, const struct transaction *transaction)
{
    add_steps(writer, run, transaction, 0, transaction->step_count, NULL, NULL);
    add_end(writer, run, transaction, NULL);
}

static size_t step_index(const struct access *access)
{
    return (size_t)(access->step - access->transaction->steps);
}

/* Where the pivot stops: after the statement that reads, or, at READ COMMITTED, before the one
 * that it is cut before. A statement that is cut inside itself waits there. */
static size_t cut_index(const struct structure *structure)
{
    size_t read = step_index(structure->read) + 1;

    if (transaction_has_one_snapshot(structure->pivot) || !structure->cut)
        return structure->cut ? read : structure->pivot->step_count;
    return MAX(read, step_index(structure->cut));
}

static void add_witness(struct check *check, struct finding *finding,
                        const struct structure *structure)
{
    struct arena *arena = &check->script->arena;
    struct witness *witness = arena_new(arena, struct witness);
    struct writer writer = {arena, &witness->steps};
    bool fails = structure->kind == STRUCTURE_FAILURE;
    const struct transaction *pivot = structure->pivot;
    const struct transaction *runs[] = {pivot, structure->out,
                                        structure->middle ? structure->middle : structure->in,
                                        structure->in};
    size_t cut = cut_index(structure);

    witness->runs = !structure->link_in ? 2 : structure->middle ? 4 : 3;
    for (unsigned i = 0; i < witness->runs; i++)
        witness->names[i] = program_name(check, runs[i]);
    witness->outcome =
        fails ? "run 1 fails with 40001" : "all commit, with a result that no serial order gives";
    add_steps(&writer, 0, pivot, 0, cut, NULL, NULL);
    for (unsigned i = 1; i < witness->runs; i++)
        add_run(&writer, i, runs[i]);
    add_steps(&writer, 0, pivot, cut, pivot->step_count, structure->back->step->statement,
              fails ? "ERROR 40001" : NULL);
    add_end(&writer, 0, pivot, fails && step_index(structure->back) < cut ? "ERROR 40001" : NULL);
    finding->witness = witness;
}

static const char *verb_on(struct check *check, const struct access *access)
{
    return arena_printf(&check->script->arena, "%s %s", access_verb(access),
                        access_relation_name(access));
}

void finding_structure(struct check *check, struct finding *finding,
                       const struct structure *structure)
{
    const struct access *out = structure->overwrite, *in = structure->in_access;
    const struct transaction *pivot = structure->pivot;
    const char *first = opponent_name(check, pivot, structure->out);
    const char *last = opponent_name(check, pivot, structure->in);

    finding_related_access(check, finding, out, "%s makes this change after %s", first,
                           verb_on(check, structure->read));
    if (structure->link_in || in->statement != out->statement)
        finding_related_access(check, finding, in, "%s %s what %s %s later", last,
                               access_is_write(in) ? "writes" : "reads",
                               verb_on(check, structure->back),
                               access_is_write(structure->back) ? "changes" : "reads");
    if (structure->link_in && structure->in != structure->out)
        finding_related_access(check, finding, structure->back,
                               "runs after %s and %s have committed", first, last);
    else
        finding_related_access(check, finding, structure->back, "runs after %s has committed",
                               first);
    add_witness(check, finding, structure);
}

void finding_repair(struct check *check, struct finding *finding, const struct structure *structure)
{
    static const char enough[] = "that is enough to prevent this";
    const char *table = access_relation_name(structure->read);
    bool joined = structure->read->query && structure->read->query->ranges->next;

    switch (structure->repair) {
    case REPAIR_LOCK_READ:
        finding_help(check, finding, "add FOR UPDATE%s%s to this SELECT: %s", joined ? " OF " : "",
                     joined ? structure->read->range->alias : "", enough);
        break;
    case REPAIR_LOCK_STATEMENT:
        finding_help(check, finding, "add FOR UPDATE to this SELECT, for all its tables: %s",
                     enough);
        break;
    case REPAIR_UPDATE_READ:
        finding_help(check, finding,
                     "replace this SELECT by an UPDATE of %s that sets a column to itself, with "
                     "RETURNING: %s",
                     table, enough);
        break;
    case REPAIR_NONE:
        break;
    }
}

void finding_reached(struct check *check, struct finding *finding, const struct reached *reached)
{
    struct arena *arena = &check->script->arena;
    struct witness *witness = arena_new(arena, struct witness);
    struct writer writer = {arena, &witness->steps};
    bool deadlock = reached->outcome == REACHED_DEADLOCK;
    bool fails = deadlock || reached->outcome == REACHED_UNIQUE;
    const char *state = deadlock ? "40P01" : "23505";
    size_t next[REACHED_RUNS] = {0};
    unsigned last = reached->count;

    while (fails && last > 0 && reached->steps[last - 1].run != reached->failing)
        last--;
    witness->start = arena_strdup(arena, reached->start);
    witness->runs = reached->run_count;
    for (unsigned i = 0; i < witness->runs; i++)
        witness->names[i] = program_name(check, reached->runs[i]);
    for (unsigned i = 0; i < reached->count; i++) {
        unsigned run = reached->steps[i].run;
        const struct transaction *transaction = reached->runs[run];
        const struct step *step = reached->steps[i].step;
        size_t at = step ? (size_t)(step - transaction->steps) : transaction->step_count;
        add_steps(&writer, run, transaction, next[run], at, NULL, NULL);
        bool ends_here = i + 1 == reached->count;
        const char *note =
            fails && i + 1 == last
                ? arena_printf(arena, ends_here ? "ERROR %s" : "waits, then ERROR %s", state)
            : reached->steps[i].waits ? "waits"
                                      : NULL;
        if (!step) {
            add_end(&writer, run, transaction, note);
            continue;
        }
        add_step(&writer, run, transaction, step->statement, note);
        next[run] = at + 1;
    }
    witness->outcome = deadlock ? "the runs wait for each other, and one fails with 40P01"
                       : fails
                           ? arena_printf(arena, "run %u fails with 23505", reached->failing + 1)
                           : "all commit, with a result that no serial order gives";
    finding->witness = witness;
}

/* ------------------------------------------------------------------ cycles of waits */

static const struct step *step_of(const struct lock *lock)
{
    return lock->access ? lock->access->step : lock->call->step;
}

static size_t index_of(const struct cycle_run *run, const struct lock *lock)
{
    return (size_t)(step_of(lock) - run->transaction->steps);
}

/* Where the run stops: after the statement that locks, or before the one that locks and waits. */
static size_t hold_index(const struct cycle_run *run)
{
    size_t held = index_of(run, &run->held);

    return held == index_of(run, &run->wanted) ? held : held + 1;
}

/* The run that waits last: it must hold its lock before. The count when there is none, or when one
 * of them is no list of statements that people type. */
static unsigned find_last(const struct cycle *cycle)
{
    unsigned last = cycle->count;

    for (unsigned i = cycle->count; i > 0; i--) {
        const struct cycle_run *run = &cycle->runs[i - 1];
        if (run->transaction->kind >= TRANSACTION_SEGMENT)
            return cycle->count;
        if (index_of(run, &run->held) != index_of(run, &run->wanted))
            last = i - 1;
    }
    return last;
}

void finding_cycle(struct check *check, struct finding *finding, const struct cycle *cycle)
{
    struct arena *arena = &check->script->arena;
    unsigned last = find_last(cycle), count = cycle->count;

    if (last == count)
        return;
    struct witness *witness = arena_new(arena, struct witness);
    struct writer writer = {arena, &witness->steps};
    witness->runs = count;
    for (unsigned i = 0; i < count; i++) {
        const struct cycle_run *run = &cycle->runs[i];
        witness->names[i] = program_name(check, run->transaction);
        if (hold_index(run) > 0)
            add_steps(&writer, i, run->transaction, 0, hold_index(run), NULL, NULL);
    }
    for (unsigned i = 1; i <= count; i++) {
        unsigned at = (last + count - i) % count;
        const struct cycle_run *run = &cycle->runs[at];
        size_t wanted = index_of(run, &run->wanted);
        add_steps(&writer, at, run->transaction, hold_index(run), wanted + 1,
                  step_of(&run->wanted)->statement, at == last ? "ERROR 40P01" : "waits");
    }
    witness->outcome = "each run waits for the next, and one fails with 40P01";
    finding->witness = witness;
}
