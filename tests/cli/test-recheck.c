/* A recheck of one file finds what a run finds in it: for each file of each fixture that can be
 * rechecked. Usage: test-recheck FIXTURES */
#include <stdio.h>
#include <stdlib.h>

#include "engine/configured.h"
#include "engine/recheck.h"
#include "options/options.h"
#include "lint/rule.h"
#include "support/check.h"
#include "support/project.h"

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

/* The findings in the file as it is; NULL when only a run can tell. */
static char *findings_again(struct project *project, const struct settings *settings,
                            const struct selection *selection, const struct script *script)
{
    g_autoptr(GBytes) bytes = g_bytes_new(script->bytes, script->size);
    struct recheck again;

    if (!recheck_file(&again, project, settings, selection, script->path, bytes))
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < again.findings->len; i++)
        append(text, again.findings->pdata[i]);
    recheck_finish(&again);
    return g_string_free(text, FALSE);
}

/* How many files could be rechecked. */
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
        g_autofree char *again = findings_again(&project, &options.settings, &selection, script);
        g_autofree char *run = of_run(&project, script);
        if (!again)
            continue;
        count++;
        if (strcmp(again, run) != 0)
            fail_msg("%s: a run finds\n%s\na recheck finds\n%s", script->path, run, again);
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

/* Whether a file is another system's may hang on what stands beside it. */
static void leaves_dialects_to_a_run(void **state)
{
    static const char *const names[] = {"a.sql", "b.sql", NULL};
    static const char *const texts[][3] = {{"SELECT 1;", "SELECT 2;", NULL},
                                           {"SELECT 1;", "INSERT OR REPLACE INTO t VALUES (1);"}};
    g_autoptr(GBytes) refused = g_bytes_new_static("ALTER TABLE user ADD a int;", 27);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct linted linted;
        struct recheck again;
        lint_texts(&linted, NULL, names, texts[i]);
        bool rechecked = recheck_file(&again, &linted.project, &linted.options.settings,
                                      &linted.selection, names[0], refused);
        assert_int_equal(rechecked, i == 0);
        if (rechecked)
            recheck_finish(&again);
        linted_finish(&linted);
    }
}

/* What a DO block makes, other files see. */
static void leaves_definitions_to_a_run(void **state)
{
    static const char *const names[] = {"a.sql", NULL}, *const texts[] = {"SELECT 1;", NULL};
    static const char *const changes[] = {"DO $$ BEGIN UPDATE t SET a = 1; END $$;",
                                          "DO $$ BEGIN ALTER TABLE t ADD UNIQUE (a); END $$;"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(changes[i], strlen(changes[i]));
        struct linted linted;
        struct recheck again;
        lint_texts(&linted, NULL, names, texts);
        bool rechecked = recheck_file(&again, &linted.project, &linted.options.settings,
                                      &linted.selection, names[0], bytes);
        assert_int_equal(rechecked, i == 0);
        if (rechecked)
            recheck_finish(&again);
        linted_finish(&linted);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_a_run_finds),
                                       cmocka_unit_test(leaves_dialects_to_a_run),
                                       cmocka_unit_test(leaves_definitions_to_a_run)};

    if (argc != 2)
        return 99;
    fixtures = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
