/* isolint log on real logs: of Django (functions called once, and at random by four processes), of
 * psycopg 3 and of drivers and ORMs of Node. tests/log has them, with the schemas. */
#include <sys/stat.h>

#include <cjson/cJSON.h>
#include <glib/gstdio.h>

#include "cli/logs.h"

/* The three formats of one run give the same programs, byte for byte. */
static void test_formats(void **state)
{
    static const struct {
        const char *schema, *logs[3];
    } cases[] = {
        {LOGS "django.sql", {LOGS "django.csv", LOGS "django.json", LOGS "django.log"}},
        {LOGS "psycopg.sql", {LOGS "psycopg.csv", LOGS "psycopg.json", LOGS "psycopg.log"}},
        {LOGS "node.sql", {LOGS "node.csv.gz", LOGS "node.json.gz", LOGS "node.log.gz"}},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *first = NULL;
        for (size_t j = 0; j < 3; j++) {
            g_autofree char *directory = g_strdup_printf("programs-%zu-%zu", i, j);
            g_autofree char *programs = programs_of(cases[i].logs[j], cases[i].schema, directory);
            assert_true(strlen(programs) > 1000);
            if (j == 0)
                first = g_steal_pointer(&programs);
            else
                assert_string_equal(programs, first);
        }
    }
}

/* Whether a warning of this rule stands at a statement of the program whose text has this piece.
 * NULL for the rule: any warning. */
static bool warns(const cJSON *report, const char *directory, const char *piece, const char *rule)
{
    const cJSON *finding;

    cJSON_ArrayForEach(finding, cJSON_GetObjectItem(report, "findings"))
    {
        const char *path = cJSON_GetObjectItem(finding, "path")->valuestring;
        const char *name = cJSON_GetObjectItem(finding, "rule")->valuestring;
        const char *severity = cJSON_GetObjectItem(finding, "severity")->valuestring;
        g_autofree char *text = get(path);
        if (strcmp(severity, "note") != 0 && g_str_has_prefix(path, directory) &&
            strstr(text, piece) && (!rule || strcmp(rule, name) == 0))
            return true;
    }
    return false;
}

struct case_of {
    const char *piece, *rule; /* NULL: the program is harmless */
};

static void expect_findings(const char *log, const char *schema, const struct case_of *cases)
{
    struct outcome outcome =
        run("log", "-s", schema, "--programs", "p", "-q", "-f", "json", log, NULL);
    cJSON *report = cJSON_Parse(outcome.out);

    assert_int_equal(outcome.status, 1);
    assert_non_null(report);
    for (; cases->piece; cases++) {
        if (warns(report, "p/", cases->piece, cases->rule) != (cases->rule != NULL))
            fail_msg("%s: %s", cases->piece, cases->rule ? cases->rule : "is harmless");
    }
    cJSON_Delete(report);
    outcome_finish(&outcome);
}

/* What was planted in the Django application is named; its harmless functions are left alone. */
static void test_django(void **state)
{
    static const struct case_of cases[] = {
        {"-- isolint: sequence\nSELECT \"bank_page\".\"id\", \"bank_page\".\"slug\", "
         "\"bank_page\".\"hits\", \"bank_page\".\"likes\" FROM \"bank_page\" WHERE "
         "\"bank_page\".\"slug\" = $1 AND \"bank_page\".\"id\" = $2 LIMIT 21;\nUPDATE",
         "read-outside-transaction"},                                    /* hit() */
        {"UPDATE \"bank_page\" SET \"hits\" = $3 WHERE", "lost-update"}, /* hit_atomic() */
        {"INSERT INTO \"bank_tag\"", "check-then-insert"},               /* tag() */
        {"BEGIN;\nSELECT COUNT(*) AS \"__count\" FROM \"bank_member\"", "count-then-insert"},
        {"BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT COUNT(*)", "serializable-predicate-write"},
        {"UPDATE \"bank_doctor\"", "write-skew"},
        {"INSERT INTO \"bank_entry\"", "derived-total"},
        {"LIMIT 1;\nUPDATE \"bank_job\"", "queue-claim"},
        {"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT", "row-lock-under-snapshot"},
        {"\"likes\" = (\"bank_page\".\"likes\" + $1)", NULL},                     /* like() */
        {"AND \"bank_account\".\"version\" = $", NULL},                           /* optimistic() */
        {"FOR UPDATE SKIP LOCKED", NULL},                                         /* claim_ok() */
        {"LIMIT 21 FOR UPDATE;\nSAVEPOINT s1;\nINSERT INTO \"bank_page\"", NULL}, /* page_u() */
        {NULL, NULL},
    };

    (void)state;
    expect_findings(LOGS "django-load.csv.gz", LOGS "django.sql", cases);
}

