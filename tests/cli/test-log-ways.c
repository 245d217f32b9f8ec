/* The ways in which statements come into a log, and logs to isolint: kinds of messages, what is around
 * the lines, files that were rotated. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cli/logs.h"

/* ------------------------------------------------------------------ ways to send statements */

struct sent {
    const char *tag, *kind, *message, *detail, *statement;
};

static void append_sent(GString *log, const struct sent *sent)
{
    static unsigned line;

    line++;
    g_string_append_printf(
        log,
        "2026-11-27 21:06:%02u.%03u UTC,\"u\",\"d\",7,\"h:1\",6b09f0c7.7,%u,\"%s\","
        "2026-11-27 21:06:15 UTC,3/0,0,%s,\"%s\",\"%s\",,,,,\"%s\",,,\"app\","
        "\"client backend\",,0\n",
        line / 1000 % 60, line % 1000, line, sent->tag ? sent->tag : "idle",
        sent->kind ? sent->kind : "LOG,00000", sent->message, sent->detail ? sent->detail : "",
        sent->statement ? sent->statement : "");
}

static char *programs_sent(const struct sent *sent, const char *directory)
{
    g_autoptr(GString) log = g_string_new(NULL);

    for (; sent->message; sent++)
        append_sent(log, sent);
    put("sent.csv", log->str);
    return programs_of("sent.csv", LOGS "bank.sql", directory);
}

/* What EXECUTE runs is what was prepared, with its arguments as the values. */
static void test_execute(void **state)
{
    static const char get[] =
        "prepare: PREPARE get(int) AS SELECT balance FROM account WHERE id=$1";
    static const char set[] =
        "prepare: prepare set (text, int) as UPDATE account SET balance=$1 WHERE id=$2";
    static const struct sent sent[] = {
        {.message = "statement: BEGIN"},
        {.message = "statement: EXECUTE get(7)", .detail = get},
        {.message = "statement: execute set (('3' || 'x')::text, 7)", .detail = set},
        {.message = "statement: COMMIT"},
        {.message = "statement: BEGIN"},
        {.message = "statement: EXECUTE get(8::int)", .detail = get},
        {.message = "statement: EXECUTE set(NULL, '8')", .detail = set},
        {.message = "statement: COMMIT"},
        {0}};
    g_autofree char *programs = programs_sent(sent, "p");

    (void)state;
    assert_non_null(strstr(programs, "BEGIN;\nSELECT balance FROM account WHERE id=$1;\n"
                                     "UPDATE account SET balance=$2 WHERE id=$1;\nCOMMIT;\n"));
    assert_null(strstr(programs, "EXECUTE"));
}

/* AND CHAIN begins the next transaction with the same modes. */
static void test_chain(void **state)
{
    static const struct sent sent[] = {
        {.message = "statement: BEGIN ISOLATION LEVEL REPEATABLE READ"},
        {.message = "statement: SELECT balance FROM account WHERE id=1"},
        {.message = "statement: COMMIT AND CHAIN"},
        {.message = "statement: UPDATE account SET balance=5 WHERE id=1"},
        {.message = "statement: ROLLBACK AND CHAIN"},
        {.message = "statement: DELETE FROM account WHERE id=1"},
        {.message = "statement: COMMIT"},
        {.message = "statement: SELECT balance FROM account WHERE id=2"},
        {0}};
    g_autofree char *programs = programs_sent(sent, "p");

    (void)state;
    assert_non_null(strstr(programs, "\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT"));
    assert_non_null(strstr(programs, "\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nUPDATE"));
    assert_non_null(strstr(programs, "\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nDELETE"));
}

