#include "cli/logs.h"

#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *all_files(const char *directory)
{
    GDir *dir = g_dir_open(directory, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GString *all = g_string_new(NULL);
    const char *name;

    assert_non_null(dir);
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);
        g_autofree char *text = get(path);
        g_string_append_printf(all, "%s\n%s", (char *)names->pdata[i], text);
    }
    return g_string_free(all, FALSE);
}

int count_of(const char *text, const char *piece)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, piece)); at++)
        count++;
    return count;
}

char *programs_of(const char *log, const char *schema, const char *directory)
{
    struct outcome outcome = run("log", "-s", schema, "--programs", directory, "-q", log, NULL);

    assert_true(outcome.status <= 1);
    outcome_finish(&outcome);
    return all_files(directory);
}