static void test_psycopg(void **state)
{
    static const struct case_of cases[] = {
        {"BEGIN;\nSELECT balance FROM accounts WHERE id = $1;\nUPDATE", "lost-update"},
        {"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT", "snapshot-read-modify-write"},
        {"SELECT COUNT(*) FROM users", "serializable-predicate-write"},
        {"DECLARE", NULL},
        {NULL, NULL},
    };

    (void)state;
    expect_findings(LOGS "psycopg.csv", LOGS "psycopg.sql", cases);
}

static void test_node(void **state)
{
    static const struct case_of cases[] = {
        {"UPDATE accounts SET balance = balance + $3", "lost-update"},
        {"SELECT balance FROM accounts WHERE id = $1;\nUPDATE accounts SET balance = $2 WHERE id = "
         "$1;\nCOMMIT",
         "snapshot-read-modify-write"},
        {"INSERT INTO bookings", "check-then-insert"},
        {"UPDATE stock SET qty = $2", "lost-update"},
        {"limit 1;\nupdate \"accounts\"", "snapshot-read-modify-write"}, /* knex */
        {"UPDATE \"sq_accounts\" SET \"balance\"=$2", "snapshot-read-modify-write"},
        {"LIMIT 1;\nSELECT \"TAccount\"", "snapshot-read-modify-write"}, /* TypeORM */
        {"LIMIT 1 FOR UPDATE;\nSELECT \"TAccount\"", NULL},
        {"update \"accounts\" set \"balance\" = $2", "snapshot-read-modify-write"}, /* drizzle */
        {"\"balance\"=\"balance\"+ $2", NULL},
        {NULL, NULL},
    };

    (void)state;
    expect_findings(LOGS "node.csv.gz", LOGS "node.sql", cases);
}

/* What failed is told with the program that was in the way, and whether it was repeated. */
static void test_observed(void **state)
{
    (void)state;
    expect_piece(run("log", "--severity=note", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL), 1,
                 "ran 6 times, and failed 3\n                times with 40001 here, because of "
                 "other-update-saving-");
    expect_piece(run("log", "--severity=note", "-s", LOGS "bank.sql", LOGS "durations.csv", NULL),
                 1,
                 "ran 1 time, and failed 1 time with\n                40001 here, because of "
                 "b-update-saving-");
    struct outcome outcome =
        run("log", "-s", LOGS "bank.sql", "-f", "json", LOGS "retry.csv", NULL);
    assert_non_null(strstr(outcome.out, "\"retried\":\t3"));
    assert_null(strstr(outcome.out, "retry-not-declared"));
    outcome_finish(&outcome);
}

/* A pooler has handed a session to another application, with the level that the first one set. */
static void test_leak(void **state)
{
    struct outcome outcome =
        run("log", "-q", "-f", "gcc", "-s", LOGS "bank.sql", LOGS "pooler.csv", NULL);

    (void)state;
    assert_non_null(strstr(outcome.out, ":7:1: warning: "));
    assert_non_null(strstr(outcome.out, "web-select-update-saving-"));
    assert_null(strstr(outcome.out, "batch-update-saving-5684 ran 1 time; another"));
    outcome_finish(&outcome);
}

