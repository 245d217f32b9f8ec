/* What a transaction locks, one line for each lock in the order in which it is taken; and which locks
 * of two programs exclude each other. */
#include "locking/lock.h"

#include "base/limits.h"
#include "lint/rule.h"
#include "support/sample.h"

#define TABLES                                            \
    "CREATE TABLE p (id int PRIMARY KEY, note int);"      \
    "CREATE TABLE t (id int PRIMARY KEY, a int, s text);" \
    "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);"
#define ONE(statements)    TABLES "BEGIN;" statements "; COMMIT;"
#define TWO(first, second) TABLES "BEGIN;" first "; COMMIT; BEGIN;" second "; COMMIT;"

static size_t locks_of(const struct transaction *transaction, struct lock *locks)
{
    size_t count = transaction_locks(transaction, locks, MOST_LOCKS);

    assert_true(count <= MOST_LOCKS);
    return count;
}

static void append_lock(GString *out, const struct lock *lock)
{
    if (lock->access)
        g_string_append_printf(out, "%s: %s", access_relation_name(lock->access),
                               table_lock_name(lock->table));
    else
        g_string_append(out, lock->call->call->name);
    if (lock->row != LOCK_NONE)
        g_string_append_printf(out, ", %s", lock_clause(lock->row));
    g_string_append_printf(out, "%s%s%s\n", lock->key ? ", a key" : "",
                           lock->waits ? "" : ", without waiting",
                           lock_is_fixed(lock) ? "" : ", of parameters");
}

static void append_table(GString *out, const struct lock *lock)
{
    g_string_append_printf(out, "%s%s", out->len ? " " : "", access_relation_name(lock->access));
}

