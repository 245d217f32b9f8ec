/* Inputs that nobody means well: each ends with a report, soon, and never with a signal. */
#include "cli/run.h"
#include "report/report.h"

#define REGRESSIONS SOURCE_ROOT "/tests/fuzz/regressions"

struct hostile {
    const char *name;
    char *(*text)(void);
    const char *fixed;  /* the text, when it is no function */
    const char *option; /* of the command line, or NULL */
    const char *known;  /* what still goes wrong, some of it under sanitizers only */
};

static char *repeat(const char *before, const char *left, const char *middle, const char *right,
                    unsigned times)
{
    GString *text = g_string_new(before);

    for (unsigned i = 0; i < times; i++)
        g_string_append(text, left);
    g_string_append(text, middle);
    for (unsigned i = 0; i < times; i++)
        g_string_append(text, right);
    g_string_append(text, ";\nSELECT 1;\n");
    return g_string_free(text, FALSE);
}

#define REPEAT(name, before, left, middle, right, times)   \
    static char *name(void)                                \
    {                                                      \
        return repeat(before, left, middle, right, times); \
    }

REPEAT(parentheses, "SELECT ", "(", "1", ")", 100000)
REPEAT(open_parentheses, "SELECT ", "(", "1", "", 100000)
REPEAT(nots, "SELECT 1 WHERE ", "NOT ", "true", "", 100000)
REPEAT(minuses, "SELECT ", "- ", "1", "", 100000)
REPEAT(cases, "SELECT ", "CASE WHEN a THEN ", "1", " END", 5000)
REPEAT(calls, "SELECT ", "f(", "1", ")", 50000)
REPEAT(arrays, "SELECT ", "ARRAY[", "1", "]", 20000)
REPEAT(sub_selects, "SELECT * FROM ", "(SELECT * FROM ", "t", ") x", 3000)
REPEAT(sums, "SELECT 1", "+ 1", "", "", 100000)
REPEAT(ors, "SELECT * FROM t WHERE a = 1", " OR a = 2", "", "", 20000)
REPEAT(ands, "SELECT * FROM t WHERE a = 1", " AND a = 2", "", "", 5000)
REPEAT(unions, "SELECT 1", " UNION ALL SELECT 1", "", "", 5000)
REPEAT(lists, "SELECT * FROM t WHERE a IN (1", ", 2", ")", "", 100000)
REPEAT(rows, "INSERT INTO t VALUES (1)", ", (1)", "", "", 50000)
REPEAT(indirections, "SELECT a", "[1]", "", "", 100000)
REPEAT(names, "SELECT a", ".b", "", "", 50000)
REPEAT(collations, "SELECT a", " COLLATE \"C\"", "", "", 50000)
REPEAT(zones, "SELECT a", " AT TIME ZONE 'x'", "", "", 20000)
REPEAT(comments, "", "/*", "", "*/", 50000)
REPEAT(open_comments, "", "/*", "", "", 50000)
REPEAT(empty, "", ";", "", "", 100000)
REPEAT(begins, "", "BEGIN;\n", "", "", 5000)
REPEAT(savepoints, "BEGIN", ";\nSAVEPOINT a", "", "", 20000)
REPEAT(conditionals, "", "\\if 1\n", "", "\\endif\n", 20000)
REPEAT(quotes, "SELECT '", "''", "'", "", 100000)
REPEAT(dollars, "SELECT ", "$a$ $b$", "", "", 20000)
REPEAT(blocks, "DO $$ ", "BEGIN ", "NULL; ", "END; ", 50000)
REPEAT(million, "", "SELECT 1;\n", "", "", 1000000)
REPEAT(cursors, "DO $$ BEGIN ", "IF a THEN ", "NULL; ", "END IF; ", 2000)
REPEAT(between_5, "SELECT ", "(SELECT 1 FROM t WHERE ", "x", " BETWEEN 0 AND 1)", 5)
REPEAT(between, "SELECT ", "(SELECT 1 FROM t WHERE ", "x", " BETWEEN 0 AND 1)", 30)
REPEAT(casts, "SELECT 1", "::int", "", "", 2000000)
REPEAT(joins, "SELECT * FROM a", " JOIN a USING (x)", "", "", 1010)
REPEAT(braces, "SELECT ", "{{ ", "", "", 200000)
REPEAT(copies, "", "COPY t FROM STDIN;\n", "", "", 100000)