/* A log that is named without the command is recognised, whatever its format. */
static void test_without_command(void **state)
{
    static const char *const logs[] = {"retry.csv", "psycopg.json", "psycopg.log"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(logs); i++) {
        g_autofree char *path = g_strconcat(LOGS, logs[i], NULL);
        g_autofree char *line = g_strdup_printf(
            "isolint: %s: this is a server's log; read it with: isolint log %s\n", path, path);
        expect(run("-q", path, NULL), 1, NULL, line);
    }
    put("a.sql", "SELEC 1;\n");
    expect(run("-q", "a.sql", NULL), 1, NULL, "");
    put("a.sql", "SELECT 1;\n-- ERROR:  column \"a\" specified more than once\nSELEC 1;\n");
    expect(run("-q", "a.sql", NULL), 1, NULL, "");
}

/* A finding stands where the log has it, in text as well. */
static void test_places(void **state)
{
    (void)state;
    expect_piece(run("log", "-q", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL), 1,
                 "--> " LOGS "retry.csv:61:1\n");
    expect_piece(run("log", "-q", "-f", "concise", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL),
                 1, LOGS "retry.csv:61:1: warning");
}

/* A tag in a comment says where the application sends a statement from. */
static void test_callsite(void **state)
{
    (void)state;
    put("shop/pay.py", "\n");
    expect_piece(run("log", "-q", "-f", "gcc", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL), 1,
                 "shop/pay.py:19:1: warning: ");
}

/* The repair is told in the words of the ORM that the statements look like. */
static void test_advice(void **state)
{
    (void)state;
    expect_piece(
        run("log", "-q", "-f", "gcc", "-s", LOGS "django.sql", LOGS "django-load.csv.gz", NULL), 1,
        "note: compute in the UPDATE (Django): .filter(pk=…).update(balance=F('balance') - 1)\n");
    struct outcome outcome = run("log", "-q", "-s", LOGS "psycopg.sql", LOGS "psycopg.csv", NULL);
    assert_null(strstr(outcome.out, "Django"));
    assert_null(strstr(outcome.out, "SQLAlchemy"));
    outcome_finish(&outcome);
}

/* Each failure with its cause; duplicates that were no race are not told. */
static void test_explain(void **state)
{
    (void)state;
    expect_piece(
        run("log", "-q", "--explain-errors", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL), 1,
        "  because of: other-update-saving-");
    expect_piece(
        run("log", "-q", "--explain-errors", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL), 1,
        "3 failures, 3 of them predicted by a finding\n");
    expect_piece(run("log", "-q", "--explain-errors", "-f", "json", "-s", LOGS "bank.sql",
                     LOGS "retry.csv", NULL),
                 1, "\"rule\":\t\"snapshot-read-modify-write\"");
    expect_refused(run("log", "--explain-errors", "-f", "sarif", LOGS "retry.csv", NULL),
                   "--explain-errors: is written as text or json, not as sarif");
}

