#include "engine/parallel.h"

#include "base/signal-stack.h"
#include "engine/monitor.h"

struct work {
    void (*run)(void *context, guint index);
    void *context;
    guint count;
    gint next;
    const struct monitor *monitor;
    void *watching;
    const gint *cancelled;
};

static gpointer worker(gpointer data)
{
    struct work *work = data;

    for (;;) {
        guint index = (guint)g_atomic_int_add(&work->next, 1);
        if (index >= work->count || is_cancelled(work->cancelled))
            return NULL;
        work->run(work->context, index);
        if (work->monitor)
            work->monitor->step(work->watching);
    }
}

static gpointer begin(gpointer work)
{
    signal_stack_take();
    return worker(work);
}

void in_parallel(struct project *project, const char *what, void (*run)(void *, guint),
                 void *context, guint count, int jobs)
{
    struct work work = {.run = run,
                        .context = context,
                        .count = count,
                        .monitor = project->monitor,
                        .watching = project->watching,
                        .cancelled = project->cancelled};
    guint threads = MIN((guint)jobs, count);
    g_autofree GThread **pool = g_new(GThread *, threads + 1);

    if (work.monitor)
        work.monitor->phase(work.watching, what, count);
    guint begun = 1;
    /* Fewer threads than wanted come to the same result. */
    while (begun < threads && (pool[begun] = g_thread_try_new("isolint", begin, &work, NULL)))
        begun++;
    worker(&work);
    for (guint i = 1; i < begun; i++)
        g_thread_join(pool[i]);
}
