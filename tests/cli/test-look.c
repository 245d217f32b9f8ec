/* A quick look at a file finds what a run finds in it: for each file of each fixture that it may look
 * at. Usage: test-look FIXTURES */
#include <stdio.h>
#include <stdlib.h>

#include "engine/configured.h"
#include "engine/look.h"
#include "cli/options.h"
#include "lint/rule.h"
#include "support/check.h"

static const char *fixtures;

static void append(GString *text, const struct finding *finding)
{
    g_string_append_printf(text, "%u-%u %s: %s%s\n", finding->span.start, finding->span.end,
                           finding->rule->name, finding->message,
                           finding->allowed ? " (allowed)" : "");
}

static char *of_run(const struct project *project, const struct script *script)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < project->findings->len; i++) {
        const struct finding *finding = project->findings->pdata[i];
        if (finding->script == script)
            append(text, finding);
    }
    return g_string_free(text, FALSE);
}

/* What is found of the file as it is; NULL when a look does not do. */
static char *of_look(struct project *project, const struct settings *settings,
                     const struct selection *selection, const struct script *script)
{
    g_autoptr(GBytes) bytes = g_bytes_new(script->bytes, script->size);
    struct look look;

    if (!look_at(&look, project, settings, selection, script->path, bytes))
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < look.findings->len; i++)
        append(text, look.findings->pdata[i]);
    look_finish(&look);
    return g_string_free(text, FALSE);
}

/* How many files could be looked at. */
static unsigned compare(const char *directory)
{
    char program[] = "isolint", severity[] = "--severity=note", none[] = "--no-config",
         quiet[] = "-q";
    char *argv[] = {program, severity, none, quiet, (char *)directory, NULL};
    struct error error = {0};
    struct options options;
    struct selection selection;
    struct project project;
    unsigned count = 0;

    assert_true(options_parse(&options, G_N_ELEMENTS(argv) - 1, argv, &error));
    assert_true(configured_selection(&selection, &options.settings, NULL, &error));
    project_run(&project, &options.settings, &selection);
    for (guint i = 0; i < project.scripts->len; i++) {
        const struct script *script = project.scripts->pdata[i];
        g_autofree char *look = of_look(&project, &options.settings, &selection, script);
        g_autofree char *run = of_run(&project, script);
        if (!look)
            continue;
        count++;
        if (strcmp(look, run) != 0)
            fail_msg("%s: a run finds\n%s\na look finds\n%s", script->path, run, look);
    }
    project_finish(&project);
    selection_finish(&selection);
    options_finish(&options);
    return count;
}

static void finds_what_a_run_finds(void **state)
{
    g_autoptr(GDir) all = g_dir_open(fixtures, 0, NULL);
    unsigned count = 0;
    const char *name;

    (void)state;
    assert_non_null(all);
    while ((name = g_dir_read_name(all))) {
        g_autofree char *directory = g_build_filename(fixtures, name, NULL);
        if (g_file_test(directory, G_FILE_TEST_IS_DIR))
            count += compare(directory);
    }
    assert_true(count > 20);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_a_run_finds)};

    if (argc != 2)
        return 99;
    fixtures = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
