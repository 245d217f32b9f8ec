/* Findings for people: the source line, what is underlined, what else is pointed at. */
#include <stdio.h>

#include "report/report.h"
#include "report/terminal.h"
#include "support/made.h"

/* The report of these findings (NULL-terminated). Owned by the caller. */
static char *text_of(struct finding *const *findings, bool color, bool quiet)
{
    struct report report = {.findings = (struct finding **)findings,
                            .files = 1,
                            .statements = 2,
                            .transactions = 1,
                            .color = color,
                            .quiet = quiet};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    while (findings[report.finding_count])
        report.finding_count++;
    report_text(&report, out);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static void check_text(struct finding *finding, const char *expected)
{
    g_autofree char *got = text_of((struct finding *[]){finding, NULL}, false, true);

    assert_string_equal(got, expected);
}

static void test_one(void **state)
{
    struct script *script = made_script("a/b.sql", "SELECT 1;\nBEGIN; BEGIN;\n");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN;\n", "no BEGIN here");

    (void)state;
    finding->label = "begins nothing";
    made_help(finding, "COMMIT first");
    made_help(finding, "or SAVEPOINT");
    check_text(finding, "error[nested-begin]: no BEGIN here\n"
                        "  --> a/b.sql:2:8\n"
                        "   |\n"
                        " 2 | BEGIN; BEGIN;\n"
                        "   |        ^^^^^^ begins nothing\n"
                        "   = help: COMMIT first\n"
                        "   = help: or SAVEPOINT\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

static void test_without_label(void **state)
{
    struct script *script = made_script("b.sql", "COMMIT");
    struct finding *finding = made_finding(script, "nested-begin", "COMMIT", "m");

    (void)state;
    finding->severity = SEVERITY_NOTE;
    check_text(finding, "note[nested-begin]: m\n"
                        "  --> b.sql:1:1\n"
                        "   |\n"
                        " 1 | COMMIT\n"
                        "   | ^^^^^^\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

/* Places of one file stand in the order of their lines, with a dot for what is left out. */
static void test_related(void **state)
{
    struct script *script =
        made_script("b.sql", "BEGIN;\nSELECT 1;\nSELECT 2;\nSELECT 3;\nUPDATE t;\n");
    struct finding *finding = made_finding(script, "nested-begin", "UPDATE t", "m");

    (void)state;
    finding->label = "here";
    made_related(finding, script, "SELECT 2", "second");
    made_related(finding, script, "BEGIN", "first");
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:5:1\n"
                        "   |\n"
                        " 1 | BEGIN;\n"
                        "   | ----- first\n"
                        "   ·\n"
                        " 3 | SELECT 2;\n"
                        "   | -------- second\n"
                        "   ·\n"
                        " 5 | UPDATE t;\n"
                        "   | ^^^^^^^^ here\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

static void test_two_on_a_line(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN; SELECT 1;\n");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1", "m");

    (void)state;
    finding->label = "here";
    made_related(finding, script, "BEGIN", "there");
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:1:8\n"
                        "   |\n"
                        " 1 | BEGIN; SELECT 1;\n"
                        "   | ----- there\n"
                        "   |        ^^^^^^^^ here\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

static void test_other_file(void **state)
{
    struct script *script = made_script("b.sql", "SELECT 1;");
    struct script *other = made_script("c.sql", "\n  CREATE TABLE t ();");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1", "m");

    (void)state;
    made_related(finding, other, "CREATE", "made here");
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:1:1\n"
                        "   |\n"
                        " 1 | SELECT 1;\n"
                        "   | ^^^^^^^^\n"
                        "  ::: c.sql:2:3\n"
                        "   |\n"
                        " 2 |   CREATE TABLE t ();\n"
                        "   |   ------ made here\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(other);
    script_free(script);
}

/* Tabs become blanks, wide characters take two columns, of several lines the first is shown. */
static void test_columns(void **state)
{
    struct script *script = made_script("b.sql", "\t'中😀' SELECT\n1;");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT\n1", "m");

    (void)state;
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:1:7\n"
                        "   |\n"
                        " 1 |     '中😀' SELECT\n"
                        "   |            ^^^^^^\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

static void test_crlf(void **state)
{
    struct script *script = made_script("b.sql", "SELECT 1\r\n;\r\n");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1\r\n;", "m");

    (void)state;
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:1:1\n"
                        "   |\n"
                        " 1 | SELECT 1\n"
                        "   | ^^^^^^^^\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

/* Of a long line the part around the place is shown. */
static void test_long_line(void **state)
{
    g_autofree char *before = g_strnfill(500, 'x'), *after = g_strnfill(500, 'y');
    g_autofree char *text = g_strconcat(before, " HERE ", after, NULL);
    struct script *script = made_script("b.sql", text);
    struct finding *finding = made_finding(script, "nested-begin", "HERE", "m");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);
    g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);

    (void)state;
    assert_string_equal(lines[1], "  --> b.sql:1:502");
    assert_true(g_str_has_prefix(lines[3], " 1 | …x"));
    assert_true(g_str_has_suffix(lines[3], "y…"));
    assert_true(strlen(lines[3]) < 140);
    const char *place = strstr(lines[3], "HERE");
    assert_non_null(place);
    /* "…" takes three bytes and one column. */
    assert_int_equal(place - lines[3] - 2, strstr(lines[4], "^^^^") - lines[4]);
    script_free(script);
}

/* What is shown of it ends where the line does. */
static void test_end_of_long_line(void **state)
{
    g_autofree char *before = g_strnfill(500, 'x');
    g_autofree char *text = g_strconcat(before, " HERE end\r\nnext line", NULL);
    struct script *script = made_script("b.sql", text);
    struct finding *finding = made_finding(script, "nested-begin", "HERE", "m");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);
    g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);

    (void)state;
    assert_true(g_str_has_suffix(lines[3], "xx HERE end"));
    finding->span = (struct span){510, 510}; /* the line feed */
    g_autofree char *at_end = text_of((struct finding *[]){finding, NULL}, false, true);
    g_auto(GStrv) end_lines = g_strsplit(at_end, "\n", -1);
    assert_true(g_str_has_suffix(end_lines[3], "xx HERE end"));
    script_free(script);
}

static void test_long_line_cut_between_characters(void **state)
{
    GString *text = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 300; i++)
        g_string_append(text, "ä");
    g_string_append(text, "HERE");
    for (int i = 0; i < 300; i++)
        g_string_append(text, "中");
    struct script *script = made_script("b.sql", text->str);
    struct finding *finding = made_finding(script, "nested-begin", "HERE", "m");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);
    assert_true(g_utf8_validate(shown, -1, NULL));
    assert_null(strstr(shown, "\xEF\xBF\xBD"));
    script_free(script);
    g_string_free(text, TRUE);
}

/* Nothing from files reaches a terminal as it is: names, source, messages, labels, advice. */
static void test_harmless(void **state)
{
    struct script *script = made_script("a\033[2J.sql", "SELECT '\033[31m', '\xC2\x9B', '\xE4';");
    struct finding *finding =
        made_finding(script, "nested-begin", "SELECT", "a table called \033[5m\n\r");

    (void)state;
    finding->label = "label \a";
    made_help(finding, "help \x7F");
    made_related(finding, script, "'\xE4'", "\xE2\x80\xAE");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);
    assert_null(strchr(shown, '\033'));
    assert_null(strchr(shown, '\a'));
    assert_null(strchr(shown, '\r'));
    assert_null(strchr(shown, '\x7F'));
    assert_null(strstr(shown, "\xC2\x9B"));
    assert_null(strstr(shown, "\xE2\x80\xAE"));
    assert_true(g_utf8_validate(shown, -1, NULL));
    g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);
    assert_string_equal(lines[1], "  --> a\xEF\xBF\xBD[2J.sql:1:1");
    script_free(script);
}

