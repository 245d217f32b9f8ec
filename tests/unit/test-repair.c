/* Repairs: which are made at once, what comes of them, and that those which do not help are taken
 * back. */
#include <stdio.h>

#include "cli/fix.h"
#include "lint/repair.h"
#include "support/made.h"

enum { MOST = 4 };

/* "start-end:text" for each edit, separated by blanks; a "?" behind it: only suggested. */
static void add_edits(struct finding *finding, const char *text)
{
    struct script *script = (struct script *)finding->script;
    g_auto(GStrv) each = g_strsplit(text, " ", -1);
    struct edit **end = &finding->edits;

    for (char **one = each; *one; one++) {
        struct edit *edit = arena_new(&script->arena, struct edit);
        g_auto(GStrv) parts = g_strsplit(*one, ":", 2);
        edit->safe = !g_str_has_suffix(parts[1], "?");
        if (!edit->safe)
            parts[1][strlen(parts[1]) - 1] = '\0';
        edit->replacement = arena_strdup(&script->arena, parts[1]);
        assert_int_equal(sscanf(parts[0], "%u-%u", &edit->span.start, &edit->span.end), 2);
        *end = edit;
        end = &edit->next;
    }
}

/* "0123456789" after one round of these findings' repairs; `made` is how many there were. */
static char *repaired(const char *const *edits, guint expected)
{
    struct script *script = made_script("a.sql", "0123456789");
    struct finding *findings[MOST];
    size_t count = 0;
    g_autoptr(GPtrArray) made = g_ptr_array_new();

    for (; edits[count]; count++) {
        findings[count] = made_finding(script, "nested-begin", "0", "m");
        add_edits(findings[count], edits[count]);
    }
    g_autoptr(GBytes) text = repair_script(script, findings, count, made);
    assert_int_equal(made->len, expected);
    char *result = text ? g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text)) : NULL;
    script_free(script);
    return result;
}

static void test_rounds(void **state)
{
    static const struct {
        const char *edits[MOST], *expected;
        guint made;
    } cases[] = {
        {{"2-4:"}, "01456789", 1},
        {{"2-4:xyz", "8-8:!"}, "01xyz4567!89", 2},
        {{"8-8:!", "2-4:xyz"}, "01xyz4567!89", 2},
        {{"0-0:a", "10-10:z"}, "a0123456789z", 2},
        /* one of two that meet: the other is for the next round */
        {{"2-5:", "4-7:"}, "0156789", 1},
        {{"2-5:", "5-5:x"}, "0156789", 1},
        {{"3-3:x", "3-3:y"}, "012x3456789", 1},
        {{"2-8:", "4-5:"}, "0189", 1},
        /* one that reaches around another */
        {{"1-1:a 8-9:", "4-5:"},
         "0a1234567"
         "9",
         1},
        /* all edits of a finding or none */
        {{"4-5:", "1-1:a 5-6:"}, "012356789", 1},
        {{"1-2: 2-2:x 4-4:y"}, "0x23y456789", 1},
        {{"4-4:y 1-2:"}, "023y456789", 1},
        /* the very same is made once */
        {{"2-4:x", "2-4:x"}, "01x456789", 2},
        {{"2-2:x 4-5:", "2-2:x 4-5:"}, "01x2356789", 2},
        {{"2-4:x", "2-4:y"}, "01x456789", 1},
        /* what is only suggested is not made */
        {{"2-4:x?"}, NULL, 0},
        {{"2-4:x?", "3-5:y"}, "012y56789", 1},
        {{"2-2:x 2-2:y?"}, "01x23456789", 1},
        /* a rule that is wrong does no harm */
        {{"2-5: 4-6:"}, NULL, 0},
        {{"4-2:"}, NULL, 0},
        {{"4-99:"}, NULL, 0},
        {{"4-99:", "1-2:"}, "023456789", 1},
        {{NULL}, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = repaired(cases[i].edits, cases[i].made);
        if (g_strcmp0(text, cases[i].expected) != 0)
            fail_msg("case %zu: %s instead of %s", i, text, cases[i].expected);
    }
}

/* Where an offset goes: from the beginning to the end of what is put there. */
static void test_map(void **state)
{
    static const struct {
        const char *edits;
        uint32_t offset, start, end;
    } cases[] = {
        {"2-4:", 1, 1, 1},   {"2-4:", 2, 2, 2},    {"2-4:", 3, 2, 2},        {"2-4:", 4, 2, 2},
        {"2-4:", 9, 7, 7},   {"2-4:xyz", 3, 2, 5}, {"2-4:xyz", 4, 5, 5},     {"2-4:xyz", 6, 7, 7},
        {"3-3:ab", 3, 3, 5}, {"3-3:ab", 4, 6, 6},  {"3-3:ab 5-6:", 8, 9, 9}, {"3-3:ab?", 8, 8, 8},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct script *script = made_script("a.sql", "0123456789");
        struct finding *finding = made_finding(script, "nested-begin", "0", "m");
        g_autoptr(GPtrArray) made = g_ptr_array_new();
        add_edits(finding, cases[i].edits);
        g_ptr_array_add(made, finding);
        g_ptr_array_add(made, finding); /* asked for twice, made once */
        g_autoptr(GPtrArray) edits = repair_edits(made);
        struct span mapped = repair_map(edits, cases[i].offset);
        if (mapped.start != cases[i].start || mapped.end != cases[i].end)
            fail_msg("case %zu: %u to %u", i, mapped.start, mapped.end);
        script_free(script);
    }
}

static void test_other_scripts(void **state)
{
    struct script *script = made_script("a.sql", "0123"), *other = made_script("b.sql", "0123");
    struct finding *finding = made_finding(other, "nested-begin", "0", "m");
    g_autoptr(GPtrArray) made = g_ptr_array_new();

    (void)state;
    add_edits(finding, "0-1:");
    assert_true(finding_is_repairable(finding));
    assert_null(repair_script(script, &finding, 1, made));
    assert_int_equal(made->len, 0);
    script_free(script);
    script_free(other);
}

/* ------------------------------------------------------------------ rounds */

static struct project project;
static struct fixes fixes;

static int set_up(void **state)
{
    (void)state;
    fixes_init(&fixes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixes_finish(&fixes);
    return 0;
}

static char *text_now(void)
{
    GBytes *text = g_hash_table_lookup(fixes.texts, "a.sql");

    return text ? g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text))
                : g_strdup("0123");
}

