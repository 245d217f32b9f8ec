/* When two accesses of different transactions conflict, one line for each pair of accesses of the
 * first two programs: what becomes of the second one when the first has been made. */
#include "locking/conflict.h"

#include "program/rows.h"
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

/* Who inserts what the SELECT of the first program looks for before it inserts itself. */
static char *view_inserter(const char *text, const char *options)
{
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    const struct access *read = linted_first(&linted)->accesses;
    const struct access *other = conflict_inserter(corpus, read->next, read);
    const struct script *script = linted.project.scripts->pdata[0];
    char *found = other ? g_strndup(script->bytes + other->statement->span.start,
                                    other->statement->span.end - other->statement->span.start)
                        : g_strdup("nobody");
    linted_finish(&linted);
    return found;
}

/* Whether the last access of the first program holds what the first one has read, so that the
 * second program does not overwrite it. */
static char *view_covers(const char *text, const char *options)
{
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct transaction *first = linted_first(&linted);
    const struct access *last = first->accesses;
    while (last->next)
        last = last->next;
    bool covers = conflict_covers(last, first->accesses, first->next->accesses);
    linted_finish(&linted);
    return g_strdup(covers ? "covers" : "lets pass");
}

/* Whether ON CONFLICT decides about the key that the SELECT before it has asked for, and whether a
 * unique index lets no second row of it in. */
