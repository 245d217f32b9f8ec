/* What a run holds while it asks for something else: one line for each two locks of the last
 * program of a sample, as "held → wanted: what is said of it". */
#include "conflict/request.h"

#include "base/limits.h"
#include "support/sample.h"

#define TABLES                                           \
    "CREATE TABLE t (id int PRIMARY KEY, v int, o int);" \
    "CREATE TABLE u (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE c (id int PRIMARY KEY, u int REFERENCES u);\n"
#define PROGRAM(statements)  TABLES "BEGIN;" statements " COMMIT;"
#define UPDATE(table, value) "UPDATE " table " SET v = v + 1 WHERE id = " value ";"
#define SHARE(value)         "SELECT v FROM t WHERE id = " value " FOR SHARE;"
#define BRANCHES(a, b)       TABLES "DO $$ BEGIN IF random() < 0.5 THEN " a " ELSE " b " END IF; END $$;"

struct bench {
    struct lock locks[MOST_LOCKS];
    struct plan plan;
};

static void make_plan(struct bench *bench, const struct transaction *transaction)
{
    size_t count = transaction_locks(transaction, bench->locks, MOST_LOCKS);

    assert_true(count <= MOST_LOCKS);
    bench->plan = (struct plan){.transaction = transaction, .locks = bench->locks, .count = count};
}

static const struct transaction *last_of(const struct linted *linted)
{
    const struct script *script = linted->project.scripts->pdata[0];
    const struct transaction *last = script->transactions;

    while (last->next)
        last = last->next;
    return last;
}

static void append_lock(GString *out, const struct lock *lock)
{
    g_string_append(out, lock->access ? lock->access->name : lock->call->call->name);
    if (lock->row != LOCK_NONE)
        g_string_append_printf(out, " row %d", lock->row);
    else if (lock->access)
        g_string_append_printf(out, " %s", table_lock_name(lock->table));
}

static void append_request(GString *out, const struct request *request)
{
    append_lock(out, request_held(request));
    g_string_append(out, " → ");
    append_lock(out, request_wanted(request));
    g_string_append_printf(out, ":%s%s%s%s\n",
                           request_is_one_statement(request) ? " one statement" : "",
                           request_is_upgrade(request) ? " upgrade" : "",
                           request_is_ordered(request, false) ? " ordered" : "",
                           request_is_possible(request) ? " possible" : "");
}

