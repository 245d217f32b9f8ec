/* What a search may leave out: accesses that ask for another constant, and programs of which three
 * copies come before, or three that differ in constants of their own. Whatever else could meet must
 * be there, in order. */
#include "support/project.h"

#include "corpus/by-value.h"
#include "program/rows.h"

enum { PROGRAMS = 50 };

static const struct corpus *corpus_of(struct linted *linted, const char *text)
{
    lint_text(linted, text);
    return &project_database(&linted->project, 0)->corpus;
}

/* Each way that a statement can name a row, or none, with small numbers that come again. */
static char *mixture(int count, const char *type, const char *quote)
{
    static const char *const statements[] = {
        "SELECT v FROM t WHERE id = %2$s%1$d%2$s;",
        "UPDATE t SET v = 1 WHERE id = %2$s%1$d%2$s;",
        "UPDATE t SET id = %2$s%1$d%2$s WHERE id = %2$s1%1$d%2$s;",
        "DELETE FROM t WHERE id = %2$s%1$d%2$s AND v = 1;",
        "INSERT INTO t VALUES (%2$s%1$d%2$s, 1);",
        "INSERT INTO t VALUES (%2$s%1$d%2$s, 1) ON CONFLICT (id) DO UPDATE SET v = 2;",
        "SELECT v FROM t WHERE id IN (%2$s%1$d%2$s, %2$s1%1$d%2$s) FOR UPDATE;",
        "UPDATE t SET v = %1$d WHERE v < %1$d;",
        "SELECT v FROM t WHERE id = %2$s0%1$d%2$s;",
        "SELECT v FROM t WHERE id = $1;",
    };
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "CREATE TABLE t (id %s PRIMARY KEY, v int);\n", type);
    for (int i = 0; i < count; i++) {
        g_string_append(text, "BEGIN;\n");
        g_string_append_printf(text, statements[i % 10], i / 10 % 7, quote);
        g_string_append_printf(text, "\nSELECT %d;\nCOMMIT;\n", i);
    }
    return g_string_free(text, FALSE);
}

/* How many pairs are left out. */
static unsigned check_all_pairs(const char *text)
{
    struct linted linted;
    const struct corpus *corpus = corpus_of(&linted, text);
    unsigned left_out = 0;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        for (const struct access *own = transaction->accesses; own; own = own->next) {
            const GPtrArray *all = corpus_accesses(corpus, own);
            struct access_cursor cursor = corpus_meeting(corpus, own);
            const struct access *next = access_next(&cursor);
            for (guint j = 0; all && j < all->len; j++) {
                if (all->pdata[j] == next) {
                    next = access_next(&cursor);
                    continue;
                }
                const struct access *other = all->pdata[j];
                assert_true(other->transaction != transaction ||
                            access_same_rows(own, other) == ANSWER_NO);
                assert_true(other->transaction->surplus || other->transaction->alike ||
                            access_same_rows(own, other) == ANSWER_NO);
                left_out++;
            }
            assert_null(next);
        }
    }
    linted_finish(&linted);
    return left_out;
}

static void test_pairs(void **state)
{
    g_autofree char *numbers = mixture(200, "int", "");
    g_autofree char *strings = mixture(200, "text", "'");
    g_autofree char *few = mixture(9, "int", "");

    (void)state;
    assert_true(check_all_pairs(numbers) > 1000);
    assert_true(check_all_pairs(strings) > 1000);
    assert_int_equal(check_all_pairs(few), 0);
}

static unsigned count_surplus(const char *text)
{
    struct linted linted;
    const struct corpus *corpus = corpus_of(&linted, text);
    unsigned count = 0;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        count += transaction->surplus;
    }
    linted_finish(&linted);
    return count;
}

static char *copies(const char *format)
{
    GString *text = g_string_new("CREATE TABLE t (id int PRIMARY KEY, v int);\n"
                                 "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS "
                                 "$$ BEGIN UPDATE t SET v = v + 1 WHERE id = 1; END $$;\n");

    for (int i = 0; i < 10; i++)
        g_string_append_printf(text, format, i);
    return g_string_free(text, FALSE);
}

