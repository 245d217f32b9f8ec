/* The normal form of statements: what is a value, and what belongs to the statement. */
#include "sql/normal.h"

#include "support/check.h"

static void write_slot(GString *out, guint slot, void *context)
{
    const struct normal *normal = context;
    const struct slot *each = &g_array_index(normal->slots, struct slot, slot);
    static const char *const roles[] = {"", "=", ":=", "+", "("};

    g_string_append_printf(out, "<%s%s%s>", each->role == SLOT_COMPARED && !each->equal ? "?" : "",
                           roles[each->role], each->column ? each->column : "");
}

static char *normal_text(const char *text, uint64_t *skeleton)
{
    struct tokens tokens;
    GString *out = g_string_new(NULL);

    tokens_init(&tokens);
    tokens_read(&tokens, text, strlen(text));
    GPtrArray *all = normal_read(text, strlen(text), &tokens);
    for (guint i = 0; all && i < all->len; i++) {
        struct normal *normal = all->pdata[i];
        g_string_append(out, i ? "; " : "");
        if (normal->text)
            normal_write(normal, out, write_slot, normal);
        else
            g_string_append(out, normal->noise ? "noise" : normal->verb);
    }
    if (!all)
        g_string_append(out, "refused");
    else
        g_ptr_array_unref(all);
    if (skeleton)
        *skeleton = tokens.skeleton;
    tokens_finish(&tokens);
    return g_string_free(out, FALSE);
}

static void test_forms(void **state)
{
    static const struct {
        const char *text, *normal;
    } cases[] = {
        {"SELECT a FROM t WHERE id = 5 LIMIT 21", "SELECT a FROM t WHERE id = <=id> LIMIT 21"},
        {"SELECT a\n  FROM t /* x */ WHERE  id = $1 -- y", "SELECT a FROM t WHERE id = <=id>"},
        {"UPDATE t SET a = 'x''y', b = b - 1.5, c = NULL WHERE id = -3 AND v <> 2",
         "UPDATE t SET a = <:=a>, b = b - <>, c = <:=c> WHERE id = <=id> AND v <> <?=v>"},
        {"SELECT 1 FROM t WHERE a IN (1, 2, 3, 4) ORDER BY 1",
         "SELECT 1 FROM t WHERE a IN (<=a>, <=a>) ORDER BY 1"},
        {"UPDATE t SET b = CASE WHEN a = 1 THEN 5 WHEN a = 2 THEN 6 WHEN a = 3 THEN '7'::int WHEN a = "
         "4 THEN -8 ELSE b END",
         "UPDATE t SET b = CASE WHEN a = <=a> THEN <> WHEN a = <=a> THEN <> ELSE b END"},
        {"SELECT CASE a WHEN 1 THEN 5 WHEN 2 THEN 6 WHEN 3 THEN 7 END FROM t",
         "SELECT CASE a WHEN <> THEN <> WHEN <> THEN <> END FROM t"},
        {"SELECT CASE WHEN a = 1 THEN 5 WHEN b = 2 THEN 6 WHEN a = 3 THEN 7 END FROM t",
         "SELECT CASE WHEN a = <=a> THEN <> WHEN b = <=b> THEN <> WHEN a = <=a> THEN <> END FROM t"},
        {"SELECT 1 FROM t WHERE a IN (1)", "SELECT 1 FROM t WHERE a IN (<=a>)"},
        {"INSERT INTO t(a, b) VALUES (1, 'x'), (2, f('(')), (3, 'z'), (4, '')",
         "INSERT INTO t(a, b) VALUES (<+a>, <+b>), (<+a>, f(<(f>))"},
        {"SELECT a FROM t WHERE d > DATE '2026-01-01' AND e = '5'::int",
         "SELECT a FROM t WHERE d > DATE '?' AND e = <=e>::int"},
        {"SELECT pg_advisory_xact_lock(42)",
         "SELECT pg_advisory_xact_lock(<(pg_advisory_xact_lock>)"},
        {"SELECT version()", "noise"},
        {"SELECT oid FROM pg_catalog.pg_class WHERE relname = 'x'", "noise"},
        {"WITH r AS (SELECT 1 FROM pg_type) SELECT * FROM r", "noise"},
        {"SET search_path = x", "noise"},
        {"BEGIN; SELECT a FROM t; COMMIT", "BEGIN; SELECT a FROM t; COMMIT"},
        {"SELEKT 1", "refused"},
        {"", ""},
        {"SAVEPOINT \"s1_x\"", "SAVEPOINT"},
        {"LOCK TABLE t IN SHARE MODE", "LOCK TABLE t IN SHARE MODE"},
        {"COPY t (a) FROM STDIN", "COPY t (a) FROM STDIN"},
        {"SELECT a FROM t WHERE b = $tag$it's$tag$ AND c = E'\\'x' AND d = U&'x'",
         "SELECT a FROM t WHERE b = <=b> AND c = <=c> AND d = <=d>"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *normal = normal_text(cases[i].text, NULL);
        assert_string_equal(normal, cases[i].normal);
    }
}

/* Texts of one statement with other values are recognised without parsing them. */
static void test_skeletons(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"SELECT a FROM t WHERE b = 'x' /* 1 */", "SELECT  a FROM t WHERE b='yy''y'", true},
        {"UPDATE t SET a = 1", "UPDATE t SET a = 200", true},
        {"UPDATE t SET a = 1", "UPDATE t SET a = 'x'", false},
        {"UPDATE t SET a = $1 WHERE b = $2", "UPDATE t SET a = $2 WHERE b = $1", false},
        {"SELECT ab FROM t", "SELECT a b FROM t", false},
        {"SAVEPOINT s1", "SAVEPOINT s2", true},
        {"ROLLBACK TO SAVEPOINT s1", "ROLLBACK TO SAVEPOINT s2", true},
        {"RELEASE s1", "ROLLBACK TO s1", false},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t a, b;
        g_autofree char *x = normal_text(cases[i].a, &a);
        g_autofree char *y = normal_text(cases[i].b, &b);
        assert_int_equal(a == b, cases[i].same);
        if (cases[i].same)
            assert_true(g_str_has_prefix(x, "SELECT") || strcmp(x, y) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_skeletons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
