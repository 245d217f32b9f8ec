/* What the readers make of each format, and how they get over damage. */
#include "log/reader.h"

#include <glib.h>

#include "log/execution.h"
#include "log/prefix.h"
#include "support/check.h"

/* Reads all entries of a text; each is "line state message|detail|statement", parted by newlines.
 */
static char *read_all(const char *text, const char *given, uint64_t *damaged)
{
    struct error error = {0};
    struct prefix *prefix = given ? prefix_read(given, &error) : NULL;
    struct reader *reader = reader_open_bytes("test", text, strlen(text), prefix, &error);
    GString *out = g_string_new(NULL);
    struct entry entry;

    assert_null(error.message);
    assert_non_null(reader);
    while (reader_next(reader, &entry, &error))
        g_string_append_printf(out, "%u %.*s %.*s|%.*s|%.*s\n", entry.line, (int)entry.state.length,
                               entry.state.at ? entry.state.at : "", (int)entry.message.length,
                               entry.message.at ? entry.message.at : "", (int)entry.detail.length,
                               entry.detail.at ? entry.detail.at : "", (int)entry.statement.length,
                               entry.statement.at ? entry.statement.at : "");
    assert_null(error.message);
    if (damaged)
        *damaged = reader_losses(reader)->damaged;
    reader_close(reader);
    prefix_free(prefix);
    return g_string_free(out, FALSE);
}

static void expect_entries(const char *text, const char *prefix, const char *entries)
{
    g_autofree char *read = read_all(text, prefix, NULL);

    assert_string_equal(read, entries);
}

#define CSV(message, rest)                                                                              \
    "2026-11-27 21:06:15.072 UTC,\"u\",\"d\",119,\"h:1\",6b09f0c7.2e7c,1,\"idle\",2026-11-27 21:06:15 " \
    "UTC,3/51,0,LOG,00000,\"" message "\"," rest ",,,,,,,,\"app\",\"client backend\",,0\n"

static void test_csv(void **state)
{
    (void)state;
    expect_entries(CSV("statement: SELECT 'a\n\"\"b\"\"'", "\"x\"") CSV("second", ""), NULL,
                   "1 00000 statement: SELECT 'a\n\"b\"'|x|\n3 00000 second||\n");
}

/* As COPY writes the table that the manual has for it, and as a file of Windows has it. */
static void test_unquoted_csv(void **state)
{
    (void)state;
    expect_entries(
        "2026-11-27 21:06:15.072+00,u,d,119,h:1,6b09f0c7.2e7c,1,idle,2026-11-27 21:06:15+00,"
        "3/51,0,LOG,00000,statement: SELECT 1,,,,,,,,,app\r\n",
        NULL, "1 00000 statement: SELECT 1||\n");
}

/* The closing quote is lost, as when a file was cut and the next was appended to it. */
static void test_torn_csv(void **state)
{
    uint64_t damaged;

    (void)state;
    const char *text = CSV(
        "first",
        "") "2026-11-27 21:06:15.072 UTC,\"u\",\"d\",119,\"h:1\",6b09f0c7.2e7c,2,\"idle\",2026-11-27 "
            "21:06:15 UTC,3/51,0,LOG,00000,\"statement: SELECT 1, 'torn\n" CSV("third", "")
                CSV("4", "");
    g_autofree char *read = read_all(text, NULL, &damaged);
    assert_string_equal(read, "1 00000 first||\n3 00000 third||\n4 00000 4||\n");
    assert_int_equal(damaged, 1);
    g_autofree char *middle = read_all(strstr(text, "SELECT"), NULL, &damaged);
    assert_string_equal(middle, "2 00000 third||\n3 00000 4||\n");
}

static void test_json(void **state)
{
    uint64_t damaged;

    (void)state;
    g_autofree char *read = read_all(
        "{\"timestamp\":\"2026-11-27 21:06:15.072 UTC\",\"pid\":7,\"session_id\":\"a.1\","
        "\"error_severity\":\"ERROR\",\"state_code\":\"40001\",\"message\":\"n\\u00f6 \\\"x\\\"\\n\","
        "\"statement\":\"UPDATE t\\tSET a\"}\n"
        "{\"timestamp\":\"2026-11-27 21:06:15.072 UTC\",\"pid\":7,\"error_sev",
        NULL, &damaged);
    assert_string_equal(read, "1 40001 nö \"x\"\n||UPDATE t\tSET a\n");
    assert_int_equal(damaged, 1);
}

