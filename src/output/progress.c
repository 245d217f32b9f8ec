#include "output/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

struct progress {
    GThread *thread;
    GMutex lock;
    GCond ended_cond;
    gint64 next; /* when the line is written next */
    bool ended, written;
    const char *what;
    guint total;
    gint done;
};

static void write_line(struct progress *progress)
{
    if (progress->what)
        fprintf(stderr, "\r\033[Kisolint: %s, %d of %u", progress->what,
                g_atomic_int_get(&progress->done), progress->total);
    progress->written = true;
}

static gpointer watch(gpointer data)
{
    struct progress *progress = data;

    g_mutex_lock(&progress->lock);
    while (!progress->ended) {
        if (g_cond_wait_until(&progress->ended_cond, &progress->lock, progress->next))
            continue;
        write_line(progress);
        progress->next = g_get_monotonic_time() + G_TIME_SPAN_SECOND / 5;
    }
    g_mutex_unlock(&progress->lock);
    return NULL;
}

struct progress *progress_begin(unsigned delay)
{
    if (!isatty(STDERR_FILENO))
        return NULL;
    struct progress *progress = g_new0(struct progress, 1);
    g_mutex_init(&progress->lock);
    g_cond_init(&progress->ended_cond);
    progress->next = g_get_monotonic_time() + delay * G_TIME_SPAN_MILLISECOND;
    progress->thread = g_thread_try_new("progress", watch, progress, NULL);
    return progress;
}

void progress_end(struct progress *progress)
{
    if (!progress)
        return;
    g_mutex_lock(&progress->lock);
    progress->ended = true;
    g_cond_signal(&progress->ended_cond);
    g_mutex_unlock(&progress->lock);
    if (progress->thread)
        g_thread_join(progress->thread);
    if (progress->written)
        fputs("\r\033[K", stderr);
    g_mutex_clear(&progress->lock);
    g_cond_clear(&progress->ended_cond);
    g_free(progress);
}

void progress_phase(struct progress *progress, const char *what, guint total)
{
    if (!progress)
        return;
    g_mutex_lock(&progress->lock);
    progress->what = what;
    progress->total = total;
    g_atomic_int_set(&progress->done, 0);
    g_mutex_unlock(&progress->lock);
}

void progress_step(struct progress *progress)
{
    if (progress)
        g_atomic_int_inc(&progress->done);
}

static void *begin(void)
{
    return progress_begin(PROGRESS_DELAY);
}

static void phase(void *watching, const char *what, unsigned total)
{
    progress_phase(watching, what, total);
}

static void step(void *watching)
{
    progress_step(watching);
}

static void end(void *watching)
{
    progress_end(watching);
}

const struct monitor progress_monitor = {begin, phase, step, end};
