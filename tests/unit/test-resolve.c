/* Which table a name means, and which table a column belongs to: what a condition restricts. */
#include "support/view.h"

#define TABLES \
    "CREATE TABLE a (id int, x int, only_a int); CREATE TABLE b (id int, x int, only_b int);"

static const struct sample columns[] = {
    {"by qualifier", TABLES "SELECT 1 FROM a, b WHERE a.x = 1 AND b.x = 2;",
     "SELECT\n  read a predicate where x = 1\n  read b predicate where x = 2\n"},
    {"by alias", TABLES "SELECT 1 FROM a AS p, b q WHERE q.x = 1;",
     "SELECT\n  read a all\n  read b predicate where x = 1\n"},
    {"an alias hides the name", TABLES "SELECT 1 FROM a AS b, b AS a WHERE b.x = 1;",
     "SELECT\n  read a predicate where x = 1\n  read b all\n"},
    {"by the only table that has it", TABLES "SELECT 1 FROM a, b WHERE only_b = 1;",
     "SELECT\n  read a all\n  read b predicate where only_b = 1\n"},
    {"by the only table that may have it", TABLES "SELECT 1 FROM a, nowhere WHERE y = 1;",
     "SELECT\n  read a all\n  read nowhere predicate where y = 1\n"},
    {"by neither of two unknown tables", "SELECT 1 FROM p, q WHERE y = 1;",
     "SELECT\n  read p all\n  read q all\n"},
    {"the outer query", TABLES "SELECT 1 FROM a WHERE x IN (SELECT id FROM b WHERE only_a = 1);",
     "SELECT\n  read b all\n  read a predicate where x IN (query)\n"},
    {"the inner query first", TABLES "SELECT 1 FROM a WHERE x IN (SELECT id FROM b WHERE x = 1);",
     "SELECT\n  read b predicate where x = 1\n  read a predicate where x IN (query)\n"},
    {"a correlated sub-SELECT",
     TABLES "SELECT 1 FROM a WHERE x = (SELECT max(id) FROM b WHERE b.x = a.only_a);",
     "SELECT\n  read b predicate where x = only_a\n  read a predicate where x = (query)\n"},
    {"a sub-SELECT in FROM", TABLES "SELECT 1 FROM (SELECT id AS k FROM a) s, b WHERE k = 1;",
     "SELECT\n  read a predicate where id = 1\n  read b all\n"},
    {"the target of an UPDATE", TABLES "UPDATE a SET x = 1 FROM b WHERE only_a = only_b;",
     "UPDATE\n  read b predicate inner where only_a = only_b\n"
     "  update a predicate where only_a = only_b set x = 1\n"},
    {"JOIN … USING counts as the left one",
     TABLES "SELECT 1 FROM a JOIN b USING (id) WHERE id = 1;",
     "SELECT\n  read a predicate where id = id and id = 1\n"
     "  read b predicate where id = id and id = 1\n"},
    {"excluded",
     TABLES "INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET x = excluded.x WHERE"
            " a.x = 1;",
     "INSERT\n  insert a values set id = 1\n"},
    {"LIKE brings columns", TABLES "CREATE TABLE c (LIKE a); SELECT 1 FROM b, c WHERE only_a = 1;",
     "SELECT\n  read b all\n  read c predicate where only_a = 1\n"},
    {"LIKE of what nobody created may bring any",
     TABLES "CREATE TABLE c (LIKE nowhere); SELECT 1 FROM b, c WHERE y = 1;",
     "SELECT\n  read b all\n  read c predicate where y = 1\n"},
    {"a column that was dropped",
     TABLES "ALTER TABLE a DROP COLUMN id; SELECT 1 FROM a, b WHERE id = 1;",
     "ALTER TABLE\n  define a all\n"
     "SELECT\n  read a all\n  read b predicate where id = 1\n"},
    {"columns of a function", TABLES "SELECT 1 FROM nowhere, jsonb_each('{}') WHERE key = 'k';",
     "SELECT\n  read nowhere all\n",
     .known = "columns that a function returns are taken for columns of an unknown table"},
};