/* 200 MB in one line. */
static char *long_line(void)
{
    enum { SIZE = 200 << 20 };
    GString *text = g_string_sized_new(SIZE + 64);

    g_string_append(text, "SELECT '");
    memset(text->str + text->len, 'a', SIZE);
    g_string_set_size(text, text->len + SIZE);
    g_string_append(text, "', oops oops;");
    return g_string_free(text, FALSE);
}

/* Each view reads the one before it twice. */
static char *views(void)
{
    GString *text = g_string_new("CREATE TABLE v0 (x int);\n");

    for (int i = 1; i < 12; i++)
        g_string_append_printf(text, "CREATE VIEW v%d AS SELECT a.x FROM v%d a, v%d b;\n", i, i - 1,
                               i - 1);
    g_string_append(text, "SELECT * FROM v11;\n");
    return g_string_free(text, FALSE);
}

/* Each trigger writes every other table. */
static char *triggers(void)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < 10; i++) {
        g_string_append_printf(text,
                               "CREATE TABLE t%d (a int);\nCREATE FUNCTION f%d() RETURNS "
                               "trigger LANGUAGE plpgsql AS $$ BEGIN\n",
                               i, i);
        for (int j = 0; j < 10; j++)
            g_string_append_printf(text, "UPDATE t%d SET a = 1;\n", j);
        g_string_append_printf(text,
                               "RETURN NULL; END $$;\nCREATE TRIGGER g%d AFTER UPDATE ON t%d "
                               "EXECUTE FUNCTION f%d();\n",
                               i, i, i);
    }
    g_string_append(text, "UPDATE t0 SET a = 1;\n");
    return g_string_free(text, FALSE);
}

static char *every_byte(void)
{
    GString *text = g_string_new(NULL);

    for (int round = 0; round < 20; round++) {
        for (int c = 1; c < 256; c++)
            g_string_append_c(text, (char)((c * 37 * (round + 1)) % 255 + 1));
    }
    g_string_append(text, "';\"*/$$;\nSELECT 1;\n");
    return g_string_free(text, FALSE);
}

static const struct hostile inputs[] = {
    {"nothing", .fixed = ""},
    {"a dollar quote left open", .fixed = "DO $$ BEGIN NULL; END;\nSELECT 1;\n"},
    {"half a character at the end", .fixed = "SELEKT '\xE2\x82"},
    {"characters that are longer than they should be",
     .fixed = "SELEKT '\xC0\xAF\xED\xA0\x80\xF8\x88\x80\x80\x80';"},
    {"a million statements", million},
    {"200 MB in one line", long_line},
    {"BEGIN in a body", blocks},
    {"a quote", .fixed = "'"},
    {"a backslash", .fixed = "\\"},
    {"an E string that ends in a backslash", .fixed = "SELECT E'\\"},
    {"a dollar", .fixed = "$"},
    {"a tag", .fixed = "$a"},
    {"half a comment", .fixed = "/*/"},
    {"a colon", .fixed = ":"},
    {"a quoted colon", .fixed = ":'"},
    {"half a placeholder", .fixed = "{{ x"},
    {"a mark", .fixed = "\xEF\xBB\xBF"},
    {"a comment that speaks", .fixed = "-- isolint:"},
    {"COPY without end", .fixed = "COPY t FROM STDIN;"},
    {"every byte", every_byte},
    {"parentheses", parentheses},
    {"open parentheses", open_parentheses},
    {"NOT", nots},
    {"minus", minuses},
    {"CASE", cases},
    {"calls", calls},
    {"ARRAY", arrays},
    {"sub-SELECTs", sub_selects},
    {"a sum", sums},
    {"OR", ors},
    {"AND", ands},
    {"UNION", unions},
    {"a list", lists},
    {"rows", rows},
    {"indirections", indirections},
    {"names", names},
    {"collations", collations},
    {"time zones", zones},
    {"nested comments", comments},
    {"open comments", open_comments},
    {"empty statements", empty},
    {"BEGIN", begins},
    {"savepoints", savepoints},
    {"\\if", conditionals},
    {"doubled quotes", quotes},
    {"dollar quotes", dollars},
    {"IF in a body", cursors},
    {"BETWEEN of sub-SELECTs, five deep", between_5},
    {"views of views", views},
    {"a level that is filled in",
     .fixed =
         "SET default_transaction_isolation TO :level;\nBEGIN DEFERRABLE;\nSELECT 1;\nCOMMIT;\n"},
    {"roles that disagree",
     .fixed = "ALTER ROLE a SET default_transaction_isolation = serializable;\nALTER ROLE b SET"
              " default_transaction_isolation = 'repeatable read';\nBEGIN DEFERRABLE;\nSELECT 1;\n"
              "COMMIT;\n"},
    {"a comment that ends behind its body",
     .fixed = "DO $$ BEGIN NULL; END -- isolint: allow nested-begin $$;\n"},
    {"a transaction without a first statement",
     .fixed = "-- isolint: allow-transaction nested-begin\nCOMMIT;\n",
     .option = "--transaction=file"},
    {"a body in quotes near the beginning of the file",
     .fixed = "DO'BEGIN IF EXISTS (SELECT 1 FROM t WHERE b = ''x'') THEN INSERT INTO t VALUES (1); "
              "END IF; END';\n",
     .option = "--default-isolation=serializable"},
    {"an INSERT without columns, of a number and an argument",
     .fixed = "CREATE TABLE t (a int, b int, c int, d int);\n"
              "CREATE FUNCTION f(i int) RETURNS void LANGUAGE plpgsql AS $$\n"
              "DECLARE n int; BEGIN SELECT max(b) + 1 INTO n FROM t WHERE a = i;\n"
              "INSERT INTO t VALUES (i, n); END $$;\nSELECT f(5);\n"},
    {"a chain of joins", joins},
    {"a chain of casts", casts},
    {"BETWEEN of sub-SELECTs, thirty deep", between},
    {"braces", braces},
    {"COPY without data", copies},
    {"triggers that write each other's tables", triggers},
};

