/* The table docs/patterns.md, which a server made, is what isolint should say: for each pattern at
 * each level, the anomaly or the SQLSTATEs of the cell, and above a note nothing else.
 *
 * Where it does not, a list says so, with the reason behind " # "; ISOLINT_UPDATE=1 writes it and
 * keeps the reasons. Arguments are patterns.sql, the table, and the list. */
#include "server/collection.h"
#include "server/predict.h"
#include "server/suite.h"

static const char *const levels[] = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"};

static GPtrArray *patterns;
static char *table, *list;
static const char *list_path;

/* The cell, "**18/20** 40001:2"; NULL when the table has none. Owned by the caller. */
static char *cell_of(const struct entry *entry, size_t level)
{
    g_autofree char *name = g_strdup_printf("| %s%s |", entry->variant ? "… " : "", entry->name);
    const char *start = strstr(table, name);

    if (!start)
        return NULL;
    g_autofree char *row = g_strndup(start + strlen(name), strcspn(start, "\n") - strlen(name));
    g_auto(GStrv) cells = g_strsplit(row, "|", -1);
    return level < g_strv_length(cells) ? g_strdup(g_strstrip(cells[level])) : NULL;
}

/* "anomaly" and the SQLSTATEs that a finding could predict. */
static GHashTable *expected_of(const char *cell)
{
    GHashTable *expected = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) words = g_strsplit(cell, " ", -1);

    if (g_str_has_prefix(cell, "**"))
        g_hash_table_add(expected, g_strdup("anomaly"));
    for (char **word = words; *word; word++) {
        g_autofree char *state = g_strndup(*word, strcspn(*word, ":"));
        if (strlen(state) == 5 && prediction_counts(state))
            g_hash_table_add(expected, g_steal_pointer(&state));
    }
    return expected;
}

static GHashTable *predicted_of(const struct entry *entry, size_t level, enum severity lowest)
{
    g_autofree char *text = entry_at_level(entry, levels[level]);
    g_autoptr(GHashTable) all = predict(NULL, text, entry->line, lowest);
    GHashTable *predicted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer what;

    g_hash_table_iter_init(&iter, all);
    while (g_hash_table_iter_next(&iter, &what, NULL))
        g_hash_table_add(predicted,
                         g_strdup(g_ascii_isdigit(*(char *)what) ? (char *)what : "anomaly"));
    return predicted;
}

/* The reason that the list gives for a line, or "". Owned by the caller. */
static char *reason_of(const char *line)
{
    g_autofree char *start = g_strconcat(line, " # ", NULL);
    const char *found = list ? strstr(list, start) : NULL;

    return found ? g_strndup(found + strlen(line), strcspn(found, "\n") - strlen(line))
                 : g_strdup("");
}

static void add_difference(GString *out, const char *kind, const struct entry *entry, size_t level,
                           GHashTable *all, GHashTable *known)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(all), (GCompareFunc)strcmp);

    for (GList *key = keys; key; key = key->next) {
        if (g_hash_table_contains(known, key->data))
            continue;
        g_autofree char *line =
            g_strdup_printf("%s %s at %s: %s%s", kind, (char *)key->data, levels[level],
                            entry->variant ? "… " : "", entry->name);
        g_autofree char *reason = reason_of(line);
        g_string_append_printf(out, "%s%s\n", line, reason);
    }
}

static void compare_cell(GString *out, const struct entry *entry, size_t level)
{
    g_autofree char *cell = cell_of(entry, level);

    if (!cell)
        fail_msg("%s:%u: \"%s\" is not in the table", entry->path, entry->line, entry->name);
    g_autoptr(GHashTable) expected = expected_of(cell);
    g_autoptr(GHashTable) noted = predicted_of(entry, level, SEVERITY_NOTE);
    g_autoptr(GHashTable) warned = predicted_of(entry, level, SEVERITY_WARNING);
    add_difference(out, "missed", entry, level, expected, noted);
    add_difference(out, "false", entry, level, warned, expected);
}

static void test_cells(void **state)
{
    g_autoptr(GString) out = g_string_new(
        "# Cells of docs/patterns.md of which isolint says something else, and why.\n");

    (void)state;
    for (guint i = 0; i < patterns->len; i++) {
        for (size_t level = 0; level < G_N_ELEMENTS(levels); level++)
            compare_cell(out, patterns->pdata[i], level);
    }
    if (suite_updates())
        assert_true(g_file_set_contents(list_path, out->str, -1, NULL));
    else
        assert_string_equal(out->str, list ? list : "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells)};

    if (argc < 4 || !g_file_get_contents(argv[2], &table, NULL, NULL))
        return 2;
    patterns = collection_read(argv[1]);
    list_path = argv[3];
    g_file_get_contents(list_path, &list, NULL, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    g_ptr_array_unref(patterns);
    g_free(table);
    g_free(list);
    return failed;
}