/* Tables of the parts of a log, cut by session, give the programs of the whole. */
static void test_tables(void **state)
{
    struct outcome outcome = run("log", "-q", "--table", "whole", LOGS "psycopg.csv", NULL);
    g_autofree char *text = NULL;
    GString *parts[] = {g_string_new(NULL), g_string_new(NULL)};

    (void)state;
    outcome_finish(&outcome);
    assert_true(g_file_get_contents(LOGS "retry.csv", &text, NULL, NULL));
    /* Every record of this log is one line, but for a catalog query of one session. */
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int part = 0;
    for (char **line = lines; *line && **line; line++) {
        if (g_str_has_prefix(*line, "2026-"))
            part = strstr(*line, ",6b09f5e5.4478,") != NULL;
        g_string_append_printf(parts[part], "%s\n", *line);
    }
    for (int i = 0; i < 2; i++) {
        g_autofree char *log = g_strdup_printf("part-%d.csv", i);
        g_autofree char *table = g_strdup_printf("part-%d.table", i);
        put(log, parts[i]->str);
        outcome = run("log", "-q", "--table", table, log, NULL);
        outcome_finish(&outcome);
        g_string_free(parts[i], TRUE);
    }
    g_autofree char *whole = programs_of(LOGS "retry.csv", LOGS "bank.sql", "of-whole");
    outcome = run("log", "-s", LOGS "bank.sql", "--programs", "of-tables", "-q", "part-0.table",
                  "part-1.table", NULL);
    outcome_finish(&outcome);
    g_autofree char *merged = all_files("of-tables");
    assert_string_equal(merged, whole);

    /* A table that is read and written again is the same. */
    outcome = run("log", "-q", "--table", "again", "whole", NULL);
    outcome_finish(&outcome);
    g_autofree char *first = get("whole");
    g_autofree char *second = get("again");
    assert_string_equal(first, second);
    put("wrong", "{\"isolint\":\"programs\",\"version\":1}\n{\"key\":1}\n");
    expect_piece(run("log", "wrong", NULL), 2, "no findings");
    put("newer", "{\"isolint\":\"programs\",\"version\":99}\n");
    outcome = run("log", "newer", NULL);
    assert_int_equal(outcome.status, 2);
    assert_non_null(strstr(outcome.err, "newer: is a table of version 99"));
    outcome_finish(&outcome);
}

/* ------------------------------------------------------------------ privacy */

static void add_entry(GString *log, const char *kind, const char *message, const char *detail,
                      const char *statement)
{
    static unsigned line;
    static const char *const empty = "";
    const char *texts[] = {message, detail ? detail : empty, statement ? statement : empty};
    GString *quoted[3];

    for (int i = 0; i < 3; i++) {
        quoted[i] = g_string_new(texts[i]);
        g_string_replace(quoted[i], "\"", "\"\"", 0);
    }
    line++;
    g_string_append_printf(log,
                           "2026-11-27 21:06:%02u.%03u UTC,\"u\",\"d\",7,\"h:1\",6b09f0c7.7,%u,"
                           "\"idle\",2026-11-27 21:06:15 UTC,3/%u,0,%s,\"%s\",\"%s\",,,,,\"%s\",,,"
                           "\"app\",\"client backend\",,0\n",
                           line / 1000 % 60, line % 1000, line, line, kind, quoted[0]->str,
                           quoted[1]->str, quoted[2]->str);
    for (int i = 0; i < 3; i++)
        g_string_free(quoted[i], TRUE);
}

static void add_run(GString *log, const char *level, const char *const *statements,
                    const char *parameters)
{
    g_autofree char *begin = g_strdup_printf("statement: BEGIN%s", level);

    add_entry(log, "LOG,00000", begin, NULL, NULL);
    for (; *statements; statements++) {
        g_autofree char *message =
            g_strdup_printf("%s: %s", parameters ? "execute S_1" : "statement", *statements);
        g_autofree char *detail = parameters ? g_strdup_printf("parameters: %s", parameters) : NULL;
        add_entry(log, "LOG,00000", message, detail, NULL);
    }
    add_entry(log, "LOG,00000", "statement: COMMIT", NULL, NULL);
}

