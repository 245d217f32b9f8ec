/* Where statements begin and end, as psql 15 sends them (each case was tried with psql). */
#include "support/view.h"

static const struct sample lexical[] = {
    {"one statement", "SELECT 1;", "sql SELECT 1\n"},
    {"no final semicolon", "SELECT 1", "sql SELECT 1\n"},
    {"empty statements", ";;\n ; SELECT 1;;", "sql SELECT 1\n"},
    {"nothing at all", "", ""},
    {"blanks and comments only", " \n-- x; y\n/* a; b */\n", ""},
    {"two on a line", "SELECT 1; SELECT 2;", "sql SELECT 1\nsql SELECT 2\n"},
    {"the span begins at the first token", "\n  -- hi\n  SELECT 1 /* bye */ ;", "sql SELECT 1\n"},
    {"quotes", "SELECT ';', \";\", 'it''s;', \"a\"\";b\";SELECT 2",
     "sql SELECT ';', \";\", 'it''s;', \"a\"\";b\"\nsql SELECT 2\n"},
    {"backslash in a plain string", "SELECT 'a\\';SELECT 2", "sql SELECT 'a\\'\nsql SELECT 2\n"},
    {"backslash in an E string", "SELECT E'a\\';b', e'\\\\';SELECT 2",
     "sql SELECT E'a\\';b', e'\\\\'\nsql SELECT 2\n"},
    {"B, X and N strings are plain", "SELECT B'01', X'1F', N'a\\';SELECT 2",
     "sql SELECT B'01', X'1F', N'a\\'\nsql SELECT 2\n"},
    {"a name that ends in e is no E string", "SELECT date'a\\';SELECT 2",
     "sql SELECT date'a\\'\nsql SELECT 2\n"},
    {"U& strings and names", "SELECT U&'\\0041;', U&\"a;b\";SELECT 2",
     "sql SELECT U&'\\0041;', U&\"a;b\"\nsql SELECT 2\n"},
    {"dollar quotes", "SELECT $$;$$, $a$ $$ ; $b$ $a$;SELECT 2",
     "sql SELECT $$;$$, $a$ $$ ; $b$ $a$\nsql SELECT 2\n"},
    {"a tag is a name", "SELECT $ä_1$;$ä_1$, $1$1;SELECT 2",
     "sql SELECT $ä_1$;$ä_1$, $1$1\nsql SELECT 2\n"},
    {"a dollar within a name opens nothing", "SELECT a$b$c;SELECT $1;",
     "sql SELECT a$b$c\nsql SELECT $1\n"},
    {"nested comments", "SELECT 1 /* a /* ; */ ; */ + 1;SELECT 2",
     "sql SELECT 1 /* a /* ; */ ; */ + 1\nsql SELECT 2\n"},
    {"a slash and a star that open no comment twice", "SELECT 1 /*/ ; */;SELECT 2",
     "sql SELECT 1\nsql SELECT 2\n"},
    {"a comment to the end of the line", "SELECT 1 -- ;\n+ 1;", "sql SELECT 1 -- ;\\n+ 1\n"},
    {"no comment within an operator of minus signs", "SELECT 1 - -1;", "sql SELECT 1 - -1\n"},
    {"quotes in comments", "-- it's\nSELECT 1; /* it's */ SELECT 2;",
     "sql SELECT 1\nsql SELECT 2\n"},
    {"an open quote swallows the rest", "SELECT 'a; SELECT 2;", "sql SELECT 'a; SELECT 2;\n"},
    {"an open comment swallows the rest", "SELECT 1; /* SELECT 2;", "sql SELECT 1\n"},
    {"an open dollar quote swallows the rest", "DO $$ BEGIN; SELECT 2;",
     "sql DO $$ BEGIN; SELECT 2;\n"},
    {"an E string open at the end", "SELECT E'a\\", "sql SELECT E'a\\\n"},
    {"CRLF", "SELECT 1;\r\nSELECT\r\n2;\r\n", "sql SELECT 1\nsql SELECT\\r\\n2\n"},
    {"byte order mark", "\xEF\xBB\xBFSELECT 1;", "sql SELECT 1\n"},
    {"a parenthesis left open ends with its statement", "SELECT (1; SELECT 2;",
     "sql SELECT (1\nsql SELECT 2\n"},
    {"a parenthesis closed too often", "SELECT 1); SELECT 2;", "sql SELECT 1)\nsql SELECT 2\n"},
    {"letters outside ASCII", "SELECT größe FROM straße;SELECT 2",
     "sql SELECT größe FROM straße\nsql SELECT 2\n"},
};

