#include "report/unread.h"

#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct unread_files unread_files(const struct report *report)
{
    struct unread_files files = {.dialects = g_ptr_array_new()};

    for (size_t i = 0; i < report->script_count; i++) {
        const struct script *script = report->scripts[i];
        files.tests += script->kind == KIND_TEST;
        files.uninstalls += script->kind == KIND_UNINSTALL;
        files.released +=
            script->kind == KIND_RELEASED || (script->kind == KIND_HISTORY && script->extension);
        files.archived += script->kind == KIND_HISTORY && !script->extension;
        if (script->kind == KIND_FOREIGN)
            g_ptr_array_add(files.dialects, (gpointer)script->dialect);
    }
    g_ptr_array_sort(files.dialects, compare_names);
    return files;
}

void unread_files_finish(struct unread_files *files)
{
    g_ptr_array_unref(files->dialects);
}

struct unread unread_statements(const struct report *report)
{
    struct unread sum = {0};

    for (size_t i = 0; i < report->script_count; i++) {
        const struct script *script = report->scripts[i];
        if (script->kind != KIND_PROGRAM)
            continue;
        sum.templates += script->unread.templates;
        sum.executed += script->unread.executed;
        sum.includes += script->unread.includes;
    }
    return sum;
}

static void put_kind(GString *line, size_t count, const char *one, const char *many)
{
    if (count > 0)
        g_string_append_printf(line, "%s%zu %s", line->len > 0 ? ", " : "not linted: ", count,
                               count == 1 ? one : many);
}

static void put_dialects(GString *line, const GPtrArray *dialects)
{
    for (guint i = 0, count; i < dialects->len; i += count) {
        const char *dialect = dialects->pdata[i];
        for (count = 1;
             i + count < dialects->len && strcmp(dialect, dialects->pdata[i + count]) == 0;)
            count++;
        put_kind(line, count, "file for ", "files for ");
        g_string_append(line, dialect);
    }
}

char *unread_line(const struct report *report)
{
    struct unread_files files = unread_files(report);
    GString *line = g_string_new(NULL);

    put_dialects(line, files.dialects);
    put_kind(line, files.tests, "test", "tests");
    put_kind(line, files.uninstalls, "uninstall script", "uninstall scripts");
    put_kind(line, files.released, "released script", "released scripts");
    put_kind(line, files.archived, "archived script", "archived scripts");
    unread_files_finish(&files);
    return g_string_free(line, line->len == 0);
}