/* Colours begin and end, and without them the text is the same. */
static void test_color(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN; SELECT 1;\n");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1", "m");
    struct finding *const findings[] = {finding, NULL};
    GString *plain = g_string_new(NULL);

    (void)state;
    made_help(finding, "h");
    g_autofree char *color = text_of(findings, true, false);
    g_autofree char *expected = text_of(findings, false, false);
    assert_true(g_str_has_prefix(color, "\033[1;31merror[nested-begin]\033[0m: m\n"));
    for (const char *at = color; *at; at++) {
        if (*at == '\033')
            at += strcspn(at, "m");
        else
            g_string_append_c(plain, *at);
    }
    assert_string_equal(plain->str, expected);
    g_string_free(plain, TRUE);
    script_free(script);
}

static void check_summary(unsigned errors, unsigned warnings, unsigned notes, size_t allowed,
                          const char *expected)
{
    struct script *script = made_script("b.sql", "x");
    GPtrArray *findings = g_ptr_array_new();
    const unsigned counts[] = {notes, warnings, errors};

    for (int severity = SEVERITY_NOTE; severity <= SEVERITY_ERROR; severity++) {
        for (unsigned i = 0; i < counts[severity]; i++) {
            struct finding *finding = made_finding(script, "nested-begin", "x", "m");
            finding->severity = (enum severity)severity;
            g_ptr_array_add(findings, finding);
        }
    }
    struct report report = {.findings = (struct finding **)findings->pdata,
                            .finding_count = findings->len,
                            .allowed_count = allowed,
                            .files = allowed ? 1 : 41,
                            .statements = allowed ? 1 : 212,
                            .transactions = allowed ? 1 : 38};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    report_text(&report, out);
    fclose(out);
    g_autofree char *line = g_strconcat("\n", expected, "\n", NULL);
    g_autofree char *lines = g_strconcat("\n", text, NULL);
    if (!strstr(lines, line))
        fail_msg("\"%s\" is not a line of\n%s", expected, text);
    free(text);
    g_ptr_array_unref(findings);
    script_free(script);
}

