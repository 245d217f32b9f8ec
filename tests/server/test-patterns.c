/* What becomes of small transactions that people write: every interleaving of each pattern at three
 * isolation levels. The result is a table, docs/patterns.md, which must stay as it is;
 * ISOLINT_UPDATE=1 writes it anew.
 *
 * Arguments are patterns.sql, the table, and words of which a pattern's name must contain one. */
#include "server/collection.h"
#include "server/explore.h"
#include "server/suite.h"

/* Index scans are forced: with tables this small SERIALIZABLE would lock whole tables, and the
 * failures would tell of the planner rather than of the pattern. */
static const char options[] = "-c enable_seqscan=off";

static const char *const levels[] = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};

static const char head[] =
    "# Which patterns are safe at which isolation level\n"
    "\n"
    "Each pattern is two or three small transactions (`tests/server/patterns.sql`). The numbers come\n"
    "from running all their interleavings on PostgreSQL, and comparing what the committed\n"
    "transactions read and left with every serial execution. `meson test patterns` runs them again;\n"
    "with `ISOLINT_UPDATE=1` it writes this file.\n"
    "\n"
    "In a cell, **18/20** means that 18 of 20 interleavings end in a result that no serial order\n"
    "gives; `40001:18` means that 18 transactions failed with 40001 in all of them. A line that\n"
    "begins with … is a variant of the pattern above it. Index scans were forced, so no 40001 comes\n"
    "from a table that was locked as a whole.\n"
    "\n"
    "| pattern | READ COMMITTED | REPEATABLE READ | SERIALIZABLE |\n"
    "| --- | --- | --- | --- |\n";

static const char *table_path;
static char *table;    /* as it is in the repository */
static GString *found; /* the rows of this run */
static unsigned pattern_count, patterns_run;

static void append_cell(GString *row, const struct entry *entry, const char *level)
{
    g_autofree char *text = entry_at_level(entry, level);
    struct schedule schedule;
    struct exploration exploration;

    schedule_read(&schedule, entry->path, entry->line, text);
    explore(&stage, &schedule, options, &exploration);
    if (exploration.trouble)
        fail_msg("%s, %s: %s", entry->name, level, exploration.trouble);
    g_autofree char *failures = exploration_failures(&exploration);
    const char *strong = exploration.anomalous > 0 ? "**" : "";
    g_string_append_printf(row, " %s%u/%u%s%s%s |", strong, exploration.anomalous,
                           exploration.total, strong, *failures ? " " : "", failures);
    exploration_finish(&exploration);
    schedule_finish(&schedule);
}

/* The line of the table with this name, or NULL. Owned by the caller. */
static char *expected_row(const char *name)
{
    const char *start = table ? strstr(table, name) : NULL;

    return start ? g_strndup(start, strcspn(start, "\n") + 1) : NULL;
}

static void test_pattern(void **state)
{
    const struct entry *entry = *state;
    g_autofree char *name = g_strdup_printf("| %s%s |", entry->variant ? "… " : "", entry->name);
    g_autoptr(GString) row = g_string_new(name);

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        append_cell(row, entry, levels[i]);
    g_string_append_c(row, '\n');
    g_string_append(found, row->str);
    patterns_run++;
    g_autofree char *expected = expected_row(name);
    if (!suite_updates() && g_strcmp0(expected, row->str) != 0)
        fail_msg("%s:%u: expected\n%sgot\n%s", entry->path, entry->line,
                 expected ? expected : "nothing: the pattern is not in the table\n", row->str);
}

static bool check_table(void)
{
    g_autofree char *now = g_strconcat(head, found->str, NULL);
    bool same = g_strcmp0(table, now) == 0;

    g_string_truncate(found, 0);
    if (patterns_run < pattern_count)
        return true;
    patterns_run = 0;
    if (suite_updates())
        return g_file_set_contents(table_path, now, -1, NULL);
    if (!same)
        print_error("%s is not what was found; ISOLINT_UPDATE=1 writes it anew\n", table_path);
    return same;
}

int main(int argc, char **argv)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));

    if (argc < 3)
        return 2;
    g_autoptr(GPtrArray) patterns = collection_read(argv[1]);
    table_path = argv[2];
    g_file_get_contents(table_path, &table, NULL, NULL);
    found = g_string_new(NULL);
    pattern_count = patterns->len;
    for (guint i = 0; i < patterns->len; i++) {
        struct entry *entry = patterns->pdata[i];
        suite_add(tests, entry->name, test_pattern, entry);
    }
    int status = suite_run("patterns", tests, argv + 3, check_table);
    g_string_free(found, TRUE);
    g_free(table);
    return status;
}
