/* What came with PostgreSQL 18 and changes what transactions do to each other. With the grammar of
 * an earlier one there is nothing to test. */
#include "sql/parse.h"
#include "support/view.h"

static const struct sample catalogs[] = {
    {"a foreign key of a column that is not enforced",
     "CREATE TABLE t (a int REFERENCES p NOT ENFORCED, b int REFERENCES q ENFORCED);",
     "table t (a int4, b int4)\n  foreign key t_b_fkey (b) to q\n"},
    {"a foreign key of a table that is not enforced",
     "CREATE TABLE t (a int); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT ENFORCED;",
     "table t (a int4)\n"},
    {"enforced later",
     "CREATE TABLE t (a int CONSTRAINT k REFERENCES p NOT ENFORCED);"
     "ALTER TABLE t RENAME a TO b; ALTER TABLE t ALTER CONSTRAINT k ENFORCED;",
     "table t (b int4)\n  foreign key k (b) to p\n"},
    {"no longer enforced",
     "CREATE TABLE t (a int CONSTRAINT k REFERENCES p);"
     "ALTER TABLE t ALTER CONSTRAINT k NOT ENFORCED;",
     "table t (a int4)\n"},
    {"deferred, which says nothing of enforcing",
     "CREATE TABLE t (a int CONSTRAINT k REFERENCES p DEFERRABLE);"
     "ALTER TABLE t ALTER CONSTRAINT k DEFERRABLE INITIALLY DEFERRED;",
     "table t (a int4)\n  foreign key k (a) to p deferrable\n"},
    {"dropped while it is not enforced",
     "CREATE TABLE t (a int CONSTRAINT k REFERENCES p NOT ENFORCED);"
     "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ALTER CONSTRAINT k ENFORCED;",
     "table t (a int4)\n"},
    {"checks that are not enforced",
     "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0) NOT ENFORCED,"
     "CONSTRAINT d CHECK (a < 9) NOT ENFORCED, CONSTRAINT e CHECK (a < 8));",
     "table t (a int4)\n  check e\n"},
    {"columns that are computed when they are read",
     "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1),"
     "c int GENERATED ALWAYS AS (a + 1) VIRTUAL, d int GENERATED ALWAYS AS (a + 1) STORED);",
     "table t (a int4, b int4, c int4, d int4 stored)\n"},
    {"keys over periods",
     "CREATE TABLE t (a int, p tstzrange, PRIMARY KEY (a, p WITHOUT OVERLAPS));"
     "CREATE TABLE u (a int, p tstzrange, UNIQUE (a, p WITHOUT OVERLAPS),"
     "FOREIGN KEY (a, PERIOD p) REFERENCES t, FOREIGN KEY (a, PERIOD p) REFERENCES t (a, PERIOD p));",
     "table t (a int4 not null, p tstzrange not null)\n"
     "  exclusion t_pkey gist (a, p) constraint\n"
     "table u (a int4, p tstzrange)\n"
     "  exclusion u_a_p_key gist (a, p) constraint\n"
     "  foreign key u_a_p_fkey (a) to t\n"
     "  foreign key u_a_p_fkey1 (a) to t (a)\n"},
};

#define ITEMS "CREATE TABLE item (id int PRIMARY KEY, kind int, size int);"

static const struct sample accesses[] = {
    {"no look at the parent of a key that is not enforced",
     "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p NOT ENFORCED);"
     "INSERT INTO t VALUES (1); DELETE FROM p WHERE id = 1;",
     "CREATE TABLE\n  define p all\nINSERT\n  insert t values set ? = 1\n"
     "DELETE\n  delete p point where id = 1\n"},
    {"the rows whose periods a row refers to",
     "CREATE TABLE t (a int, p tstzrange, PRIMARY KEY (a, p WITHOUT OVERLAPS));"
     "CREATE TABLE u (a int, p tstzrange, FOREIGN KEY (a, PERIOD p) REFERENCES t);"
     "INSERT INTO u VALUES (1, '[2026-01-01,2026-02-01)');",
     "CREATE TABLE\n  define t all\n"
     "INSERT\n  insert u values set ? = 1, ? = '[2026-01-01,2026-02-01)'\n"
     "  lock t KEY SHARE predicate via foreign key u_a_p_fkey where a = 1\n"},
    {"RETURNING old",
     ITEMS "UPDATE item SET kind = 2 WHERE id = 1"
           " RETURNING (SELECT 1 FROM kind WHERE kind.id = old.size);",
     "UPDATE\n  read kind point inner where id = size\n  update item point where id = 1 set kind = 2\n"},
    {"RETURNING under other names",
     ITEMS "UPDATE item i SET kind = 2 WHERE id = 1 RETURNING WITH (OLD AS was, NEW AS \"is\")"
           " (SELECT 1 FROM kind WHERE kind.id = was.size), \"is\".size, old.size;",
     "UPDATE\n  read kind point inner where id = size\n  update item point where id = 1 set kind = 2\n"},
    {"a table that is called old",
     ITEMS "UPDATE item SET kind = 2 FROM item old WHERE old.id = item.id AND item.id = 1"
           " RETURNING old.size;",
     "UPDATE\n  read item point inner where id = id and id = 1\n"
     "  update item point where id = id and id = 1 set kind = 2\n"},
};

static const struct sample findings[] = {
    {"a column that is not stored rewrites nothing",
     "CREATE TABLE t (a int); CREATE TABLE u (a int);\n"
     "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM u;\n"
     "ALTER TABLE t ADD b int GENERATED ALWAYS AS (a + 1) VIRTUAL; COMMIT;\n",
     ""},
    {"one that is stored does",
     "CREATE TABLE t (a int); CREATE TABLE u (a int);\n"
     "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM u;\n"
     "ALTER TABLE t ADD b int GENERATED ALWAYS AS (a + 1) STORED; COMMIT;\n",
     ""},
    {"the key answers with 23P01 for whoever looked before",
     "CREATE TABLE t (a int, p tstzrange, PRIMARY KEY (a, p WITHOUT OVERLAPS));\n"
     "BEGIN; SELECT 1 FROM t WHERE a = $1 AND p && $2;\n"
     "INSERT INTO t VALUES ($1, $2); COMMIT;\n",
     ""},
    {"a scan of its index locks more than what is found",
     "CREATE TABLE t (a int, p tstzrange, PRIMARY KEY (a, p WITHOUT OVERLAPS));\n"
     "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1 FROM t WHERE a = $1 AND p && $2;\n"
     "INSERT INTO t VALUES ($1, $2); COMMIT;\n",
     "test.sql:2:37 warning coarse-index-serializable\n"
     "test.sql:3:1 warning serializable-predicate-write\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    if (parse_grammar_major() >= 18) {
        samples_add(tests, catalogs, G_N_ELEMENTS(catalogs), view_catalog);
        samples_add(tests, accesses, G_N_ELEMENTS(accesses), view_accesses);
        samples_add(tests, findings, G_N_ELEMENTS(findings), view_findings);
    }
    return tests_run("postgresql-18", tests);
}
