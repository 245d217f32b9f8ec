/* What keeps other transactions out where an access is made: one line for each access that something
 * does, and one for each read and later write of one table. */
#include "locking/guard.h"

#include "support/view.h"

#define TABLES \
    "CREATE TABLE t (id int PRIMARY KEY, v int, n int, d date); CREATE TABLE m (id int PRIMARY KEY, v int);"
#define RUN(statements)  TABLES "BEGIN;" statements "; COMMIT;"
#define CALM(statements) TABLES "BEGIN ISOLATION LEVEL REPEATABLE READ;" statements "; COMMIT;"
#define ROUTINE(body) \
    TABLES "CREATE FUNCTION f(i int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN " body " END $$;"
#define READ  "SELECT v FROM t WHERE id = $1;"
#define WRITE "UPDATE t SET v = $2 WHERE id = $1"

static void describe_access(GString *out, const struct access *access, unsigned number)
{
    const struct access *table = guard_table_lock(access), *mutex = guard_mutex(access, NULL);
    const struct access *held = guard_held_rows(access, LOCK_NO_KEY_UPDATE);
    size_t before = out->len;

    if (table)
        g_string_append_printf(out, ", table lock of %s", access_relation_name(table));
    if (held)
        g_string_append_printf(out, ", rows held by %s",
                               access_is_write(held) ? "a write" : "a lock");
    if (guard_advisory_lock(access))
        g_string_append_printf(out, ", %s", guard_advisory_lock(access)->call->name);
    if (guard_session_lock(access))
        g_string_append(out, ", of the session");
    if (mutex)
        g_string_append_printf(out, ", mutex %s", access_relation_name(mutex));
    if (guard_serializes(access))
        g_string_append(out, ", serialized");
    if (guard_queues(access))
        g_string_append(out, ", queued");
    if (out->len > before) {
        g_autofree char *name = g_strdup_printf("%u", number);
        g_string_insert(out, (gssize)before, name);
        g_string_append_c(out, '\n');
    }
}

static void describe(GString *out, const struct transaction *transaction)
{
    unsigned number = 0;

    for (const struct access *access = transaction->accesses; access; access = access->next)
        describe_access(out, access, ++number);
    if (guard_any_table_lock(transaction))
        g_string_append(out, "locks a table\n");
    for (const struct access *read = transaction->accesses; read; read = read->next) {
        for (const struct access *write = read->next; write; write = write->next) {
            if (read->kind != ACCESS_READ || !access_is_write(write) ||
                !access_same_relation(read, write))
                continue;
            if (guard_rechecks(read, write))
                g_string_append(out, "asked again\n");
            if (guard_rechecks_value(read, write, "v"))
                g_string_append(out, "the value asked again\n");
            if (guard_repeats(read, write))
                g_string_append(out, "repeated\n");
            if (guard_finds_again(read, write))
                g_string_append(out, "found again\n");
            if (guard_fills_null(write, "v"))
                g_string_append(out, "fills NULL\n");
        }
    }
}

static char *view_guards(const char *text, const char *options)
{
    return view_transactions(text, options, describe);
}