/* Cursors that are named for one run are one. */
static void test_cursors(void **state)
{
    GString *log = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *names[] = {"_django_curs_140_sync_1", "\"\"c-9f86d081\"\""};
        g_autofree char *declare = g_strdup_printf(
            "statement: DECLARE %s CURSOR FOR SELECT id FROM account FOR UPDATE", names[i]);
        g_autofree char *fetch = g_strdup_printf("statement: FETCH 10 FROM %s;", names[i]);
        g_autofree char *update = g_strdup_printf(
            "statement: UPDATE account SET balance = 0 WHERE CURRENT OF %s", names[i]);
        g_autofree char *close = g_strdup_printf("statement: CLOSE %s", names[i]);
        const struct sent sent[] = {{.message = "statement: BEGIN"},
                                    {.message = declare},
                                    {.message = fetch},
                                    {.message = update},
                                    {.message = close},
                                    {.message = "statement: COMMIT"}};
        for (size_t j = 0; j < G_N_ELEMENTS(sent); j++)
            append_sent(log, &sent[j]);
    }
    put("sent.csv", log->str);
    g_string_free(log, TRUE);
    g_autofree char *programs = programs_of("sent.csv", LOGS "bank.sql", "p");
    assert_int_equal(count_of(programs, "DECLARE cursor1 CURSOR"), 1);
    assert_non_null(strstr(programs, "FETCH 10 FROM cursor1;\n"));
    assert_non_null(strstr(programs, "WHERE CURRENT OF cursor1;\nCLOSE cursor1;\n"));
}

/* Of a message with several statements the one that failed is named, and COMMIT in the same message was
 * not reached; a statement that is in no program does not let another one fail. */
static void test_failed_statement(void **state)
{
    static const char message[] =
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT balance FROM account WHERE "
        "id=1; UPDATE account SET balance=5 WHERE id=1; COMMIT";
    static const struct sent sent[] = {
        {.message =
             "statement: BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT balance FROM account WHERE "
             "id=1; UPDATE account SET balance=5 WHERE id=1; COMMIT"},
        {.tag = "UPDATE",
         .kind = "ERROR,40001",
         .message = "could not serialize access due to concurrent update",
         .statement = message},
        {.message = "statement: ROLLBACK"},
        {.message = "statement: BEGIN ISOLATION LEVEL SERIALIZABLE"},
        {.message = "statement: SELECT balance FROM account WHERE id=3"},
        {.message = "statement: DO $$ BEGIN UPDATE account SET balance=9 WHERE id=3; END $$"},
        {.tag = "DO",
         .kind = "ERROR,40001",
         .message = "could not serialize access due to concurrent update",
         .statement = "DO $$ BEGIN UPDATE account SET balance=9 WHERE id=3; END $$"},
        {.message = "statement: ROLLBACK"},
        {0}};

    (void)state;
    g_free(programs_sent(sent, "p"));
    struct outcome outcome = run("log", "-s", LOGS "bank.sql", "--explain-errors", "--fail-on",
                                 "never", "sent.csv", NULL);
    assert_non_null(strstr(outcome.out, "  failed: UPDATE account of "));
    assert_non_null(strstr(outcome.out, "predicted by: snapshot-read-modify-write"));
    assert_non_null(strstr(outcome.out, "\n1 failure, 1 of them predicted by a finding\n"));
    assert_non_null(strstr(outcome.err,
                           "left out 1 failure with 40001 or 40P01 of statements that are in no "
                           "program: of DDL or DO, or "));
    outcome_finish(&outcome);
}

/* A program that fails beside another run of itself. What a finding says is written once. */
static void test_failed_beside_itself(void **state)
{
    static const char *const lines[] = {
        "[1] 00000 LOG:  statement: BEGIN ISOLATION LEVEL REPEATABLE READ",
        "[2] 00000 LOG:  statement: BEGIN ISOLATION LEVEL REPEATABLE READ",
        "[1] 00000 LOG:  statement: UPDATE stock SET n = n - 1 WHERE id = 7",
        "[2] 00000 LOG:  statement: UPDATE stock SET n = n - 1 WHERE id = 7",
        "[1] 00000 LOG:  statement: COMMIT",
        "[2] 40001 ERROR:  could not serialize access due to concurrent update",
        "[2] 40001 STATEMENT:  UPDATE stock SET n = n - 1 WHERE id = 7",
        "[2] 00000 LOG:  statement: ROLLBACK",
    };
    g_autoptr(GString) log = g_string_new(NULL);

    (void)state;
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(lines); i++)
        g_string_append_printf(log, "2026-11-27 10:00:%02u.000 UTC %s\n", i,
                               lines[i % G_N_ELEMENTS(lines)]);
    put("itself.log", log->str);
    struct outcome outcome = run("log", "--explain-errors", "itself.log", NULL);
    assert_int_equal(count_of(outcome.out, "  because of: another run of it\n"), 2);
    assert_int_equal(count_of(outcome.out, "  help: "), 1);
    assert_int_equal(count_of(outcome.out, ", as above\n"), 1);
    outcome_finish(&outcome);
    expect_piece(run("log", "itself.log", NULL), 1, "because of another run of it");
}