static const struct sample bodies[] = {
    {"BEGIN ATOMIC",
     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3;",
     "sql CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END\nsql SELECT 3\n"},
    {"CASE within BEGIN ATOMIC",
     "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; SELECT 3;",
     "sql CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END\n"
     "sql SELECT 3\n"},
    {"a quoted body", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$; SELECT 2;",
     "sql CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$\nsql SELECT 2\n"},
    {"begin is a name elsewhere", "CREATE TABLE begin (a int); SELECT 2;",
     "sql CREATE TABLE begin (a int)\nsql SELECT 2\n"},
    {"BEGIN by itself", "BEGIN; SELECT CASE WHEN true THEN 1 END; END; SELECT 2;",
     "sql BEGIN\nsql SELECT CASE WHEN true THEN 1 END\nsql END\nsql SELECT 2\n"},
    {"actions of a rule",
     "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 2;",
     "sql CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)\nsql SELECT 2\n"},
    {"CREATE OR REPLACE RULE",
     "CREATE OR REPLACE RULE r AS ON DELETE TO t DO INSTEAD (SELECT 1; SELECT 2);SELECT 3",
     "sql CREATE OR REPLACE RULE r AS ON DELETE TO t DO INSTEAD (SELECT 1; SELECT 2)\n"
     "sql SELECT 3\n"},
    {"DO", "DO $$ BEGIN UPDATE t SET a = 1; END $$; SELECT 2;",
     "sql DO $$ BEGIN UPDATE t SET a = 1; END $$\nsql SELECT 2\n"},
};

static const struct sample copies[] = {
    {"data", "COPY t FROM STDIN;\n1\tx;'\n\\.\nSELECT 2;", "sql COPY t FROM STDIN\nsql SELECT 2\n"},
    {"data with CRLF", "COPY t FROM STDIN;\r\n1\r\n\\.\r\nSELECT 2;",
     "sql COPY t FROM STDIN\nsql SELECT 2\n"},
    {"columns and options", "COPY t (a, b) FROM STDIN WITH (FORMAT csv);\n'\n\\.\nSELECT 2;",
     "sql COPY t (a, b) FROM STDIN WITH (FORMAT csv)\nsql SELECT 2\n"},
    {"in any case", "copy t from stdin;\n;\n\\.\nSELECT 2;",
     "sql copy t from stdin\nsql SELECT 2\n"},
    {"two of them on a line", "COPY t FROM STDIN; COPY u FROM STDIN;\n1\n\\.\n;'\n\\.\nSELECT 3;",
     "sql COPY t FROM STDIN\nsql COPY u FROM STDIN\nsql SELECT 3\n"},
    {"no data follows", "COPY t FROM STDIN;\nSELECT 2;", "sql COPY t FROM STDIN\nsql SELECT 2\n"},
    {"COPY TO has no data", "COPY t TO STDOUT;\nSELECT 2;\n\\.\n",
     "sql COPY t TO STDOUT\nsql SELECT 2\npsql \\.\n"},
    {"COPY from a file has no data", "COPY t FROM '/x';\nSELECT 2;",
     "sql COPY t FROM '/x'\nsql SELECT 2\n"},
    {"a query that reads from stdin", "COPY (SELECT a FROM stdin) TO STDOUT;\nSELECT 2;\n\\.\n",
     "sql COPY (SELECT a FROM stdin) TO STDOUT\nsql SELECT 2\npsql \\.\n"},
    {"a backslash and a dot within a line end no data",
     "COPY t FROM STDIN;\na\\.\n\\.b\n\\.\nSELECT 2;", "sql COPY t FROM STDIN\nsql SELECT 2\n"},
    {"\\copy", "\\copy t from stdin\n1;\n\\.\nSELECT 2;",
     "psql \\copy [t from stdin]\nsql SELECT 2\n"},
    {"\\copy from a file", "\\copy t from 'a;b.csv' with (format csv)\nSELECT 2;",
     "psql \\copy [t from 'a;b.csv' with (format csv)]\nsql SELECT 2\n"},
    {"\\copy to", "\\copy (select a; from t) to 'x'\nSELECT 2;",
     "psql \\copy [(select a; from t) to 'x']\nsql SELECT 2\n"},
    {"what stands behind COPY on its line runs after it",
     "COPY t FROM STDIN; SELECT 5;\n1\n\\.\nSELECT 2;",
     "sql COPY t FROM STDIN\nsql SELECT 5\nsql SELECT 2\n"},
    {"COPY FROM STDOUT is COPY FROM STDIN", "COPY t FROM STDOUT;\n1\n\\.\nSELECT 2;",
     "sql COPY t FROM STDOUT\nsql SELECT 2\n"},
    {"data behind \\g", "COPY t FROM STDIN \\g\n1\n\\.\nSELECT 2;",
     "sql COPY t FROM STDIN => \\g\nsql SELECT 2\n"},
};