/* The object of the log in one of another program, beside objects that are of no server. */
static void test_inner_json(void **state)
{
    uint64_t damaged;

    (void)state;
    g_autofree char *read =
        read_all("{\"level\":\"info\",\"msg\":\"started\",\"labels\":{}}\n"
                 "{\"level\":\"info\",\"record\":{\"log_time\":\"2026-11-27 21:06:15.072 UTC\","
                 "\"process_id\":\"7\",\"error_severity\":\"ERROR\",\"sql_state_code\":\"40001\","
                 "\"message\":\"m\",\"query\":\"UPDATE t\"},\"message\":\"other\"}\n",
                 NULL, &damaged);
    assert_string_equal(read, "2 40001 m||UPDATE t\n");
    assert_int_equal(damaged, 0);
}

/* DETAIL and STATEMENT belong to the entry of their process, whoever wrote in between. */
static void test_stderr(void **state)
{
    (void)state;
    expect_entries("2026-11-27 21:06:15.072 UTC [7] u@d LOG:  statement: SELECT 1,\n"
                   "\t\t2\n"
                   "2026-11-27 21:06:15.073 UTC [8] u@d ERROR:  other\n"
                   "2026-11-27 21:06:15.073 UTC [7] u@d DETAIL:  parameters: $1 = 'a\n"
                   "\tb'\n"
                   "2026-11-27 21:06:15.073 UTC [8] u@d STATEMENT:  UPDATE t\n",
                   NULL,
                   "1  statement: SELECT 1,\n\t2|parameters: $1 = 'a\nb'|\n3  other||UPDATE t\n");
}

/* Prefixes as servers of all kinds have them; what matters is guessed from a few lines. */
static void test_prefixes(void **state)
{
    static const struct {
        const char *head, *user, *database, *application, *session, *transaction, *sqlstate;
        uint32_t process;
    } cases[] = {
        {"2026-11-27 21:06:15.072 UTC [119] ", "", "", "", "", "", "", 119},
        {"2026-11-27 21:06:15 CET [119]: [3-1] user=u,db=d,app=a b,client=10.0.0.1 ", "u", "d",
         "a b", "", "", "", 119},
        {"2026-11-27 21:06:15 UTC:10.0.0.1(5432):u@d:[119]:", "u", "d", "", "", "", "", 119},
        {"2026-11-27 21:06:15.072 +01 [119] u@d/app 6b09f0c7.2e7c:12 3/51 743 00000 -14968 ", "u",
         "d", "app", "6b09f0c7.2e7c", "3/51", "00000", 119},
        {"2026-11-27 21:06:15.072 UTC-6b09f0c7.2e7c-", "", "", "", "6b09f0c7.2e7c", "", "", 0x2e7c},
        {"2026-11-27 21:06:15.072 UTC [6b09f0c7.2e7c] ", "", "", "", "6b09f0c7.2e7c", "", "",
         0x2e7c},
        {"time_ms = \"2026-11-27 21:06:15.072 UTC\" pid=\"119\" "
         "proc_start_time=\"2026-11-27 20:00:00 UTC\" session_id=\"6b09f0c7.77\" vtid=\"3/51\" "
         "tid=\"0\" log_line=\"4\" database=\"d\" connection_source=\"10.0.0.1(5432)\" "
         "user=\"u\" application_name=\"a b\" ",
         "u", "d", "a b", "6b09f0c7.77", "3/51", "", 119},
        {"1795813575.072 119 u d ", "u", "d", "", "", "", "", 119},
        {"[119] [u] [d] [00000] ", "u", "d", "", "", "", "", 119},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct entry entry = {0};
        g_autofree char *text = g_strdup_printf(
            "%sLOG:  statement: SELECT 1\n%sLOG:  duration: 1 ms\n", cases[i].head, cases[i].head);
        struct prefix *prefix = prefix_guess(text, strlen(text));
        const struct piece head = {cases[i].head, strlen(cases[i].head)};
        assert_non_null(prefix);
        assert_true(prefix_match(prefix, head, &entry));
        assert_int_equal(entry.process, cases[i].process);
        assert_true(piece_is(entry.user, cases[i].user));
        assert_true(piece_is(entry.database, cases[i].database));
        assert_true(piece_is(entry.application, cases[i].application));
        assert_true(piece_is(entry.session, cases[i].session));
        assert_true(piece_is(entry.transaction, cases[i].transaction));
        if (*cases[i].sqlstate)
            assert_true(piece_is(entry.state, cases[i].sqlstate));
        prefix_free(prefix);
    }
}