static void send_updates(GString *log, unsigned count)
{
    append_sent(log, &(struct sent){.message = "statement: BEGIN"});
    for (unsigned id = 0; id < count; id++) {
        g_autofree char *message =
            g_strdup_printf("statement: UPDATE account SET balance=1 WHERE id=%u", id);
        append_sent(log, &(struct sent){.message = message});
    }
    append_sent(log, &(struct sent){.message = "statement: COMMIT"});
}

/* What is not compared with other transactions for a limit is said, and only that. */
static void test_many_rows(void **state)
{
    static const unsigned counts[] = {32, 33};

    (void)state;
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(GString) log = g_string_new(NULL);
        send_updates(log, counts[i]);
        put("sent.csv", log->str);
        struct outcome outcome =
            run("log", "-s", LOGS "bank.sql", "--fail-on", "never", "sent.csv", NULL);
        bool said = strstr(outcome.err, "isolint: compared only the first 32 tables and rows of 1 "
                                        "transaction with those of others\n");
        assert_int_equal(said, counts[i] > 32);
        outcome_finish(&outcome);
    }
}

/* Prisma is told by its statements, and answered in its words. */
static void test_prisma(void **state)
{
#define NAME "\"\"public\"\".\"\"account\"\""
    static const char read[] =
        "execute s1: SELECT " NAME ".\"\"id\"\", " NAME ".\"\"balance\"\" FROM " NAME
        " WHERE (" NAME ".\"\"id\"\" = $1 AND 1=1) LIMIT $2 OFFSET $3";
    static const char write[] = "execute s2: UPDATE " NAME " SET \"\"balance\"\" = $1 WHERE (" NAME
                                ".\"\"id\"\" = $2 AND 1=1) RETURNING " NAME ".\"\"id\"\"";
    static const struct sent sent[] = {
        {.message = "statement: BEGIN"},
        {.message = read, .detail = "parameters: $1 = '7', $2 = '1', $3 = '0'"},
        {.message = write, .detail = "parameters: $1 = '90', $2 = '7'"},
        {.message = "statement: COMMIT"},
        {0}};

    (void)state;
    g_free(programs_sent(sent, "p"));
    put("schema.sql", "CREATE TABLE account (id int PRIMARY KEY, balance int);\n");
    expect_piece(run("log", "-q", "-f", "gcc", "-s", "schema.sql", "sent.csv", NULL), 1,
                 "note: compute in the UPDATE (Prisma): data: {balance: {decrement: 1}}\n");
}

/* Rails sends the count of LIMIT as a parameter: 1 in all runs is what it looks for. */
static void test_bound_limit(void **state)
{
#define FIND(limit)                                                                            \
    {                                                                                          \
        .message = "execute s1: SELECT id, n FROM t WHERE kind = $1 ORDER BY n DESC LIMIT $2", \
        .detail = "parameters: $1 = 'a', $2 = '" limit "'"                                     \
    }
    static const struct sent one[] = {FIND("1"), FIND("1"), {0}};
    static const struct sent some[] = {FIND("1"), FIND("20"), {0}};
#undef FIND

    (void)state;
    g_autofree char *first = programs_sent(one, "p"), *second = programs_sent(some, "p");
    assert_non_null(strstr(first, "ORDER BY n DESC LIMIT 1;"));
    assert_non_null(strstr(second, "ORDER BY n DESC LIMIT $2;"));
}

/* ------------------------------------------------------------------ what is around a log */

/* What each line of the log begins and ends with; a line end in an entry comes as it does there. */
struct around {
    const char *first, *before, *after, *last;
    bool object, entries; /* entries: lines that begin with a tab are part of what is before */
};

