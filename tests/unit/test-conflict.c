/* When two accesses of different transactions conflict, one line for each pair of accesses of the
 * first two programs: what becomes of the second one when the first has been made. */
#include "locking/conflict.h"

#include "support/sample.h"

#define TABLES                                                                                          \
    "CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE TABLE p (id int PRIMARY KEY, note int);" \
    "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);"
#define MEET(first, second) TABLES "BEGIN;" first "; COMMIT; BEGIN;" second "; COMMIT;"

static void describe(GString *out, const struct access *a, const struct access *b)
{
    const struct {
        const char *name;
        bool holds;
    } all[] = {
        {"read by column", conflict_read_write(a, b, BY_COLUMN)},
        {"read by row", conflict_read_write(a, b, BY_ROW)},
        {"writes", conflict_write_write(a, b)},
        {"lock", conflict_on_lock(a, b)},
        {"commute", conflict_commutes(a, b)},
        {"on key", conflict_on_key(b, a)},
    };
    struct binding none;
    size_t before = out->len;

    binding_clear(&none);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i].holds)
            g_string_append_printf(out, "%s%s", out->len > before ? ", " : "", all[i].name);
    }
    g_string_append(out, conflict_blocks(&none, a, 0, b, 1) ? "; waits" : "");
    if (conflict_fails_later(&none, b, 1, a, 0))
        g_string_append(out, "; fails");
    if (conflict_refuses(&none, b, 1, a, 0))
        g_string_append(out, "; refused");
    g_string_append(out, out->len > before ? "\n" : "nothing\n");
}