/* Values in every place where a log has them. Each begins with "zz" or is a number with 8181. */
static char *secret_log(void)
{
    static const char *const inlined[] = {
        "SELECT * FROM person WHERE name = 'zzann' AND mail IN ('zza@b', 'zzc@d', 'zze@f') /*x='zzcomment'*/",
        "UPDATE person SET mail = 'zzann@example.org', balance = 81815, born = DATE '8181-01-01', "
        "note = $zz$zzdollar$zz$, tag = E'zz\\'e' WHERE id = 81811 AND name LIKE 'zz%'",
        "INSERT INTO person(name, mail) VALUES ('zzbob', 'zz1'), ('zzcarl', 'zz2'), ('zzdora', 'zz3')",
        "SELECT * FROM person WHERE data @> '{\"zzkey\": 8181}' AND at > now() - interval '8181 days' "
        "-- zzline",
        "SELECT pg_advisory_xact_lock(818181), set_config('zzset', 'zzvalue', false)",
        NULL};
    static const char *const sent[] = {"SELECT * FROM person WHERE id = $1 AND state = 'zzstate'",
                                       "UPDATE person SET mail = $2 WHERE id = $1", NULL};
    GString *log = g_string_new(NULL);

    for (int i = 0; i < 4; i++) {
        add_run(log, "", inlined, NULL);
        add_run(log, " ISOLATION LEVEL SERIALIZABLE", inlined, NULL);
        add_run(log, "", sent, "$1 = '81817', $2 = 'zz''quoted''s\nnext'");
    }
    add_entry(log, "LOG,00000", "statement: BEGIN ISOLATION LEVEL REPEATABLE READ", NULL, NULL);
    add_entry(log, "LOG,00000", "statement: UPDATE person SET mail = 'zzfail' WHERE id = 81819",
              NULL, NULL);
    add_entry(log, "ERROR,40001", "zzmessage", "Key (mail)=(zzdetail) exists",
              "UPDATE person SET mail = 'zzfail' WHERE id = 81819");
    add_entry(log, "LOG,00000", "statement: ROLLBACK", NULL, NULL);
    add_entry(log, "ERROR,42601", "syntax error at zzsyntax", NULL,
              "SELEKT 'zzwrong' FROM zztable");
    add_entry(log, "LOG,00000", "statement: DO $$ BEGIN PERFORM 'zzdo'; END $$", NULL, NULL);
    add_entry(
        log, "LOG,00000", "statement: EXECUTE save('zzgiven', 81816)",
        "prepare: PREPARE save(text, int) AS UPDATE person SET mail = $1, note = 'zzprepared' "
        "WHERE id = $2",
        NULL);
    add_entry(log, "LOG,00000", "statement: CALL pay('zzcall', 81814)", NULL, NULL);
    add_entry(log, "LOG,00000", "statement: COPY person FROM PROGRAM 'zzprogram'", NULL, NULL);
    return g_string_free(log, FALSE);
}

static void expect_secret(const char *text)
{
    const char *found = strstr(text, "zz");

    found = found ? found : strstr(text, "8181");
    if (found)
        fail_msg("a value of the log is shown: %.80s", found);
}

static void test_privacy(void **state)
{
    static const char *const formats[] = {"text",   "gcc",    "json",  "sarif",
                                          "github", "gitlab", "junit", "html"};
    g_autofree char *log = secret_log();

    (void)state;
    put("log.csv", log);
    put("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text, mail text, balance int, "
                      "born date, note text, tag text, data jsonb, at timestamptz, state text);\n");
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        struct outcome outcome =
            run("log", "-v", "--select", "all", "--severity", "note", "-s", "schema.sql", "-f",
                formats[i], "--table", "table", "--programs", "p", "log.csv", NULL);
        assert_int_equal(outcome.status, 1);
        assert_true(strlen(outcome.out) > 100);
        expect_secret(outcome.out);
        expect_secret(outcome.err);
        outcome_finish(&outcome);
        outcome =
            run("log", "--select", "all", "-s", "schema.sql", "-f", formats[i], "log.csv", NULL);
        expect_secret(outcome.out);
        outcome_finish(&outcome);
    }
    g_autofree char *programs = all_files("p");
    g_autofree char *table = get("table");
    expect_secret(programs);
    expect_secret(table);
    assert_non_null(strstr(programs, "AND state = 'state:1'"));
}

/* ------------------------------------------------------------------ what cannot be read */