/* What was said is not guessed. */
static void test_given_prefix(void **state)
{
    struct error error = {0};

    (void)state;
    expect_entries("q 40001 7 LOG:  hello\nq 00000 8 LOG:  world\n", "q %e %p ",
                   "1 40001 hello||\n2 00000 world||\n");
    assert_null(prefix_read("%m %u ", &error));
    assert_string_equal(error.message, "--log-line-prefix: \"%m %u \" has neither %p nor %c, so "
                                       "sessions cannot be told apart");
    error_clear(&error);
}

/* Names may hold anything; a line that does not end as the prefix does costs no more than others. */
static void test_hard_prefix(void **state)
{
    g_autofree char *names = g_strnfill(3000, '@');
    g_autofree char *text = g_strdup_printf("7 %s LOG:  hello\n7 a@b@c@d@e. LOG:  world\n", names);

    (void)state;
    expect_entries(text, "%p %u@%d@%a@%h@%u. ", "2  world||\n");
}

/* The default prefix has no %e: the SQLSTATE is that of the text. */
static void test_states(void **state)
{
    static const struct {
        const char *message, *entry;
    } cases[] = {
        {"deadlock detected", "40P01"},
        {"could not serialize access due to concurrent update", "40001"},
        {"could not serialize access due to read/write dependencies among transactions", "40001"},
        {"duplicate key value violates unique constraint \"k\"", "23505"},
        {"could not obtain lock on row in relation \"t\"", "55P03"},
        {"deadlock", ""},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *log = g_strdup_printf("2026-11-27 21:06:15.072 UTC [7] ERROR:  %s\n"
                                               "2026-11-27 21:06:15.072 UTC [7] LOG:  %s\n",
                                               cases[i].message, cases[i].message);
        g_autofree char *entries = g_strdup_printf("1 %s %s||\n2  %s||\n", cases[i].entry,
                                                   cases[i].message, cases[i].message);
        expect_entries(log, NULL, entries);
    }
}

/* Heroku writes the name of the database and counts the lines of an entry. */
static void test_heroku(void **state)
{
#define HEROKU "2026-11-27T21:06:15+00:00 app[postgres.7]: [DATABASE] "
    (void)state;
    expect_entries(HEROKU "[3-1]  sql_error_code = 40P01 time_ms = \"2026-11-27 21:06:15.072 UTC\" "
                          "pid=\"7\" ERROR:  deadlock detected\n" HEROKU
                          "[3-2]  sql_error_code = 40P01 time_ms = \"2026-11-27 21:06:15.072 UTC\" "
                          "pid=\"7\" STATEMENT:  UPDATE t\n" HEROKU "[3-3] #011SET n = 1\n",
                   NULL, "1 40P01 deadlock detected||UPDATE t\nSET n = 1\n");
}

/* What a page makes of a log that is pasted into it: tabs and two blanks become one, or the prefix is
 * left out. Where tabs are kept, a line with a blank is another program's. */
static void test_pasted(void **state)
{
    (void)state;
    expect_entries("2026-11-27 21:06:15.072 UTC [7] ERROR:  deadlock detected\n"
                   "2026-11-27 21:06:15.072 UTC [7] STATEMENT:  UPDATE t\n"
                   "        SET n = 1\n",
                   NULL, "1 40P01 deadlock detected||UPDATE t\n       SET n = 1\n");
    expect_entries("2026-11-27 21:06:15.072 UTC [7] ERROR:  deadlock detected\n"
                   "2026-11-27 21:06:15.072 UTC [7] STATEMENT:  UPDATE t\n"
                   "\tSET n = 1\n"
                   " at Pay.java:17\n",
                   NULL, "1 40P01 deadlock detected||UPDATE t\nSET n = 1\n");
    expect_entries("2026-11-27 21:06:15.072 UTC [7] ERROR: deadlock detected\n"
                   "2026-11-27 21:06:15.072 UTC [7] STATEMENT: UPDATE t\n",
                   NULL, "1 40P01 deadlock detected||UPDATE t\n");
    expect_entries("ERROR:  deadlock detected\nDETAIL:  Process 7\nSTATEMENT:  UPDATE t\n", NULL,
                   "1 40P01 deadlock detected|Process 7|UPDATE t\n");
}

