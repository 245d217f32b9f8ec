#include "cli/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include "cli/lint-command.h"
#include "engine/configured.h"
#include "input/discover.h"
#include "options/options.h"
#include "output/output.h"

/* An editor writes a file in several steps, and git many files: a run waits until they are done. */
enum { QUIET_MILLISECONDS = 200 };

struct watch {
    GMainLoop *loop;
    GHashTable *monitors; /* directory → GFileMonitor */
    GHashTable *wanted;   /* directories that this run reads */
    GHashTable *added;    /* directories that came since the first run, which may be empty yet */
    GHashTable *named;    /* files that are read whatever they are called */
    bool over;            /* nothing can change any more */
    bool unread;          /* the reader of standard output is gone */
    guint timer;
    GPtrArray *changed; /* char *: what has changed since the last run, as it is shown */
};

/* ------------------------------------------------------------------ events */

static gboolean end_wait(gpointer data)
{
    struct watch *watch = data;

    watch->timer = 0;
    g_main_loop_quit(watch->loop);
    return G_SOURCE_REMOVE;
}

/* What a run reads or goes by; a directory may bring such files, or has taken them away. */
static bool concerns(struct watch *watch, GFile *file)
{
    g_autofree char *path = g_file_get_path(file);
    g_autofree char *name = g_file_get_basename(file);

    if (!path || !name)
        return false;
    if (g_file_query_file_type(file, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY) {
        g_hash_table_add(watch->added, g_steal_pointer(&path));
        return true;
    }
    return discover_is_sql(name) || strcmp(name, ".gitignore") == 0 ||
           g_str_has_suffix(name, ".yml") || g_hash_table_contains(watch->named, path) ||
           g_hash_table_contains(watch->monitors, path);
}

/* As findings show it: from the working directory on, when it is below. */
static char *shown(GFile *file)
{
    char *directory = getcwd(NULL, 0); /* NULL when it was removed */
    g_autoptr(GFile) here = g_file_new_for_path(directory ? directory : "");
    char *below = directory ? g_file_get_relative_path(here, file) : NULL;

    free(directory);
    return below ? below : g_file_get_path(file);
}

/* Whether a run has to follow. */
static bool note_file(struct watch *watch, GFile *file)
{
    if (!file || !concerns(watch, file))
        return false;
    g_autofree char *path = shown(file);
    if (path && !g_ptr_array_find_with_equal_func(watch->changed, path, g_str_equal, NULL))
        g_ptr_array_add(watch->changed, g_steal_pointer(&path));
    return true;
}

static void note_change(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                        gpointer data)
{
    struct watch *watch = data;

    (void)monitor;
    if (event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
        return;
    bool first = note_file(watch, file), second = note_file(watch, other);
    if (!first && !second)
        return;
    if (watch->timer)
        g_source_remove(watch->timer);
    watch->timer = g_timeout_add(QUIET_MILLISECONDS, end_wait, watch);
}

/* ------------------------------------------------------------------ directories */

static void want(struct watch *watch, const char *directory)
{
    g_autoptr(GFile) file = g_file_new_for_path(directory);
    char *path = g_file_get_path(file);

    g_hash_table_add(watch->wanted, path);
    if (g_hash_table_contains(watch->monitors, path))
        return;
    GFileMonitor *monitor = g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (!monitor) /* it is gone, or there can be no more of them */
        return;
    g_signal_connect(monitor, "changed", G_CALLBACK(note_change), watch);
    g_hash_table_insert(watch->monitors, g_strdup(path), monitor);
}

/* Of the working directory: what it has is watched where it is wanted, and that it is removed is seen
 * from the one above. It is not freed as long as somebody works in it, so itself it says nothing. */
static GFileMonitor *watch_above(struct watch *watch)
{
    g_autofree char *here = g_get_current_dir();
    g_autoptr(GFile) file = g_file_new_for_path(here);
    GFileMonitor *monitor = g_file_monitor_file(file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

    if (monitor)
        g_signal_connect(monitor, "changed", G_CALLBACK(note_change), watch);
    return monitor;
}

/* The directories of the files below a path, up to that path. */
static void want_below(struct watch *watch, const char *path)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    bool searched = g_file_test(path, G_FILE_TEST_IS_DIR);
    g_autofree char *top = searched ? g_strdup(path) : g_path_get_dirname(path);

    if (!searched)
        g_hash_table_add(watch->named, g_canonicalize_filename(path, NULL));
    want(watch, top);
    discover(path, files, troubles);
    for (guint i = 0; searched && i < files->len; i++) {
        g_autofree char *directory = g_path_get_dirname(files->pdata[i]);
        while (strlen(directory) > strlen(top)) {
            char *above = g_path_get_dirname(directory);
            want(watch, directory);
            g_free(directory);
            directory = above;
        }
    }
}

static gboolean is_unwanted(gpointer directory, gpointer monitor, gpointer data)
{
    const struct watch *watch = data;

    (void)monitor;
    return !g_hash_table_contains(watch->wanted, directory);
}

static void want_all(struct watch *watch, const struct options *options)
{
    const char *file = configured_config(&options->settings)->file;
    GHashTableIter each;
    gpointer added;
    g_autofree char *directory = g_path_get_dirname(file ? file : "./.isolint.yml");

    g_hash_table_remove_all(watch->wanted);
    g_hash_table_remove_all(watch->named);
    if (file)
        g_hash_table_add(watch->named, g_canonicalize_filename(file, NULL));
    want(watch, directory);
    for (char **path = options->settings.paths; *path; path++)
        want_below(watch, *path);
    for (char **path = options->settings.schemas; path && *path; path++)
        want_below(watch, *path);
    g_hash_table_iter_init(&each, watch->added);
    while (g_hash_table_iter_next(&each, &added, NULL))
        want(watch, added);
    g_hash_table_foreach_remove(watch->monitors, is_unwanted, watch);
}

/* ------------------------------------------------------------------ runs */

/* A directory that was removed does not come back, another one of its name is not this one. */
static bool is_over(const struct options *options)
{
    char *here = getcwd(NULL, 0);
    bool gone = !here && errno == ENOENT;

    free(here);
    for (char **path = options->settings.paths; *path; path++)
        gone = gone && !g_path_is_absolute(*path);
    return gone;
}

/* With wrong options what was watched before is watched on. */
static bool run(struct watch *watch, int argc, char **argv)
{
    struct options options;
    struct error error = {0};
    bool right = options_parse(&options, argc, argv, &error);

    if (right) {
        want_all(watch, &options); /* before it reads, so that no change is missed */
        lint_command(&options);
        fflush(stdout);
        watch->unread = output_is_unread(STDOUT_FILENO);
        watch->over = is_over(&options);
    } else {
        fail_with(&error);
    }
    options_finish(&options);
    return right;
}

static void wait_for_change(struct watch *watch)
{
    g_main_loop_run(watch->loop);
    const char *first = watch->changed->pdata[0];
    guint more = watch->changed->len - 1;
    g_autofree char *line = more == 0 ? g_strdup_printf("%s has changed", first)
                                      : g_strdup_printf("%s and %u more %s have changed", first,
                                                        more, more == 1 ? "file" : "files");
    say(line);
    g_ptr_array_set_size(watch->changed, 0);
}

enum status watch_command(int argc, char **argv)
{
    struct watch watch = {
        .loop = g_main_loop_new(NULL, FALSE),
        .monitors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref),
        .wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .added = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .changed = g_ptr_array_new_with_free_func(g_free),
    };

    GFileMonitor *above = watch_above(&watch);

    if (run(&watch, argc, argv)) {
        while (!watch.over && !watch.unread) {
            wait_for_change(&watch);
            run(&watch, argc, argv);
        }
        if (!watch.unread)
            fail("the working directory was removed; there is nothing left to watch");
    }
    g_clear_object(&above);
    g_hash_table_unref(watch.monitors);
    g_hash_table_unref(watch.wanted);
    g_hash_table_unref(watch.added);
    g_hash_table_unref(watch.named);
    g_ptr_array_unref(watch.changed);
    g_main_loop_unref(watch.loop);
    return watch.unread ? STATUS_CLEAN : STATUS_FAILED;
}
