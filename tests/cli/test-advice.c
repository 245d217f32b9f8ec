/* What a finding advises is right on the input of that finding: each case is advice that is right
 * for most, and would do harm here. */
#include "cli/run.h"

struct advice {
    const char *rule, *sql;
    const char *given, *not_given; /* pieces of the report */
};

static const struct advice cases[] = {
    /* READ COMMITTED waits and then takes the row that the other one has taken */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "UPDATE job SET state = 'run' WHERE id = (SELECT id FROM job WHERE state = 'new' LIMIT 1);\n"
     "COMMIT;\n",
     "= ANY (ARRAY(SELECT key … FOR UPDATE SKIP LOCKED))", "the current row"},
    /* ... or keeps the old snapshot in the sub-SELECT */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "UPDATE acct SET v = (SELECT max(v) FROM acct) WHERE id = $1;\nCOMMIT;\n",
     "whole transaction from BEGIN", "depend on an earlier read"},
    /* an IN over LIMIT and a lock may be run again */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\nDELETE FROM job WHERE done < '2020-01-01';\nCOMMIT;\n",
     "= ANY (ARRAY(SELECT key … LIMIT 1000", " IN (SELECT"},
    {"queue-claim",
     "UPDATE job SET state = 'run' WHERE id IN (SELECT id FROM job WHERE state = 'new' LIMIT 5);\n",
     "ANY (ARRAY(SELECT key … LIMIT n FOR UPDATE SKIP LOCKED))", " IN (SELECT"},
    /* FOR UPDATE is refused behind an aggregate */
    {"write-skew",
     "BEGIN;\nSELECT sum(v) FROM acct WHERE owner = 7;\nUPDATE acct SET v = 0 WHERE id = $1;\n"
     "COMMIT;\n",
     "FROM (SELECT … ORDER BY key FOR UPDATE)", "decide: SELECT … ORDER BY"},
    /* a wait ends with no row although others are left */
    {"row-lock-under-snapshot",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE;\n"
     "UPDATE job SET state = 'run' WHERE id = $1;\nCOMMIT;\n",
     "SKIP LOCKED", "returns the current row"},
    /* a number taken twice: nothing but a unique key keeps the second one out */
    {"count-then-insert",
     "CREATE TABLE \"Bill\" (firm int, no int);\n"
     "BEGIN;\nSELECT max(no) FROM \"Bill\" WHERE firm = $1;\n"
     "INSERT INTO \"Bill\" (firm, no) VALUES ($1, $2);\nCOMMIT;\n",
     "ALTER TABLE \"Bill\" ADD UNIQUE (firm, no)", "lock"},
    /* the row to which all that is counted belongs */
    {"count-then-insert",
     "CREATE TABLE room (id int PRIMARY KEY);\n"
     "CREATE TABLE stay (room int REFERENCES room, day date);\n"
     "BEGIN;\nSELECT count(*) FROM stay WHERE room = $1;\n"
     "INSERT INTO stay (room, day) VALUES ($1, $2);\nCOMMIT;\n",
     "lock the row of room first", "pg_advisory_xact_lock"},
    {"count-then-insert",
     "CREATE TABLE flag (active bool);\nBEGIN;\nSELECT count(*) FROM flag WHERE active;\n"
     "INSERT INTO flag (active) VALUES (true);\nCOMMIT;\n",
     "pg_advisory_xact_lock", "lock the row of"},