static const struct sample samples[] = {
    {"nothing", RUN(READ WRITE), ""},
    {"another row in a branch, and what follows there",
     ROUTINE("IF i > 0 THEN UPDATE m SET v = 1 WHERE id = 1; UPDATE t SET v = 1; END IF;"
             "UPDATE t SET n = 1;"),
     "2, mutex m, serialized\n3, rows held by a write\n"},
    {"another row in a function that a branch calls",
     TABLES
     "CREATE FUNCTION v_of(i int) RETURNS int LANGUAGE sql AS $$ SELECT v FROM t WHERE id = i $$;"
     "CREATE FUNCTION g(i int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
     "UPDATE m SET v = 1 WHERE id = 1; UPDATE t SET v = v_of(i) + 1; END $$;"
     "CREATE FUNCTION f(i int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
     "IF i > 0 THEN PERFORM g(i); END IF; UPDATE t SET n = 1; END $$;",
     "2, mutex m, serialized\n3, mutex m, serialized\n4, rows held by a write\n"},
    {"a table lock before", RUN("LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;" READ WRITE),
     "2, table lock of t, serialized, queued\n"
     "3, table lock of t, serialized, queued\n"
     "locks a table\n"},
    {"a table lock that lets writers in", RUN("LOCK TABLE t IN ROW EXCLUSIVE MODE;" READ WRITE),
     ""},
    {"a table lock behind the read", RUN(READ "LOCK TABLE t IN EXCLUSIVE MODE;" WRITE),
     "3, table lock of t, serialized, queued\n"
     "locks a table\n"},
    {"a table lock behind the snapshot", CALM(READ "LOCK TABLE t IN EXCLUSIVE MODE;" WRITE),
     "3, queued\n"
     "locks a table\n"},
    {"a table lock before the snapshot", CALM("LOCK TABLE t IN EXCLUSIVE MODE;" READ WRITE),
     "1, table lock of t, serialized\n"
     "2, table lock of t, serialized, queued\n"
     "3, table lock of t, serialized, queued\n"
     "locks a table\n"},
    {"locked rows", RUN("SELECT v FROM t WHERE id = $1 FOR UPDATE;" READ WRITE),
     "2, rows held by a lock, mutex t, serialized\n"
     "3, rows held by a lock, mutex t, serialized\n"},
    {"rows that are locked too weakly", RUN("SELECT v FROM t WHERE id = $1 FOR SHARE;" READ WRITE),
     ""},
    {"a row that was written before", RUN("UPDATE t SET n = 1 WHERE id = $1;" READ WRITE),
     "2, rows held by a write, mutex t, serialized\n"
     "3, rows held by a write, mutex t, serialized\n"},
    {"an advisory lock", RUN("SELECT pg_advisory_xact_lock(5);" READ WRITE),
     "1, pg_advisory_xact_lock, serialized, queued\n"
     "2, pg_advisory_xact_lock, serialized, queued\n"},
    {"a shared one", RUN("SELECT pg_advisory_xact_lock_shared(5);" READ WRITE), ""},
    {"one behind the read", RUN(READ "SELECT pg_advisory_xact_lock(5);" WRITE),
     "2, pg_advisory_xact_lock, serialized, queued\n"},
    {"one under a snapshot", CALM("SELECT pg_advisory_xact_lock(5);" READ WRITE),
     "1, queued\n"
     "2, queued\n"},
    {"one of the session, under a snapshot",
     TABLES "SELECT pg_advisory_lock(5); BEGIN ISOLATION LEVEL REPEATABLE READ;" READ WRITE
            "; COMMIT;",
     "1, pg_advisory_lock, of the session, serialized\n"
     "2, pg_advisory_lock, of the session, serialized\n"},
    {"a row that copies are refused",
     RUN("SELECT FROM m WHERE id = $1 FOR UPDATE NOWAIT; UPDATE t SET v = 0 WHERE id = $1"),
     "2, mutex m, serialized, queued\n"},
    {"and go on",
     ROUTINE("BEGIN PERFORM FROM m WHERE id = i FOR UPDATE NOWAIT; "
             "EXCEPTION WHEN lock_not_available THEN NULL; END; "
             "UPDATE t SET v = 0 WHERE o = i;"),
     ""},
    {"and fail",
     ROUTINE("BEGIN PERFORM FROM m WHERE id = i FOR UPDATE NOWAIT; "
             "EXCEPTION WHEN SQLSTATE '55P03' THEN RAISE EXCEPTION 'no'; END; "
             "UPDATE t SET v = 0 WHERE o = i;"),
     "2, mutex m, serialized, queued\n"},
    {"one row that all lock", RUN("SELECT v FROM m WHERE id = 1 FOR UPDATE;" READ WRITE),
     "2, mutex m, serialized, queued\n"
     "3, mutex m, serialized, queued\n"},
    {"one row that all lock, under a snapshot",
     CALM("SELECT v FROM m WHERE id = 1 FOR UPDATE;" READ WRITE),
     "1, mutex t, serialized\n"
     "2, queued\n"
     "3, queued\n"},
    {"one row that all write, under a snapshot",
     CALM(READ WRITE "; UPDATE m SET v = v + 1 WHERE id = 1"),
     "1, mutex m, serialized\n"
     "2, mutex m, serialized\n"
     "3, mutex t, serialized\n"},
    {"a row of another table with the same key",
     RUN("SELECT v FROM m WHERE id = $1 FOR UPDATE;" READ WRITE),
     "2, mutex m, serialized, queued\n"
     "3, mutex m, serialized, queued\n"},
    {"one with another key", RUN("SELECT v FROM m WHERE id = $3 FOR UPDATE;" READ WRITE),
     "2, queued\n"
     "3, queued\n"},
    {"one that another row has named",
     ROUTINE("DECLARE k int; BEGIN SELECT v INTO k FROM m WHERE id = i FOR UPDATE;"
             "UPDATE t SET n = 1 WHERE v = k; END;"),
     "2, mutex m, serialized, queued\n"},
    {"a row that was brought or held",
     RUN("INSERT INTO m VALUES ($1, 2) ON CONFLICT (id) DO UPDATE "
         "SET v = 2;" READ WRITE),
     "2, mutex m, serialized\n"
     "3, mutex m, serialized\n"},
    {"a row that may be picked by one run alone",
     RUN("UPDATE m SET v = 1 WHERE id = (SELECT id FROM m WHERE v = 0 LIMIT 1);" READ WRITE), ""},
    {"a row that is gone afterwards", RUN("DELETE FROM m WHERE id = $1;" READ WRITE), ""},
    {"the first of several that were",
     RUN("INSERT INTO m VALUES ($1, 2), (7, 3) ON CONFLICT (id) DO UPDATE "
         "SET v = 2;" READ WRITE),
     "2, mutex m, serialized\n"
     "3, mutex m, serialized\n"},
    {"one with another key that was",
     RUN("INSERT INTO m VALUES ($3, 2) ON CONFLICT (id) DO UPDATE "
         "SET v = 2;" READ WRITE),
     ""},
    {"one that was brought and may not be held",
     RUN("INSERT INTO m VALUES ($1, 2) ON CONFLICT (id) DO NOTHING;" READ WRITE), ""},
    {"one that may not be brought",
     ROUTINE(
         "IF i > 2 THEN INSERT INTO m VALUES (i, 2) ON CONFLICT (id) DO UPDATE SET v = 2; END IF;"
         "UPDATE t SET v = 3 WHERE id = i;"),
     ""},
    {"a version in WHERE",
     RUN("SELECT v, n FROM t WHERE id = $1; UPDATE t SET v = $2 WHERE id = $1 AND n = $3"),
     "asked again\n"
     "the value asked again\n"},
    {"the same condition in WHERE",
     RUN("SELECT v FROM t WHERE id = $1 AND n > 0; UPDATE t SET v = $2 WHERE id = $1 AND n > 0"),
     "asked again\n"
     "repeated\n"},
    {"that it was there",
     ROUTINE("PERFORM 1 FROM t WHERE id = i; IF FOUND THEN DELETE FROM t WHERE id = i; END IF;"),
     "found again\n"},
    {"that it was there, of another row",
     ROUTINE("PERFORM 1 FROM t WHERE id = 7; IF FOUND THEN DELETE FROM t WHERE id = i; END IF;"),
     ""},
    {"the old value in WHERE", RUN(READ "UPDATE t SET v = $2 WHERE id = $1 AND v = $3"),
     "asked again\n"
     "the value asked again\n"},
    {"the old value in WHERE, which many have",
     RUN(READ "UPDATE t SET v = $2 WHERE id = $1 AND v >= $3"), "asked again\n"},
    {"only where it is NULL", RUN(READ "UPDATE t SET v = $2 WHERE id = $1 AND v IS NULL"),
     "fills NULL\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_guards);
    return tests_run("guard", tests);
}