static const struct sample names[] = {
    {"the schema decides",
     "CREATE TABLE p.t (id int PRIMARY KEY); CREATE TABLE q.t (id int); SELECT * FROM p.t WHERE id ="
     " 1; SELECT * FROM q.t WHERE id = 1;",
     "SELECT\n  read t point where id = 1\nSELECT\n  read t predicate where id = 1\n"},
    {"a table of a schema that was dropped",
     "CREATE TABLE p.t (k int PRIMARY KEY); CREATE TABLE q.t (k int); DROP TABLE p.t;"
     " SELECT * FROM p.t WHERE k = 1;",
     "DROP TABLE\n  define t all\nSELECT\n  read t predicate where k = 1\n"},
    {"a table that has left its schema",
     "CREATE TABLE p.t (k int PRIMARY KEY); CREATE TABLE r.t (k int); ALTER TABLE p.t SET SCHEMA"
     " q; SELECT * FROM q.t WHERE k = 1; SELECT * FROM p.t WHERE k = 1;",
     "ALTER … SET SCHEMA\n  define t all\n"
     "SELECT\n  read t point where k = 1\nSELECT\n  read t predicate where k = 1\n"},
    {"a table that has the name again, when another one has lost it",
     "CREATE TABLE p.t (k int PRIMARY KEY); CREATE TABLE p.u (k int); ALTER TABLE p.u RENAME TO"
     " t; DROP TABLE p.t; SELECT * FROM p.t WHERE k = 1;",
     "ALTER … RENAME\n  define u all\nDROP TABLE\n  define t all\n"
     "SELECT\n  read t point where k = 1\n"},
    {"public first",
     "CREATE TABLE p.t (id int); CREATE TABLE t (id int PRIMARY KEY); SELECT * FROM t WHERE id = 1;"
     "SELECT * FROM public.t WHERE id = 1;",
     "SELECT\n  read t point where id = 1\nSELECT\n  read t point where id = 1\n"},
    {"the only one of that name", "CREATE TABLE p.t (id int); SELECT * FROM t WHERE id = 1;",
     "SELECT\n  read t predicate where id = 1\n"},
    {"none of two",
     "CREATE TABLE p.t (id int); CREATE TABLE q.t (id int); SELECT * FROM t WHERE id ="
     " 1;",
     "SELECT\n  read t point where id = 1\n"},
    {"another schema is another table",
     "CREATE TABLE p.t (id int); SELECT * FROM q.t WHERE id = 1;",
     "SELECT\n  read t point where id = 1\n"},
    {"quoted names keep their case",
     "CREATE TABLE \"T\" (id int); CREATE TABLE t (id int PRIMARY KEY); SELECT * FROM \"T\" WHERE id"
     " = 1; SELECT * FROM T WHERE ID = 1;",
     "SELECT\n  read T predicate where id = 1\nSELECT\n  read t point where id = 1\n"},
    {"a temporary table comes first",
     "CREATE TABLE t (id int); CREATE TEMP TABLE t (id int PRIMARY KEY); SELECT * FROM t WHERE id ="
     " 1; SELECT * FROM public.t WHERE id = 1; SELECT * FROM pg_temp.t;",
     "SELECT\n  read t point exempt where id = 1\nSELECT\n  read t predicate where id = 1\n"
     "SELECT\n  read t all exempt\n"},
    {"… in its own file only",
     "-- file a.sql\nCREATE TEMP TABLE t (id int);\n-- file b.sql\nINSERT INTO t VALUES (1);\n",
     "INSERT\n  insert t values set ? = 1\n"},
    {"after DROP nothing is known",
     "CREATE TABLE t (id int); DROP TABLE t; SELECT * FROM t WHERE id = 1;",
     "DROP TABLE\n  define t all\nSELECT\n  read t point where id = 1\n"},
    {"a temporary table stays temporary until it is dropped",
     "CREATE TEMP TABLE t (id int); INSERT INTO t VALUES (1); DROP TABLE t;",
     "INSERT\n  insert t values exempt set ? = 1\n",
     .known = "the catalog is what is there at the end, so the INSERT is one of a permanent table"},
    {"a table of the user that is called pg_something",
     "CREATE TABLE pg_t (id int); SELECT * FROM pg_t;", "SELECT\n  read pg_t all\n"},
};

static const struct sample views[] = {
    {"a view reads its tables",
     TABLES "CREATE VIEW v AS SELECT x FROM a WHERE id = 1; SELECT * FROM v;",
     "SELECT\n  read a predicate via view v where id = 1\n"},
    {"conditions are said of the table below",
     TABLES "CREATE VIEW v AS SELECT x AS y FROM a; SELECT * FROM v WHERE y = 1;",
     "SELECT\n  read a predicate via view v where x = 1\n"},
    {"columns named by the view",
     TABLES "CREATE VIEW v (p, q) AS SELECT id, x FROM a; SELECT * FROM"
            " v WHERE q = 1;",
     "SELECT\n  read a predicate via view v where x = 1\n"},
    {"a view over a view",
     TABLES "CREATE VIEW v AS SELECT x FROM a; CREATE VIEW w AS SELECT x AS z FROM v WHERE x > 0;"
            "SELECT * FROM w WHERE z = 1;",
     "SELECT\n  read a range via view v via view w where x > 0 and x = 1\n"},
    {"a view that groups keeps its rows",
     TABLES
     "CREATE VIEW v AS SELECT x, count(*) AS n FROM a GROUP BY x; SELECT * FROM v WHERE n > 1;",
     "SELECT\n  read a all via view v\n"},
    {"an expression is passed on",
     TABLES "CREATE VIEW v AS SELECT x + 1 AS y FROM a; SELECT * FROM v WHERE y = 1;",
     "SELECT\n  read a predicate via view v where {…} = 1\n"},
    {"a view in a file that sorts later",
     "-- file a.sql\nSELECT * FROM v WHERE y = 1;\n"
     "-- file b.sql\nCREATE TABLE t (x int); CREATE VIEW v AS SELECT x AS y FROM t;\n",
     "SELECT\n  read t predicate via view v where x = 1\n"},
    {"a view of itself", "CREATE VIEW v AS SELECT 1 AS x FROM v; SELECT * FROM w;",
     "SELECT\n  read w all\n"},
    {"SELECT * in a view", TABLES "CREATE VIEW v AS SELECT * FROM a; SELECT * FROM v WHERE id = 1;",
     "SELECT\n  read a predicate via view v where id = 1\n"},
    {"FOR UPDATE of a view locks its tables",
     TABLES "CREATE VIEW v AS SELECT id, x FROM a; SELECT * FROM v WHERE id = 1 FOR UPDATE;",
     "SELECT\n  lock a UPDATE predicate via view v where id = 1\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, columns, G_N_ELEMENTS(columns), view_accesses);
    samples_add(tests, names, G_N_ELEMENTS(names), view_accesses);
    samples_add(tests, views, G_N_ELEMENTS(views), view_accesses);
    return tests_run("resolve", tests);
}