/* The sandbox takes the place of the initial state, so the input is kept beside it. */
struct case_state {
    const struct hostile *input;
    void *sandbox;
};

/* What went wrong; NULL when it ended with a report. Owned by the caller. */
static char *trouble_with(const struct hostile *input)
{
    const struct surroundings around = {.seconds = input->known ? 2 : 20};
    g_autofree char *text = input->text ? input->text() : g_strdup(input->fixed);
    const char *option = input->option ? input->option : "--color=never";
    char *trouble = NULL;

    put("a.sql", text);
    struct outcome outcome = run_with(&around, "a.sql", option, NULL);
    if (outcome.status > 1 || !strstr(outcome.out, " in 1 file ("))
        trouble =
            g_strdup_printf("%s: status %d\n%.2000s", input->name, outcome.status, outcome.err);
    outcome_finish(&outcome);
    return trouble;
}

static void test_input(void **state)
{
    const struct hostile *input = ((const struct case_state *)*state)->input;
    char *trouble = trouble_with(input);

    if (input->known) {
        g_free(trouble);
        if (!trouble)
            print_message("not wrong here, is it still? %s\n", input->known);
        skip();
    }
    if (trouble)
        fail_msg("%s", trouble);
}

/* What once stopped a fuzz target. */
static void test_regressions(void **state)
{
    GDir *dir = g_dir_open(REGRESSIONS, 0, NULL);
    unsigned count = 0;
    const char *name;

    (void)state;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(REGRESSIONS, name, NULL);
        if (!g_str_has_suffix(name, ".sql"))
            continue;
        for (const struct report_format *format = report_formats; format->name; format++) {
            struct outcome outcome = run("--select=all", "-f", format->name, path, NULL);
            if (outcome.status > 1 || *outcome.err)
                fail_msg("%s as %s: status %d\n%s", name, format->name, outcome.status,
                         outcome.err);
            outcome_finish(&outcome);
        }
        count++;
    }
    g_dir_close(dir);
    assert_true(count > 0);
}

static int enter(void **state)
{
    struct case_state *each = *state;

    return sandbox_enter(&each->sandbox);
}

static int leave(void **state)
{
    struct case_state *each = *state;

    return sandbox_leave(&each->sandbox);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[G_N_ELEMENTS(inputs) + 1];
    struct case_state states[G_N_ELEMENTS(inputs)];

    if (!take_isolint(argc, argv))
        return 2;
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        states[i] = (struct case_state){.input = inputs + i};
        tests[i] = (struct CMUnitTest){.name = inputs[i].name,
                                       .test_func = test_input,
                                       .setup_func = enter,
                                       .teardown_func = leave,
                                       .initial_state = states + i};
    }
    tests[G_N_ELEMENTS(inputs)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
        test_regressions, sandbox_enter, sandbox_leave);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
