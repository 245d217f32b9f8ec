#include "history/run.h"

static void failure_free(void *data)
{
    struct failure *failure = data;

    run_unref(failure->blocker);
    g_free(failure);
}

static void statement_clear(void *data)
{
    g_free(((struct run_statement *)data)->callsite);
}

struct run *run_new(void)
{
    struct run *run = g_new0(struct run, 1);

    run->references = 1;
    run->statements = g_array_sized_new(FALSE, FALSE, sizeof(struct run_statement), 1);
    g_array_set_clear_func(run->statements, statement_clear);
    run->values = g_array_sized_new(FALSE, FALSE, sizeof(struct value), 1);
    run->failures = g_ptr_array_new_with_free_func(failure_free);
    run->read_only = run->deferrable = MODE_UNKNOWN;
    run->database = run->application = run->tags = run->role = "";
    run->begun = run->ended = INT64_MIN;
    return run;
}

struct run *run_ref(struct run *run)
{
    g_atomic_int_inc(&run->references);
    return run;
}

void run_unref(struct run *run)
{
    if (!run || !g_atomic_int_dec_and_test(&run->references))
        return;
    g_array_unref(run->statements);
    g_array_unref(run->values);
    if (run->lists) {
        g_array_unref(run->lists);
        g_array_unref(run->members);
    }
    g_ptr_array_unref(run->failures);
    g_free(run);
}

bool run_writes(const struct run *run)
{
    for (guint i = 0; i < run->statements->len; i++) {
        if (run_normal(run, i)->writes)
            return true;
    }
    return false;
}
