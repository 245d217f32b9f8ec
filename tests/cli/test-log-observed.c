/* What a log has observed makes a note a warning: rows that were locked in opposite orders, a key that
 * another run has inserted meanwhile. And what it has not shown is not said. */
#include "cli/logs.h"

/* What a session sends, or the error that it gets. */
struct entry {
    int session;
    const char *statement;
    const char *error; /* "23505", of the statement */
};

static void append_line(GString *log, const struct entry *entry, int line, const char *kind,
                        const char *message, const char *statement)
{
    int session = entry->session;

    g_string_append_printf(
        log,
        "2026-11-27 10:00:00.%03d UTC,\"u\",\"d\",%d,\"[local]\",6a.%d,%d,\"x\","
        "2026-11-27 09:00:00 UTC,%d/%d,0,%s,\"%s\",,,,,,%s,,,\"app\",\"client backend\",,0\n",
        line, session, session, line, session, line, kind, message, statement);
}

static void put_log(const char *name, const struct entry *entry)
{
    g_autoptr(GString) log = g_string_new(NULL);

    for (int line = 1; entry->statement; entry++, line += 2) {
        g_autofree char *message = g_strconcat("statement: ", entry->statement, NULL);
        append_line(log, entry, line, "LOG,00000", message, "");
        if (!entry->error)
            continue;
        g_autofree char *kind = g_strconcat("ERROR,", entry->error, NULL);
        g_autofree char *statement = g_strdup_printf("\"%s\"", entry->statement);
        append_line(log, entry, line + 1, kind, "it failed", statement);
    }
    put(name, log->str);
}

/* How often the rule is named behind `severity`; "": as anything. */
static int count_said(const char *log, const char *severity, const char *rule)
{
    struct outcome outcome =
        run("log", "-q", "--severity=note", "-f", "concise", "-s", "schema.sql", log, NULL);
    g_autofree char *tag = g_strdup_printf("%s[%s]", severity, rule);
    int count = count_of(outcome.out, tag);

    assert_true(outcome.status <= 1);
    outcome_finish(&outcome);
    return count;
}

static bool warns(const char *log, const char *rule)
{
    return count_said(log, ": warning", rule) > 0;
}

static int findings_of(const char *log, const char *rule)
{
    return count_said(log, "", rule);
}

#define LOCK(session, berth)                                                    \
    {                                                                           \
        session, "SELECT ship FROM berth WHERE no = " berth " FOR UPDATE", NULL \
    }

#define MOVE(session, from, to)                                       \
    {session, "BEGIN", NULL}, LOCK(session, from), LOCK(session, to), \
    {                                                                 \
        session, "COMMIT", NULL                                       \
    }

