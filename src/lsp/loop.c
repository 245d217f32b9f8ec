#include "lsp/loop.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

/* What both threads see is the job while it runs, and the pipe that says that it has ended. */
struct loop {
    const struct analysis *analysis;
    struct server *server;
    int in, out;
    int ended[2]; /* a pipe: a byte for a job that has ended */
    GThread *thread;
    struct job *job;
    struct outcome *outcome;
    bool gone; /* nobody reads or writes any more */
};

static void write_all(void *context, const char *bytes, size_t size)
{
    struct loop *loop = context;

    while (size > 0 && !loop->gone) {
        ssize_t written = write(loop->out, bytes, size);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            loop->gone = true;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
}

static gpointer work(gpointer data)
{
    struct loop *loop = data;

    loop->outcome = loop->analysis->run(loop->analysis->context, loop->job);
    while (write(loop->ended[1], "", 1) < 0 && errno == EINTR)
        ;
    return NULL;
}

static void start(struct loop *loop, struct job *job)
{
    loop->job = job;
    loop->thread = g_thread_new("analysis", work, loop);
}

static void finish(struct loop *loop)
{
    char byte;

    while (read(loop->ended[0], &byte, 1) < 0 && errno == EINTR)
        ;
    g_thread_join(loop->thread);
    loop->thread = NULL;
    server_complete(loop->server, loop->job, loop->outcome, g_get_monotonic_time());
}

static void receive(struct loop *loop)
{
    char bytes[64 << 10];
    ssize_t size = read(loop->in, bytes, sizeof bytes);

    if (size > 0)
        server_feed(loop->server, bytes, (size_t)size, g_get_monotonic_time());
    else if (size == 0 || (errno != EINTR && errno != EAGAIN))
        loop->gone = true;
}

static int milliseconds(gint64 wait)
{
    return wait < 0 ? -1 : (int)MIN((wait + 999) / 1000, G_MAXINT);
}

static void step(struct loop *loop)
{
    gint64 wait;
    struct job *job = server_next(loop->server, g_get_monotonic_time(), &wait);

    if (job) {
        start(loop, job);
        wait = -1;
    }
    struct pollfd ready[] = {{.fd = loop->in, .events = POLLIN},
                             {.fd = loop->ended[0], .events = POLLIN}};
    if (poll(ready, G_N_ELEMENTS(ready), milliseconds(wait)) < 0)
        return;
    if (ready[1].revents)
        finish(loop);
    if (ready[0].revents)
        receive(loop);
}

bool lsp_serve(int in, int out, const struct analysis *analysis)
{
    struct loop loop = {.analysis = analysis, .in = in, .out = out};
    const struct sink sink = {write_all, &loop};
    bool clean = false;

    if (!g_unix_open_pipe(loop.ended, FD_CLOEXEC, NULL))
        return false;
    loop.server = server_new(&sink);
    while (!loop.gone && !server_is_done(loop.server, &clean))
        step(&loop);
    if (loop.thread) {
        g_atomic_int_set(&loop.job->cancelled, 1);
        loop.gone = true;
        finish(&loop);
    }
    server_is_done(loop.server, &clean);
    server_free(loop.server);
    close(loop.ended[0]);
    close(loop.ended[1]);
    return clean;
}