static char *view_conflicts(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct transaction *first = linted_first(&linted);
    for (const struct access *a = first->accesses; a; a = a->next) {
        for (const struct access *b = first->next->accesses; b; b = b->next) {
            if (access_same_relation(a, b))
                describe(out, a, b);
        }
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

/* For each access of the first program: who of the others writes its rows, or brings its key. */
static char *view_writers(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (const struct access *each = linted_first(&linted)->accesses; each; each = each->next) {
        const struct access *column = conflict_writer(corpus, each, BY_COLUMN, NULL);
        const struct access *row = conflict_writer(corpus, each, BY_ROW, NULL);
        const struct access *insert =
            each->kind == ACCESS_INSERT ? conflict_inserter(corpus, each) : NULL;
        g_string_append_printf(out, "%s: %s, %s, %s%s\n", access_relation_name(each),
                               column ? column->statement->verb : "nobody",
                               row ? row->statement->verb : "nobody",
                               insert ? insert->statement->verb : "nobody",
                               conflict_spares_key(corpus, each) ? ", keys are spared" : "");
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

#define UPDATE "UPDATE t SET a = a + 1 WHERE id = 1"

static const struct sample samples[] = {
    {"two readers", MEET("SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id = 1"),
     "nothing\n"},
    {"a column that is read", MEET("SELECT a FROM t WHERE id = 1", UPDATE),
     "read by column, read by row\n"},
    {"another column", MEET("SELECT b FROM t WHERE id = 1", UPDATE), "read by row\n"},
    {"one row twice", MEET(UPDATE, UPDATE),
     "read by column, read by row, writes, lock, commute; waits; fails\n"},
    {"one row twice, under one snapshot", MEET(UPDATE, UPDATE),
     "read by column, read by row, writes, lock, commute; waits; fails\n",
     "--default-isolation repeatable-read"},
    {"another row", MEET(UPDATE, "UPDATE t SET a = 2 WHERE id = 2"),
     "read by column, read by row, writes, lock\n", "--default-isolation repeatable-read"},
    {"a value that is overwritten", MEET(UPDATE, "UPDATE t SET a = 5 WHERE id = 1"),
     "read by column, read by row, writes, lock; waits; fails\n"},
    {"other columns of one row",
     MEET("UPDATE t SET a = 1 WHERE id = 1", "UPDATE t SET b = 1 WHERE id = 1"),
     "read by row, writes, lock, commute; waits; fails\n"},
    {"shared locks",
     MEET("SELECT a FROM t WHERE id = 1 FOR SHARE", "SELECT a FROM t WHERE id = 1 FOR SHARE"),
     "nothing\n"},
    {"a key that is shared, and another column",
     MEET("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", UPDATE), "read by column, read by row\n"},
    {"a lock that is stronger", MEET("SELECT a FROM t WHERE id = 1 FOR UPDATE", UPDATE),
     "read by column, read by row, lock; waits\n"},
    {"who takes what is free, and perhaps nothing",
     MEET("SELECT a FROM t WHERE id = 1 FOR UPDATE SKIP LOCKED", UPDATE), "read by row\n"},
    {"a value that is kept",
     MEET("SELECT a FROM t WHERE id = 1", "UPDATE t SET a = a, b = 2 WHERE id = 1"),
     "read by row\n"},
    {"a key that stays", MEET("INSERT INTO c VALUES (1, 1)", "UPDATE p SET note = 2 WHERE id = 1"),
     "read by row\n"},
    {"a key that changes", MEET("INSERT INTO c VALUES (1, 1)", "UPDATE p SET id = 2 WHERE id = 1"),
     "; fails; refused\n"
     "read by column, read by row, lock; waits\n"},
    {"SKIP LOCKED", MEET(UPDATE, "SELECT a FROM t WHERE id = 1 FOR UPDATE SKIP LOCKED"),
     "nothing\n"},
    {"one key twice", MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (1, 0, 0)"),
     "; waits; fails; refused\n"},
    {"two keys", MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (2, 0, 0)"),
     "nothing\n"},
    {"ON CONFLICT",
     MEET("INSERT INTO t VALUES (1, 0, 0)",
          "INSERT INTO t VALUES (1, 0, 0) ON CONFLICT DO NOTHING"),
     "on key; waits; fails\n"},
    {"ON CONFLICT DO UPDATE",
     MEET("INSERT INTO t VALUES (1, 0, 0)",
          "INSERT INTO t VALUES (1, 0, 0) ON CONFLICT (id) DO UPDATE SET a = 1"),
     "on key; waits; fails\n"},
    {"a parent that goes", MEET("DELETE FROM p WHERE id = 1", "INSERT INTO c VALUES (1, 1)"),
     "lock; waits; fails; refused\n"
     "read by column, read by row\n"},
    {"a child that keeps its parent",
     MEET("INSERT INTO c VALUES (1, 1)", "DELETE FROM p WHERE id = 1"),
     "; fails; refused\n"
     "read by column, read by row, lock; waits\n"},
    {"a locked table", MEET("LOCK TABLE t IN SHARE MODE", UPDATE), "; waits\n"},
    {"a locked table that is read", MEET("LOCK TABLE t IN SHARE MODE", "SELECT a FROM t"),
     "nothing\n"},
};

/* By column, by row, of a key. */
static const struct sample writers[] = {
    {"nobody else", TABLES "BEGIN; SELECT a FROM t WHERE id = 1; COMMIT;",
     "t: nobody, nobody, nobody\n"},
    {"its own copy is nobody else", TABLES "BEGIN;" UPDATE "; COMMIT;",
     "t: nobody, nobody, nobody\n"},
    {"a writer of the column", MEET("SELECT a FROM t WHERE id = 1", UPDATE),
     "t: UPDATE, UPDATE, nobody\n"},
    {"a writer of another column", MEET("SELECT b FROM t WHERE id = 1", UPDATE),
     "t: nobody, UPDATE, nobody\n"},
    {"a writer of another row", MEET("SELECT a FROM t WHERE id = 2", UPDATE),
     "t: nobody, nobody, nobody\n"},
    {"surely the same row before perhaps",
     MEET("SELECT a FROM t WHERE id = 1",
          "UPDATE t SET a = 1 WHERE id = $1") "BEGIN; DELETE FROM t WHERE id = 1; COMMIT;",
     "t: DELETE, DELETE, nobody\n"},
    {"a key that another brings",
     MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (1, 2, 3)"),
     "t: nobody, nobody, INSERT\n"},
    {"a key that writers keep", MEET("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", UPDATE),
     "t: UPDATE, UPDATE, nobody, keys are spared\n"},
    {"a key that one writer changes",
     MEET("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", "DELETE FROM t WHERE id = 1"),
     "t: DELETE, DELETE, nobody\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_conflicts);
    samples_add(tests, writers, G_N_ELEMENTS(writers), view_writers);
    return tests_run("conflict", tests);
}