/* As JSON has it, without its quotes. */
static void append_json(GString *out, const char *text)
{
    cJSON *string = cJSON_CreateString(text);
    g_autofree char *quoted = cJSON_PrintUnformatted(string);

    g_string_append_len(out, quoted + 1, (gssize)strlen(quoted) - 2);
    cJSON_Delete(string);
}

static char *carried(const char *log, const struct around *around)
{
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    GString *out = g_string_new(around->first);

    for (guint i = 0; lines[i] && *lines[i]; i++) {
        g_autoptr(GString) entry = g_string_new(lines[i]);
        while (around->entries && lines[i + 1] && *lines[i + 1] == '\t')
            g_string_append_printf(entry, "\n%s", lines[++i]);
        g_string_append(out, around->before);
        if (around->object)
            append_json(out, entry->str);
        else
            g_string_append(out, entry->str);
        g_string_append_printf(out, "%s\n", around->after);
    }
    g_string_append(out, around->last);
    return g_string_free(out, FALSE);
}

/* A log that docker, kubectl or a cloud hands over is the log that the server wrote. */
static void test_carriers(void **state)
{
    static const struct around cases[] = {
        {"", "db-1  | ", "", "", false, false},
        {"Attaching to db-1\n", "db_1    | 2026-11-27T21:06:15.072115Z ", "\r", "web-1   | GET /\n",
         false, false},
        {"", "2026-11-27T21:06:15.0721159Z ", "", "", false, false},
        {"", "[pod/db-0/postgres] ", "", "", false, false},
        {"", "{\"log\":\"", "\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-27T21:06:15Z\"}", "",
         true, false},
        {"", "{\"severity\":\"INFO\",\"textPayload\":\"",
         "\",\"timestamp\":\"2026-11-27T21:06:15Z\"}", "", true, true},
        {"[\n", "  {\n    \"insertId\": \"s=1\",\n    \"textPayload\": \"", "\"\n  },", "]\n", true,
         true},
        {"{\n  \"events\": [\n", "    {\n      \"message\": \"",
         "\",\n      \"ingestionTime\": 1\n    },", "  ]\n}\n", true, true},
        {"",
         "{\"category\":\"PostgreSQLLogs\",\"properties\":{\"errorLevel\":\"LOG\",\"message\":\"",
         "\"}}", "", true, true},
    };
    g_autofree char *log = NULL,
                    *whole = programs_of(LOGS "django.log", LOGS "django.sql", "whole");

    (void)state;
    assert_true(g_file_get_contents(LOGS "django.log", &log, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = carried(log, &cases[i]);
        g_autofree char *directory = g_strdup_printf("p%zu", i);
        put("carried", text);
        g_autofree char *programs = programs_of("carried", LOGS "django.sql", directory);
        assert_string_equal(programs, whole);
    }
}

/* Lines are those of the file: an entry of several lines stands in one line of it. */
static void test_carried_lines(void **state)
{
    static const char text[] =
        "{\"textPayload\":\"2026-11-27 21:06:15.072 UTC [7] LOG:  statement: SELECT\\n\\tbalance FROM "
        "account\\nWHERE id = 1\"}\n"
        "{\"textPayload\":\"2026-11-27 21:06:15.073 UTC [7] LOG:  statement: INSERT INTO account VALUES "
        "(1)\"}\n"
        "{\"textPayload\":\"2026-11-27 21:06:15.074 UTC [7] LOG:  statem";

    (void)state;
    put("carried", text);
    struct outcome outcome = run("log", "--table", "-", "--fail-on", "never", "-f", "json", "-o",
                                 "report", "carried", NULL);
    assert_non_null(strstr(outcome.out, "\"text\":\"SELECT balance FROM account WHERE id = $1\""));
    assert_non_null(
        strstr(outcome.err,
               "carried: left out 1 piece that cannot be read as an entry (the first at line 3)"));
    outcome_finish(&outcome);
}

/* syslog cuts lines after 900 bytes, and writes a tab as #011. */
static void test_syslog(void **state)
{
    static const char text[] =
        "Nov 27 21:06:15 host postgres[7]: [3-1] u@d LOG:  statement: SELECT balance\n"
        "Nov 27 21:06:15 host postgres[7]: [3-2] #011FROM acc\n"
        "Nov 27 21:06:15 host postgres[7]: [3-3] ount WHERE id = 1\n"
        "Nov 27 21:06:16 host cron[9]: job\n"
        "Nov 27 21:06:16 host postgres[7]: [4-1] u@d LOG:  statement: DELETE FROM account\n";

    (void)state;
    put("syslog", text);
    g_autofree char *programs = programs_of("syslog", LOGS "bank.sql", "p");
    assert_non_null(strstr(programs, "\nSELECT balance FROM account WHERE id = $1;\n"));
    assert_non_null(strstr(programs, "\nDELETE FROM account;\n"));
}

/* ------------------------------------------------------------------ what errors look like */

/* log_error_verbosity = verbose puts the SQLSTATE before each message; a WARNING fails nothing. */
static void test_verbose(void **state)
{
    static const char *const lines[] = {
        "LOG:  00000: statement: BEGIN ISOLATION LEVEL REPEATABLE READ",
        "LOG:  00000: statement: SELECT balance FROM account WHERE id = 1",
        "LOG:  00000: statement: BEGIN",
        "WARNING:  25001: there is already a transaction in progress",
        "LOG:  00000: statement: UPDATE account SET balance = 5 WHERE id = 1",
        "ERROR:  40001: could not serialize access due to concurrent update",
        "LOCATION:  ExecUpdate, nodeModifyTable.c:2233",
        "STATEMENT:  UPDATE account SET balance = 5 WHERE id = 1",
        "LOG:  00000: statement: ROLLBACK"};
    GString *log = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        g_string_append_printf(log, "2026-11-27 21:06:15.%03zu UTC [7] %s\n", i, lines[i]);
    put("verbose.log", log->str);
    g_string_free(log, TRUE);
    expect_piece(run("log", "-s", LOGS "bank.sql", "--explain-errors", "verbose.log", NULL), 1,
                 "40001 verbose.log:6\n  failed: UPDATE account of ");
}

/* ------------------------------------------------------------------ several files, several threads */

/* Where an entry begins, after a BEGIN in the middle: in the middle of a transaction. */
static const char *rotation(const char *log)
{
    const char *begin = strstr(log + strlen(log) / 2, ": BEGIN");

    assert_non_null(begin);
    const char *next = strstr(begin, "\n2026-");
    assert_non_null(next);
    return next + 1;
}

/* A log that was rotated while transactions were open is the log that it would have been, with any
 * number of threads, and with a table of programs among its files. */
static void test_rotated(void **state)
{
    static const char *const jobs[] = {"1", "2", "4"};
    static const char *const logs[] = {"psycopg.csv", "retry.csv"};
    static const char *const schemas[] = {"psycopg.sql", "bank.sql"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++) {
        g_autofree char *path = g_strconcat(LOGS, logs[i], NULL), *text = NULL;
        g_autofree char *schema = g_strconcat(LOGS, schemas[i], NULL), *first = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        const char *cut = rotation(text);
        put_bytes("b.csv", text, (size_t)(cut - text));
        put("a.csv", cut);
        g_autofree char *whole = programs_of(path, schema, "p");
        for (size_t j = 0; j < G_N_ELEMENTS(jobs); j++) {
            struct outcome outcome =
                run("log", "-j", jobs[j], "-s", schema, "--programs", "q", "--table", "table", "-f",
                    "json", "--explain-errors", LOGS "node.csv.gz", "a.csv", "b.csv", NULL);
            g_autofree char *errors = g_strdup(outcome.out);
            g_autofree char *table = get("table");
            outcome_finish(&outcome);
            outcome = run("log", "-j", jobs[j], "-s", schema, "--programs", "p", "-f", "json",
                          "a.csv", "b.csv", NULL);
            g_autofree char *programs = all_files("p");
            assert_string_equal(programs, whole);
            g_autofree char *all = g_strconcat(errors, table, outcome.out, outcome.err, NULL);
            if (first)
                assert_string_equal(all, first);
            else
                first = g_steal_pointer(&all);
            outcome_finish(&outcome);
        }
    }
}

static gpointer write_to_pipe(gpointer text)
{
    int pipe = open("pipe", O_WRONLY); /* waits for a reader */
    ssize_t written = write(pipe, text, strlen(text));

    close(pipe);
    return GSIZE_TO_POINTER(written);
}

/* Nobody writes to a named pipe at first. */
static void test_named_pipe(void **state)
{
    g_autofree char *text = NULL;

    (void)state;
    assert_true(g_file_get_contents(LOGS "pooler.csv", &text, NULL, NULL));
    assert_int_equal(mkfifo("pipe", 0600), 0);
    GThread *thread = g_thread_new("writer", write_to_pipe, text);
    g_autofree char *programs = programs_of("pipe", LOGS "bank.sql", "p");
    assert_int_equal(GPOINTER_TO_SIZE(g_thread_join(thread)), strlen(text));
    g_autofree char *expected = programs_of(LOGS "pooler.csv", LOGS "bank.sql", "q");
    assert_int_equal(count_of(programs, "BEGIN"), count_of(expected, "BEGIN"));
}

/* What is done to a log that isolint does not undo is said. */
static void test_packed(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *trouble;
    } cases[] = {
        {"\xFF\xFE"
         "2\0000\0",
         6, "is UTF-16; save it as UTF-8"},
        {"\xFF\xFE\0\0"
         "2\0\0\0",
         8, "is UTF-32; save it as UTF-8"},
        {"\x28\xB5\x2F\xFD\x04", 5, "is compressed by zstd; isolint reads text and gzip"},
        {"PK\x03\x04\x14", 5, "is compressed by zip; isolint reads text and gzip"},
        {"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF\xFF\xFF\xFF", 15, "its compressed data are damaged"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *trouble = g_strdup_printf("isolint: x.log: %s\n", cases[i].trouble);
        put_bytes("x.log", cases[i].bytes, cases[i].size);
        expect(run("log", "-q", "-f", "gcc", "x.log", NULL), 2, "", trouble);
    }
}

/* ------------------------------------------------------------------ fixtures of tests */

static void append_find(GString *log, int value)
{
    g_autofree char *text =
        g_strdup_printf("statement: SELECT id FROM account WHERE owner='%d' AND balance>=0", value);

    append_sent(log, &(struct sent){.message = text});
}

static void append_create(GString *log, int value)
{
    g_autofree char *text =
        g_strdup_printf("statement: INSERT INTO account (owner) VALUES ('%d')", value);

    append_sent(log, &(struct sent){.message = "statement: BEGIN"});
    append_sent(log, &(struct sent){.message = text});
    append_sent(log, &(struct sent){.message = "statement: COMMIT"});
}

/* Twelve rows of the fixtures, four that are looked for and created, and some that are only looked for. */
static bool has_sequence(int only_found, const char *directory)
{
    g_autoptr(GString) log = g_string_new(NULL);

    for (int i = 0; i < 12; i++)
        append_create(log, 100 + i);
    for (int i = 0; i < only_found; i++)
        append_find(log, 200 + i);
    append_sent(log, &(struct sent){.message = "statement: SELECT count(*) FROM entry"});
    for (int i = 0; i < 4; i++) {
        append_find(log, 300 + i);
        append_create(log, 300 + i);
    }
    put("fixtures.csv", log->str);
    g_autofree char *programs = programs_of("fixtures.csv", LOGS "bank.sql", directory);
    return strstr(programs, "-- isolint: sequence\nSELECT id FROM account") != NULL;
}

/* Rows that fixtures create in the same way do not hide that a function looks before it creates. */
static void test_fixtures(void **state)
{
    (void)state;
    assert_true(has_sequence(0, "created"));
    assert_true(has_sequence(1, "mostly-created"));
    assert_false(has_sequence(4, "found"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_packed, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_execute, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_chain, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_cursors, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_prisma, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_bound_limit, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_failed_statement, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_failed_beside_itself, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_many_rows, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_carriers, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_carried_lines, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_syslog, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_verbose, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_rotated, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_fixtures, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_named_pipe, sandbox_enter, sandbox_leave),
    };
    return take_isolint(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