static void test_summary(void **state)
{
    (void)state;
    check_summary(3, 12, 0, 0,
                  "3 errors, 12 warnings in 41 files (212 statements, 38 transactions)");
    check_summary(1, 1, 1, 2,
                  "1 error, 1 warning, 1 note in 1 file (1 statement, 1 transaction), 2 allowed");
    check_summary(0, 0, 2, 0, "2 notes in 41 files (212 statements, 38 transactions)");
    check_summary(0, 0, 0, 0, "no findings in 41 files (212 statements, 38 transactions)");
}

/* The mark is no column, and not shown. */
static void test_byte_order_mark(void **state)
{
    struct script *script = made_script("b.sql", "\xEF\xBB\xBF"
                                                 "COMMIT");
    struct finding *finding = made_finding(script, "nested-begin", "COMMIT", "m");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);

    (void)state;
    assert_non_null(strstr(shown, "  --> b.sql:1:1\n"));
    assert_non_null(strstr(shown, " 1 | COMMIT\n   | ^^^^^^\n"));
    script_free(script);
}

/* The line numbers of all files are as wide as the widest. */
static void test_gutter_of_other_file(void **state)
{
    g_autofree char *lines = g_strnfill(999, '\n');
    g_autofree char *text = g_strconcat(lines, "CREATE", NULL);
    struct script *script = made_script("b.sql", "SELECT 1;");
    struct script *other = made_script("c.sql", text);
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1", "m");

    made_related(finding, other, "CREATE", "l");
    g_autofree char *shown = text_of((struct finding *[]){finding, NULL}, false, true);
    (void)state;
    assert_non_null(strstr(shown, "\n    1 | SELECT 1;\n"));
    assert_non_null(strstr(shown, "\n 1000 | CREATE\n"));
    script_free(other);
    script_free(script);
}

static struct report report_of(GPtrArray *findings)
{
    return (struct report){.findings = (struct finding **)findings->pdata,
                           .finding_count = findings->len,
                           .files = 1,
                           .statements = 1,
                           .transactions = 1};
}

