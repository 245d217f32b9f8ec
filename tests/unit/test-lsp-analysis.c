/* What the language server knows between its runs, with files in a temporary directory. */
#include "cli/lsp-analysis.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "support/check.h"
#include "support/files.h"

#define UPDATE "BEGIN; SELECT v FROM t WHERE id = 1; UPDATE t SET v = 2 WHERE id = 1; COMMIT;\n"

struct desk {
    char *root;
    char *before; /* the working directory, which a job leaves */
    struct project_analysis *analysis;
    GHashTable *buffers, *revisions;
};

static void save(const struct desk *desk, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(desk->root, name, NULL);

    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void type(const struct desk *desk, const char *text)
{
    static guint64 last;
    guint64 revision = ++last;

    g_hash_table_replace(desk->buffers, g_strdup("a.sql"), g_bytes_new(text, strlen(text)));
    g_hash_table_replace(desk->revisions, g_strdup("a.sql"), g_memdup2(&revision, sizeof revision));
}

static int set_up(void **state)
{
    static char *arguments[] = {(char *)"isolint", (char *)"lsp", (char *)"--no-config", NULL};
    struct desk *desk = g_new0(struct desk, 1);

    desk->root = g_dir_make_tmp("isolint-XXXXXX", NULL);
    desk->before = g_get_current_dir();
    desk->analysis = project_analysis_new(3, arguments);
    desk->buffers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    desk->revisions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    save(desk, "schema.sql", "CREATE TABLE t (id int PRIMARY KEY, v int);\n");
    save(desk, "a.sql", UPDATE);
    type(desk, UPDATE);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;

    project_analysis_free(desk->analysis);
    g_hash_table_unref(desk->buffers);
    g_hash_table_unref(desk->revisions);
    assert_int_equal(g_chdir(desk->before), 0);
    remove_all(desk->root);
    g_free(desk->before);
    g_free(desk->root);
    g_free(desk);
    return 0;
}

/* NULL when it was given up, as it is with `cancelled`. Owned by the caller. */
static struct outcome *work(struct desk *desk, struct job job, bool cancelled)
{
    static char *const none[] = {NULL};
    struct analysis analysis = project_analysis_of(desk->analysis);
    g_autofree char *path = g_strdup("a.sql");

    job.root = desk->root;
    job.settings = none;
    job.path = job.whole ? NULL : path;
    job.buffers = desk->buffers;
    job.revisions = desk->revisions;
    job.cancelled = cancelled;
    return analysis.run(analysis.context, &job);
}

static void expect(struct outcome *outcome, bool whole)
{
    assert_non_null(outcome);
    assert_null(outcome->wrong);
    assert_int_equal(outcome->whole, whole);
    outcome_free(outcome);
}

static void looks_at_one_file(void **state)
{
    expect(work(*state, (struct job){.whole = true}, false), true);
    type(*state, UPDATE UPDATE);
    expect(work(*state, (struct job){0}, false), false);
}

static void knows_nothing_at_first(void **state)
{
    assert_null(work(*state, (struct job){.whole = true}, true));
    expect(work(*state, (struct job){0}, false), true);
}

/* A run that is given up leaves the one before, so that the next edit need not wait for all files. */
static void keeps_the_last_run(void **state)
{
    expect(work(*state, (struct job){.whole = true}, false), true);
    assert_null(work(*state, (struct job){.whole = true, .disk = true}, true));
    type(*state, UPDATE UPDATE);
    expect(work(*state, (struct job){0}, false), false);
}

/* But not what other settings have made of it. */
static void forgets_other_settings(void **state)
{
    expect(work(*state, (struct job){.whole = true}, false), true);
    assert_null(work(*state, (struct job){.whole = true, .reload = true}, true));
    expect(work(*state, (struct job){0}, false), true);
}

/* What the disk has said meanwhile is in the next run. */
static void reads_again(void **state)
{
    struct desk *desk = *state;

    expect(work(desk, (struct job){.whole = true}, false), true);
    save(desk, "schema.sql", "CREATE TABLE other (id int PRIMARY KEY, v int);\n");
    assert_null(work(desk, (struct job){.whole = true, .disk = true}, true));
    struct outcome *outcome = work(desk, (struct job){.whole = true, .disk = true}, false);
    assert_true(g_hash_table_contains(outcome->tables, "other"));
    expect(outcome, true);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(looks_at_one_file),  TEST(knows_nothing_at_first),
        TEST(keeps_the_last_run), TEST(forgets_other_settings),
        TEST(reads_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
