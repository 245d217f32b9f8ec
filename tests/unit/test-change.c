/* What DDL costs those who use the table: one line for each change of a table, with the lock that it
 * takes, and whether it writes every row anew. */
#include "program/change.h"

#include "support/sample.h"

#define TABLE          "CREATE TABLE t (id int PRIMARY KEY, v int, s varchar(10), n numeric(8, 2));"
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

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_changes);
    return tests_run("change", tests);
}
