/* Colours only where they are wanted, and nothing from the input that a terminal would obey. */
#include "cli/run.h"
#include "report/report.h"
#include "report/terminal.h"

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

/* The name of the rule leads to its page where the terminal knows links, and only in colours. */
static void test_links(void **state)
{
    static const char link[] =
        "\033]8;;https://github.com/isolint/isolint/blob/main/rules/commit-outside-transaction.md\033\\"
        "commit-outside-transaction\033]8;;\033\\";
    static const struct {
        const char *variable;
        bool expected;
    } cases[] = {{"VTE_VERSION=6800", true},     {"VTE_VERSION=4600", false},
                 {"TERM_PROGRAM=WezTerm", true}, {"TERM_PROGRAM=Apple_Terminal", false},
                 {"KITTY_WINDOW_ID=1", true},    {"FORCE_HYPERLINK=1", true},
                 {"FORCE_HYPERLINK=0", false},   {"TERM=xterm", false}};

    (void)state;
    put("a.sql", WARNED);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct surroundings around = {.environment = ENVIRONMENT(cases[i].variable)};
        struct outcome outcome = run_with(&around, "a.sql", "--color=always", NULL);
        if ((strstr(outcome.out, link) != NULL) != cases[i].expected)
            fail_msg("%s: %s", cases[i].variable, outcome.out);
        outcome_finish(&outcome);
        outcome = run_with(&around, "a.sql", NULL);
        assert_null(strchr(outcome.out, '\033'));
        outcome_finish(&outcome);
    }
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

/* Every format: escape sequences, C1 controls, marks of direction, ends of lines, and what ends a
 * value of the format. Tabs are between the tokens of JSON. */
static void check_format(const char *format, const char *text)
{
    assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c != '\n' && c != '\t' && terminal_is_harmful(c))
            fail_msg("%s: U+%04X in\n%s", format, c, text);
    }
}

static void test_every_format(void **state)
{
    (void)state;
    put("a" EVIL "\n::error::x,y%0A<&>\"'.sql",
        "SELEKT '" EVIL "';\nSELECT 1 \"" EVIL "<&>]]>%0A::error::\";\n"
        "BEGIN; BEGIN; -- isolint: allow nested-begin -- " EVIL "\n"
        "-- isolint: allow \033[31m\xC2\x9B\n"
        "UPDATE \"t" EVIL "\n::error::%0A<&>\" SET a = 1;\nCOMMIT;\nCOMMIT;\n");
    for (const struct report_format *format = report_formats; format->name; format++) {
        struct outcome outcome = run(".", "nowhere" EVIL ".sql", "--format", format->name,
                                     "--extend-select", "all", NULL);
        assert_int_equal(outcome.status, 2);
        check_format(format->name, outcome.out);
        check_format(format->name, outcome.err);
        assert_non_null(strstr(outcome.out, "COMMIT"));
        outcome_finish(&outcome);
    }
}

/* A workflow log obeys lines that begin with two colons, so each is one of ours, and whole. */
static void test_no_second_command(void **state)
{
    (void)state;
    put("a\n::error::x.sql", "COMMIT; -- %0A::error\n"
                             "SELEKT '\n::warning::y\n';\n\"\n::set-env name=A::b\n\" 1;\n");
    struct outcome outcome = run(".", "--format", "github", NULL);
    g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);
    assert_int_equal(g_strv_length(lines), 4);
    for (char **line = lines; **line; line++)
        assert_true(g_str_has_prefix(*line, "::error file=a") ||
                    g_str_has_prefix(*line, "::warning file=a"));
    outcome_finish(&outcome);
}

/* What a runner's log would obey: "::name …" where a line begins, blanks left out, and "##[…",
 * "##vso[…" anywhere. `own` lines are commands of ours. */
static void check_log(const char *format, const char *out, bool own)
{
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);

    for (char **line = lines; *line; line++) {
        const char *text = *line + strspn(*line, " \t\r");
        bool command =
            g_str_has_prefix(text, "::") && !(own && text == *line && strstr(text, " file="));
        if (command || strstr(text, "##[") || strstr(text, "##vso[") || strstr(text, "##teamcity["))
            fail_msg("%s: %s", format, *line);
    }
}

static void test_logs(void **state)
{
    static const char sql[] = "-- isolint: program ::error::n ##[group]\nBEGIN;\n"
                              "UPDATE t SET v = '##vso[task.x]' WHERE id = $1;\n"
                              "UPDATE t SET v = 2 WHERE id = $2;\nCOMMIT;\nCOMMIT;\nSELECT 1\n"
                              "::int, '##teamcity[x]';\n::notice::x\n##[warning]y;\n";
    static const char *const formats[] = {"text",   "gcc",    "json",  "sarif",
                                          "github", "gitlab", "junit", "html"};

    (void)state;
    put("::error::a/##[b].sql", sql);
    put("  ::error::c.sql", "COMMIT;\nSELECT 1\n  ::int;\n");
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        struct outcome outcome =
            run("::error::a", "  ::error::c.sql", "-f", formats[i], "--severity", "note", NULL);
        check_log(formats[i], outcome.out, strcmp(formats[i], "github") == 0);
        check_log(formats[i], outcome.err, false);
        outcome_finish(&outcome);
    }
    static const char *const graphs[] = {"text", "dot", "mermaid"};
    for (size_t i = 0; i < G_N_ELEMENTS(graphs); i++) {
        struct outcome outcome = run("graph", "::error::a", "-f", graphs[i], NULL);
        check_log(graphs[i], outcome.out, false);
        outcome_finish(&outcome);
    }
    struct outcome outcome = run("  ::error::c.sql", "--diff", NULL);
    assert_non_null(strstr(outcome.out, "\n-  ::int;\n+  ::int;\n"));
    check_log("diff", outcome.out, false);
    outcome_finish(&outcome);
    put("d.sql", "COMMIT;\n-- ##[error]x\n");
    const struct surroundings runner = {.environment =
                                            (const char *const[]){"GITHUB_ACTIONS=true", NULL}};
    outcome = run_with(&runner, "d.sql", "--diff", NULL);
    check_log("diff", outcome.out, false);
    outcome_finish(&outcome);
    put(".isolint.yml", "exclude: ['##[x]']\n");
    outcome = run("--show-config", NULL);
    check_log("--show-config", outcome.out, false);
    outcome_finish(&outcome);
}

/* XML has no way to write these two. */
static void test_no_characters(void **state)
{
    (void)state;
    put("a\xEF\xBF\xBE.sql", "SELEKT \"\xEF\xBF\xBF\xEF\xBF\xBE\";\n\"\xEF\xBF\xBF\";\n");
    struct outcome outcome = run(".", "-f", "junit", NULL);
    assert_null(strstr(outcome.out, "\xEF\xBF\xBE"));
    assert_null(strstr(outcome.out, "\xEF\xBF\xBF"));
    assert_non_null(strstr(outcome.out, "a\xEF\xBF\xBD.sql"));
    outcome_finish(&outcome);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_color),        EACH(test_color_by_environment),
        EACH(test_links),        EACH(test_source),
        EACH(test_names),        EACH(test_arguments),
        EACH(test_every_format), EACH(test_no_second_command),
        EACH(test_logs),         EACH(test_no_characters),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
