/* Statements that differ in their constants alone: only the first of them count. */
#include "support/project.h"

#include "session/bulk.h"

static char *repeat(const char *before, const char *format, int count, const char *after)
{
    GString *text = g_string_new("CREATE TABLE t (id int PRIMARY KEY, v text);\n");

    g_string_append(text, before);
    for (int i = 0; i < count; i++)
        g_string_append_printf(text, format, i, i);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

/* How many accesses of table t the programs of a text make. */
static unsigned count_accesses(const char *text)
{
    struct linted linted;
    unsigned count = 0;

    lint_text(&linted, text);
    const GPtrArray *transactions = project_database(&linted.project, 0)->corpus.transactions;
    for (guint i = 0; i < transactions->len; i++) {
        const struct transaction *transaction = transactions->pdata[i];
        for (const struct access *access = transaction->accesses; access; access = access->next)
            count++;
    }
    linted_finish(&linted);
    return count;
}

static void test_in_one_transaction(void **state)
{
    g_autofree char *few =
        repeat("BEGIN;\n", "INSERT INTO t VALUES (%d, 'x%d');\n", BULK_ALIKE, "COMMIT;\n");
    g_autofree char *many =
        repeat("BEGIN;\n", "INSERT INTO t VALUES (%d, 'x%d');\n", 40 * BULK_ALIKE, "COMMIT;\n");

    (void)state;
    assert_int_equal(count_accesses(few), BULK_ALIKE);
    assert_int_equal(count_accesses(many), BULK_ALIKE);
}

static void test_alone(void **state)
{
    g_autofree char *many = repeat("", "UPDATE t SET v = 'y%d' WHERE id = %d;\n", 1000, "");

    (void)state;
    assert_int_equal(count_accesses(many), BULK_ALIKE);
}

/* Another statement in between is not passed over, nor is what looks at other columns. */
static void test_others(void **state)
{
    g_autofree char *many = repeat("BEGIN;\n", "INSERT INTO t VALUES (%d, 'x%d');\n", 1000,
                                   "UPDATE t SET v = 'z' WHERE id = 5;\n"
                                   "DELETE FROM t WHERE v = 'x5';\nCOMMIT;\n");

    (void)state;
    assert_int_equal(count_accesses(many), BULK_ALIKE + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_one_transaction),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
