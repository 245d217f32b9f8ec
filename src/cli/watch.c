#include "cli/watch.h"

#include <string.h>

#include <gio/gio.h>

#include "engine/configured.h"
#include "cli/lint-command.h"
#include "cli/options.h"
#include "input/discover.h"

/* An editor writes a file in several steps, and git many files: a run waits until they are done. */
enum { QUIET_MILLISECONDS = 200 };

struct watch {
    GMainLoop *loop;
    GHashTable *monitors; /* directory → GFileMonitor */
    GHashTable *wanted;   /* directories that this run reads */
    GHashTable *added;    /* directories that came since the first run, which may be empty yet */
    guint timer;
    char *changed; /* what changed first */
};

/* ------------------------------------------------------------------ events */

static gboolean end_wait(gpointer data)
{
    struct watch *watch = data;

    watch->timer = 0;
    g_main_loop_quit(watch->loop);
    return G_SOURCE_REMOVE;
}

/* What a run reads or goes by; a directory may bring such files. */
static bool concerns(struct watch *watch, GFile *file, GFileMonitorEvent event)
{
    g_autofree char *name = g_file_get_basename(file);

    if (event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED || !name)
        return false;
    if (g_file_query_file_type(file, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY) {
        g_hash_table_add(watch->added, g_file_get_path(file));
        return true;
    }
    return discover_is_sql(name) || strcmp(name, ".gitignore") == 0 ||
           g_str_has_suffix(name, ".yml");
}

static void note_change(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                        gpointer data)
{
    struct watch *watch = data;

    (void)monitor;
    if (!concerns(watch, file, event) && !(other && concerns(watch, other, event)))
        return;
    if (!watch->changed)
        watch->changed = g_file_get_basename(file);
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

/* The directories of the files below a path, up to that path. */
static void want_below(struct watch *watch, const char *path)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    bool searched = g_file_test(path, G_FILE_TEST_IS_DIR);
    g_autofree char *top = searched ? g_strdup(path) : g_path_get_dirname(path);

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
    } else {
        fail_with(&error);
    }
    options_finish(&options);
    return right;
}

static void wait_for_change(struct watch *watch)
{
    g_main_loop_run(watch->loop);
    g_autofree char *line = g_strdup_printf("%s has changed", watch->changed);
    say(line);
    g_clear_pointer(&watch->changed, g_free);
}

enum status watch_command(int argc, char **argv)
{
    struct watch watch = {
        .loop = g_main_loop_new(NULL, FALSE),
        .monitors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref),
        .wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .added = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };

    if (run(&watch, argc, argv)) {
        for (;;) {
            wait_for_change(&watch);
            run(&watch, argc, argv);
        }
    }
    g_hash_table_unref(watch.monitors);
    g_hash_table_unref(watch.wanted);
    g_hash_table_unref(watch.added);
    g_main_loop_unref(watch.loop);
    return STATUS_FAILED;
}
