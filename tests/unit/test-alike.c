/* Rows of a dump share the facts of one; whatever says more than its constants does not. */
#include "support/project.h"

enum { ROWS = 4 * BULK_ALIKE };

/* How many INSERTs of the text have facts of their own. */
static unsigned count_facts(const char *text)
{
    struct linted linted;
    g_autoptr(GHashTable) queries = g_hash_table_new(NULL, NULL);

    lint_text(&linted, text);
    const struct script *script = linted.project.scripts->pdata[0];
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->query && each->query->kind == QUERY_INSERT)
            g_hash_table_add(queries, (gpointer)each->query);
    }
    unsigned count = g_hash_table_size(queries);
    linted_finish(&linted);
    return count;
}

/* `row` with a number in it, ROWS times between the two texts. */
static unsigned count(const char *before, const char *row, const char *after)
{
    g_autoptr(GString) text = g_string_new(before);

    for (int i = 0; i < ROWS; i++)
        g_string_append_printf(text, row, 10 + i);
    g_string_append(text, after);
    return count_facts(text->str);
}

static void assert_some_shared(unsigned facts)
{
    /* One more than BULK_ALIKE at least: those of one call of the grammar are parsed. */
    assert_in_range(facts, BULK_ALIKE + 1, ROWS - BULK_ALIKE);
}

/* In a transaction, and each by itself. */
static void assert_shared(const char *row)
{
    assert_some_shared(count("BEGIN;\n", row, "COMMIT;\n"));
    assert_some_shared(count("", row, ""));
}

static void assert_own(const char *row)
{
    assert_int_equal(count("BEGIN;\n", row, "COMMIT;\n"), ROWS);
    assert_int_equal(count("", row, ""), ROWS);
}

static void test_rows(void **state)
{
    (void)state;
    assert_shared("INSERT INTO t VALUES (%d, 'a');\n");
    assert_shared("insert into \"T\".u (a, b, c) values (NULL, 'it''s', -%d.5);\n");
    assert_shared("INSERT INTO t VALUES ('; -- \"%d', true);\n");
}

static void test_more_than_rows(void **state)
{
    (void)state;
    assert_own("INSERT INTO t VALUES (%d) ON CONFLICT DO NOTHING;\n");
    assert_own("INSERT INTO t VALUES (%d) RETURNING a;\n");
    assert_own("INSERT INTO t VALUES (%d, now());\n");
    assert_own("INSERT INTO t VALUES (%d, nextval('s'));\n");
    assert_own("INSERT INTO t VALUES (E'\\n', %d);\n");
    assert_own("INSERT INTO t VALUES (%d, '1'::float(3));\n");
    assert_own("INSERT INTO t VALUES (%d /* one */);\n");
    assert_own("INSERT INTO t VALUES (%d), (2);\n");
    assert_own("INSERT INTO t SELECT a FROM u WHERE a IN (%d, 2);\n");
}

/* Texts alike to the eye: a column for a string, another length of a number, another name. */
static void test_others_between(void **state)
{
    static const char *const rows[] = {
        "INSERT INTO t VALUES (12345678901, 'a');\n",
        "INSERT INTO t VALUES (1.5, 'a');\n",
        "INSERT INTO t VALUES (1, a);\n",
        "INSERT INTO t VALUES (1, \"#\");\n",
        "INSERT INTO t VALUES (1, DEFAULT);\n",
        "INSERT INTO t1 VALUES (1, 'a');\n",
        "INSERT INTO t VALUES (-1, 'a');\n",
        "INSERT INTO t VALUES ('1', 'a');\n",
    };
    unsigned shared = count("BEGIN;\n", "INSERT INTO t VALUES (%d, 'a');\n", "COMMIT;\n");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *after = g_strconcat(rows[i], "COMMIT;\n", NULL);
        assert_int_equal(count("BEGIN;\n", "INSERT INTO t VALUES (%d, 'a');\n", after), shared + 1);
    }
}

/* Rows behind what may change what a row does begin anew. */
static void test_begin_anew(void **state)
{
    static const char *const between[] = {
        "COMMIT;\nBEGIN;\n",         "SET TRANSACTION READ ONLY;\n",
        "CREATE TABLE u (a int);\n", "SELECT 1 \\;\n",
        "\\connect other\n",
    };
    static const char *const befores[] = {"", "BEGIN;\n"};
    const char *row = "INSERT INTO t VALUES (%d, 'a');\n";

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(between); i++) {
        g_autoptr(GString) rows = g_string_new(NULL);
        for (int j = 0; j < BULK_ALIKE; j++)
            g_string_append_printf(rows, row, 10 + j);
        g_string_append(rows, between[i]);
        g_autofree char *before = g_strconcat(befores[i % 2], rows->str, NULL);
        assert_in_range(count(before, row, ""), 2 * BULK_ALIKE + 1, ROWS);
    }
}

/* A value may not be used in the transaction that adds it, so each row is asked for its constants; and
 * where the script is put together, for its text. */
static void test_constants_matter(void **state)
{
    static const char *const befores[] = {
        "ALTER TYPE e ADD VALUE 'x';\n",
        "BEGIN;\nALTER TYPE e ADD VALUE 'x';\n",
        "DO $$BEGIN ALTER TYPE e ADD VALUE 'x'; END$$;\n",
        "SELECT :a;\n",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(befores); i++)
        assert_int_equal(count(befores[i], "INSERT INTO t VALUES (%d, 'a');\n", ""), ROWS);
}

/* A row that has another's facts is a write: of a table that others see, not of a temporary one. */
static void test_transactions_of_rows(void **state)
{
    static const char *const tables[] = {"CREATE TABLE t (a int);\n",
                                         "CREATE TEMPORARY TABLE t (a int);\n"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        struct linted linted;
        unsigned bulk = 0;
        g_autoptr(GString) text = g_string_new(tables[i]);
        for (int j = 0; j < ROWS; j++)
            g_string_append_printf(text, "INSERT INTO t VALUES (%d);\n", 10 + j);
        lint_text(&linted, text->str);
        const struct script *script = linted.project.scripts->pdata[0];
        for (const struct transaction *each = script->transactions->next; each; each = each->next) {
            bulk += each->bulk;
            assert_int_equal(each->writes, i == 0);
            assert_int_equal(each->kinds, 1 << ACCESS_INSERT);
        }
        assert_int_equal(bulk, ROWS - BULK_ALIKE);
        linted_finish(&linted);
    }
}

static void test_mistake_among_rows(void **state)
{
    g_autoptr(GString) text = g_string_new("BEGIN;\n");

    (void)state;
    for (int i = 0; i < ROWS; i++)
        g_string_append_printf(text, "INSERT INTO t VALUES (%d%s);\n", i, i == 100 ? " 6" : "");
    g_string_append(text, "COMMIT;\n");
    assert_findings(text->str, "test.sql:102:27 error syntax-error\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_more_than_rows),
        cmocka_unit_test(test_others_between),
        cmocka_unit_test(test_begin_anew),
        cmocka_unit_test(test_constants_matter),
        cmocka_unit_test(test_transactions_of_rows),
        cmocka_unit_test(test_mistake_among_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
