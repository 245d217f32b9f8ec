/* Table locks (manual, table 13.2, asked of pg_locks on a server) and the functions of the server.
 */
#include "facts/builtin.h"
#include "facts/statement.h"
#include "support/check.h"

static void test_lock_conflicts(void **state)
{
    /* Row and column n are lock n; x: two transactions cannot hold both. */
    static const char *const table[] = {
        ".......x", "......xx", "....xxxx", "...xxxxx",
        "..xx.xxx", "..xxxxxx", ".xxxxxxx", "xxxxxxxx",
    };

    (void)state;
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++)
            assert_int_equal(
                table_lock_conflicts((enum table_lock)(a + 1), (enum table_lock)(b + 1)),
                table[a][b] == 'x');
        assert_false(table_lock_conflicts(TABLE_LOCK_NONE, (enum table_lock)(a + 1)));
    }
}

static void test_lock_names(void **state)
{
    (void)state;
    assert_string_equal(table_lock_name(TABLE_LOCK_ACCESS_SHARE), "ACCESS SHARE");
    assert_string_equal(table_lock_name(TABLE_LOCK_SHARE_ROW_EXCLUSIVE), "SHARE ROW EXCLUSIVE");
    assert_string_equal(table_lock_name(TABLE_LOCK_ACCESS_EXCLUSIVE), "ACCESS EXCLUSIVE");
}

/* Both tables are searched by bisection, so every name must be found. */
static void test_effects(void **state)
{
    static const struct {
        const char *name;
        enum effect effect;
    } cases[] = {
        {"nextval", EFFECT_NEXTVAL},
        {"setval", EFFECT_SETVAL},
        {"currval", EFFECT_SEQUENCE_READ},
        {"lastval", EFFECT_SEQUENCE_READ},
        {"pg_advisory_lock", EFFECT_ADVISORY_SESSION},
        {"pg_advisory_lock_shared", EFFECT_ADVISORY_SESSION},
        {"pg_advisory_xact_lock", EFFECT_ADVISORY_XACT},
        {"pg_advisory_xact_lock_shared", EFFECT_ADVISORY_XACT},
        {"pg_try_advisory_lock", EFFECT_ADVISORY_TRY},
        {"pg_try_advisory_xact_lock_shared", EFFECT_ADVISORY_TRY},
        {"pg_advisory_unlock", EFFECT_ADVISORY_UNLOCK},
        {"pg_advisory_unlock_all", EFFECT_ADVISORY_UNLOCK},
        {"pg_sleep", EFFECT_SLEEP},
        {"pg_sleep_for", EFFECT_SLEEP},
        {"pg_sleep_until", EFFECT_SLEEP},
        {"pg_notify", EFFECT_NOTIFY},
        {"set_config", EFFECT_SET_CONFIG},
        {"lo_create", EFFECT_LARGE_OBJECT_WRITE},
        {"lo_creat", EFFECT_LARGE_OBJECT_WRITE},
        {"lo_unlink", EFFECT_LARGE_OBJECT_WRITE},
        {"lowrite", EFFECT_LARGE_OBJECT_WRITE},
        {"loread", EFFECT_LARGE_OBJECT_READ},
        {"lo_get", EFFECT_LARGE_OBJECT_READ},
        {"lo_export", EFFECT_FILE},
        {"query_to_xml", EFFECT_RUNS_TEXT},
        {"ts_stat", EFFECT_RUNS_TEXT},
        {"txid_current", EFFECT_TRANSACTION_ID},
        {"pg_current_xact_id", EFFECT_TRANSACTION_ID},
        {"pg_export_snapshot", EFFECT_EXPORT_SNAPSHOT},
        {"dblink", EFFECT_REMOTE},
        {"dblink_exec", EFFECT_REMOTE},
        {"lower", EFFECT_NONE},
        {"now", EFFECT_NONE},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct builtin *builtin = builtin_find(NULL, cases[i].name);
        if (!builtin)
            fail_msg("%s is not found", cases[i].name);
        if (builtin_effect(builtin) != cases[i].effect)
            fail_msg("%s has effect %d", cases[i].name, (int)builtin_effect(builtin));
        assert_string_equal(builtin->name, cases[i].name);
    }
}

static void test_functions(void **state)
{
    (void)state;
    assert_int_equal(builtin_find(NULL, "lower")->volatility, VOLATILITY_IMMUTABLE);
    assert_int_equal(builtin_find(NULL, "now")->volatility, VOLATILITY_STABLE);
    assert_int_equal(builtin_find("pg_catalog", "random")->volatility, VOLATILITY_VOLATILE);
    assert_int_equal(builtin_find(NULL, "sum")->kind, BUILTIN_AGGREGATE);
    assert_int_equal(builtin_find(NULL, "row_number")->kind, BUILTIN_WINDOW);
    assert_int_equal(builtin_find(NULL, "length")->kind, BUILTIN_FUNCTION);
    assert_true(builtin_find(NULL, "generate_series")->returns_set);
    assert_false(builtin_find(NULL, "lower")->returns_set);
    assert_null(builtin_find(NULL, "pay"));
    assert_null(builtin_find("public", "lower"));
    assert_non_null(builtin_find("public", "crypt")); /* extensions go where people put them */
    assert_true(builtin_is_quiet(builtin_find(NULL, "lower")));
    assert_true(builtin_is_quiet(builtin_find(NULL, "now")));
    assert_false(builtin_is_quiet(builtin_find(NULL, "random")));
    assert_false(builtin_is_quiet(builtin_find(NULL, "nextval")));
}

/* known: table_to_xml and the like read tables that only run time knows, but count as functions
 * without effect (builtin.c, effects). */
static void test_functions_that_read_tables(void **state)
{
    static const char *const names[] = {"table_to_xml", "table_to_xml_and_xmlschema",
                                        "schema_to_xml", "database_to_xml", NULL};

    (void)state;
    for (const char *const *name = names; *name; name++) {
        if (builtin_effect(builtin_find(NULL, *name)) != EFFECT_RUNS_TEXT)
            skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock_conflicts),
        cmocka_unit_test(test_lock_names),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_functions_that_read_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
