/* What PostgreSQL's grammar itself costs: each file is parsed at once, and nothing else is done.
 * Lines of psql, which the grammar does not know, are blanked first. Says how many files the
 * grammar refused.
 *
 * Usage: bare FILE-OR-DIRECTORY… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/discover.h"
#include "grammar/tree.h"

static void blank_commands(char *text)
{
    for (char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        for (char *at = line; *line == '\\' && *at && *at != '\n'; at++)
            *at = at == line ? '\\' : ' ';
        if (*line == '\\')
            *line = ' ';
    }
}

static bool parse(const char *path)
{
    char *text;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    blank_commands(text);
    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = tree_parse(text);
    bool done = !result.error;
    free(result.stderr_buffer);
    if (result.error)
        pg_query_free_error(result.error);
    pg_query_exit_memory_context(context);
    g_free(text);
    return done;
}

int main(int argc, char **argv)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *troubles = g_ptr_array_new_with_free_func(g_free);
    unsigned refused = 0;

    for (int i = 1; i < argc; i++)
        discover(argv[i], files, troubles);
    for (guint i = 0; i < files->len; i++)
        refused += !parse(files->pdata[i]);
    printf("%u files, %u refused\n", files->len, refused);
    g_ptr_array_unref(files);
    g_ptr_array_unref(troubles);
    return 0;
}
