#include "locking/wait.h"

#include <string.h>

#include <glib.h>

#include "facts/builtin.h"

static void add(struct wait ***end, struct arena *arena, const struct step *step,
                const struct side_effect *call, const char *what)
{
    struct wait *wait = arena_new(arena, struct wait);

    wait->step = step;
    wait->call = call;
    wait->what = what;
    **end = wait;
    *end = &wait->next;
}

/* A command of psql that goes on when a person, a program or the clock lets it. */
static const char *command_waits(const struct psql *psql, struct arena *arena)
{
    static const char *const commands[] = {"!", "prompt", "password", "watch", NULL};

    return psql && g_strv_contains(commands, psql->command)
               ? arena_printf(arena, "\\%s", psql->command)
               : NULL;
}

static const char *statement_waits(const struct statement *statement, struct arena *arena)
{
    if (statement->kind == STATEMENT_COPY && statement->copy->program)
        return "COPY … PROGRAM";
    return command_waits(statement_psql(statement), arena);
}

static bool call_waits(const struct side_effect *call)
{
    enum effect effect = builtin_effect(call->call->builtin);

    return effect == EFFECT_SLEEP || effect == EFFECT_REMOTE || effect == EFFECT_REQUEST ||
           call->outside;
}

struct wait *transaction_waits(const struct transaction *transaction, struct arena *arena)
{
    const struct side_effect *call = transaction->calls;
    struct wait *first = NULL, **end = &first;

    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct step *step = &transaction->steps[i];
        const char *what = statement_waits(step->statement, arena);
        for (; call && call->step == step; call = call->next) {
            if (call_waits(call))
                add(&end, arena, step, call, call->call->name);
        }
        if (what)
            add(&end, arena, step, NULL, what);
    }
    return first;
}

bool wait_follows(const struct wait *wait, const struct access *access)
{
    if (wait->call)
        return wait->call->order > access->order && wait->call->statement != access->statement;
    return wait->step > access->step;
}

/* A cursor keeps the snapshot of its query until it is closed, at every level. */
static const struct step *open_cursor(const struct transaction *transaction,
                                      const struct step *before)
{
    const struct step *open = NULL;

    for (const struct step *step = transaction->steps; step < before; step++) {
        const struct statement *statement = step->statement;
        if (statement->kind == STATEMENT_DECLARE)
            open = step;
        else if (open && statement->kind == STATEMENT_CLOSE &&
                 (!statement->name || strcmp(statement->name, open->statement->name) == 0))
            open = NULL;
    }
    return open;
}

const struct step *wait_keeps_snapshot(const struct transaction *transaction,
                                       const struct wait *wait)
{
    const struct step *first = transaction_first_snapshot(transaction);

    if (transaction_has_one_snapshot(transaction))
        return first && first <= wait->step ? first : NULL;
    return open_cursor(transaction, wait->step);
}