static const struct sample commands[] = {
    {"a command", "\\set x 1\nSELECT 1;", "psql \\set [x 1]\nsql SELECT 1\n"},
    {"arguments are trimmed", "\\i   a b.sql  \r\nSELECT 1;", "psql \\i [a b.sql]\nsql SELECT 1\n"},
    {"semicolons in arguments", "\\echo a; b\nSELECT 1;", "psql \\echo [a; b]\nsql SELECT 1\n"},
    {"two on a line", "\\set a 1 \\set b 2\nSELECT 1;",
     "psql \\set [a 1]\npsql \\set [b 2]\nsql SELECT 1\n"},
    {"a backslash in quotes", "\\set a '\\\\n' \\set b \"\\\\\"\n",
     "psql \\set [a '\\\\n']\npsql \\set [b \"\\\\\"]\n"},
    {"\\! takes the line", "\\! ls \\; 'a\nSELECT 1;", "psql \\! [ls \\; 'a]\nsql SELECT 1\n"},
    {"amid a statement", "SELECT 1\n\\echo now\n+ 1;",
     "psql \\echo [now]\nsql SELECT 1\\n         \\n+ 1\n"},
    {"\\gset ends a statement", "SELECT a FROM t \\gset p_\nSELECT 2;",
     "sql SELECT a FROM t => \\gset [p_]\nsql SELECT 2\n"},
    {"\\g, \\gx, \\gexec, \\watch",
     "SELECT 1 \\g\nSELECT 2 \\gx out\nSELECT 3 \\gexec\nSELECT 4 \\watch 2\n",
     "sql SELECT 1 => \\g\nsql SELECT 2 => \\gx [out]\nsql SELECT 3 => \\gexec\n"
     "sql SELECT 4 => \\watch [2]\n"},
    {"\\g without a statement", "\\g\nSELECT 1;", "psql \\g\nsql SELECT 1\n"},
    {"\\r forgets the statement", "SELECT 1 \\r\nSELECT 2;", "sql SELECT 2\n"},
    {"\\;", "SELECT 1 \\; SELECT 2;", "sql SELECT 1 <joined>\nsql SELECT 2\n"},
    {"\\; without blanks", "BEGIN\\;SELECT 1\\;COMMIT;",
     "sql BEGIN <joined>\nsql SELECT 1 <joined>\nsql COMMIT\n"},
    {"\\; behind nothing", "\\; SELECT 1;", "sql SELECT 1\n"},
    {"\\if", "\\if :a\nSELECT 1;\n\\elif :b\nSELECT 2;\n\\else\nSELECT 3;\n\\endif\nSELECT 4;",
     "psql \\if [:a]\nsql SELECT 1 <conditional>\npsql \\elif [:b] <conditional>\n"
     "sql SELECT 2 <conditional>\npsql \\else <conditional>\nsql SELECT 3 <conditional>\n"
     "psql \\endif <conditional>\nsql SELECT 4\n"},
    {"\\if within \\if", "\\if 1\n\\if 1\n\\endif\nSELECT 1;\n\\endif\nSELECT 2;",
     "psql \\if [1]\npsql \\if [1] <conditional>\npsql \\endif <conditional>\n"
     "sql SELECT 1 <conditional>\npsql \\endif <conditional>\nsql SELECT 2\n"},
    {"\\endif too often", "\\endif\nSELECT 1;", "psql \\endif\nsql SELECT 1\n"},
    {"pgbench",
     "\\set aid random(1, 100000)\nBEGIN;\nUPDATE a SET b = b + :d WHERE id = :aid;\nEND;",
     "psql \\set [aid random(1, 100000)]\nsql BEGIN\n"
     "sql UPDATE a SET b = b + $1 WHERE id = $1   {value :d} {value :aid}\nsql END\n"},
    {"pgbench continues a line with a backslash", "\\set aid random(1, \\\n  10)\nSELECT :aid;",
     "psql \\set [aid random(1, \\\n  10)]\nsql SELECT $1   {value :aid}\n"},
    {"\\\\ ends a command", "\\echo a \\\\ SELECT 1;\nSELECT 2;",
     "psql \\echo [a]\nsql SELECT 1\nsql SELECT 2\n",
     .known = "SQL behind the separator \\\\ is swallowed"},
    {"\\gdesc describes and runs nothing", "SELECT 1 \\gdesc\nSELECT 2;",
     "psql \\gdesc\nsql SELECT 2\n", .known = "a statement before \\gdesc counts as run"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, lexical, G_N_ELEMENTS(lexical), view_frame);
    samples_add(tests, bodies, G_N_ELEMENTS(bodies), view_frame);
    samples_add(tests, copies, G_N_ELEMENTS(copies), view_frame);
    samples_add(tests, commands, G_N_ELEMENTS(commands), view_frame);
    return tests_run("frame", tests);
}