static char *view_decides(const char *text, const char *options)
{
    static const char *const keys[] = {"no key", "perhaps a key", "a key"};
    enum answer unique = ANSWER_NO;
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct access *read = linted_first(&linted)->accesses;
    bool shares = access_shares_key(read, read->next, &unique);
    bool decides = conflict_decides_key(read->next, read, unique);
    linted_finish(&linted);
    assert_true(shares);
    return g_strdup_printf("%s, %s", decides ? "decides" : "does not", keys[unique]);
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
            each->kind == ACCESS_INSERT ? conflict_inserter(corpus, each, NULL) : NULL;
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
    {"one value twice, in rows that a sub-SELECT finds by another column",
     MEET("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE b = 0)",
          "UPDATE t SET a = 1 WHERE id = 1"),
     "read by row\n"
     "read by row, writes, lock, commute\n"},
    {"one value twice, in rows that a sub-SELECT finds by it",
     MEET("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE a = 0)",
          "UPDATE t SET a = 1 WHERE id = 1"),
     "read by column, read by row\n"
     "read by row, writes, lock\n"},
    {"one value twice, where a sub-SELECT asks the row for it",
     MEET("UPDATE t SET a = 1 WHERE EXISTS (SELECT FROM p WHERE p.id = t.a)",
          "UPDATE t SET a = 1 WHERE id = 1"),
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
    {"an upsert that sets the column",
     MEET("SELECT a FROM t WHERE id = 1",
          "INSERT INTO t VALUES (1, 0, 0) ON CONFLICT (id) DO UPDATE SET a = 1"),
     "t: INSERT, INSERT, nobody\n"},
    {"an upsert that sets another column",
     MEET("SELECT a FROM t WHERE id = 1",
          "INSERT INTO t VALUES (1, 0, 0) ON CONFLICT (id) DO UPDATE SET b = 1"),
     "t: nobody, INSERT, nobody\n"},
    {"an upsert that sets nothing",
     MEET("SELECT a FROM t WHERE id = 1",
          "INSERT INTO t VALUES (1, 0, 0) ON CONFLICT (id) DO NOTHING"),
     "t: nobody, nobody, nobody\n"},
    {"a writer of another row", MEET("SELECT a FROM t WHERE id = 2", UPDATE),
     "t: nobody, nobody, nobody\n"},
    {"surely the same row before perhaps",
     MEET("SELECT a FROM t WHERE id = 1",
          "UPDATE t SET a = 1 WHERE id = $1") "BEGIN; DELETE FROM t WHERE id = 1; COMMIT;",
     "t: DELETE, DELETE, nobody\n"},
    {"a key that another brings",
     MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (1, 2, 3)"),
     "t: nobody, nobody, INSERT\n"},
    {"another key", MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (2, 2, 3)"),
     "t: nobody, nobody, nobody\n"},
    {"a key that may be another",
     MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES ($1)"),
     "t: nobody, nobody, INSERT\n"},
    {"rows without a key",
     "CREATE TABLE n (id int); BEGIN; INSERT INTO n VALUES (1); COMMIT; BEGIN; INSERT INTO n VALUES (2); COMMIT;",
     "n: nobody, nobody, INSERT\n"},
    {"a key that writers keep", MEET("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", UPDATE),
     "t: UPDATE, UPDATE, nobody, keys are spared\n"},
    {"a key that one writer changes",
     MEET("SELECT a FROM t WHERE id = 1 FOR KEY SHARE", "DELETE FROM t WHERE id = 1"),
     "t: DELETE, DELETE, nobody\n"},
};

#define CHECK(condition)                                                         \
    "CREATE TABLE n (code text, a int); BEGIN; SELECT 1 FROM n WHERE " condition \
    "; INSERT INTO n VALUES ('x', 1); COMMIT;"
#define BRINGS(values) "BEGIN; INSERT INTO n VALUES (" values "); COMMIT;"

static const struct sample inserters[] = {
    {"nobody else", CHECK("code = 'x'"), "nobody"},
    {"what is looked for", CHECK("code = 'x'") BRINGS("'x', 2"), "INSERT INTO n VALUES ('x', 2)"},
    {"something else", CHECK("code = 'x'") BRINGS("'y', 2"), "nobody"},
    {"perhaps", CHECK("code = 'x'") BRINGS("'y', 2") BRINGS("$1, 3"),
     "INSERT INTO n VALUES ($1, 3)"},
    {"surely before perhaps", CHECK("code = 'x'") BRINGS("$1, 3") BRINGS("'x', 4"),
     "INSERT INTO n VALUES ('x', 4)"},
};

#define READ "SELECT a FROM t WHERE id = 1"

static const struct sample covers[] = {
    {"the row that was read", MEET(READ "; UPDATE t SET b = 1 WHERE id = 1", UPDATE), "covers"},
    {"another row", MEET(READ "; UPDATE t SET b = 1 WHERE id = 2", UPDATE), "lets pass"},
    {"a row that may be the same", MEET(READ "; UPDATE t SET b = 1 WHERE id = $1", UPDATE),
     "covers"},
    {"all rows", MEET(READ "; UPDATE t SET b = 1", UPDATE), "covers"},
    {"another table", MEET(READ "; UPDATE p SET note = 1 WHERE id = 1", UPDATE), "lets pass"},
    {"a lock", MEET(READ "; SELECT b FROM t WHERE id = 1 FOR UPDATE", UPDATE), "covers"},
    {"a lock that lets the write pass",
     MEET(READ "; SELECT b FROM t WHERE id = 1 FOR KEY SHARE", UPDATE), "lets pass"},
    {"a lock that may have skipped the row",
     MEET(READ "; SELECT b FROM t WHERE id = 1 FOR UPDATE SKIP LOCKED", UPDATE), "lets pass"},
    {"a row that comes in",
     MEET("SELECT a FROM t WHERE b > 1; UPDATE t SET a = 0 WHERE b > 1",
          "UPDATE t SET b = 2 WHERE id = 1"),
     "lets pass"},
    {"a row that goes",
     MEET("SELECT a FROM t WHERE b > 1; UPDATE t SET a = 0 WHERE b > 1",
          "DELETE FROM t WHERE id = 1"),
     "covers"},
    {"what the sub-SELECT has found",
     MEET("UPDATE t SET b = 1 WHERE id = (SELECT id FROM t WHERE a = 3)",
          "UPDATE t SET a = 4 WHERE id = 1"),
     "covers"},
};

#define KEYED                                                                                    \
    "CREATE TABLE k (id int PRIMARY KEY, mail text, gone date); CREATE UNIQUE INDEX ON k (mail)" \
    " WHERE gone IS NULL; BEGIN;"

static const struct sample decisions[] = {
    {"a plain INSERT", KEYED "SELECT 1 FROM k WHERE id = 1; INSERT INTO k (id) VALUES (1); COMMIT;",
     "does not, a key"},
    {"of the key",
     KEYED
     "SELECT 1 FROM k WHERE id = 1; INSERT INTO k (id) VALUES (1) ON CONFLICT (id) DO NOTHING;"
     "COMMIT;",
     "decides, a key"},
    {"of any key",
     KEYED "SELECT 1 FROM k WHERE id = 1; INSERT INTO k (id) VALUES (1) ON CONFLICT DO NOTHING;"
           "COMMIT;",
     "decides, a key"},
    {"of a partial index",
     KEYED "SELECT 1 FROM k WHERE mail = 'x'; INSERT INTO k (mail) VALUES ('x') ON CONFLICT (mail)"
           " WHERE gone IS NULL DO NOTHING; COMMIT;",
     "decides, a key"},
    {"of a column that was not asked for",
     "CREATE TABLE n (id int PRIMARY KEY, mail text); BEGIN; SELECT 1 FROM n WHERE mail = 'x';"
     "INSERT INTO n VALUES (1, 'x') ON CONFLICT (id) DO NOTHING; COMMIT;",
     "does not, no key"},
    {"a row of a partial index, by its default",
     KEYED "SELECT 1 FROM k WHERE mail = 'x'; INSERT INTO k (mail) VALUES ('x'); COMMIT;",
     "does not, a key"},
    {"a row that is none of a partial index",
     KEYED
     "SELECT 1 FROM k WHERE mail = 'x'; INSERT INTO k (mail, gone) VALUES ('x', '2026-11-28');"
     "COMMIT;",
     "does not, no key"},
    {"a row that may be one of a partial index",
     KEYED "SELECT 1 FROM k WHERE mail = 'x'; INSERT INTO k (mail, gone) VALUES ('x', $1); COMMIT;",
     "does not, no key"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_conflicts);
    samples_add(tests, writers, G_N_ELEMENTS(writers), view_writers);
    samples_add(tests, inserters, G_N_ELEMENTS(inserters), view_inserter);
    samples_add(tests, decisions, G_N_ELEMENTS(decisions), view_decides);
    samples_add(tests, covers, G_N_ELEMENTS(covers), view_covers);
    return tests_run("conflict", tests);
}
