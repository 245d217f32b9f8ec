#include "history/taker.h"

#include "base/signal-stack.h"
#include "history/belt.h"

enum { BATCHES = 6, RUNS = 128 };

struct batch {
    unsigned count;
    bool end;
    struct run *runs[RUNS], *before[RUNS];
};

struct taker {
    GThread *thread;
    struct belt *full, *empty;
    struct batch batches[BATCHES];
    struct batch *filling;
    taker_work *work;
    void *context;
};

static gpointer take(gpointer data)
{
    struct taker *taker = data;

    signal_stack_take();
    for (;;) {
        struct batch *batch = belt_take(taker->full);
        bool end = batch->end;
        for (unsigned i = 0; i < batch->count; i++) {
            taker->work(batch->runs[i], batch->before[i], taker->context);
            run_unref(batch->runs[i]);
            run_unref(batch->before[i]);
        }
        batch->count = 0;
        belt_put(taker->empty, batch);
        if (end)
            return NULL;
    }
}

struct taker *taker_new(taker_work *work, void *context)
{
    struct taker *taker = g_new0(struct taker, 1);

    taker->work = work;
    taker->context = context;
    taker->full = belt_new(BATCHES);
    taker->empty = belt_new(BATCHES);
    for (int i = 1; i < BATCHES; i++)
        belt_put(taker->empty, &taker->batches[i]);
    taker->filling = &taker->batches[0];
    taker->thread = g_thread_try_new("isolint-take", take, taker, NULL);
    if (taker->thread)
        return taker;
    taker_free(taker);
    return NULL;
}

static void pass_on(struct taker *taker)
{
    belt_put(taker->full, taker->filling);
    taker->filling = belt_take(taker->empty);
}

void taker_give(struct taker *taker, struct run *run, struct run *before)
{
    struct batch *batch = taker->filling;

    batch->runs[batch->count] = run_ref(run);
    batch->before[batch->count++] = before ? run_ref(before) : NULL;
    if (batch->count == RUNS)
        pass_on(taker);
}

/* Those that come back are done, and they come back in order. */
void taker_wait(struct taker *taker)
{
    for (int i = 0; i < BATCHES; i++)
        pass_on(taker);
}

void taker_free(struct taker *taker)
{
    if (taker->thread) {
        taker->filling->end = true;
        belt_put(taker->full, taker->filling);
        g_thread_join(taker->thread);
    }
    belt_free(taker->full);
    belt_free(taker->empty);
    g_free(taker);
}
