/* Words for levels and booleans, and which settings are about transactions. */
#include "facts/settings.h"
#include "support/check.h"

static void test_levels(void **state)
{
    static const struct {
        const char *text;
        enum isolation_level level;
    } cases[] = {
        {"serializable", LEVEL_SERIALIZABLE},
        {"SERIALIZABLE", LEVEL_SERIALIZABLE},
        {"Repeatable Read", LEVEL_REPEATABLE_READ},
        {"read committed", LEVEL_READ_COMMITTED},
        {"read uncommitted", LEVEL_READ_UNCOMMITTED},
        {"repeatable-read", LEVEL_UNKNOWN}, /* the server takes blanks only */
        {"repeatable  read", LEVEL_UNKNOWN},
        {"serial", LEVEL_UNKNOWN},
        {"", LEVEL_UNKNOWN},
        {"an unknown level", LEVEL_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(isolation_level_parse(cases[i].text), cases[i].level);
    assert_string_equal(isolation_level_name(LEVEL_SERIALIZABLE), "SERIALIZABLE");
    assert_string_equal(isolation_level_name(LEVEL_REPEATABLE_READ), "REPEATABLE READ");
    assert_string_equal(isolation_level_name(LEVEL_READ_COMMITTED), "READ COMMITTED");
    assert_string_equal(isolation_level_name(LEVEL_READ_UNCOMMITTED), "READ UNCOMMITTED");
    assert_string_equal(isolation_level_name(LEVEL_UNKNOWN), "an unknown level");
}

static int mode_of(const char *name, const char *value, bool unknown)
{
    struct setting setting = {.scope = SCOPE_SESSION,
                              .name = name,
                              .value = value,
                              .unknown_value = unknown,
                              .span = {3, 9}};
    struct mode mode;
    bool transaction;

    assert_true(setting_mode(&setting, &mode, &transaction));
    assert_int_equal(transaction, !g_str_has_prefix(name, "default_"));
    assert_int_equal(mode.span.start, 3);
    assert_int_equal(mode.span.end, 9);
    return mode.value;
}

/* What SET default_transaction_read_only = … took for true and false on a server. */
static void test_booleans(void **state)
{
    static const struct {
        const char *text;
        int value;
    } cases[] = {
        {"on", 1},
        {"off", 0},
        {"ON", 1},
        {"of", 0},
        {"true", 1},
        {"tru", 1},
        {"t", 1},
        {"f", 0},
        {"false", 0},
        {"yes", 1},
        {"y", 1},
        {"no", 0},
        {"n", 0},
        {"1", 1},
        {"0", 0},
        {"o", MODE_UNKNOWN},
        {"onn", MODE_UNKNOWN},
        {"2", MODE_UNKNOWN},
        {"", MODE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(mode_of("default_transaction_read_only", cases[i].text, false),
                         cases[i].value);
}

static void test_modes(void **state)
{
    (void)state;
    assert_int_equal(mode_of("transaction_isolation", "repeatable read", false),
                     LEVEL_REPEATABLE_READ);
    assert_int_equal(mode_of("default_transaction_isolation", "serializable", false),
                     LEVEL_SERIALIZABLE);
    assert_int_equal(mode_of("transaction_read_only", "on", false), 1);
    assert_int_equal(mode_of("transaction_deferrable", "off", false), 0);
    assert_int_equal(mode_of("default_transaction_deferrable", "on", false), 1);
    assert_int_equal(mode_of("default_transaction_isolation", NULL, false), MODE_DEFAULT);
    assert_int_equal(mode_of("default_transaction_read_only", "default", false), MODE_DEFAULT);
    assert_int_equal(mode_of("default_transaction_read_only", NULL, true), MODE_UNKNOWN);
}

static void test_other_settings(void **state)
{
    static const char *const names[] = {
        "work_mem", "search_path", "transaction", "default", "transaction_isolation_level", NULL};
    struct mode mode;
    bool transaction;

    (void)state;
    for (const char *const *name = names; *name; name++) {
        struct setting setting = {.scope = SCOPE_SESSION, .name = *name, .value = "on"};
        assert_false(setting_mode(&setting, &mode, &transaction));
    }
    assert_false(setting_mode(&(struct setting){.scope = SCOPE_ALL}, &mode, &transaction));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_other_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