static void test_troubles(void **state)
{
    struct outcome outcome;

    (void)state;
    expect_refused(run("log", NULL), "log: no log is named; see isolint --help");
    expect_refused(run("--tests", "x.sql", NULL), "--tests: is an option of isolint log");
    expect_refused(run("log", "--since", "soon", "x.log", NULL),
                   "--since: not a time such as 2026-11-27 or 2026-11-27 21:06: \"soon\"");
    expect_refused(run("log", "--log-line-prefix", "%m ", "x.log", NULL),
                   "--log-line-prefix: \"%m \" has neither %p nor %c, so sessions cannot be told "
                   "apart");
    expect_refused(run("log", "--fix", "x.log", NULL),
                   "--fix: a log is no file to change; not for isolint log");
    put("german.log", "2026-11-27 21:06:15.072 UTC [7] u@d LOG:  Anweisung: SELECT 1\n");
    outcome = run("log", "-q", "german.log", NULL);
    assert_int_equal(outcome.status, 2);
    assert_true(g_str_has_prefix(outcome.err, "isolint: no statements in 1 entries: "));
    outcome_finish(&outcome);
    expect(run("log", "-q", "--allow-empty", "german.log", NULL), 0, NULL, "");
    put("x.log", "hello\n");
    outcome = run("log", "x.log", LOGS "retry.csv", "nope.log", NULL);
    assert_int_equal(outcome.status, 2);
    assert_non_null(strstr(outcome.err, "isolint: nope.log: No such file or directory\n"));
    assert_non_null(strstr(outcome.err, "isolint: x.log: found no entry of a PostgreSQL log"));
    assert_non_null(strstr(outcome.out, "lost-update")); /* of the one that is a log */
    outcome_finish(&outcome);
}

/* Compressed, from standard input, and cut: what is there is read. */
static void test_ways(void **state)
{
    g_autofree char *text = NULL;
    struct outcome whole =
        run("log", "-q", "-f", "gcc", "-s", LOGS "bank.sql", LOGS "retry.csv", NULL);

    (void)state;
    assert_true(g_file_get_contents(LOGS "retry.csv", &text, NULL, NULL));
    struct outcome outcome = run_with(&(struct surroundings){.input = text}, "log", "-q", "-f",
                                      "gcc", "-s", LOGS "bank.sql", "-", NULL);
    GString *renamed = g_string_new(whole.out);
    g_string_replace(renamed, LOGS "retry.csv", "stdin", 0);
    assert_string_equal(outcome.out, renamed->str);
    g_string_free(renamed, TRUE);
    outcome_finish(&outcome);
    outcome_finish(&whole);
    put_bytes("half.csv", text + strlen(text) / 4 + 7, strlen(text) / 2);
    outcome = run("log", "-s", LOGS "bank.sql", "half.csv", NULL);
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.err, "half.csv: left out "));
    outcome_finish(&outcome);
}

/* An editor of old Macs has stored the log: the same is found. */
static void test_carriage_returns(void **state)
{
    static const char *const ends[] = {".csv", ".json", ".log"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *name = g_strconcat("x", ends[i], NULL);
        g_autofree char *log = g_strconcat(LOGS "psycopg", ends[i], NULL);
        g_autofree char *text = NULL;
        assert_true(g_file_get_contents(log, &text, NULL, NULL));
        put(name, text);
        struct outcome whole = run("log", "-q", "-f", "gcc", "-s", LOGS "psycopg.sql", name, NULL);
        assert_true(*whole.out);
        put(name, g_strdelimit(text, "\n", '\r'));
        expect(run("log", "-q", "-f", "gcc", "-s", LOGS "psycopg.sql", name, NULL), 1, whole.out,
               whole.err);
        outcome_finish(&whole);
    }
}

/* Four transactions of a role, in one session. */
static void append_session(GString *log, const char *role, int process)
{
    static const char *const statements[] = {"BEGIN", "SELECT balance FROM account WHERE id = %d",
                                             "UPDATE account SET balance = 77 WHERE id = %d",
                                             "COMMIT"};

    for (int i = 0; i < 16; i++) {
        g_autofree char *statement = g_strdup_printf(statements[i % 4], i / 4 + 1);
        g_string_append_printf(
            log,
            "2026-11-27 10:00:%02d.%03d UTC,\"%s\",\"bank\",%d,\"[local]\",6a.%d,%d,\"x\","
            "2026-11-27 09:00:00 UTC,%d/%d,0,LOG,00000,\"statement: %s\",,,,,,,,,\"api\","
            "\"client backend\",,0\n",
            process % 60, i, role, process, process, i + 2, process, i / 4, statement);
    }
}

