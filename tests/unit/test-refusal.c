/* What the server refuses because of where it stands: one line for each statement of which it refuses
 * something. */
#include "locking/refusal.h"

#include "support/sample.h"

#define TABLES                                                                               \
    "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE SEQUENCE q; CREATE TEMP SEQUENCE z;" \
    "CREATE VIEW g AS SELECT v, count(*) AS n FROM t GROUP BY v;\n"
#define READ_ONLY(statements) TABLES "BEGIN READ ONLY;" statements "; COMMIT;"
#define FUNCTION(body) \
    TABLES "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN " body " END $$;\n"
#define PROCEDURE(more, body) \
    "CREATE PROCEDURE p() LANGUAGE plpgsql " more " AS $$ BEGIN " body " END $$;"

static void describe_step(GString *out, const struct step *step)
{
    const struct transaction *transaction = step->transaction;
    g_autofree struct refusal *refusals = refusals_find(transaction, false, 1500);
    const struct refusal refusal = refusals[step - transaction->steps];

    if (!refusal.step)
        return;
    g_string_append_printf(out, "%s: ", step->statement->verb);
    if (refusal.access)
        g_string_append(out, refusal.access->kind == ACCESS_LOCK ? "a row lock" : "a write");
    else if (refusal.effect)
        g_string_append(out, refusal.effect->call ? refusal.effect->call->name
                                                  : refusal.effect->statement->verb);
    else
        g_string_append(out, "the statement");
    g_string_append(out, refusal.conditional ? ", perhaps\n" : "\n");
}

static void describe_statement(GString *out, const struct statement *statement,
                               const struct script *script, const struct catalog *catalog)
{
    static const char *const terminations[] = {"allowed", "function", "sql",     "setting",
                                               "definer", "handled",  "execute", "cursor"};
    const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
    const struct routine *routine =
        change && change->kind == CHANGE_CREATE_ROUTINE ? change->routine : NULL;
    const struct body_statement *end = routine ? refusal_body_ends(routine->body, catalog) : NULL;
    const struct range *range;
    const char *lock = statement->query ? refusal_of_lock(statement->query, &range) : NULL;

    if (refusal_in_block(statement, catalog, script, 1500))
        g_string_append_printf(out, "%s: not in a block\n", statement->verb);
    if (lock)
        g_string_append_printf(out, "%s: no lock of %s\n", statement->verb, lock);
    const struct body_statement *each = routine && routine->body ? routine->body->statements : NULL;
    while (each && !refusal_ends_transaction(each, catalog))
        each = each->next;
    assert_ptr_equal(end, each ? refusal_ends_transaction(each, catalog) : NULL);
    if (end && end != each)
        g_string_append(out, "calls what ends\n");
    if (end)
        g_string_append_printf(out, "%s: ends, %s\n", statement->verb,
                               terminations[refusal_termination(routine, end)]);
    else if (refusal_call_ends(statement, catalog))
        g_string_append_printf(out, "%s: ends\n", statement->verb);
}