/* who asks whether there are any has no limit */
#define STAY(kind, counted, test)                                                              \
    "CREATE TABLE stay (id serial, room int, day date);\n"                                     \
    "CREATE FUNCTION f(r int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE n " kind "; BEGIN\n" \
    "SELECT " counted " INTO n FROM stay WHERE room = r;\n"                                    \
    "IF " test " THEN RETURN; END IF;\nINSERT INTO stay (room) VALUES (r); END $$;\n"
    {"count-then-insert", STAY("int", "count(*)", "n > 0"), "another run adds", "exceed a limit"},
    {"count-then-insert", STAY("int", "count(*)", "1 <= n"), "another run adds", "exceed a limit"},
    {"count-then-insert", STAY("int", "count(*)", "n >= 4"), "exceed a limit", "another run adds"},
    {"count-then-insert", STAY("int[]", "array_agg(id)", "cardinality(n) > 0"), "another run adds",
     "exceed a limit"},
    /* a constraint is enough where there may be none, or where it may be that */
    {"count-then-insert", STAY("int", "count(*)", "n > 0"), "or add UNIQUE (room) to stay",
     "if one row"},
    {"count-then-insert", STAY("int", "count(*)", "n >= 4"), "pg_advisory_xact_lock", "UNIQUE"},
    {"count-then-insert",
     "BEGIN;\nSELECT count(*) FROM stay WHERE room = $1 AND day < $3 AND until > $2;\n"
     "INSERT INTO stay (room, day, until) VALUES ($1, $2, $3);\nCOMMIT;\n",
     "EXCLUDE constraint to stay (USING gist, WITH &&)", "UNIQUE"},
    {"count-then-insert",
     "BEGIN;\nSELECT sum(size) FROM stay WHERE room = $1;\n"
     "INSERT INTO stay (room, size) VALUES ($1, $2);\nCOMMIT;\n",
     "pg_advisory_xact_lock", "UNIQUE"},
    /* a row that is gone is not deleted again */
    {"stale-check",
     "CREATE TABLE doc (id int PRIMARY KEY, pending int);\n"
     "CREATE FUNCTION f(wanted int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
     "PERFORM 1 FROM doc WHERE id = wanted AND pending = 0;\n"
     "IF FOUND THEN DELETE FROM doc WHERE id = wanted; END IF;\nEND $$;\nTRUNCATE doc;\n",
     "outdated check", "deletes rows at the same time"},
    /* no constraint says what a row of another table must be like */
    {"integrity-trigger-race",
     "CREATE TABLE plan (id int PRIMARY KEY, closed bool);\n"
     "CREATE TABLE account (id int PRIMARY KEY, plan int REFERENCES plan);\n"
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
     "IF (SELECT closed FROM plan WHERE id = NEW.plan) THEN RAISE EXCEPTION 'closed'; END IF;\n"
     "RETURN NEW;\nEND $$;\n"
     "CREATE TRIGGER f BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION f();\n"
     "UPDATE plan SET closed = true WHERE id = $1;\n",
     "lock the row when it is checked: SELECT … FOR SHARE", "declare a UNIQUE"},
    /* the index is there */
    {"upsert-by-hand",
     "CREATE TABLE stock (item int PRIMARY KEY, n int);\n"
     "MERGE INTO stock s USING (SELECT $1::int AS item) x ON s.item = x.item\n"
     "WHEN MATCHED THEN UPDATE SET n = n + 1 WHEN NOT MATCHED THEN INSERT VALUES (x.item, 1);\n",
     "ON CONFLICT (item)", "(key)"},
    {"upsert-by-hand",
     "CREATE TABLE hits (page text PRIMARY KEY, n int);\n"
     "BEGIN;\nUPDATE hits SET n = n + 1 WHERE page = $1;\n"
     "INSERT INTO hits (page, n) VALUES ($1, 1);\nCOMMIT;\n",
     "ON CONFLICT (page) DO UPDATE", "unique index"},
    /* DO NOTHING returns no row */
    {"check-then-insert",
     "CREATE TABLE tag (id serial PRIMARY KEY, name text UNIQUE);\n"
     "BEGIN;\nSELECT id FROM tag WHERE name = $1;\nINSERT INTO tag (name) VALUES ($1);\nCOMMIT;\n",
     "DO UPDATE … RETURNING", "DO NOTHING"},
    /* the second run fails at the row that all runs change first */
    {"serializable-predicate-write",
     "CREATE TABLE room (id int PRIMARY KEY, n int);\nCREATE TABLE stay (room int, day date);\n"
     "BEGIN ISOLATION LEVEL SERIALIZABLE;\nUPDATE room SET n = n + 1 WHERE id = $1;\n"
     "SELECT count(*) FROM stay WHERE room = $1;\n"
     "INSERT INTO stay (room, day) VALUES ($1, $2);\nCOMMIT;\n",
     "", "40001"},
    /* what is prepared cannot be the one that fails */
    {"write-skew",
     "BEGIN;\nSELECT sum(v) FROM acct WHERE owner = 7;\nUPDATE acct SET v = 0 WHERE id = $1;\n"
     "PREPARE TRANSACTION 'x';\n",
     "lock all rows that decide", "SERIALIZABLE"},
};

static void test_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct advice *each = &cases[i];
        put("a.sql", each->sql);
        struct outcome outcome =
            run("a.sql", "--select", each->rule, "-f", "gcc", "--severity", "note", NULL);
        if (!strstr(outcome.out, each->given) || strstr(outcome.out, each->not_given))
            fail_msg("%s%s", each->sql, outcome.out);
        outcome_finish(&outcome);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_advice, sandbox_enter, sandbox_leave),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