static void test_no_log(void **state)
{
    static const char german[] = "2026-11-27 21:06:15.072 UTC [7] u@d FEHLER:  doppelt\n"
                                 "2026-11-27 21:06:15.072 UTC [7] u@d ANWEISUNG:  INSERT\n";
    const char *const texts[] = {"SELECT 1;\n", "hello, world\n", german};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct error error = {0};
        assert_null(reader_open_bytes("x.log", texts[i], strlen(texts[i]), NULL, &error));
        assert_true(g_str_has_prefix(error.message, "x.log: found no entry of a PostgreSQL log"));
        error_clear(&error);
    }
}

/* An entry beyond the limit keeps its beginning, and the next one is whole. */
static void test_huge(void **state)
{
    g_autofree char *values = g_strnfill(5u << 20, 'x');
    struct error error = {0};
    struct entry entry;

    (void)state;
    const char *formats[] = {
        CSV("statement: INSERT INTO t VALUES ('%s')", "") CSV("next", ""),
        "2026-11-27 21:06:15.072 UTC [7] u@d LOG:  statement: INSERT '%s'\n"
        "2026-11-27 21:06:15.072 UTC [7] u@d LOG:  next\n",
        "{\"timestamp\":\"2026-11-27 21:06:15.072 UTC\",\"pid\":7,\"session_id\":\"a.1\","
        "\"error_severity\":\"LOG\",\"message\":\"statement: %s\"}\n"
        "{\"timestamp\":\"2026-11-27 21:06:15.072 UTC\",\"pid\":7,\"session_id\":\"a.1\","
        "\"error_severity\":\"LOG\",\"message\":\"next\"}\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_auto(GStrv) parts = g_strsplit(formats[i], "%s", 2);
        g_autofree char *text = g_strconcat(parts[0], values, parts[1], NULL);
        struct reader *reader = reader_open_bytes("test", text, strlen(text), NULL, &error);
        assert_non_null(reader);
        assert_true(reader_next(reader, &entry, &error));
        assert_true(entry.cut);
        assert_true(reader_next(reader, &entry, &error));
        assert_true(piece_is(entry.message, "next"));
        assert_false(entry.cut);
        assert_int_equal(entry.line, 2);
        assert_false(reader_next(reader, &entry, &error));
        assert_int_equal(reader_losses(reader)->cut, 1);
        reader_close(reader);
    }
}

static struct piece piece_of(const char *text)
{
    return (struct piece){text, strlen(text)};
}

/* A number that no server writes is none, and neither wraps nor overflows. */
static void test_long_numbers(void **state)
{
    struct entry entry = {.kind = ENTRY_LOG,
                          .message = piece_of("duration: 99999999999999999999999.5 ms")};
    struct execution execution;
    struct piece parameters = piece_of("$4294967297 = '1'"), text;
    unsigned number;

    (void)state;
    execution_read(&entry, &execution);
    assert_int_equal(execution.kind, EXECUTION_NONE);
    entry.message = piece_of("duration: 86400000.5 ms");
    execution_read(&entry, &execution);
    assert_int_equal(execution.kind, EXECUTION_TIMED);
    assert_int_equal(execution.duration, INT64_C(86400000500));
    assert_false(parameter_next(&parameters, &number, &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),          cmocka_unit_test(test_torn_csv),
        cmocka_unit_test(test_unquoted_csv), cmocka_unit_test(test_heroku),
        cmocka_unit_test(test_json),         cmocka_unit_test(test_inner_json),
        cmocka_unit_test(test_stderr),       cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_given_prefix), cmocka_unit_test(test_hard_prefix),
        cmocka_unit_test(test_no_log),       cmocka_unit_test(test_states),
        cmocka_unit_test(test_pasted),       cmocka_unit_test(test_huge),
        cmocka_unit_test(test_long_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
