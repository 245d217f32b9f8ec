#include "cli/run.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "support/files.h"

static char *isolint_path; /* absolute, because tests have directories of their own */

bool take_isolint(int argc, char **argv)
{
    static char path[PATH_MAX];

    return argc == 2 && (isolint_path = realpath(argv[1], path));
}

struct sandbox {
    char *directory, *before;
};

int sandbox_enter(void **state)
{
    struct sandbox *sandbox = g_new0(struct sandbox, 1);

    sandbox->before = g_get_current_dir();
    sandbox->directory = g_dir_make_tmp("isolint-XXXXXX", NULL);
    *state = sandbox;
    return sandbox->directory && g_chdir(sandbox->directory) == 0 ? 0 : -1;
}

int sandbox_leave(void **state)
{
    struct sandbox *sandbox = *state;

    if (g_chdir(sandbox->before) != 0)
        return -1;
    remove_all(sandbox->directory);
    g_free(sandbox->directory);
    g_free(sandbox->before);
    g_free(sandbox);
    return 0;
}

void put_bytes(const char *name, const char *bytes, size_t size)
{
    g_autofree char *above = g_path_get_dirname(name);

    assert_int_equal(g_mkdir_with_parents(above, 0777), 0);
    assert_true(g_file_set_contents(name, bytes, (gssize)size, NULL));
}

void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

char *get(const char *name)
{
    char *text = NULL;

    return g_file_get_contents(name, &text, NULL, NULL) ? text : NULL;
}

unsigned count_entries(const char *name)
{
    GDir *dir = g_dir_open(name, 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(dir))
        count++;
    g_dir_close(dir);
    return count;
}

/* ------------------------------------------------------------------ running */

struct child {
    const struct surroundings *around;
    const char *input;
    int pipe;
};

/* In the child, between fork and exec. */
static void set_up_child(gpointer data)
{
    const struct child *child = data;
    int input = open(child->input, O_RDONLY);
    int output = child->around->output ? open(child->around->output, O_WRONLY) : child->pipe;

    dup2(input, STDIN_FILENO);
    if (output >= 0)
        dup2(output, STDOUT_FILENO);
    if (child->around->seconds > 0)
        setrlimit(RLIMIT_CPU, &(struct rlimit){child->around->seconds, child->around->seconds + 1});
    if (child->around->small_files)
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
    /* root's child is to be refused what others are (capabilities(7)) */
    prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
}

bool heeds_modes(void)
{
    return geteuid() != 0 || prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) == 1;
}

static char **environment_of(const struct surroundings *around)
{
    static const char *const kept[] = {
        "PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH", NULL};
    char **environment = NULL;

    for (const char *const *name = kept; *name; name++) {
        if (g_getenv(*name))
            environment = g_environ_setenv(environment, *name, g_getenv(*name), TRUE);
    }
    for (const char *const *each = around->environment; each && *each; each++) {
        g_auto(GStrv) parts = g_strsplit(*each, "=", 2);
        environment = g_environ_setenv(environment, parts[0], parts[1], TRUE);
    }
    return environment ? environment : g_new0(char *, 1);
}

static int closed_pipe(void)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    return ends[1];
}

static struct outcome spawn(const struct surroundings *around, char **arguments)
{
    g_auto(GStrv) environment = environment_of(around);
    g_autofree char *input = g_build_filename(g_get_tmp_dir(), "isolint-input-XXXXXX", NULL);
    struct child child = {around, input, around->closed_pipe ? closed_pipe() : -1};
    struct outcome outcome = {0};
    GError *failure = NULL;
    int fd = g_mkstemp(input), status;

    close(fd);
    assert_true(g_file_set_contents(input, around->input ? around->input : "", -1, NULL));
    if (!g_spawn_sync(around->directory, arguments, environment, G_SPAWN_DEFAULT, set_up_child,
                      &child, &outcome.out, &outcome.err, &status, &failure))
        fail_msg("%s", failure->message);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (child.pipe >= 0)
        close(child.pipe);
    g_remove(input);
    return outcome;
}

struct outcome run_with(const struct surroundings *around, ...)
{
    GPtrArray *arguments = g_ptr_array_new();
    va_list rest;

    g_ptr_array_add(arguments, isolint_path);
    va_start(rest, around);
    do
        g_ptr_array_add(arguments, va_arg(rest, char *));
    while (arguments->pdata[arguments->len - 1]);
    va_end(rest);
    struct outcome outcome = spawn(around, (char **)arguments->pdata);
    g_ptr_array_unref(arguments);
    return outcome;
}

struct outcome run_list(char **arguments)
{
    GPtrArray *all = g_ptr_array_new();

    g_ptr_array_add(all, isolint_path);
    do
        g_ptr_array_add(all, *arguments);
    while (*arguments++);
    struct outcome outcome = spawn(&(struct surroundings){0}, (char **)all->pdata);
    g_ptr_array_unref(all);
    return outcome;
}

void outcome_finish(struct outcome *outcome)
{
    g_free(outcome->out);
    g_free(outcome->err);
}

/* ------------------------------------------------------------------ expectations */

static void check_status(const struct outcome *outcome, int status)
{
    if (outcome->status != status)
        fail_msg("exit status %d instead of %d\n%s%s", outcome->status, status, outcome->out,
                 outcome->err);
}

void expect(struct outcome outcome, int status, const char *out, const char *err)
{
    check_status(&outcome, status);
    if (out)
        assert_string_equal(outcome.out, out);
    if (err)
        assert_string_equal(outcome.err, err);
    outcome_finish(&outcome);
}

void expect_piece(struct outcome outcome, int status, const char *piece)
{
    check_status(&outcome, status);
    if (!strstr(outcome.out, piece))
        fail_msg("\"%s\" is not in\n%s%s", piece, outcome.out, outcome.err);
    outcome_finish(&outcome);
}

void expect_refused(struct outcome outcome, const char *message)
{
    g_autofree char *line = g_strdup_printf("isolint: %s\n", message);

    expect(outcome, 2, "", line);
}