/* What ALTER ROLE and ALTER DATABASE have stored holds for the programs of that role, and of that
 * database; a table of programs keeps them apart. */
static void test_roles(void **state)
{
    static const char table[] =
        "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);\n";
    static const struct {
        const char *setting;
        int lost, fails; /* programs with such a finding */
    } cases[] = {
        {"", 1, 0},
        {"ALTER ROLE web SET default_transaction_isolation TO 'repeatable read';\n", 1, 1},
        {"ALTER ROLE other SET default_transaction_isolation TO 'repeatable read';\n", 1, 0},
        {"ALTER ROLE web IN DATABASE bank SET default_transaction_isolation = 'serializable';\n", 1,
         1},
        {"ALTER ROLE web IN DATABASE shop SET default_transaction_isolation = 'serializable';\n", 2,
         0},
        {"ALTER DATABASE bank SET default_transaction_isolation = 'repeatable read';\n", 0, 1},
        {"ALTER DATABASE shop SET default_transaction_isolation = 'repeatable read';\n", 1, 0},
    };
    g_autoptr(GString) log = g_string_new(NULL);

    (void)state;
    append_session(log, "web", 11);
    append_session(log, "batch", 12);
    put("log.csv", log->str);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *schema = g_strconcat(table, cases[i].setting, NULL);
        put("schema.sql", schema);
        for (int again = 0; again < 2; again++) {
            struct outcome outcome =
                run("log", "-s", "schema.sql", "-q", "-f", "concise", "--table", "programs.table",
                    again ? "programs.table" : "log.csv", NULL);
            assert_int_equal(count_of(outcome.out, "[lost-update]"), cases[i].lost);
            assert_int_equal(count_of(outcome.out, "[snapshot-read-modify-write]"), cases[i].fails);
            outcome_finish(&outcome);
        }
    }
}

static void put_part(const char *name, int process, const int (*values)[2], size_t count)
{
    g_autoptr(GString) log = g_string_new(NULL);

    for (size_t i = 0; i < 2 * count; i++) {
        g_autofree char *statement =
            i % 2 ? g_strdup_printf("UPDATE entry SET account = %d; COMMIT", values[i / 2][1])
                  : g_strdup_printf("BEGIN; SELECT v FROM account WHERE id = %d", values[i / 2][0]);
        g_string_append_printf(
            log,
            "2026-11-27 10:00:%02d.%03zu UTC,\"u\",\"d\",%d,\"[local]\",6a.%d,%zu,\"x\","
            "2026-11-27 09:00:00 UTC,3/4,0,LOG,00000,\"statement: %s\",,,,,,,,,\"api\","
            "\"client backend\",,0\n",
            process, i, process, process, i + 2, statement);
    }
    put(name, log->str);
}

/* Values that were equal in the first run of a part and not in a later one are two. */
static void test_merged_values(void **state)
{
    static const int equal[][2] = {{1, 1}, {2, 2}}, later[][2] = {{3, 3}, {4, 5}};

    (void)state;
    put_part("a.csv", 1, equal, 2);
    put_part("b.csv", 2, later, 2);
    const char *const runs[][6] = {
        {"--table", "a", "a.csv"}, {"--table", "b", "b.csv"}, {"--programs", "merged", "a", "b"}};
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome =
            run("log", "-q", runs[i][0], runs[i][1], runs[i][2], runs[i][3], NULL);
        outcome_finish(&outcome);
    }
    g_autofree char *programs = all_files("merged");
    assert_non_null(strstr(programs, "WHERE id = $1;\n"));
    assert_non_null(strstr(programs, "SET account = $2;\n"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_formats, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_django, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_psycopg, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_node, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_observed, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_leak, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_roles, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_without_command, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_places, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_callsite, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_advice, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_explain, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_tables, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_merged_values, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_privacy, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_troubles, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_ways, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_carriage_returns, sandbox_enter, sandbox_leave),
    };
    return take_isolint(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
