/* docs/cli.md and --help say the same: every option of one is in the other, and so is every format.
 */
#include "cli/run.h"
#include "report/report.h"

static char *page(void)
{
    char *text = NULL;

    assert_true(g_file_get_contents(SOURCE_ROOT "/docs/cli.md", &text, NULL, NULL));
    return text;
}

static char *help(void)
{
    struct outcome outcome = run("--help", NULL);
    char *out = g_strdup(outcome.out);

    assert_int_equal(outcome.status, 0);
    outcome_finish(&outcome);
    return out;
}

/* The first words of the lines that match: "-f, --format", or "`-f`, `--format". */
static GHashTable *options_in(const char *text, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GHashTable *options = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (bool more = g_regex_match(regex, text, 0, &match); more;
         more = g_match_info_next(match, NULL)) {
        g_autofree char *letter = g_match_info_fetch(match, 1);
        if (*letter)
            g_hash_table_add(options, g_strdup(letter));
        g_hash_table_add(options, g_match_info_fetch(match, 2));
    }
    return options;
}

static void check_has(GHashTable *options, GHashTable *of, const char *where)
{
    GHashTableIter iter;
    gpointer option;

    g_hash_table_iter_init(&iter, of);
    while (g_hash_table_iter_next(&iter, &option, NULL)) {
        if (!g_hash_table_contains(options, option))
            fail_msg("%s is not in %s", (char *)option, where);
    }
}

static void test_options(void **state)
{
    g_autofree char *manual = page(), *text = help();
    g_autoptr(GHashTable) documented = options_in(manual, "^\\| (?:`(-[a-z])`, )?`(--[a-z-]+)[ `]");
    g_autoptr(GHashTable) known = options_in(text, "^  (?:(-[a-z]), )?(--[a-z-]+)");

    (void)state;
    assert_true(g_hash_table_size(known) > 20);
    check_has(documented, known, "docs/cli.md");
    check_has(known, documented, "--help");
}

static void test_formats(void **state)
{
    g_autofree char *manual = page(), *text = help();

    (void)state;
    for (const struct report_format *format = report_formats; format->name; format++) {
        g_autofree char *row = g_strdup_printf("\n| `%s` |", format->name);
        if (!strstr(manual, row))
            fail_msg("docs/cli.md has no format %s", format->name);
        if (!strstr(text, format->name))
            fail_msg("--help has no format %s", format->name);
    }
}

/* An option of one command stands below that command's heading. */
static void test_groups(void **state)
{
    g_autofree char *text = help();
    const char *log = strstr(text, "\nOptions of isolint log:\n");
    const char *graph = strstr(text, "\nOptions of isolint graph:\n");
    const char *until = strstr(text, "  --until=TIME"), *all = strstr(text, "  --all ");
    const char *jobs = strstr(text, "--jobs=N");

    (void)state;
    assert_true(log && graph && until && all && jobs);
    assert_true(jobs < log && log < until && until < graph && graph < all);
    assert_null(strstr(text, "log: Read"));
}

/* isolint log --help has what is log's own, and where the rest is. */
static void test_commands(void **state)
{
    static const char *const commands[] = {"graph", "log", "lsp", "catalog"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        struct outcome outcome = run(commands[i], "--help", NULL);
        g_autofree char *usage = g_strdup_printf("Usage:\n  isolint %s [", commands[i]);
        assert_int_equal(outcome.status, 0);
        assert_true(g_str_has_prefix(outcome.out, usage));
        assert_int_equal(strstr(outcome.out, "--until=TIME") != NULL,
                         g_str_equal(commands[i], "log"));
        assert_null(strstr(outcome.out, "--jobs=N"));
        assert_non_null(strstr(outcome.out, "\nisolint --help has "));
        outcome_finish(&outcome);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_commands),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
