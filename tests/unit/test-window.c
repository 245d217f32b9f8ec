/* First committer wins: which accesses the server compares with the snapshot, and which can fail.
 * One line for each access that it compares, and one for each transaction that can fail. */
#include "locking/window.h"

#include "support/view.h"

#define TABLE            "CREATE TABLE t (id int PRIMARY KEY, v int);"
#define CALM(statements) TABLE "BEGIN ISOLATION LEVEL REPEATABLE READ;" statements "; COMMIT;"
#define STRICT(mode, statements) \
    TABLE "BEGIN ISOLATION LEVEL SERIALIZABLE " mode ";" statements "; COMMIT;"
#define READ  "SELECT v FROM t WHERE id = $1;"
#define WRITE "UPDATE t SET v = $2 WHERE id = $1"

static void describe(GString *out, const struct corpus *corpus,
                     const struct transaction *transaction)
{
    static const char *const answers[] = {"another row", "perhaps the row", "the row"};
    const struct access *exposed = window_exposed(corpus, transaction);
    enum answer same;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!window_compares(access))
            continue;
        g_string_append_printf(out, "compared, %s, %s", window_is_open(access) ? "open" : "closed",
                               window_is_late(access) ? "late" : "of the statement");
        if (window_read(access, &same))
            g_string_append_printf(out, ", %s was read", answers[same]);
        if (window_follows_read(access))
            g_string_append(out, ", follows");
        g_string_append_c(out, '\n');
    }
    if (exposed)
        g_string_append_printf(out, "exposed by %s\n",
                               exposed->kind == ACCESS_READ ? "a read" : "what is compared");
}

static char *view_windows(const char *text, const char *options)
{
    struct linted linted;
    GString *out = g_string_new(NULL);

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    const struct script *script = linted.project.scripts->pdata[0];
    for (const struct transaction *each = script->transactions; each; each = each->next)
        describe(out, corpus, each);
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"a write alone", CALM(WRITE),
     "compared, open, of the statement\n"
     "exposed by what is compared\n"},
    {"behind a read of the row", CALM(READ WRITE),
     "compared, open, late, the row was read, follows\n"
     "exposed by what is compared\n"},
    {"behind a read of a row that may be the same", CALM("SELECT v FROM t WHERE v > 5;" WRITE),
     "compared, open, late, perhaps the row was read\n"
     "exposed by what is compared\n"},
    {"behind a read of another row",
     CALM("SELECT v FROM t WHERE id = 1; UPDATE t SET v = 0 WHERE id = 2"),
     "compared, open, late\n"
     "exposed by what is compared\n"},
    {"at READ COMMITTED", TABLE "BEGIN;" READ WRITE "; COMMIT;",
     "compared, open, late, the row was read, follows\n"},
    {"a row lock", CALM(READ "SELECT v FROM t WHERE id = $1 FOR UPDATE"),
     "compared, open, late, the row was read, follows\n"
     "exposed by what is compared\n"},
    {"an INSERT", CALM(READ "INSERT INTO t VALUES ($1, 0)"), ""},
    {"ON CONFLICT", CALM(READ "INSERT INTO t VALUES ($1, 0) ON CONFLICT (id) DO UPDATE SET v = 1"),
     "compared, open, late, the row was read, follows\n"
     "exposed by what is compared\n"},
    {"a table that is locked first", CALM("LOCK TABLE t IN EXCLUSIVE MODE;" READ WRITE),
     "compared, closed, late, the row was read, follows\n"},
    {"a table of the transaction's own",
     "BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE TABLE t (id int PRIMARY KEY, v int);" WRITE
     "; COMMIT;",
     "compared, closed, late\n"},
    {"a temporary table",
     "CREATE TEMP TABLE t (id int PRIMARY KEY, v int); BEGIN ISOLATION LEVEL REPEATABLE READ;" WRITE
     "; COMMIT;",
     "compared, closed, of the statement\n"},
    {"FOR KEY SHARE beside an UPDATE that keeps the key",
     CALM("SELECT v FROM t WHERE id = $1 FOR KEY SHARE") "UPDATE t SET v = 1 WHERE id = $1;",
     "compared, open, of the statement\n"
     "compared, open, of the statement\n"},
    {"FOR KEY SHARE beside a DELETE",
     CALM("SELECT v FROM t WHERE id = $1 FOR KEY SHARE") "DELETE FROM t WHERE id = $1;",
     "compared, open, of the statement\n"
     "exposed by what is compared\n"
     "compared, open, of the statement\n"},
    {"reads at REPEATABLE READ", CALM(READ READ), ""},
    {"reads at SERIALIZABLE", STRICT("", READ READ), "exposed by a read\n"},
    {"READ ONLY", STRICT("READ ONLY", READ), "exposed by a read\n"},
    {"READ ONLY DEFERRABLE", STRICT("READ ONLY, DEFERRABLE", READ), ""},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_windows);
    return tests_run("window", tests);
}
