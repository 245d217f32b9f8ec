#include "report/graphviz.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

/* Whether the other end was closed in time. */
static bool read_until(int fd, gint64 deadline, GString *answer)
{
    for (;;) {
        char bytes[4096];
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;
        if (left <= 0)
            return false;
        if (poll(&ready, 1, (int)left) <= 0)
            continue;
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got == 0)
            return true;
        if (got > 0)
            g_string_append_len(answer, bytes, got);
        else if (errno != EINTR)
            return true;
    }
}

static bool has_succeeded(GPid child)
{
    int status = 1;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

static char *lay_out(char *file, int milliseconds, bool *late)
{
    char dot[] = "dot", format[] = "-Tplain";
    char *arguments[] = {dot, format, file, NULL};
    g_autoptr(GString) answer = g_string_new(NULL);
    GPid child;
    int out;

    if (!g_spawn_async_with_pipes(NULL, arguments, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &child, NULL, &out, NULL, NULL))
        return NULL;
    gint64 deadline = g_get_monotonic_time() + (gint64)1000 * milliseconds;
    *late = !read_until(out, deadline, answer);
    close(out);
    if (*late)
        kill(child, SIGKILL);
    bool done = has_succeeded(child);
    return done ? g_strdup(answer->str) : NULL;
}

char *graphviz_plain(const char *graph, int milliseconds, bool *late)
{
    g_autofree char *name = NULL;
    int fd = g_file_open_tmp("isolint-graph-XXXXXX", &name, NULL);

    *late = false;
    if (fd < 0)
        return NULL;
    close(fd);
    char *plain =
        g_file_set_contents(name, graph, -1, NULL) ? lay_out(name, milliseconds, late) : NULL;
    unlink(name);
    return plain;
}