static char *view_requests(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;
    struct bench bench;

    lint_sample(&linted, text, options);
    make_plan(&bench, last_of(&linted));
    for (size_t held = 0; held < bench.plan.count; held++) {
        for (size_t wanted = held; wanted < bench.plan.count; wanted++) {
            struct request request = {&bench.plan, held, wanted};
            /* of one and the same only what takes several rows is of interest */
            if (held != wanted || request_is_ordered(&request, false))
                append_request(out, &request);
        }
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

/* Whether what the first lock of the first program locks may be what the last of the last one asks
 * for; of a sample with one program, between two runs of it. */
static char *view_rows(const char *text, const char *options)
{
    struct linted linted;
    struct bench one, other;

    lint_sample(&linted, text, options);
    make_plan(&one, linted_first(&linted));
    make_plan(&other, last_of(&linted));
    if (other.plan.transaction == one.plan.transaction)
        other.plan = one.plan;
    struct request a = {&one.plan, 0, one.plan.count - 1},
                   b = {&other.plan, 0, other.plan.count - 1};
    bool may = request_may_share_row(&a, request_held(&a), &b, request_wanted(&b));
    linted_finish(&linted);
    return g_strdup(may ? "may\n" : "");
}

static const struct sample requests[] = {
    {"two tables", PROGRAM(UPDATE("t", "1") UPDATE("u", "1")),
     "t row 3 → u row 3: ordered possible\n"},
    {"two rows of one", PROGRAM(UPDATE("t", "1") UPDATE("t", "2")),
     "t row 3 → t row 3: ordered possible\n"},
    {"a stronger lock on the row", PROGRAM(SHARE("1") UPDATE("t", "1")),
     "t row 2 → t row 3: upgrade ordered possible\n"},
    {"the same lock on the row", PROGRAM(UPDATE("t", "1") UPDATE("t", "1")),
     "t row 3 → t row 3: ordered possible\n"},
    {"a stronger lock on another row", PROGRAM(SHARE("1") UPDATE("t", "2")),
     "t row 2 → t row 3: ordered possible\n"},
    {"a stronger lock on the table",
     PROGRAM("LOCK TABLE t IN SHARE MODE; LOCK TABLE t IN EXCLUSIVE MODE;"),
     "t SHARE → t EXCLUSIVE: upgrade ordered possible\n"},
    {"one statement that takes several rows", PROGRAM("UPDATE t SET v = 1 WHERE o = 1;"),
     "t row 3 → t row 3: one statement ordered possible\n"},
    {"one statement of two tables", PROGRAM("INSERT INTO c VALUES (1, 1);"),
     "c ROW EXCLUSIVE → u row 1: one statement ordered possible\n"},
    {"two branches", BRANCHES(UPDATE("t", "1"), UPDATE("u", "1")), "t row 3 → u row 3: ordered\n"},
    {"one after the other in a branch", BRANCHES(UPDATE("t", "1") UPDATE("t", "2"), "NULL;"),
     "t row 3 → t row 3: possible\n"},
    {"an advisory lock of the session", PROGRAM("SELECT pg_advisory_lock(1);" UPDATE("t", "1")),
     "pg_advisory_lock → t row 3: ordered possible\n"},
    {"one that is given back",
     PROGRAM("SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1);" UPDATE("t", "1")),
     "pg_advisory_lock → t row 3: ordered\n"},
    {"what a savepoint has given back",
     PROGRAM("SAVEPOINT s;" UPDATE("t", "1") "ROLLBACK TO s;" UPDATE("u", "1")),
     "t row 3 → u row 3: ordered\n"},
};

static const struct sample rows[] = {
    {"by keys", PROGRAM(UPDATE("t", "1")) "BEGIN;" UPDATE("t", "$1") "COMMIT;", "may\n"},
    {"by computed keys, of two programs",
     PROGRAM(UPDATE("t", "least($1, $2)")) "BEGIN;" UPDATE("t", "greatest($1, $2)") "COMMIT;", ""},
    {"by keys that are computed alike, of two programs",
     PROGRAM(UPDATE("t", "least($1, $2)")) "BEGIN;" UPDATE("t", "least($1, $2)") "COMMIT;", ""},
    {"by computed keys, and a key",
     PROGRAM(UPDATE("t", "least($1, $2)")) "BEGIN;" UPDATE("t", "$1") "COMMIT;", ""},
    {"by computed keys in their order",
     PROGRAM(UPDATE("t", "least($1, $2)") UPDATE("t", "greatest($1, $2)")), ""},
    {"by one computed key", PROGRAM(UPDATE("t", "least($1, $2)") UPDATE("t", "least($1, $2)")),
     "may\n"},
    {"tables", PROGRAM("LOCK TABLE t IN EXCLUSIVE MODE;") "BEGIN; UPDATE t SET v = 2; COMMIT;",
     "may\n"},
    {"an advisory lock", PROGRAM("SELECT pg_advisory_xact_lock(1);"), "may\n"},
    {"a row for a foreign key, then its table",
     PROGRAM("INSERT INTO c VALUES (1, 2); UPDATE u SET id = 3 WHERE id = 2;"
             "LOCK TABLE u IN EXCLUSIVE MODE;"),
     "may\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, requests, G_N_ELEMENTS(requests), view_requests);
    samples_add(tests, rows, G_N_ELEMENTS(rows), view_rows);
    return tests_run("request", tests);
}