/* One look at a.sql: what is found there, the edits of each, and how many statements are refused.
 */
static bool step(const char *const *edits, bool refused)
{
    g_autofree char *text = text_now();
    struct script *script = made_script("a.sql", text);
    struct syntax_error error = {.message = "m"};

    script->errors = refused ? &error : NULL;
    project.scripts = g_ptr_array_new_with_free_func((GDestroyNotify)script_free);
    project.findings = g_ptr_array_new();
    project.lesser = g_ptr_array_new();
    g_ptr_array_add(project.scripts, script);
    for (; *edits; edits++) {
        struct finding *finding = made_finding(script, "nested-begin", "", "m");
        add_edits(finding, *edits);
        g_ptr_array_add(project.findings, finding);
    }
    bool changed = fixes_step(&fixes, &project, project.findings);
    g_ptr_array_unref(project.scripts);
    g_ptr_array_unref(project.findings);
    g_ptr_array_unref(project.lesser);
    return changed;
}

#define FOUND(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING    ((const char *const[]){NULL})

static void check_now(const char *expected)
{
    g_autofree char *text = text_now();

    assert_string_equal(text, expected);
}

static void test_until_nothing_is_left(void **state)
{
    (void)state;
    assert_true(step(FOUND("0-1:", "1-2:"), false)); /* they touch */
    check_now("123");
    assert_true(step(FOUND("0-1:"), false));
    check_now("23");
    assert_false(step(NOTHING, false));
    check_now("23");
    g_autoptr(GString) diff = fixes_diff(&fixes);
    assert_non_null(strstr(diff->str, "-0123\n"));
}

/* The finding is still there: a rule is wrong, and the text is what it was. */
static void test_no_help(void **state)
{
    (void)state;
    assert_true(step(FOUND("0-0:x"), false));
    check_now("x0123");
    assert_true(step(FOUND("0-0:x"), false));
    check_now("0123");
    assert_false(step(FOUND("0-0:x"), false));
    check_now("0123");
    g_autoptr(GString) diff = fixes_diff(&fixes);
    assert_string_equal(diff->str, "");
}

/* A repair of the round before stays. */
static void test_second_no_help(void **state)
{
    (void)state;
    assert_true(step(FOUND("0-1:", "0-0:y"), false));
    check_now("123");
    assert_true(step(FOUND("3-3:x"), false));
    check_now("123x");
    assert_true(step(FOUND("3-3:x"), false));
    check_now("123");
    assert_false(step(FOUND("3-3:x"), false));
    check_now("123");
}

/* A statement can no longer be parsed. */
static void test_refused(void **state)
{
    (void)state;
    assert_true(step(FOUND("0-1:"), false));
    assert_true(step(NOTHING, true));
    check_now("0123");
    assert_false(step(FOUND("0-1:"), false));
    /* one that could not be parsed before is no reason */
    fixes_finish(&fixes);
    fixes_init(&fixes);
    assert_true(step(FOUND("0-1:"), true));
    assert_false(step(NOTHING, true));
    check_now("123");
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_other_scripts),
        EACH(test_until_nothing_is_left),
        EACH(test_no_help),
        EACH(test_second_no_help),
        EACH(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
