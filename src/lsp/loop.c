#include "lsp/loop.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

#include "base/signal-stack.h"

/* What both threads see is the job while it runs, and the pipe that says that it has ended. */
struct loop {
    const struct analysis *analysis;
    struct server *server;
    int in, out;
    int ended[2]; /* a pipe: a byte for a job that has ended */
    GThread *thread;
    struct job *job; /* NULL: none runs */
    struct outcome *outcome;
    bool gone;  /* nobody reads or writes any more */
    int failed; /* errno of what could not be read or written; 0 when nobody was there any more */
};

static void leave(struct loop *loop, int failed)
{
    loop->gone = true;
    if (failed != EPIPE && failed != ECONNRESET)
        loop->failed = failed;
}

static void write_all(void *context, const char *bytes, size_t size)
{
    struct loop *loop = context;

    while (size > 0 && !loop->gone) {
        ssize_t written = write(loop->out, bytes, size);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            leave(loop, errno);
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
}

static gpointer work(gpointer data)
{
    struct loop *loop = data;

    signal_stack_take();
    loop->outcome = loop->analysis->run(loop->analysis->context, loop->job);
    ssize_t written;
    while ((written = write(loop->ended[1], "", 1)) < 0 && errno == EINTR)
        ;
    if (written < 0) {
        close(loop->ended[1]); /* which the other thread notices as well */
        loop->ended[1] = -1;
    }
    return NULL;
}

static void start(struct loop *loop, struct job *job)
{
    loop->job = job;
    loop->thread = g_thread_try_new("analysis", work, loop, NULL);
    if (!loop->thread) /* there are too many; questions wait */
        work(loop);
}

static void finish(struct loop *loop)
{
    struct job *job = loop->job;

    g_clear_pointer(&loop->thread, g_thread_join);
    loop->job = NULL;
    server_complete(loop->server, job, loop->outcome, g_get_monotonic_time());
}

static void take_end(struct loop *loop)
{
    char byte;
    ssize_t got;

    while ((got = read(loop->ended[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    if (got == 1)
        finish(loop);
    else
        leave(loop, got < 0 ? errno : EIO);
}

static void receive(struct loop *loop)
{
    char bytes[64 << 10];
    ssize_t size = read(loop->in, bytes, sizeof bytes);

    if (size > 0)
        server_feed(loop->server, bytes, (size_t)size, g_get_monotonic_time());
    else if (size == 0 || (errno != EINTR && errno != EAGAIN))
        leave(loop, size == 0 ? 0 : errno);
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
        take_end(loop);
    if (ready[0].revents)
        receive(loop);
}

bool lsp_serve(int in, int out, const struct analysis *analysis, bool *clean, struct error *error)
{
    struct loop loop = {.analysis = analysis, .in = in, .out = out};
    const struct sink sink = {write_all, &loop};

    *clean = false;
    if (!g_unix_open_pipe(loop.ended, FD_CLOEXEC, NULL))
        return error_set(error, "lsp: %s", g_strerror(errno));
    loop.server = server_new(&sink);
    while (!loop.gone && !server_is_done(loop.server, clean))
        step(&loop);
    if (loop.job) {
        g_atomic_int_set(&loop.job->cancelled, 1);
        loop.gone = true;
        finish(&loop);
    }
    server_is_done(loop.server, clean);
    server_free(loop.server);
    close(loop.ended[0]);
    close(loop.ended[1]);
    return !loop.failed || error_set(error, "lsp: %s", g_strerror(loop.failed));
}