static void test_orders(void **state)
{
    static const struct entry opposite[] = {
        MOVE(1, "4", "7"), MOVE(2, "2", "5"), MOVE(3, "7", "4"), {0}};
    static const struct entry same[] = {
        MOVE(1, "4", "7"), MOVE(2, "2", "5"), MOVE(3, "4", "7"), {0}};
    /* The second one is locked a second time. */
    static const struct entry again[] = {
        {1, "BEGIN", NULL},  LOCK(1, "4"),        LOCK(1, "7"), LOCK(1, "4"),
        {1, "COMMIT", NULL}, {2, "BEGIN", NULL},  LOCK(2, "2"), LOCK(2, "5"),
        LOCK(2, "2"),        {2, "COMMIT", NULL}, {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE berth (no int PRIMARY KEY, ship text);\n");
    put_log("opposite.csv", opposite);
    put_log("same.csv", same);
    put_log("again.csv", again);
    assert_true(warns("opposite.csv", "lock-order"));
    expect_piece(run("log", "-q", "-s", "schema.sql", "opposite.csv", NULL), 1,
                 "two of its runs locked the\n               same two rows in opposite orders\n");
    assert_false(warns("same.csv", "lock-order"));
    assert_false(warns("again.csv", "lock-order"));
}

/* Each of the two runs is in a part of the log, of which there is a table. */
static void test_orders_of_parts(void **state)
{
    static const struct entry parts[][5] = {{MOVE(1, "4", "7"), {0}}, {MOVE(3, "7", "4"), {0}}};

    (void)state;
    put("schema.sql", "CREATE TABLE berth (no int PRIMARY KEY, ship text);\n");
    for (size_t i = 0; i < 2; i++) {
        g_autofree char *table = g_strdup_printf("%zu.table", i);
        put_log("part.csv", parts[i]);
        struct outcome outcome = run("log", "-q", "--table", table, "part.csv", NULL);
        outcome_finish(&outcome);
        assert_false(warns(table, "lock-order"));
    }
    struct outcome outcome = run("log", "-q", "--table", "whole.table", "0.table", "1.table", NULL);
    outcome_finish(&outcome);
    assert_true(warns("whole.table", "lock-order"));
}

#define FIND(session)                                         \
    {session, "BEGIN", NULL},                                 \
    {                                                         \
        session, "SELECT no FROM dock WHERE name = 'a'", NULL \
    }

#define ADD(session, error)                                    \
    {                                                          \
        session, "INSERT INTO dock (name) VALUES ('a')", error \
    }

static void test_duplicate(void **state)
{
    static const struct entry failed[] = {
        FIND(1), FIND(2), ADD(1, NULL), {1, "COMMIT", NULL}, ADD(2, "23505"), {2, "ROLLBACK", NULL},
        {0}};
    static const struct entry caught[] = {FIND(1),
                                          FIND(2),
                                          {1, "SAVEPOINT s", NULL},
                                          ADD(1, NULL),
                                          {1, "RELEASE SAVEPOINT s", NULL},
                                          {1, "COMMIT", NULL},
                                          {2, "SAVEPOINT s", NULL},
                                          ADD(2, "23505"),
                                          {2, "ROLLBACK TO SAVEPOINT s", NULL},
                                          {2, "COMMIT", NULL},
                                          {0}};
    /* There is no other run beside it. */
    static const struct entry alone[] = {FIND(1), ADD(1, NULL),    {1, "COMMIT", NULL},
                                         FIND(2), ADD(2, "23505"), {2, "ROLLBACK", NULL},
                                         {0}};

    (void)state;
    put("schema.sql",
        "CREATE TABLE dock (no int GENERATED ALWAYS AS IDENTITY, name text NOT NULL UNIQUE);\n");
    put_log("failed.csv", failed);
    put_log("caught.csv", caught);
    put_log("alone.csv", alone);
    assert_true(warns("failed.csv", "check-then-insert"));
    assert_false(warns("caught.csv", "check-then-insert"));
    assert_false(warns("alone.csv", "check-then-insert"));
}

#define COUNT(session)                            \
    {session, "BEGIN", NULL},                     \
    {                                             \
        session, "SELECT max(no) FROM pier", NULL \
    }

#define NUMBER(session, error)                             \
    {                                                      \
        session, "INSERT INTO pier (no) VALUES (8)", error \
    }

static void test_number(void **state)
{
    static const struct entry failed[] = {COUNT(1),
                                          COUNT(2),
                                          NUMBER(1, NULL),
                                          {1, "COMMIT", NULL},
                                          NUMBER(2, "23505"),
                                          {2, "ROLLBACK", NULL},
                                          {0}};
    static const struct entry never[] = {COUNT(1), NUMBER(1, NULL), {1, "COMMIT", NULL}, {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE pier (no int PRIMARY KEY);\n");
    put_log("failed.csv", failed);
    put_log("never.csv", never);
    assert_true(warns("failed.csv", "count-then-insert"));
    assert_int_equal(findings_of("never.csv", "count-then-insert"), 1);
    assert_false(warns("never.csv", "count-then-insert"));
}

#define READ(session, name)                                           \
    {                                                                 \
        session, "SELECT rest FROM bin WHERE name = '" name "'", NULL \
    }

#define SET(session, name, value)                                                \
    {                                                                            \
        session, "UPDATE bin SET rest = " value " WHERE name = '" name "'", NULL \
    }

/* What is wrong in the block of a loop is said once; of two blocks of which each is wrong by itself,
 * twice. */
static void test_loop(void **state)
{
    static const struct entry loop[] = {
        {1, "BEGIN", NULL},  READ(1, "a"), SET(1, "a", "11"), READ(1, "b"), SET(1, "b", "12"),
        {1, "COMMIT", NULL}, {0}};
    static const struct entry both[] = {
        {1, "BEGIN", NULL}, READ(1, "a"),        READ(1, "b"), SET(1, "a", "11"),
        SET(1, "b", "12"),  {1, "COMMIT", NULL}, {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    put_log("loop.csv", loop);
    put_log("both.csv", both);
    assert_int_equal(findings_of("loop.csv", "lost-update"), 1);
    assert_int_equal(findings_of("both.csv", "lost-update"), 2);
}

#define READ_BEST(session, name)                                              \
    {                                                                         \
        session, "SELECT rest FROM bin WHERE name = '" name "' LIMIT 1", NULL \
    }

#define READ_ALL(session, names)                                        \
    {                                                                   \
        session, "SELECT rest FROM bin WHERE name IN (" names ")", NULL \
    }

/* What is read by a list and written by its members is one program, in whatever order they come; so is
 * what is written by the same list. What is no member is another row. */
static void test_list(void **state)
{
    static const struct entry members[] = {{1, "BEGIN", NULL},
                                           READ_ALL(1, "'c', 'a', 'b'"),
                                           SET(1, "a", "11"),
                                           SET(1, "b", "12"),
                                           SET(1, "c", "13"),
                                           {1, "COMMIT", NULL},
                                           {1, "BEGIN", NULL},
                                           READ_ALL(1, "'e', 'd', 'f'"),
                                           SET(1, "e", "21"),
                                           SET(1, "d", "22"),
                                           SET(1, "f", "23"),
                                           {1, "COMMIT", NULL},
                                           {0}};
    static const struct entry lists[] = {
        {1, "BEGIN", NULL},
        READ_ALL(1, "'c', 'a', 'b'"),
        {1, "UPDATE bin SET rest = 7 WHERE name IN ('a', 'b', 'c')", NULL},
        {1, "COMMIT", NULL},
        {1, "BEGIN", NULL},
        READ_ALL(1, "'d', 'e', 'f'"),
        {1, "UPDATE bin SET rest = 8 WHERE name IN ('d', 'e', 'f')", NULL},
        {1, "COMMIT", NULL},
        {0}};
    static const struct entry other[] = {{1, "BEGIN", NULL},
                                         READ_ALL(1, "'c', 'a', 'b'"),
                                         SET(1, "x", "11"),
                                         {1, "COMMIT", NULL},
                                         {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    put_log("members.csv", members);
    put_log("lists.csv", lists);
    put_log("other.csv", other);
    assert_int_equal(findings_of("members.csv", "lost-update"), 1);
    assert_int_equal(findings_of("members.csv", "write-skew"), 0);
    assert_int_equal(findings_of("lists.csv", "lost-update"), 1);
    assert_int_equal(findings_of("lists.csv", "write-skew"), 0);
    assert_int_equal(findings_of("other.csv", "lost-update"), 0);
    g_autofree char *text = programs_of("members.csv", "schema.sql", "programs");
    assert_int_equal(count_of(text, "-- isolint: program"), 1);
    assert_non_null(strstr(text, "IN ($1, $2)"));
}

/* A run that has failed may have been about to write. */
static void test_early_end(void **state)
{
    static const struct entry whole[] = {
        {1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL}, READ(1, "a"), {1, "COMMIT", NULL}, {0}};
    static const struct entry failed[] = {{1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL},
                                          {1, "SELECT rest FROM bin WHERE name = 'a'", "40001"},
                                          {1, "ROLLBACK", NULL},
                                          {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    put_log("whole.csv", whole);
    put_log("failed.csv", failed);
    assert_int_equal(findings_of("whole.csv", "serializable-read-not-deferrable"), 1);
    assert_int_equal(findings_of("whole.csv", "unnecessary-isolation-level"), 1);
    assert_int_equal(findings_of("failed.csv", "serializable-read-not-deferrable"), 0);
    assert_int_equal(findings_of("failed.csv", "unnecessary-isolation-level"), 0);
}

/* What reads and stops is a branch of what reads and writes, unless that begins in another way. */
static void test_branch(void **state)
{
    static const struct entry branch[] = {{1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL},
                                          READ(1, "a"),
                                          {1, "COMMIT", NULL},
                                          {1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL},
                                          READ(1, "a"),
                                          SET(1, "a", "11"),
                                          {1, "COMMIT", NULL},
                                          {0}};
    static const struct entry other[] = {{1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL},
                                         READ(1, "a"),
                                         {1, "COMMIT", NULL},
                                         {1, "BEGIN ISOLATION LEVEL REPEATABLE READ", NULL},
                                         READ(1, "a"),
                                         SET(1, "a", "11"),
                                         {1, "COMMIT", NULL},
                                         {1, "BEGIN ISOLATION LEVEL SERIALIZABLE", NULL},
                                         SET(1, "a", "11"),
                                         READ(1, "a"),
                                         {1, "COMMIT", NULL},
                                         {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    put_log("branch.csv", branch);
    put_log("other.csv", other);
    assert_int_equal(findings_of("branch.csv", "serializable-read-not-deferrable"), 0);
    assert_int_equal(findings_of("other.csv", "serializable-read-not-deferrable"), 1);
}

/* A read and the write that follows it over another connection of a pool are one program, after
 * whichever of two reads; what reads other rows is none. */
static void test_pool(void **state)
{
    static const struct entry crossed[] = {
        READ(1, "a"), READ(2, "b"), SET(3, "b", "4"), READ(2, "c"),     SET(1, "a", "5"),
        READ(4, "d"), READ(1, "d"), SET(2, "c", "6"), SET(3, "d", "7"), SET(4, "d", "8"),
        {0}};
    static const struct entry by_two[] = {READ(1, "a"),
                                          SET(3, "a", "4"),
                                          READ(2, "b"),
                                          SET(1, "b", "5"),
                                          READ(3, "c"),
                                          SET(2, "c", "6"),
                                          READ_ALL(1, "'g', 'h'"), /* something else in between */
                                          READ_BEST(1, "a"),
                                          SET(2, "a", "4"),
                                          READ_BEST(3, "b"),
                                          SET(1, "b", "5"),
                                          READ_BEST(2, "c"),
                                          SET(3, "c", "6"),
                                          {0}};
    static const struct entry others[] = {READ(1, "a"),     READ(2, "b"),     SET(3, "x", "4"),
                                          READ(2, "c"),     SET(1, "y", "5"), READ(4, "d"),
                                          SET(2, "z", "6"), SET(3, "w", "7"), {0}};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    put_log("crossed.csv", crossed);
    put_log("by-two.csv", by_two);
    put_log("others.csv", others);
    assert_int_equal(findings_of("crossed.csv", "read-outside-transaction"), 1);
    assert_int_equal(findings_of("by-two.csv", "read-outside-transaction"), 2);
    assert_int_equal(findings_of("others.csv", "read-outside-transaction"), 0);
}

static void append_timed(GString *log, const char *time, int session, const char *message)
{
    g_string_append_printf(log, "%s [%d] u@d 6a.%d LOG:  %s\n", time, session, session, message);
}

/* Nor is what was read long before, also where the log is damaged and its end has no time. */
static void test_pool_long_before(void **state)
{
    static const char *const ends[] = {"2026-11-27 10:00:00.004 UTC", "?"};

    (void)state;
    put("schema.sql", "CREATE TABLE bin (name text PRIMARY KEY, rest int NOT NULL);\n");
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autoptr(GString) log = g_string_new(NULL);
        for (int row = 1; row <= 4; row++) {
            g_autofree char *read =
                g_strdup_printf("statement: SELECT rest FROM bin WHERE name = 'n%d'", row);
            append_timed(log, "2026-11-27 10:00:00.003 UTC", row, read);
            append_timed(log, ends[i], row, "duration: 0.2 ms");
        }
        for (int row = 1; row <= 4; row++) {
            g_autofree char *write = g_strdup_printf(
                "duration: 0.2 ms  statement: UPDATE bin SET rest = 1 WHERE name = 'n%d'", row);
            append_timed(log, "2026-11-27 10:00:09.001 UTC", row + 4, write);
        }
        put("seen.log", log->str);
        assert_int_equal(findings_of("seen.log", "read-outside-transaction"), 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_orders, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_orders_of_parts, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_duplicate, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_number, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_loop, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_list, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_early_end, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_branch, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_pool, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_pool_long_before, sandbox_enter, sandbox_leave),
    };
    return take_isolint(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
