/* What DDL costs those who use the table: one line for each change of a table, with the lock that it
 * takes, and whether it writes every row anew. */
#include "program/change.h"

#include "locking/lock.h"
#include "support/sample.h"

#define TABLE   "CREATE TABLE t (id int PRIMARY KEY, v int, s varchar(10), n numeric(8, 2));"
#define INDEXED TABLE "CREATE INDEX i ON t (v);"
#define PARTITIONED                                   \
    "CREATE TABLE p (id int) PARTITION BY LIST (id);" \
    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
#define ALTER(actions) TABLE "ALTER TABLE t " actions ";"

static char *view_changes(const char *text, const char *options)
{
    static const char *const rewrites[] = {"", ", perhaps anew", ", anew"};
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct script *script = linted.project.scripts->pdata[0];
    for (const struct statement *each = script->statements->next; each; each = each->next) {
        const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
        for (; change; change = change->next) {
            enum table_lock lock = change_lock(each, change);
            const struct relation *relation =
                catalog_relation(&project_database(&linted.project, 0)->catalog, NULL,
                                 change->object.name, script, AT_THE_END);
            enum answer anew = change_rewrites(change, relation, options ? 1000 : 1500);
            if (lock != TABLE_LOCK_NONE || anew != ANSWER_NO)
                g_string_append_printf(out, "%s: %s%s\n", each->verb, table_lock_name(lock),
                                       rewrites[anew]);
        }
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

/* The tables that the last statement locks as DDL does, as pg_locks of the server 15 has them. */
static char *view_locks(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct script *script = linted.project.scripts->pdata[0];
    const struct transaction *last = script->transactions;
    while (last->next)
        last = last->next;
    for (const struct access *each = last->accesses; each; each = each->next) {
        if (each->kind == ACCESS_DEFINE)
            g_string_append_printf(out, "%s: %s%s%s%s\n", each->name,
                                   table_lock_name(access_table_lock(each)),
                                   access_changes_structure(each) ? ", structure" : "",
                                   access_rewrites(each, options ? 1000 : 1500) ? ", anew" : "",
                                   access_refreshes(each) ? ", refreshed" : "");
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"a new table", TABLE "CREATE TABLE x (id int);", ""},
    {"a new table with a key", TABLE "CREATE TABLE x (id int PRIMARY KEY);",
     "CREATE TABLE: ACCESS EXCLUSIVE\n"},
    {"a column", ALTER("ADD COLUMN a int"), "ALTER TABLE: ACCESS EXCLUSIVE\n"},
    {"a column with a constant default", ALTER("ADD COLUMN a int DEFAULT 7"),
     "ALTER TABLE: ACCESS EXCLUSIVE\n"},
    {"the same before 11", ALTER("ADD COLUMN a int DEFAULT 7"),
     "ALTER TABLE: ACCESS EXCLUSIVE, anew\n", "--server-version 10"},
    {"a column with a volatile default", ALTER("ADD COLUMN a float DEFAULT random()"),
     "ALTER TABLE: ACCESS EXCLUSIVE, anew\n"},
    {"a column that is computed", ALTER("ADD COLUMN a int GENERATED ALWAYS AS (v + 1) STORED"),
     "ALTER TABLE: ACCESS EXCLUSIVE, anew\n"},
    {"another type", ALTER("ALTER COLUMN v TYPE bigint"), "ALTER TABLE: ACCESS EXCLUSIVE, anew\n"},
    {"a longer text", ALTER("ALTER COLUMN s TYPE varchar(20)"),
     "ALTER TABLE: ACCESS EXCLUSIVE, perhaps anew\n"},
    {"a shorter text", ALTER("ALTER COLUMN s TYPE varchar(5)"),
     "ALTER TABLE: ACCESS EXCLUSIVE, perhaps anew\n"},
    {"text without a length", ALTER("ALTER COLUMN s TYPE text"),
     "ALTER TABLE: ACCESS EXCLUSIVE, perhaps anew\n"},
    {"NOT NULL", ALTER("ALTER COLUMN v SET NOT NULL"), "ALTER TABLE: ACCESS EXCLUSIVE\n"},
    {"a foreign key", ALTER("ADD FOREIGN KEY (v) REFERENCES t"),
     "ALTER TABLE: SHARE ROW EXCLUSIVE\n"},
    {"a check", ALTER("ADD CONSTRAINT c CHECK (v > 0)"), "ALTER TABLE: ACCESS EXCLUSIVE\n"},
    {"no longer logged", ALTER("SET UNLOGGED"), "ALTER TABLE: ACCESS EXCLUSIVE, anew\n"},
    {"an index", TABLE "CREATE INDEX i ON t (v);", "CREATE INDEX: SHARE\n"},
    {"an index beside others", TABLE "CREATE INDEX CONCURRENTLY i ON t (v);",
     "CREATE INDEX CONCURRENTLY: SHARE UPDATE EXCLUSIVE\n"},
    {"a trigger",
     TABLE
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$; CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
     "CREATE TRIGGER: SHARE ROW EXCLUSIVE\n"},
    {"gone", TABLE "DROP TABLE t;", "DROP TABLE: ACCESS EXCLUSIVE\n"},
};

#define REFERRING                                                                                    \
    "CREATE TABLE u (a int PRIMARY KEY); CREATE TABLE c (u int REFERENCES u) PARTITION BY LIST (u);" \
    "CREATE TABLE d PARTITION OF c FOR VALUES IN (1);"

static const struct sample locks[] = {
    {"an index gone", INDEXED "DROP INDEX i;", "t: ACCESS EXCLUSIVE, structure\n"},
    {"several indexes gone",
     INDEXED "CREATE TABLE u (a int); CREATE INDEX j ON u (a); DROP INDEX j, i;",
     "u: ACCESS EXCLUSIVE, structure\nt: ACCESS EXCLUSIVE, structure\n"},
    {"an index gone beside others", INDEXED "DROP INDEX CONCURRENTLY i;",
     "t: SHARE UPDATE EXCLUSIVE, structure\n"},
    {"an index gone that moved to another table later",
     INDEXED "CREATE TABLE u (a int); DROP INDEX i; CREATE INDEX i ON u (a); DROP INDEX i;",
     "u: ACCESS EXCLUSIVE, structure\n"},
    {"an index gone that nobody knows", TABLE "DROP INDEX unheard_of;", ""},
    {"an index with another name", INDEXED "ALTER INDEX i RENAME TO j;",
     "i: SHARE UPDATE EXCLUSIVE, structure\n"},
    {"a trigger gone", TABLE "DROP TRIGGER g ON t;", "t: ACCESS EXCLUSIVE, structure\n"},
    {"a trigger with another name", TABLE "ALTER TRIGGER g ON t RENAME TO h;",
     "t: ACCESS EXCLUSIVE, structure\n"},
    {"a trigger off", ALTER("DISABLE TRIGGER g"), "t: SHARE ROW EXCLUSIVE\n"},
    {"all triggers on", ALTER("ENABLE TRIGGER ALL"), "t: SHARE ROW EXCLUSIVE\n"},
    {"a policy", TABLE "CREATE POLICY p ON t;", "t: ACCESS EXCLUSIVE, structure\n"},
    {"another policy", TABLE "ALTER POLICY p ON t USING (true);",
     "t: ACCESS EXCLUSIVE, structure\n"},
    {"a policy gone", TABLE "DROP POLICY p ON t;", "t: ACCESS EXCLUSIVE, structure\n"},
    {"a policy with another name", TABLE "ALTER POLICY p ON t RENAME TO q;",
     "t: ACCESS EXCLUSIVE, structure\n"},
    {"row level security", ALTER("ENABLE ROW LEVEL SECURITY"), "t: ACCESS EXCLUSIVE, structure\n"},
    {"an owner", ALTER("OWNER TO someone"), "t: ACCESS EXCLUSIVE, structure\n"},
    {"the owner of a view", TABLE "CREATE VIEW w AS SELECT 1; ALTER VIEW w OWNER TO someone;", ""},
    {"a constraint validated", ALTER("VALIDATE CONSTRAINT c"), "t: SHARE UPDATE EXCLUSIVE\n"},
    {"statistics", ALTER("ALTER COLUMN v SET STATISTICS 10"), "t: SHARE UPDATE EXCLUSIVE\n"},
    {"options of a column", ALTER("ALTER COLUMN v SET (n_distinct = 5)"),
     "t: SHARE UPDATE EXCLUSIVE\n"},
    {"storage", ALTER("ALTER COLUMN s SET STORAGE external"), "t: ACCESS EXCLUSIVE, structure\n"},
    {"an option", ALTER("SET (fillfactor = 50)"), "t: SHARE UPDATE EXCLUSIVE\n"},
    {"the option that is not like others", ALTER("SET (user_catalog_table = true)"),
     "t: ACCESS EXCLUSIVE\n"},
    {"options taken back", ALTER("RESET (fillfactor)"), "t: SHARE UPDATE EXCLUSIVE\n"},
    {"the strongest of several", ALTER("ALTER COLUMN v SET STATISTICS 10, OWNER TO someone"),
     "t: ACCESS EXCLUSIVE, structure\n"},
    {"a foreign key gone",
     TABLE
     "CREATE TABLE c (a int, CONSTRAINT k FOREIGN KEY (a) REFERENCES t); ALTER TABLE c DROP CONSTRAINT k;",
     "c: ACCESS EXCLUSIVE, structure\nt: ACCESS EXCLUSIVE, structure\n"},
    {"another constraint gone", ALTER("DROP CONSTRAINT c"), "t: ACCESS EXCLUSIVE, structure\n"},
    {"a partition is attached",
     PARTITIONED "CREATE TABLE q (id int); ALTER TABLE p ATTACH PARTITION q FOR VALUES IN (2);",
     "p: SHARE UPDATE EXCLUSIVE\nq: ACCESS EXCLUSIVE\n"},
    {"a partition is detached", PARTITIONED "ALTER TABLE p DETACH PARTITION p1;",
     "p: ACCESS EXCLUSIVE\np1: ACCESS EXCLUSIVE\n"},
    {"the tables that a table refers to, when it goes",
     "CREATE TABLE u (a int PRIMARY KEY); CREATE TABLE v (a int PRIMARY KEY);"
     "CREATE TABLE c (u int REFERENCES u, v int REFERENCES v); DROP TABLE c;",
     "c: ACCESS EXCLUSIVE\nu: ACCESS EXCLUSIVE\nv: ACCESS EXCLUSIVE\n"},
    {"the same, when a partition comes",
     REFERRING "CREATE TABLE e PARTITION OF c FOR VALUES IN (2);",
     "c: ACCESS EXCLUSIVE\nu: SHARE ROW EXCLUSIVE\n"},
    {"the same, when a partition goes", REFERRING "ALTER TABLE c DETACH PARTITION d;",
     "c: ACCESS EXCLUSIVE\nd: ACCESS EXCLUSIVE\nu: SHARE ROW EXCLUSIVE\n"},
    {"a partition of another schema",
     PARTITIONED
     "CREATE SCHEMA old; CREATE TABLE old.p1 (id int); ALTER TABLE p ATTACH PARTITION old.p1 FOR VALUES IN (2);",
     "p: SHARE UPDATE EXCLUSIVE\np1: ACCESS EXCLUSIVE\n"},
    {"rows written anew", ALTER("ADD x float DEFAULT random()"),
     "t: ACCESS EXCLUSIVE, structure, anew\n"},
    {"a default before 11", ALTER("ADD x int DEFAULT 1"), "t: ACCESS EXCLUSIVE, structure, anew\n",
     .options = "--server-version=10"},
    {"a default since", ALTER("ADD x int DEFAULT 1"), "t: ACCESS EXCLUSIVE, structure\n"},
    {"a type that may be the same", "ALTER TABLE nobody ALTER COLUMN v TYPE bigint;",
     "nobody: ACCESS EXCLUSIVE, structure\n"},
    {"one of two tables",
     TABLE
     "CREATE TABLE u (a int PRIMARY KEY); ALTER TABLE t ADD x float DEFAULT random(), ADD FOREIGN KEY (v) REFERENCES u;",
     "t: ACCESS EXCLUSIVE, structure, anew\n"
     "u: SHARE ROW EXCLUSIVE, structure\n"},
    {"another persistence", ALTER("SET UNLOGGED"), "t: ACCESS EXCLUSIVE, structure, anew\n"},
    {"a view is refreshed",
     TABLE "CREATE MATERIALIZED VIEW m AS SELECT v FROM t; REFRESH MATERIALIZED VIEW m;",
     "m: ACCESS EXCLUSIVE, refreshed\n"},
    {"a partition is made", PARTITIONED "CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);",
     "p: ACCESS EXCLUSIVE\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_changes);
    samples_add(tests, locks, G_N_ELEMENTS(locks), view_locks);
    return tests_run("change", tests);
}
