/* Colours only where they are wanted, and nothing from the input that a terminal would obey. */
#include "cli/run.h"

static const char WARNED[] = "COMMIT;\n";

static void check_color(const char *const *environment, const char *option, bool expected)
{
    struct outcome outcome =
        option ? run_with(&(struct surroundings){.environment = environment}, "a.sql", option, NULL)
               : run_with(&(struct surroundings){.environment = environment}, "a.sql", NULL);

    assert_int_equal(outcome.status, 1);
    if ((strchr(outcome.out, '\033') != NULL) != expected)
        fail_msg("%s, %s: %s", environment ? environment[0] : "-", option ? option : "-",
                 expected ? "no colour" : "colour");
    outcome_finish(&outcome);
}

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_color(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    check_color(NULL, NULL, false); /* a pipe */
    check_color(NULL, "--color=auto", false);
    check_color(NULL, "--color=never", false);
    check_color(NULL, "--color=always", true);
}

static void test_color_by_environment(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    check_color(ENVIRONMENT("FORCE_COLOR=1"), NULL, true);
    check_color(ENVIRONMENT("FORCE_COLOR="), NULL, false);
    check_color(ENVIRONMENT("NO_COLOR=1"), NULL, false);
    check_color(ENVIRONMENT("NO_COLOR=1", "FORCE_COLOR=1"), NULL, false);
    check_color(ENVIRONMENT("NO_COLOR=", "FORCE_COLOR=1"), NULL, true);
    /* what the command line says counts more */
    check_color(ENVIRONMENT("NO_COLOR=1"), "--color=always", true);
    check_color(ENVIRONMENT("FORCE_COLOR=1"), "--color=never", false);
    check_color(ENVIRONMENT("TERM=dumb"), NULL, false);
}

/* No character that a terminal obeys, or that turns the direction of text. */
static void check_harmless(const char *text)
{
    static const char *const harmful[] = {"\xC2\x9B",     "\xE2\x80\xAE", "\xE2\x80\xA8",
                                          "\xE2\x81\xA6", "\xC2\x85",     NULL};

    for (const char *at = text; *at; at++) {
        if (((unsigned char)*at < ' ' && *at != '\n') || *at == '\x7F')
            fail_msg("byte %02x in\n%s", (unsigned)(unsigned char)*at, text);
    }
    for (const char *const *each = harmful; *each; each++)
        assert_null(strstr(text, *each));
    assert_true(g_utf8_validate(text, -1, NULL));
}

#define EVIL                   \
    "\033[31m\a\b\x7F\xC2\x9B" \
    "2J\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6\xC2\x85\xFF\r"

static void test_source(void **state)
{
    (void)state;
    put("a.sql", "SELEKT '" EVIL "';\nSELECT 1 \"" EVIL "\" \"" EVIL "\";\n"
                 "-- isolint: allow " EVIL " -- " EVIL "\nCOMMIT;\n"
                 "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT \"" EVIL "\" FROM \"" EVIL
                 "\"; UPDATE \"" EVIL "\" SET a = '" EVIL "'; COMMIT;\n"
                 "SAVEPOINT \"" EVIL "\";\n");
    struct outcome outcome = run("a.sql", NULL);
    assert_int_equal(outcome.status, 1);
    check_harmless(outcome.out);
    check_harmless(outcome.err);
    outcome_finish(&outcome);
}

static void test_names(void **state)
{
    (void)state;
    put("a" EVIL ".sql", WARNED);
    struct outcome outcome = run(".", NULL);
    assert_int_equal(outcome.status, 1);
    check_harmless(outcome.out);
    outcome_finish(&outcome);
    outcome = run("nope" EVIL, "--stdin-filename", "x" EVIL, "-", NULL);
    assert_int_equal(outcome.status, 2);
    check_harmless(outcome.err);
    outcome_finish(&outcome);
    outcome =
        run_with(&(struct surroundings){.input = WARNED}, "-", "--stdin-filename", "x" EVIL, NULL);
    assert_int_equal(outcome.status, 1);
    check_harmless(outcome.out);
    outcome_finish(&outcome);
}

static void test_arguments(void **state)
{
    static const char *const options[] = {
        "--select",         "--explain", "--format", "--color", "--default-isolation",
        "--server-version", "--output",  NULL};

    (void)state;
    for (const char *const *option = options; *option; option++) {
        struct outcome outcome = run(*option, "x\033[31m\a/y", NULL);
        assert_int_equal(outcome.status, 2);
        check_harmless(outcome.err);
        outcome_finish(&outcome);
    }
    struct outcome outcome = run("--x\033[31m", NULL);
    assert_int_equal(outcome.status, 2);
    check_harmless(outcome.err);
    outcome_finish(&outcome);
}

/* In SARIF what is below U+0020 is escaped. */
static void test_sarif(void **state)
{
    (void)state;
    put("a\033.sql", "SELEKT '\033[31m\a';\nCOMMIT;\n");
    struct outcome outcome = run(".", "--format", "sarif", NULL);
    assert_int_equal(outcome.status, 1);
    for (const char *at = outcome.out; *at; at++)
        assert_true((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
    outcome_finish(&outcome);
}

/* known: C1 controls and marks of direction go into JSON as they are (add_text in sarif.c); a
 * terminal obeys U+009B when SARIF is written to it. */
static void test_sarif_beyond_ascii(void **state)
{
    (void)state;
    put("a.sql", "SELEKT \"\xC2\x9B"
                 "2J\xE2\x80\xAE\";\n\"\xC2\x9B\" 1;\n");
    struct outcome outcome = run(".", "--format", "sarif", NULL);
    bool right = !strstr(outcome.out, "\xC2\x9B") && !strstr(outcome.out, "\xE2\x80\xAE");
    outcome_finish(&outcome);
    if (!right)
        skip();
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_color),
        EACH(test_color_by_environment),
        EACH(test_source),
        EACH(test_names),
        EACH(test_arguments),
        EACH(test_sarif),
        EACH(test_sarif_beyond_ascii),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
