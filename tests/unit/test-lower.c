/* From statements to facts: verbs and refusals, conditions, canonical expressions, errors. */
#include "support/view.h"

#define DDL "snapshot not-read-only"

/* Which of them a server refuses was asked of PostgreSQL 15. */
static const struct sample verbs[] = {
#define VERB(text, facts)                              \
    {                                                  \
        text, text ";", "1:1 " facts " \"" text "\"\n" \
    }
    VERB("SELECT 1", "SELECT snapshot"),
    VERB("VALUES (1)", "VALUES snapshot"),
    VERB("TABLE t", "SELECT snapshot"),
    VERB("SELECT 1 UNION SELECT 2", "SELECT snapshot"),
    VERB("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "SELECT snapshot"),
    VERB("INSERT INTO t VALUES (1)", "INSERT snapshot"),
    VERB("UPDATE t SET a = 1", "UPDATE snapshot"),
    VERB("DELETE FROM t", "DELETE snapshot"),
    VERB("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "MERGE snapshot"),
    VERB("SELECT 1 AS a INTO t", "SELECT INTO " DDL),
    VERB("CREATE TABLE t ()", "CREATE TABLE " DDL),
    VERB("CREATE TEMP TABLE t AS SELECT 1", "CREATE TABLE AS " DDL),
    VERB("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW " DDL),
    VERB("CREATE VIEW v AS SELECT 1", "CREATE VIEW " DDL),
    VERB("CREATE INDEX ON t (a)", "CREATE INDEX " DDL),
    VERB("CREATE INDEX CONCURRENTLY i ON t (a)",
         "CREATE INDEX CONCURRENTLY " DDL " not-in-block concurrently"),
    VERB("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY " DDL " not-in-block concurrently"),
    VERB("DROP TABLE IF EXISTS t", "DROP TABLE " DDL),
    VERB("ALTER TABLE t ADD a int", "ALTER TABLE " DDL),
    VERB("ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
         "ALTER TABLE … DETACH PARTITION CONCURRENTLY " DDL " not-in-block concurrently"),
    VERB("CREATE FUNCTION f() RETURNS int RETURN 1", "CREATE FUNCTION " DDL),
    VERB("CREATE PROCEDURE p() BEGIN ATOMIC END", "CREATE PROCEDURE " DDL),
    VERB("CREATE DATABASE d", "CREATE DATABASE " DDL " not-in-block"),
    VERB("DROP DATABASE d", "DROP DATABASE " DDL " not-in-block"),
    VERB("CREATE TABLESPACE s LOCATION '/x'", "CREATE TABLESPACE " DDL " not-in-block"),
    VERB("TRUNCATE t", "TRUNCATE " DDL),
    VERB("COMMENT ON TABLE t IS ''", "COMMENT " DDL),
    VERB("GRANT SELECT ON t TO r", "GRANT " DDL),
    VERB("REFRESH MATERIALIZED VIEW v", "REFRESH MATERIALIZED VIEW " DDL),
    VERB("VACUUM t", "VACUUM snapshot not-in-block"),
    VERB("ANALYZE t", "ANALYZE snapshot"),
    VERB("CLUSTER", "CLUSTER snapshot not-in-block"),
    VERB("CLUSTER t USING i", "CLUSTER snapshot"),
    VERB("REINDEX TABLE t", "REINDEX snapshot"),
    VERB("REINDEX TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY snapshot not-in-block concurrently"),
    VERB("REINDEX SCHEMA s", "REINDEX SCHEMA snapshot not-in-block"),
    VERB("REINDEX (CONCURRENTLY off) TABLE t", "REINDEX snapshot"),
    VERB("ALTER SYSTEM SET work_mem = 1", "ALTER SYSTEM snapshot not-in-block"),
    VERB("ALTER DATABASE d SET TABLESPACE s", "ALTER DATABASE " DDL " not-in-block"),
    VERB("DISCARD ALL", "DISCARD ALL snapshot not-in-block"),
    VERB("DISCARD TEMP", "DISCARD snapshot"),
    VERB("COPY t FROM '/x'", "COPY FROM snapshot"),
    VERB("COPY t TO PROGRAM 'x'", "COPY TO snapshot"),
    VERB("EXPLAIN SELECT 1", "EXPLAIN snapshot"),
    VERB("EXPLAIN ANALYZE SELECT 1", "EXPLAIN snapshot analyze"),
    VERB("EXPLAIN (ANALYZE, BUFFERS) SELECT 1", "EXPLAIN snapshot analyze"),
    VERB("EXPLAIN (ANALYZE false) SELECT 1", "EXPLAIN snapshot"),
    VERB("EXPLAIN (ANALYZE off) SELECT 1", "EXPLAIN snapshot"),
    VERB("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "DECLARE CURSOR snapshot hold"),
    VERB("LOCK TABLE t IN SHARE MODE NOWAIT", "LOCK TABLE nowait"),
    VERB("COMMIT AND CHAIN", "COMMIT chain"),
    VERB("COMMIT PREPARED 'x'", "COMMIT PREPARED not-in-block"),
    VERB("SET TRANSACTION READ ONLY", "SET TRANSACTION"),
    VERB("SET LOCAL work_mem = 1", "SET LOCAL"),
    VERB("RESET work_mem", "RESET"),
    VERB("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET SESSION CHARACTERISTICS"),
    VERB("FETCH 1 FROM c", "FETCH"),
    VERB("CALL p()", "CALL snapshot"),
    VERB("DO 'BEGIN END'", "DO snapshot"),
    {"several",
     "SELECT 1; CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END;\nSET a = 1; LOCK s.t;",
     "1:1 SELECT snapshot \"SELECT 1\"\n"
     "1:11 CREATE FUNCTION " DDL " \"CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2; END\"\n"
     "2:1 SET \"SET a = 1\"\n"
     "2:12 LOCK TABLE \"LOCK s.t\"\n"},
    {"EXPLAIN (ANALYZE 0)", "EXPLAIN (ANALYZE 0) DELETE FROM t;",
     "1:1 EXPLAIN snapshot \"EXPLAIN (ANALYZE 0) DELETE FROM t\"\n",
     .known = "ANALYZE 0 executes nothing, so write-in-read-only says 25006 where none is"},
    {"CREATE SUBSCRIPTION", "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p;",
     "1:1 CREATE SUBSCRIPTION " DDL " not-in-block"
     " \"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p\"\n"},
};

#define WHERE(condition, facts)                                                           \
    {                                                                                     \
        condition, "SELECT a FROM t WHERE " condition ";", "SELECT\n  read t " facts "\n" \
    }

static const struct sample conditions[] = {
    WHERE("a = 1", "predicate where a = 1"),
    WHERE("1 < a AND b <= 'x'", "range where a > 1 and b <= 'x'"),
    WHERE("a <> 1 AND b != 2", "predicate where a <> 1 and b <> 2"),
    WHERE("(a = 1 AND b = 2) AND c = 3", "predicate where a = 1 and b = 2 and c = 3"),
    WHERE("a IN (1, $1, NULL)", "predicate where a IN (1, $1, NULL)"),
    WHERE("a NOT IN (1, 2)", "predicate where a NOT IN (1, 2)"),
    WHERE("a = ANY (ARRAY[1, 2])", "predicate where a IN (1, 2)"),
    WHERE("a <> ALL ($1)", "predicate where a NOT IN $1 element"),
    WHERE("a BETWEEN 1 AND 5", "range where a >= 1 and a <= 5"),
    WHERE("a NOT BETWEEN 1 AND 5", "predicate where (a < 1 OR a > 5)"),
    WHERE("a LIKE 'x%' AND b ILIKE 'y'", "predicate where a LIKE 'x%' and b ILIKE 'y'"),
    WHERE("a IS NULL AND b IS NOT NULL", "predicate where a IS NULL and b IS NOT NULL"),
    WHERE("a IS DISTINCT FROM 1", "predicate where a IS DISTINCT FROM 1"),
    WHERE("a AND NOT b", "predicate where a = true and b = false"),
    WHERE("a IS TRUE AND b IS FALSE", "predicate where a = true and b = false"),
    WHERE("a = 1 OR b = 2 AND c = 3", "predicate where (a = 1 OR (b = 2 AND c = 3))"),
    WHERE("(a, b) = (1, 2)", "predicate where a = 1 and b = 2"),
    WHERE("a @> b", "predicate where a @> b"),
    WHERE("true", "all where true"),
    WHERE("a = 1.5 AND b = -3", "predicate where a = 1.5 and b = -3"),
    WHERE("a = 3000000000 AND b = 1e3", "predicate where a = 3000000000 and b = 1e3"),
    WHERE("a = 'it''s' AND b = E'\\t'", "predicate where a = 'it's' and b = '\t'"),
    WHERE("a = true", "predicate where a = true"),
    WHERE("a::text = 'x'", "predicate where a::text = 'x'"),
    WHERE("a = '1'::int", "predicate where a = '1'"),
    {"EXISTS", "SELECT a FROM t WHERE EXISTS (SELECT FROM u WHERE u.a = t.a);",
     "SELECT\n  read u predicate where a = a\n  read t predicate where EXISTS\n",
     .known = "a condition by a correlated sub-SELECT restricts nothing, t counts as read whole"},
    {"BETWEEN within OR", "SELECT a FROM t WHERE a BETWEEN 1 AND 5 OR b = 2;",
     "SELECT\n  read t predicate where ((a >= 1 AND a <= 5) OR b = 2)\n"},
    {"a row within OR", "SELECT a FROM t WHERE (a, b) = (1, 2) OR a = 3;",
     "SELECT\n  read t predicate where ((a = 1 AND b = 2) OR a = 3)\n"},
};

/* What makes an index on an expression match, and two values equal. */
static const struct sample expressions[] = {
    WHERE("lower(t.a) = 'x'", "predicate where {lower(a)} = 'x'"),
    WHERE("pg_catalog.LOWER(\"a\") = 'x'", "predicate where {lower(a)} = 'x'"),
    WHERE("lower(a::text) = 'x'", "predicate where {lower(a)} = 'x'"),
    WHERE("lower(a)::varchar = 'x'", "predicate where {lower(a)} = 'x'"),
    WHERE("a+1 = 2 AND a  +  1 = 2", "predicate where {(a + 1)} = 2 and {(a + 1)} = 2"),
    WHERE("a + 1 * 2 = (a + 1) * 2", "predicate where {(a + (1 * 2))} = {((a + 1) * 2)}"),
    WHERE("abs(a)::int8 = 1", "predicate where {abs(a)::int8} = 1"),
    WHERE("coalesce(a, b, 0) = 1", "predicate where {coalesce(a, b, 0)} = 1"),
    WHERE("greatest(a, 1) = least(b, 2)", "predicate where {greatest(a, 1)} = {least(b, 2)}"),
    WHERE("a || 'x' = :v", "predicate where {(a || 'x')} = :v"),
    WHERE("a + :v = $2 + 1", "predicate where {(a + :v)} = {($2 + 1)}"),
    WHERE("(a ->> 'k') = 'x'", "predicate where {(a ->> 'k')} = 'x'"),
    WHERE("(a COLLATE \"C\") > 'x'", "predicate where {a collate C} > 'x'"),
    WHERE("date_trunc('day', a) = '2020-01-01'",
          "predicate where {date_trunc('day', a)} = '2020-01-01'"),
    WHERE("(CASE WHEN a THEN 1 END) = 1", "predicate where {…} = 1"),
};

static const struct sample queries[] = {
    {"assignments", "UPDATE t SET a = a - 10, b = DEFAULT, (c, d) = (1, 'x') WHERE id = 1;",
     "UPDATE\n  update t point where id = 1 set a = {…}, b = DEFAULT, c = 1, d = 'x'\n"},
    {"assignments from a sub-SELECT", "UPDATE t SET (a, b) = (SELECT x, y FROM u), c = (SELECT 1);",
     "UPDATE\n  read u all inner\n  update t all set a = (query), b = (query), c = (query)\n"},
    {"INSERT", "INSERT INTO t (a, b) VALUES (1, $1), (2, 3);",
     "INSERT\n  insert t values set a = 1, b = $1\n"},
    {"INSERT without columns", "INSERT INTO s.t VALUES (1, DEFAULT);",
     "INSERT\n  insert t values set ? = 1, ? = DEFAULT\n"},
    {"INSERT … DEFAULT VALUES", "INSERT INTO t DEFAULT VALUES;", "INSERT\n  insert t values\n"},
    {"INSERT … SELECT", "INSERT INTO t (a) SELECT b FROM u WHERE c > 1;",
     "INSERT\n  read u range inner where c > 1\n  insert t values\n"},
    {"a sub-SELECT in VALUES", "INSERT INTO t VALUES ((SELECT max(a) FROM u));",
     "INSERT\n  read u all inner\n  insert t values set ? = (query)\n"},
    {"UPDATE … FROM", "UPDATE t SET a = u.b FROM u WHERE u.x = t.y AND u.c = 1;",
     "UPDATE\n  read u predicate inner where x = y and c = 1\n"
     "  update t predicate where x = y set a = b\n"},
    {"DELETE … USING", "DELETE FROM t USING u WHERE u.x = t.x;",
     "DELETE\n  read u predicate inner where x = x\n  delete t predicate where x = x\n"},
    {"a writing WITH query",
     "WITH d AS (DELETE FROM t WHERE id = 1 RETURNING a) INSERT INTO u SELECT a FROM d;",
     "INSERT\n  delete t point where id = 1\n  insert u values\n"},
    {"a recursive WITH query",
     "WITH RECURSIVE r AS (SELECT id FROM t WHERE a = 1 UNION ALL SELECT t.id FROM t JOIN r ON"
     " t.a = r.id) SELECT * FROM r;",
     "SELECT\n  read t predicate where a = 1\n  read t predicate where a = id\n"},
    {"a WITH query hides a table", "WITH t AS (SELECT 1) SELECT * FROM t, s.t;",
     "SELECT\n  read t all\n"},
    {"UNION", "SELECT a FROM t UNION ALL SELECT b FROM u WHERE b = 1;",
     "SELECT\n  read t all\n  read u predicate where b = 1\n"},
    {"sub-SELECTs before the rest",
     "SELECT (SELECT max(a) FROM u) FROM t WHERE b IN (SELECT c FROM v);",
     "SELECT\n  read v all\n  read u all\n  read t predicate where b IN (query)\n"},
    {"LEFT JOIN",
     "SELECT t.a FROM t LEFT JOIN u ON u.x = t.x AND u.y = 1 AND t.z = 2 WHERE t.w = 3;",
     "SELECT\n  read t predicate where w = 3\n  read u predicate where x = x and y = 1\n"},
    {"RIGHT JOIN", "SELECT t.a FROM t RIGHT JOIN u ON t.y = 1 AND u.y = 1;",
     "SELECT\n  read t predicate where y = 1\n  read u all\n"},
    {"JOIN", "SELECT t.a FROM t JOIN u ON u.x = t.x AND t.y = 1;",
     "SELECT\n  read t predicate where x = x and y = 1\n  read u predicate where x = x\n"},
    {"JOIN … USING", "SELECT a FROM t JOIN u USING (k) WHERE u.k = 1;",
     "SELECT\n  read t predicate where k = k and k = 1\n"
     "  read u predicate where k = k and k = 1\n"},
    {"HAVING restricts no rows", "SELECT a FROM t GROUP BY a HAVING count(*) > 1 AND a > 2;",
     "SELECT\n  read t all\n"},
    {"row locks",
     "SELECT * FROM t, u FOR NO KEY UPDATE OF t NOWAIT; SELECT * FROM t FOR KEY SHARE;"
     "SELECT * FROM t FOR SHARE SKIP LOCKED;",
     "SELECT\n  lock t NO KEY UPDATE NOWAIT all\n  read u all\n"
     "SELECT\n  lock t KEY SHARE all\nSELECT\n  lock t SHARE SKIP LOCKED all\n"},
    {"the stronger of two locks", "SELECT * FROM t FOR SHARE FOR UPDATE;",
     "SELECT\n  lock t UPDATE all\n"},
    {"FOR UPDATE of a sub-SELECT", "SELECT * FROM (SELECT * FROM t) s FOR UPDATE;",
     "SELECT\n  lock t UPDATE all\n"},
    {"FOR UPDATE of a WITH query", "WITH s AS (SELECT * FROM t) SELECT * FROM s FOR UPDATE;",
     "SELECT\n  read t all\n"},
    {"LOCK and TRUNCATE", "LOCK t, s.u IN ROW SHARE MODE; LOCK TABLE t; TRUNCATE t, u;",
     "LOCK TABLE\n  table lock t ROW SHARE all\n  table lock u ROW SHARE all\n"
     "LOCK TABLE\n  table lock t ACCESS EXCLUSIVE all\nTRUNCATE\n  truncate t all\n"
     "  truncate u all\n"},
    {"COPY", "COPY t (a) FROM '/x'; COPY t TO STDOUT; COPY (SELECT * FROM t WHERE a = 1) TO '/x';",
     "COPY FROM\n  insert t values copy\nCOPY TO\n  read t all copy\n"
     "COPY TO\n  read t predicate where a = 1\n"},
    {"MERGE",
     "MERGE INTO t USING u ON u.k = t.x WHEN MATCHED AND u.z THEN DELETE WHEN MATCHED THEN UPDATE"
     " SET a = u.b WHEN NOT MATCHED THEN INSERT (a) VALUES (1);",
     "MERGE\n  read u predicate inner where k = x\n  delete t predicate merge where k = x\n"
     "  update t predicate merge where k = x set a = b\n"
     "  insert t values merge where k = x set a = 1\n"},
    {"MERGE that does nothing", "MERGE INTO t USING u ON u.id = t.x WHEN MATCHED THEN DO NOTHING;",
     "MERGE\n  read u predicate where id = x\n  read t predicate where id = x\n",
     .known = "the target of a MERGE is read even when no action writes"},
    {"EXPLAIN", "EXPLAIN DELETE FROM t; EXPLAIN ANALYZE DELETE FROM t;",
     "EXPLAIN\n  delete t all\n"},
    {"PREPARE and EXECUTE",
     "PREPARE p AS UPDATE t SET a = 1 WHERE id = $1; EXECUTE p(5); EXECUTE q;",
     "EXECUTE\n  update t point where id = $1 set a = 1\nEXECUTE\n  unknown EXECUTE q\n"},
    {"EXPLAIN ANALYZE EXECUTE", "EXPLAIN ANALYZE EXECUTE q;", "EXPLAIN\n  unknown EXECUTE q\n"},
    {"DECLARE", "DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE;",
     "DECLARE CURSOR\n  lock t UPDATE all\n"},
    {"CREATE TABLE AS", "CREATE TABLE x AS SELECT * FROM t WHERE a = 1;",
     "CREATE TABLE AS\n  read t predicate where a = 1\n"},
    {"calls", "SELECT nextval('s'), lower('x'), pay(1), random();",
     "SELECT\n  call nextval\n  call random\n  unknown pay()\n"},
    {"the catalogs of the system",
     "SELECT * FROM pg_class, information_schema.tables, pg_catalog.x;",
     "SELECT\n  read pg_class all exempt\n  read tables all exempt\n  read x all exempt\n"},
    {"functions and values read no table",
     "SELECT * FROM generate_series(1, 3) g, (VALUES (1)) v, LATERAL (SELECT g) s;", ""},
    {"names filled in later", "SELECT * FROM :t WHERE id = 1; UPDATE ${s}.u SET a = 1;",
     "SELECT\n  read :t point where id = 1\nUPDATE\n  update u all set a = 1\n"},
    {"names known by nothing", "SELECT * FROM ? WHERE id = 1;",
     "SELECT\n  read a table named at run time point where id = 1\n"},
    {"parts that are put in or not",
     "SELECT * FROM t WHERE {% if x %} a = 1 AND {% endif %} b = 2;", ""},
    {"text of psql in any place",
     "ALTER SEQUENCE s RESTART :last; EXPLAIN (:opts) SELECT 1; :verb SELECT * FROM t;", ""},
    {"a value that must be a name", "ALTER TABLE t OWNER TO :me; GRANT SELECT ON t TO :me;", ""},
    {"a name that must be a value", "SELECT extract(year FROM :d);", ""},
};

/* EXECUTE in PL/pgSQL: a call of f runs what its text is known to be. */
#define F(declare, body)                                                                      \
    "CREATE FUNCTION f(tab text, k int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE " declare \
    " BEGIN " body " END $$; SELECT f('a', 1);"

static const struct sample executed[] = {
    {"format", F("", "EXECUTE format('UPDATE %I SET a = %L WHERE id = $1', tab, k) USING k;"),
     "SELECT\n  update {f.tab} point via function f where id = 1 set a = 1\n"},
    {"a name that is known", F("", "EXECUTE format('DELETE FROM %I WHERE id = %L', 'users', k);"),
     "SELECT\n  delete users point via function f where id = 1\n"},
    {"positions", F("", "EXECUTE format($q$DELETE FROM %2$I WHERE id = %1$L$q$, k, tab);"),
     "SELECT\n  delete {f.tab} point via function f where id = 1\n"},
    {"a part of a name", F("", "EXECUTE format('DELETE FROM s.%s_log WHERE id = 1', tab);"),
     "SELECT\n  delete {f.tab}_log point via function f where id = 1\n"},
    {"strings that are joined",
     F("", "EXECUTE 'DELETE FROM ' || quote_ident(tab) || ' WHERE id = ' || quote_literal(k);"),
     "SELECT\n  delete {f.tab} point via function f where id = 1\n"},
    {"a value between quotes", F("", "EXECUTE 'DELETE FROM t WHERE a = ''' || k || '''';"),
     "SELECT\n  delete t predicate via function f where a = 1\n"},
    {"a variable", F("q text := 'DELETE FROM t WHERE id = $1';", "EXECUTE q USING k;"),
     "SELECT\n  delete t point via function f where id = 1\n"},
    {"a variable of a branch",
     F("q text;", "IF k > 0 THEN q := 'DELETE FROM t'; END IF; EXECUTE q;"),
     "SELECT\n  unknown EXECUTE of text made at run time\n"},
    {"a variable that is given another text",
     F("q text := 'SELECT 1';", "SELECT x INTO q FROM texts; EXECUTE q;"),
     "SELECT\n  read texts all via function f\n  unknown EXECUTE of text made at run time\n"},
    {"a clause that is not known", F("", "EXECUTE format('DELETE FROM t %s', tab);"),
     "SELECT\n  unknown EXECUTE of text made at run time\n"},
    {"a verb that is not known", F("", "EXECUTE tab || ' FROM t';"),
     "SELECT\n  unknown EXECUTE of text made at run time\n"},
    {"two names of one argument are one table",
     F("", "EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE id = 1', tab, tab);"),
     "SELECT\n  read {f.tab} point inner via function f where id = 1\n  insert {f.tab} values via function f\n"},
};

/* Where the grammar stops; the other statements are read all the same. */
static const struct sample errors[] = {
    {"at a word", "SELECT 1;\nSELEKT 2;\nSELECT 3;",
     "test.sql:2:1 error syntax-error: syntax error at or near \"SELEKT\"\n"},
    {"amid a line", "UPDATE t SET SET a = 1;",
     "test.sql:1:18 error syntax-error: syntax error at or near \"a\"\n"},
    {"behind letters outside ASCII", "SELECT 'äöü😀' FROMM t;",
     "test.sql:1:21 error syntax-error: syntax error at or near \"t\"\n"},
    {"in a second line", "SELECT 'ä',\n  'ö' 'ü';",
     "test.sql:2:7 error syntax-error: syntax error at or near \"'ü'\"\n"},
    {"with CRLF", "SELECT\r\n  1 1;\r\n",
     "test.sql:2:5 error syntax-error: syntax error at or near \"1\"\n"},
    {"behind a byte order mark", "\xEF\xBB\xBFSELECT FROM FROM;",
     "test.sql:1:13 error syntax-error: syntax error at or near \"FROM\"\n"},
    {"in bytes that are no UTF-8", "SELECT '\xE4\xF6' oops oops;",
     "test.sql:1:18 error syntax-error: syntax error at or near \"oops\"\n"},
    {"at the end", "SELECT 1 +;",
     "test.sql:1:10 error syntax-error: syntax error at end of input\n"},
    {"a parenthesis left open", "SELECT (1;\nSELEKT 2;",
     "test.sql:1:9 error syntax-error: syntax error at end of input\n"
     "test.sql:2:1 error syntax-error: syntax error at or near \"SELEKT\"\n"},
    {"a parenthesis too many", "SELECT 1);",
     "test.sql:1:9 error syntax-error: syntax error at or near \")\"\n"},
    {"a string left open", "SELECT 'a;\nSELECT 2;",
     "test.sql:1:8 error syntax-error: unterminated quoted string at or near \"'a;…\"\n"},
    {"among statements that are none",
     "SELECT 1;\nSELECT 2 2; -- and\n;SELECT 3;\nSELEKT 4; SELECT 5;",
     "test.sql:2:10 error syntax-error: syntax error at or near \"2\"\n"
     "test.sql:4:1 error syntax-error: syntax error at or near \"SELEKT\"\n"},
    {"behind a comment that holds a semicolon", "SELECT 1 /* ; */;\n/* ; */ SELECT 2 2;",
     "test.sql:2:18 error syntax-error: syntax error at or near \"2\"\n"},
    {"of a body among other statements",
     "SELECT 1;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 1';\nSELECT 2;",
     "test.sql:2:59 note syntax-error: syntax error at or near \"1\"\n"},
    {"none", "SELECT 1; BEGIN; END;", ""},
    {"a placeholder for a string constant",
     "COMMENT ON TABLE t IS :'c';\nCOPY t FROM :'f';\nNOTIFY a, :'p';\n", ""},
    {"a placeholder for a whole statement", "\\set q 'SELECT 1'\n:q;\n", ""},
    {"placeholders of all kinds",
     "SELECT * FROM t WHERE a = ? AND b = :b AND c = @c AND d = %s AND e = %(e)s AND f = ${f};",
     ""},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, verbs, G_N_ELEMENTS(verbs), view_statements);
    samples_add(tests, conditions, G_N_ELEMENTS(conditions), view_accesses);
    samples_add(tests, expressions, G_N_ELEMENTS(expressions), view_accesses);
    samples_add(tests, queries, G_N_ELEMENTS(queries), view_accesses);
    samples_add(tests, executed, G_N_ELEMENTS(executed), view_accesses);
    samples_add(tests, errors, G_N_ELEMENTS(errors), view_messages);
    return tests_run("lower", tests);
}
