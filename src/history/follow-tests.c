/* Transactions around tests: a framework rolls back what a test has done. */
#include "history/follow-parts.h"

/* A part of a transaction around tests, as a run of its own. */
static struct run *cut_run(struct follow *follow, const struct run *whole, guint from, guint to,
                           bool block)
{
    struct run *run = run_new();

    run->serial = ++follow->serial;
    run->block = block;
    run->end = RUN_COMMITTED;
    run->file = whole->file;
    run->process = whole->process;
    run->database = whole->database;
    run->application = whole->application;
    run->tags = whole->tags;
    for (guint i = from; i < to; i++) {
        struct run_statement statement = *run_statement(whole, i);
        const struct value *values = run_values(whole, i);
        guint count = statement.shape->normal->slots->len;
        statement.first_value = run->values->len;
        statement.callsite = g_strdup(statement.callsite);
        g_array_append_vals(run->values, values, count);
        g_array_append_val(run->statements, statement);
        if (i == from) {
            run->line = statement.line;
            run->begun = statement.start;
        }
        run->ended = statement.end != NO_TIME ? statement.end : statement.start;
    }
    for (guint i = 0; i < whole->failures->len; i++) {
        const struct failure *failure = whole->failures->pdata[i];
        if (failure->statement < from || failure->statement >= to)
            continue;
        struct failure *copy = g_memdup2(failure, sizeof *failure);
        copy->statement -= from;
        copy->blocker = failure->blocker ? run_ref(failure->blocker) : NULL;
        g_ptr_array_add(run->failures, copy);
    }
    return run;
}

/* The end of the part that SAVEPOINT at `from` opens, and how it ends. */
static guint savepoint_end(const struct run *run, guint from, bool *rolled_back)
{
    guint depth = 0;

    *rolled_back = false;
    for (guint i = from; i < run->statements->len; i++) {
        enum statement_kind kind = run_normal(run, i)->kind;
        depth += kind == STATEMENT_SAVEPOINT;
        if (kind == STATEMENT_ROLLBACK_TO && depth == 1) {
            *rolled_back = true;
            return i;
        }
        if (kind == STATEMENT_RELEASE && --depth == 0)
            return i;
    }
    *rolled_back = true;
    return run->statements->len;
}

static void report_part(struct follow *follow, struct session *session, const struct run *whole,
                        guint from, guint to, bool block)
{
    struct run *run = from < to ? cut_run(follow, whole, from, to, block) : NULL;

    if (run)
        follow_report(follow, session, run);
    run_unref(run);
}

/* What is between the savepoints of tests was meant to run by itself; a savepoint that is released
 * was meant as a transaction, one that is rolled back is the frame of a test. */
void follow_unwrap(struct follow *follow, struct session *session, const struct run *whole,
                   guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        enum statement_kind kind = run_normal(whole, i)->kind;
        bool rolled_back;
        if (kind == STATEMENT_SAVEPOINT) {
            guint end = MIN(savepoint_end(whole, i, &rolled_back), to);
            if (rolled_back)
                follow_unwrap(follow, session, whole, i + 1, end);
            else
                report_part(follow, session, whole, i + 1, end, true);
            i = end;
        } else if (kind != STATEMENT_RELEASE && kind != STATEMENT_ROLLBACK_TO) {
            report_part(follow, session, whole, i, i + 1, false);
        }
    }
}

bool follow_is_around_tests(const struct follow *follow, const struct run *run)
{
    if (!follow->options.tests || !run->block || run->end != RUN_ROLLED_BACK)
        return false;
    for (guint i = 0; i < run->statements->len; i++) {
        if (run_normal(run, i)->kind == STATEMENT_SAVEPOINT)
            return true;
    }
    return false;
}
