/* Which rules run, and what is suggested for a name that is none. */
#include "lint/lint.h"
#include "lint/registry.h"
#include "support/check.h"

static bool is_on(const struct selection *selection, const char *name)
{
    return selection->on[rule_index(rule_find(name)->rule)];
}

static size_t count_on(const struct selection *selection)
{
    size_t count = 0;

    for (size_t i = 0; i < rule_entry_count; i++)
        count += selection->on[i];
    return count;
}

static void init(struct selection *selection, const char *select, const char *extend,
                 const char *ignore)
{
    struct error error = {0};

    if (!selection_init(selection, select, extend, ignore, &error))
        fail_msg("%s", error.message);
}

static void test_defaults(void **state)
{
    struct selection selection;

    (void)state;
    init(&selection, NULL, NULL, NULL);
    for (size_t i = 0; i < rule_entry_count; i++)
        assert_int_equal(selection.on[i], !rule_entries[i].rule->off);
    selection_finish(&selection);
}

static void test_select(void **state)
{
    struct selection selection;

    (void)state;
    init(&selection, "nested-begin, syntax-error", NULL, NULL);
    assert_int_equal(count_on(&selection), 2);
    assert_true(is_on(&selection, "nested-begin"));
    assert_true(is_on(&selection, "syntax-error"));
    selection_finish(&selection);

    init(&selection, "all", NULL, NULL);
    assert_int_equal(count_on(&selection), rule_entry_count);
    selection_finish(&selection);

    init(&selection, "", NULL, NULL);
    assert_int_equal(count_on(&selection), 0);
    selection_finish(&selection);
}

static void test_groups(void **state)
{
    struct selection selection;
    size_t in_group = 0;

    (void)state;
    for (size_t i = 0; i < rule_entry_count; i++)
        in_group += strcmp(rule_entries[i].rule->group, "declaration") == 0;
    assert_true(in_group > 1);
    init(&selection, "declaration", NULL, NULL);
    assert_int_equal(count_on(&selection), in_group);
    assert_true(is_on(&selection, "nested-begin"));
    assert_false(is_on(&selection, "syntax-error"));
    selection_finish(&selection);

    init(&selection, "declaration", "syntax-error", "nested-begin");
    assert_int_equal(count_on(&selection), in_group);
    assert_false(is_on(&selection, "nested-begin"));
    assert_true(is_on(&selection, "syntax-error"));
    selection_finish(&selection);
}

static void test_ignore_wins(void **state)
{
    struct selection selection;

    (void)state;
    init(&selection, NULL, NULL, "nested-begin,syntax-error");
    assert_false(is_on(&selection, "nested-begin"));
    assert_true(is_on(&selection, "commit-outside-transaction"));
    selection_finish(&selection);
    init(&selection, "nested-begin", "nested-begin", "all");
    assert_int_equal(count_on(&selection), 0);
    selection_finish(&selection);
}

static void check_refused(const char *select, const char *extend, const char *ignore,
                          const char *message)
{
    struct selection selection;
    struct error error = {0};

    assert_false(selection_init(&selection, select, extend, ignore, &error));
    assert_string_equal(error.message, message);
    error_clear(&error);
}

static void test_unknown(void **state)
{
    (void)state;
    check_refused("nested-begn", NULL, NULL,
                  "unknown rule \"nested-begn\"; did you mean nested-begin?");
    check_refused(NULL, "zzz", NULL, "unknown rule \"zzz\"");
    check_refused(NULL, NULL, "syntax-error,sintax-error",
                  "unknown rule \"sintax-error\"; did you mean syntax-error?");
    check_refused("Nested-Begin", NULL, NULL,
                  "unknown rule \"Nested-Begin\"; did you mean nested-begin?");
}

static void test_registry(void **state)
{
    (void)state;
    assert_true(rule_entry_count > 10);
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        assert_ptr_equal(rule_find(rule->name), rule_entries + i);
        assert_int_equal(rule_index(rule), i);
        assert_string_equal(rule_suggest(rule->name), rule->name);
        if (i > 0)
            assert_true(strcmp(rule_entries[i - 1].rule->name, rule->name) < 0);
        assert_non_null(rule->summary);
        assert_non_null(rule->group);
        assert_null(rule_find(rule->group)); /* a group is selected like a rule */
    }
    assert_null(rule_find("nested"));
    assert_null(rule_suggest("xyzzy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_select),
        cmocka_unit_test(test_groups),   cmocka_unit_test(test_ignore_wins),
        cmocka_unit_test(test_unknown),  cmocka_unit_test(test_registry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