static char *written(void (*write)(const struct report *, FILE *), const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    write(report, out);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

/* Messages, labels and advice are folded; a label that does not fit stands below. */
static void test_folding(void **state)
{
    struct script *script = made_script("b.sql", "SELECT a, b, c FROM somewhere WHERE a = 1;");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT a, b, c FROM somewhere",
                                           "a message that does not fit on a line");
    g_autoptr(GPtrArray) findings = g_ptr_array_new();

    (void)state;
    finding->label = "a label that is longer than what is left of the line";
    made_help(finding, "use another statement than this one");
    g_ptr_array_add(findings, finding);
    struct report report = report_of(findings);
    report.width = 44;
    report.quiet = true;
    g_autofree char *text = written(report_text, &report);
    assert_string_equal(text, "error[nested-begin]: a message that does not\n"
                              "    fit on a line\n"
                              "  --> b.sql:1:1\n"
                              "   |\n"
                              " 1 | SELECT a, b, c FROM somewhere WHERE a …\n"
                              "   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
                              "   | a label that is longer than what is\n"
                              "   | left of the line\n"
                              "   = help: use another statement than this\n"
                              "           one\n"
                              "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

/* A place is shown once, whatever is said of it. */
static void test_same_place(void **state)
{
    struct script *script = made_script("b.sql", "SELECT 1;\nSELECT 2;");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 2", "m");

    (void)state;
    finding->label = "here";
    made_related(finding, script, "SELECT 1", "read");
    made_related(finding, script, "SELECT 1", "read");
    made_related(finding, script, "SELECT 1", "and locked");
    made_related(finding, script, "SELECT 2", NULL);
    check_text(finding, "error[nested-begin]: m\n"
                        "  --> b.sql:2:1\n"
                        "   |\n"
                        " 1 | SELECT 1;\n"
                        "   | -------- read\n"
                        "   | and locked\n"
                        " 2 | SELECT 2;\n"
                        "   | ^^^^^^^^ here\n"
                        "   = allow: -- isolint: allow nested-begin\n\n");
    script_free(script);
}

/* Side by side when there is room, else one after the other. */
static void test_witness(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN;\nUPDATE t SET a = a + 1;");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    struct witness_step second = {NULL, 1, script, {7, 29}, "waits"};
    struct witness_step first = {&second, 0, script, {0, 5}, NULL};
    struct witness witness = {2, {"one", "other"}, "t has (a = 1)", &first, "both fail"};
    g_autoptr(GPtrArray) findings = g_ptr_array_new();

    (void)state;
    finding->witness = &witness;
    g_ptr_array_add(findings, finding);
    struct report report = report_of(findings);
    report.quiet = true;
    g_autofree char *wide = written(report_text, &report);
    assert_non_null(strstr(wide,
                           "   = witness: both fail\n"
                           "   = start: t has (a = 1)\n"
                           "     run 1: one                            run 2: other\n"
                           "     BEGIN\n"
                           "                                           UPDATE t SET a = a + 1\n"
                           "                                           -- waits\n"));
    report.width = 60;
    g_autofree char *narrow = written(report_text, &report);
    assert_non_null(strstr(narrow, "   = witness: both fail\n"
                                   "   = start: t has (a = 1)\n"
                                   "     run 1 is one\n"
                                   "     run 2 is other\n"
                                   "     run 1: BEGIN\n"
                                   "     run 2: UPDATE t SET a = a + 1\n"
                                   "            -- waits\n"));
    script_free(script);
}

/* The most severe first; what is more than was asked for is counted by rule. */
static void test_most(void **state)
{
    struct script *script = made_script("b.sql", "SELECT 1;");
    g_autoptr(GPtrArray) findings = g_ptr_array_new();
    const struct {
        const char *rule;
        enum severity severity;
    } made[] = {{"lost-update", SEVERITY_WARNING},
                {"lock-order", SEVERITY_NOTE},
                {"lost-update", SEVERITY_WARNING},
                {"nested-begin", SEVERITY_ERROR}};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        struct finding *finding = made_finding(script, made[i].rule, "SELECT 1", "m");
        finding->severity = made[i].severity;
        g_ptr_array_add(findings, finding);
    }
    struct report report = report_of(findings);
    report.most = 2;
    report.lesser[SEVERITY_NOTE] = 3;
    g_autofree char *concise = written(report_concise, &report);
    assert_string_equal(concise, "b.sql:1:1: error[nested-begin]: m\n"
                                 "b.sql:1:1: warning[lost-update]: m\n"
                                 "1 error, 2 warnings, 1 note in 1 file (1 statement, 1 "
                                 "transaction), 3 notes not shown\n");
    g_autofree char *text = written(report_text, &report);
    assert_non_null(
        strstr(text, "\n\n     1  error    nested-begin\n"
                     "     2  warning  lost-update (1 not shown)\n"
                     "     1  note     lock-order (1 not shown)\n"
                     "\n"
                     "1 error, 2 warnings, 1 note in 1 file (1 statement, 1 transaction), 3 notes "
                     "not shown\n"
                     "next: isolint --explain nested-begin     read about a rule\n"
                     "      --max-findings 0                   show all findings\n"
                     "      --severity note                    show notes as well\n"));
    script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_without_label),
        cmocka_unit_test(test_related),
        cmocka_unit_test(test_two_on_a_line),
        cmocka_unit_test(test_other_file),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_crlf),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_end_of_long_line),
        cmocka_unit_test(test_long_line_cut_between_characters),
        cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_color),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_same_place),
        cmocka_unit_test(test_witness),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_gutter_of_other_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