static char *view_refusals(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct script *script = linted.project.scripts->pdata[0];
    const struct catalog *catalog = &project_database(&linted.project, 0)->catalog;
    for (const struct statement *each = script->statements; each; each = each->next)
        describe_statement(out, each, script, catalog);
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        for (size_t i = 0; i < each->step_count; i++)
            describe_step(out, &each->steps[i]);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"a write", READ_ONLY("UPDATE t SET v = 1"), "UPDATE: a write\n"},
    {"a row lock", READ_ONLY("SELECT v FROM t FOR KEY SHARE"), "SELECT: a row lock\n"},
    {"a read", READ_ONLY("SELECT v FROM t"), ""},
    {"a temporary table",
     "CREATE TEMP TABLE x (id int); BEGIN READ ONLY; INSERT INTO x VALUES (1); COMMIT;", ""},
    {"DDL", READ_ONLY("CREATE TABLE x (id int)"), "CREATE TABLE: the statement\n"},
    {"a sequence", READ_ONLY("SELECT nextval('q')"), "SELECT: nextval\n"},
    {"a temporary sequence", READ_ONLY("SELECT nextval('z')"), ""},
    {"a large object before 16", READ_ONLY("SELECT lo_create(0)"), ""},
    {"a statement in a function", FUNCTION("TRUNCATE t;") "BEGIN READ ONLY; SELECT f(); COMMIT;",
     "SELECT: TRUNCATE\n"},
    {"DDL in a function",
     FUNCTION("CREATE TABLE x (id int);") "BEGIN READ ONLY; SELECT f(); COMMIT;",
     "SELECT: CREATE TABLE\n"},
    {"a branch of a function",
     FUNCTION(
         "IF now() > '2030-01-01' THEN DELETE FROM t; END IF;") "BEGIN READ ONLY; SELECT f(); COMMIT;",
     "SELECT: a write, perhaps\n"},
    {"the one that always runs",
     FUNCTION(
         "IF now() > '2030-01-01' THEN DELETE FROM t; END IF; PERFORM nextval('q');") "BEGIN READ ONLY; SELECT f(); COMMIT;",
     "SELECT: nextval\n"},
    {"VACUUM", TABLES "VACUUM t;", "VACUUM: not in a block\n"},
    {"an index beside others", TABLES "CREATE INDEX CONCURRENTLY i ON t (v);",
     "CREATE INDEX CONCURRENTLY: not in a block\n"},
    {"a new value of an enum", "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b';", ""},
    {"REINDEX of a partitioned table",
     "CREATE TABLE x (id int) PARTITION BY RANGE (id); REINDEX TABLE x;",
     "REINDEX: not in a block\n"},
    {"a lock of groups", TABLES "SELECT v, count(*) FROM t GROUP BY v FOR UPDATE;",
     "SELECT: no lock of GROUP BY\n"},
    {"a lock of a view of groups", TABLES "SELECT * FROM g FOR UPDATE;",
     "SELECT: no lock of GROUP BY\n"},
    {"a lock of what may be missing",
     TABLES "SELECT * FROM t a LEFT JOIN t b ON a.id = b.v FOR UPDATE;",
     "SELECT: no lock of the nullable side of an outer join\n"},
    {"a lock of the side that is there",
     TABLES "SELECT * FROM t a LEFT JOIN t b ON a.id = b.v FOR UPDATE OF a;", ""},
    {"COMMIT in a procedure", PROCEDURE("", "COMMIT;") "CALL p();",
     "CREATE PROCEDURE: ends, allowed\n"
     "CALL: ends\n"},
    {"COMMIT in a function", FUNCTION("COMMIT;"), "CREATE FUNCTION: ends, function\n"},
    {"COMMIT in a procedure with a setting", PROCEDURE("SET work_mem = '1MB'", "COMMIT;"),
     "CREATE PROCEDURE: ends, setting\n"},
    {"COMMIT with the rights of the owner", PROCEDURE("SECURITY DEFINER", "COMMIT;"),
     "CREATE PROCEDURE: ends, definer\n"},
    {"COMMIT in a block with a handler",
     PROCEDURE("", "BEGIN COMMIT; EXCEPTION WHEN others THEN NULL; END;"),
     "CREATE PROCEDURE: ends, handled\n"},
    {"COMMIT in what is called",
     PROCEDURE(
         "",
         "COMMIT;") "CREATE PROCEDURE r() LANGUAGE plpgsql AS $$ BEGIN CALL p(); END $$; DO $$ BEGIN CALL r(); END $$;",
     "CREATE PROCEDURE: ends, allowed\n"
     "calls what ends\n"
     "CREATE PROCEDURE: ends, allowed\n"
     "DO: ends\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_refusals);
    return tests_run("refusal", tests);
}