static char *view_each(const char *text, const char *options,
                       void (*append)(GString *out, const struct lock *lock))
{
    GString *out = g_string_new(NULL);
    struct linted linted;
    struct lock locks[MOST_LOCKS];

    lint_sample(&linted, text, options);
    size_t count = locks_of(linted_first(&linted), locks);
    for (size_t i = 0; i < count; i++)
        append(out, &locks[i]);
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static char *view_locks(const char *text, const char *options)
{
    return view_each(text, options, append_lock);
}

/* The tables alone, in order. */
static char *view_order(const char *text, const char *options)
{
    return view_each(text, options, append_table);
}

/* What each write leaves on the rows for those whose snapshot is older. */
static char *view_left(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    for (const struct access *each = linted_first(&linted)->accesses; each; each = each->next) {
        enum lock_strength left = access_is_write(each) ? access_left_lock(each) : LOCK_NONE;
        if (left != LOCK_NONE)
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", lock_clause(left));
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

/* Of each pair of locks that has an answer other than no. */
static char *view_conflicts(const char *text, const char *options)
{
    static const char *const answers[] = {"no", "perhaps", "yes"};
    GString *out = g_string_new(NULL);
    struct linted linted;
    struct lock first[MOST_LOCKS], second[MOST_LOCKS];

    lint_sample(&linted, text, options);
    const struct transaction *transaction = linted_first(&linted);
    size_t count = locks_of(transaction, first);
    size_t other_count = locks_of(transaction->next, second);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < other_count; j++) {
            enum answer answer = lock_conflicts(&first[i], &second[j]);
            assert_int_equal(answer, lock_conflicts(&second[j], &first[i]));
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", answers[answer]);
        }
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

#define SET_A     "UPDATE t SET a = 1 WHERE id = 1"
#define UPDATABLE "t: ROW SHARE, FOR UPDATE\n"

static const struct sample locks[] = {
    {"a plain read", ONE("SELECT a FROM t WHERE id = 1"), "t: ACCESS SHARE\n"},
    {"FOR UPDATE", ONE("SELECT a FROM t WHERE id = 1 FOR UPDATE"), "t: ROW SHARE, FOR UPDATE\n"},
    {"FOR SHARE NOWAIT", ONE("SELECT a FROM t WHERE id = 1 FOR SHARE NOWAIT"),
     "t: ROW SHARE, FOR SHARE, without waiting\n"},
    {"an UPDATE", ONE("UPDATE t SET a = 1 WHERE id = 1"), "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"an UPDATE of the key", ONE("UPDATE t SET id = 2 WHERE id = 1"),
     "t: ROW EXCLUSIVE, FOR UPDATE\n"},
    {"a DELETE", ONE("DELETE FROM t WHERE id = 1"), "t: ROW EXCLUSIVE, FOR UPDATE\n"},
    {"an INSERT", ONE("INSERT INTO t VALUES (1, 2, 'x')"), "t: ROW EXCLUSIVE, a key\n"},
    {"a child", ONE("INSERT INTO c VALUES (1, 1)"),
     "c: ROW EXCLUSIVE, a key\n"
     "p: ROW SHARE, FOR KEY SHARE\n"},
    {"LOCK TABLE", ONE("LOCK TABLE t IN SHARE MODE"), "t: SHARE\n"},
    {"an advisory lock", ONE("SELECT pg_advisory_xact_lock(1)"), "pg_advisory_xact_lock\n"},
    {"in order", ONE("UPDATE t SET a = 1 WHERE id = 1; UPDATE p SET note = 1 WHERE id = 1"),
     "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"
     "p: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"a row of a parameter", ONE("UPDATE t SET a = 1 WHERE id = $1"),
     "t: ROW EXCLUSIVE, FOR NO KEY UPDATE, of parameters\n"},
    {"a key of a parameter", ONE("INSERT INTO t VALUES ($1, 2, 'x')"),
     "t: ROW EXCLUSIVE, a key, of parameters\n"},
    {"an advisory key of a parameter", ONE("SELECT pg_advisory_xact_lock($1)"),
     "pg_advisory_xact_lock, of parameters\n"},
    {"a row that is held", ONE("SELECT a FROM t WHERE id = 1 FOR UPDATE;" SET_A),
     UPDATABLE "t: ROW EXCLUSIVE\n"},
    {"a row that is held less", ONE("SELECT a FROM t WHERE id = 1 FOR SHARE;" SET_A),
     "t: ROW SHARE, FOR SHARE\n"
     "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"another row that is held", ONE("SELECT a FROM t WHERE id = 2 FOR UPDATE;" SET_A),
     UPDATABLE "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"a row that was held until ROLLBACK TO",
     ONE("SAVEPOINT x; SELECT a FROM t WHERE id = 1 FOR UPDATE; ROLLBACK TO x;" SET_A),
     UPDATABLE "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"a row that may have been passed over",
     ONE("SELECT a FROM t WHERE id = 1 FOR UPDATE SKIP LOCKED;" SET_A),
     "t: ROW SHARE, FOR UPDATE, without waiting\n"
     "t: ROW EXCLUSIVE, FOR NO KEY UPDATE\n"},
    {"a table of its own", ONE("CREATE TABLE x (id int); INSERT INTO x VALUES (1)"), ""},
};

#define CHANGE(table, more)   "UPDATE " table " SET v = 1 WHERE id = 1 " more
#define AS(name, table, more) name " AS (" CHANGE(table, more) ")"
#define WITH(statement)                                                                \
    "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE u (id int PRIMARY KEY, " \
    "v int); CREATE TABLE x (id int PRIMARY KEY, v int); CREATE TABLE y (id int "      \
    "PRIMARY KEY, v int); BEGIN; WITH " statement "; COMMIT;"
#define ID "RETURNING id"

/* As a server of version 15 runs the triggers of these statements. */
static const struct sample orders[] = {
    {"a change that nobody reads", WITH(AS("w", "t", "") CHANGE("u", "")), "u t"},
    {"two of them", WITH(AS("w", "t", "") "," AS("z", "x", "") CHANGE("u", "")), "u x t"},
    {"beside a SELECT", WITH(AS("w", "t", "") "," AS("z", "x", "") "SELECT v FROM u"), "u x t"},
    {"that the condition reads", WITH(AS("w", "t", ID) CHANGE("u", "AND v IN (SELECT id FROM w)")),
     "t u"},
    {"that a value reads", WITH(AS("w", "t", ID) "INSERT INTO u VALUES (9, (SELECT id FROM w))"),
     "t u"},
    {"that RETURNING reads",
     WITH(AS("w", "t", ID) "," AS("z", "x", "") CHANGE("u", "RETURNING (SELECT id FROM w)")),
     "u t x"},
    {"that one reads which nobody reads",
     WITH(AS("w", "t", ID) "," AS("z", "x", "AND v IN (SELECT id FROM w)") CHANGE("u", "")),
     "u t x"},
    {"that the RETURNING of one reads which nobody reads",
     WITH(AS("w", "t", ID) "," AS("z", "x", "RETURNING (SELECT id FROM w)") CHANGE("u", "")),
     "u x t"},
    {"that the RETURNING of one reads which is read",
     WITH(AS("w", "t", ID) "," AS("z", "x", "RETURNING (SELECT id FROM w)")
              CHANGE("u", "AND v IN (SELECT * FROM z)")),
     "x t u"},
    {"that the RETURNING of the last one reads, of three",
     WITH(AS("w", "t", ID) "," AS("z", "x", ID) "," AS("q", "y", "RETURNING (SELECT id FROM w)")
              CHANGE("u", "")),
     "u y t x"},
    {"that a SELECT reads which is read",
     WITH(AS("w", "t", ID) ", r AS (SELECT id FROM w)" CHANGE("u", "AND v IN (TABLE r)")), "t u"},
    {"that a SELECT reads which RETURNING reads",
     WITH(AS("w", "t", ID) ", r AS (SELECT id FROM w)," AS("z", "x", "")
              CHANGE("u", "RETURNING (SELECT id FROM r)")),
     "u t x"},
    {"that a SELECT reads which nobody reads",
     WITH(AS("w", "t", ID) ", r AS (SELECT id FROM w)," AS("z", "x", "") CHANGE("u", "")), "u x t"},
    {"in the order of FROM",
     WITH(AS("w", "t", ID) "," AS("z", "x", ID) "INSERT INTO u SELECT z.id, w.id FROM z, w"),
     "x t u"},
    {"the parent of a child, and a change in WITH",
     ONE("WITH w AS (UPDATE t SET a = 1 WHERE id = 1) INSERT INTO c VALUES (1, 1)"), "c t p"},
    {"a parent and a change in a trigger's function, behind both",
     TABLES "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO c VALUES (1, 1); RETURN NEW; END $$;"
            "CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
            "CREATE VIEW v AS SELECT id, a FROM t; CREATE TABLE last (id int);"
            "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "INSERT INTO last VALUES (1); RETURN NEW; END $$;"
            "CREATE TRIGGER a AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();"
            "CREATE TABLE late (id int);"
            "BEGIN; WITH w AS (INSERT INTO late VALUES (1)) UPDATE v SET a = 1 WHERE id = 1;"
            "COMMIT;",
     "t c p late last"},
};

static const struct sample left[] = {
    {"an UPDATE", ONE(SET_A), "FOR NO KEY UPDATE"},
    {"a DELETE", ONE("DELETE FROM t WHERE id = 1"), "FOR UPDATE"},
    {"an UPDATE of what was locked more", ONE("SELECT a FROM t WHERE id = 1 FOR UPDATE;" SET_A),
     "FOR UPDATE"},
    {"an UPDATE of another row than was locked",
     ONE("SELECT a FROM t WHERE id = 2 FOR UPDATE;" SET_A), "FOR NO KEY UPDATE"},
    {"an UPDATE of what was locked less", ONE("SELECT a FROM t WHERE id = 1 FOR SHARE;" SET_A),
     "FOR NO KEY UPDATE"},
};

static const struct sample conflicts[] = {
    {"one row", TWO("UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET a = 2 WHERE id = 1"), "yes"},
    {"two rows", TWO("UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET a = 2 WHERE id = 2"), "no"},
    {"rows of parameters",
     TWO("UPDATE t SET a = 1 WHERE id = $1", "UPDATE t SET a = 2 WHERE id = $1"), "perhaps"},
    {"a row that is joined",
     TWO("UPDATE t SET a = 1 FROM p WHERE t.a = p.id AND t.id = 1", "DELETE FROM t WHERE id = 1"),
     "no, yes"},
    {"rows that are joined",
     TWO("UPDATE t SET s = 'a' FROM p WHERE t.a = p.id AND t.s = 'b'",
         "DELETE FROM t WHERE s = 'b'"),
     "no, perhaps"},
    {"a row that is joined, by a parameter",
     TWO("UPDATE t SET a = 1 FROM p WHERE t.a = p.id AND t.id = $1", "DELETE FROM t WHERE id = $1"),
     "no, perhaps"},
    {"shared locks of one row",
     TWO("SELECT a FROM t WHERE id = 1 FOR SHARE", "SELECT a FROM t WHERE id = 1 FOR SHARE"), "no"},
    {"a child and its parent's other columns",
     TWO("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", "UPDATE t SET a = 2 WHERE id = 1"), "no"},
    {"a child and its parent's end",
     TWO("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", "DELETE FROM t WHERE id = 1"), "yes"},
    {"two modes of a table",
     TWO("LOCK TABLE t IN SHARE MODE", "LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE"), "yes"},
    {"a mode that excludes itself not",
     TWO("LOCK TABLE t IN SHARE MODE", "LOCK TABLE t IN SHARE MODE"), "no"},
    {"one advisory key", TWO("SELECT pg_advisory_xact_lock(1)", "SELECT pg_advisory_xact_lock(1)"),
     "yes"},
    {"two advisory keys", TWO("SELECT pg_advisory_xact_lock(1)", "SELECT pg_advisory_xact_lock(2)"),
     "no"},
    {"one new key", TWO("INSERT INTO t VALUES (1, 2, 'x')", "INSERT INTO t VALUES (1, 3, 'y')"),
     "yes"},
    {"two new keys", TWO("INSERT INTO t VALUES (1, 2, 'x')", "INSERT INTO t VALUES (2, 2, 'x')"),
     "no"},
    {"new keys of parameters", TWO("INSERT INTO t VALUES (1, 2, 'x')", "INSERT INTO t VALUES ($1)"),
     "perhaps"},
    {"a new key, and one that goes",
     TWO("INSERT INTO t VALUES (1, 2, 'x')", "DELETE FROM t WHERE id = 1"), "perhaps"},
    {"a new key, and another that goes",
     TWO("INSERT INTO t VALUES (1, 2, 'x')", "DELETE FROM t WHERE id = 2"), "no"},
    {"a new key, and one that comes from another",
     TWO("INSERT INTO t VALUES (1, 2, 'x')", "UPDATE t SET id = 1 WHERE id = 2"), "perhaps"},
    {"a new key, and others",
     TWO("INSERT INTO t VALUES (1, 2, 'x')", "UPDATE t SET id = 3 WHERE id = 2"), "no"},
    {"a new key, and those of a condition",
     TWO("INSERT INTO t VALUES (1, 2, 'x')", "DELETE FROM t WHERE a > 2"), "perhaps"},
};

/* Tables 13.2 and 13.3 of the manual: how many of the modes, itself included, each excludes. */
static void test_modes(void **state)
{
    static const unsigned tables[] = {0, 1, 2, 4, 5, 5, 6, 7, 8}, rows[] = {0, 1, 2, 3, 4};

    (void)state;
    for (int a = TABLE_LOCK_NONE; a <= TABLE_LOCK_ACCESS_EXCLUSIVE; a++) {
        unsigned count = 0;
        for (int b = TABLE_LOCK_NONE; b <= TABLE_LOCK_ACCESS_EXCLUSIVE; b++)
            count += table_lock_conflicts((enum table_lock)a, (enum table_lock)b);
        assert_int_equal(count, tables[a]);
    }
    for (int a = LOCK_NONE; a <= LOCK_UPDATE; a++) {
        unsigned count = 0;
        for (int b = LOCK_NONE; b <= LOCK_UPDATE; b++)
            count += row_lock_conflicts((enum lock_strength)a, (enum lock_strength)b);
        assert_int_equal(count, rows[a]);
    }
}

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, locks, G_N_ELEMENTS(locks), view_locks);
    samples_add(tests, orders, G_N_ELEMENTS(orders), view_order);
    samples_add(tests, left, G_N_ELEMENTS(left), view_left);
    samples_add(tests, conflicts, G_N_ELEMENTS(conflicts), view_conflicts);
    test_add(tests, "modes", test_modes);
    return tests_run("lock", tests);
}