static void test_copies(void **state)
{
    static const struct {
        const char *format;
        unsigned surplus;
    } cases[] = {
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = 1;\nCOMMIT;\n", 10 - MOST_COPIES},
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = $1;\nCOMMIT; -- %d\n", 10 - MOST_COPIES},
        {"BEGIN;\nSELECT f();\nCOMMIT;\n", 10 - MOST_COPIES},
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = %d;\nCOMMIT;\n", 0},
        {"BEGIN;\nUPDATE t SET v = %d WHERE id = 1;\nCOMMIT;\n", 0},
        {"BEGIN;\nSELECT pg_advisory_xact_lock(%d);\nUPDATE t SET v = 1;\nCOMMIT;\n", 0},
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = 1;\nSELECT g%d();\nCOMMIT;\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = copies(cases[i].format);
        assert_int_equal(count_surplus(text), cases[i].surplus);
    }
}

static unsigned count_alike(const char *format)
{
    GString *text = g_string_new("CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 108);\n"
                                 "CREATE TABLE o (id int PRIMARY KEY);\n");
    struct linted linted;
    unsigned count = 0;

    for (int i = 0; i < PROGRAMS; i++)
        g_string_append_printf(text, format, 100 + i, 101 + i);
    const struct corpus *corpus = corpus_of(&linted, text->str);
    for (guint i = 0; i < corpus->transactions->len; i++)
        count += ((const struct transaction *)corpus->transactions->pdata[i])->alike;
    linted_finish(&linted);
    check_all_pairs(text->str);
    g_string_free(text, TRUE);
    return count;
}

/* 108 is the default of a column as well. */
static void test_alike(void **state)
{
    static const struct {
        const char *format;
        unsigned alike;
    } cases[] = {
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = %d;\nCOMMIT;\n", PROGRAMS - MOST_COPIES - 1},
        {"BEGIN;\nUPDATE t SET v = %1$d WHERE id = %1$d;\nCOMMIT;\n", PROGRAMS - MOST_COPIES - 1},
        {"BEGIN;\nSELECT v FROM t WHERE id = '%1$d';\nUPDATE t SET v = v + 1 WHERE id = '%1$d';\n"
         "COMMIT;\n",
         PROGRAMS - MOST_COPIES - 1},
        /* Another program has it as well. */
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = %1$d;\nUPDATE t SET v = 1 WHERE id = %2$d;\n"
         "COMMIT;\n",
         0},
        /* It is not only compared for being equal. */
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id < %d;\nCOMMIT;\n", 0},
        {"BEGIN;\nUPDATE t SET v = %d WHERE v > 3;\nCOMMIT;\n", 0},
        {"BEGIN;\nUPDATE t SET v = v + %d WHERE id = 1;\nCOMMIT;\n", 0},
        {"BEGIN;\nSELECT v FROM t ORDER BY id LIMIT %1$d;\nUPDATE t SET v = 1 WHERE id = %1$d;\n"
         "COMMIT;\n",
         0},
        {"BEGIN;\nSELECT pg_advisory_xact_lock(%d);\nUPDATE t SET v = 1;\nCOMMIT;\n", 0},
        {"BEGIN;\nUPDATE t SET v = 1 WHERE id = %1$d OR v = 2;\nCOMMIT;\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(count_alike(cases[i].format), cases[i].alike);
}

/* A program that is left out meets itself. */
static void test_own(void **state)
{
    GString *text = g_string_new("CREATE TABLE t (id int PRIMARY KEY, v int);\n");
    struct linted linted;
    unsigned count = 0;

    (void)state;
    for (int i = 0; i < PROGRAMS; i++)
        g_string_append_printf(text,
                               "BEGIN;\nSELECT v FROM t WHERE id = %1$d;\n"
                               "UPDATE t SET v = 1 WHERE id = %1$d;\nCOMMIT;\n",
                               100 + i);
    const struct corpus *corpus = corpus_of(&linted, text->str);
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        for (const struct access *own = transaction->accesses; own; own = own->next) {
            struct access_cursor cursor = corpus_meeting(corpus, own);
            for (const struct access *each; (each = access_next(&cursor));)
                count += each->transaction == transaction;
        }
    }
    assert_int_equal(count, PROGRAMS * 2 * 2);
    linted_finish(&linted);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
