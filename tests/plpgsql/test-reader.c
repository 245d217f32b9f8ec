/* The reader of PL/pgSQL: every statement is found, as what it is, where it stands. Each line of a
 * view is a statement: its line in the body, what it is, and the text of its span. */
#include "plpgsql/view-body.h"

/* ------------------------------------------------------------------ cursors */

static const struct sample cursors[] = {
    {
        .name = "a declared cursor",
        .text =
            "DO $$\n"
            "DECLARE\n"
            "    c NO SCROLL CURSOR (k int, l text) IS SELECT v FROM t WHERE id = k FOR UPDATE;\n"
            "BEGIN\n"
            "    OPEN c(1, 'x');\n"
            "    FETCH c INTO x;\n"
            "    UPDATE t SET v = 1 WHERE CURRENT OF c;\n"
            "    CLOSE c;\n"
            "END\n"
            "$$;\n",
        .expected = " 4 block \"BEGIN\"\n"
                    " 5   close c \"OPEN c(1, 'x')\"\n"
                    " 6   sql c into x [SELECT] \"FETCH c INTO x\"\n"
                    " 7   sql [UPDATE] \"UPDATE t SET v = 1 WHERE CURRENT OF c\"\n"
                    " 8   close c \"CLOSE c\"\n",
    },
    {
        .name = "a loop over a cursor",
        .text = "DO $$\n"
                "DECLARE\n"
                "    c CURSOR FOR SELECT id FROM t;\n"
                "BEGIN\n"
                "    FOR r IN c LOOP\n"
                "        DELETE FROM t WHERE CURRENT OF c;\n"
                "    END LOOP;\n"
                "    FOR r IN c (1) LOOP\n"
                "        NULL;\n"
                "    END LOOP;\n"
                "END\n"
                "$$;\n",
        .expected = " 4 block \"BEGIN\"\n"
                    " 5   for-query c into r [SELECT] \"FOR r IN c\"\n"
                    " 6     sql [DELETE] \"DELETE FROM t WHERE CURRENT OF c\"\n"
                    " 8   for-query c into r [SELECT] \"FOR r IN c (1)\"\n",
    },
    {
        .name = "cursors that are opened for a query",
        .text = "DO $$\n"
                "DECLARE\n"
                "    c refcursor;\n"
                "BEGIN\n"
                "    OPEN c FOR SELECT v FROM t;\n"
                "    FETCH NEXT FROM c INTO x;\n"
                "    FETCH RELATIVE -1 IN c INTO y, z.a;\n"
                "    MOVE FORWARD 2 FROM c;\n"
                "    CLOSE c;\n"
                "    OPEN c SCROLL FOR EXECUTE 'SELECT v FROM t' USING 1;\n"
                "    OPEN c FOR EXECUTE q;\n"
                "END\n"
                "$$;\n",
        .expected = " 4 block \"BEGIN\"\n"
                    " 5   open c [SELECT] \"OPEN c FOR SELECT v FROM t\"\n"
                    " 6   fetch c into x \"FETCH NEXT FROM c INTO x\"\n"
                    " 7   fetch c into y,z.a \"FETCH RELATIVE -1 IN c INTO y, z.a\"\n"
                    " 8   fetch c \"MOVE FORWARD 2 FROM c\"\n"
                    " 9   close c \"CLOSE c\"\n"
                    "10   open c [SELECT] \"OPEN c SCROLL FOR EXECUTE 'SELECT v FROM t' USING 1\"\n"
                    "11   open c \"OPEN c FOR EXECUTE q\"\n",
    },
};

/* ------------------------------------------------------------------ statements of SQL */

static const struct sample sql[] = {
    {
        .name = "INTO wherever it stands",
        .text = "DO $$\n"
                "BEGIN\n"
                "    SELECT v INTO STRICT x FROM t WHERE note = 'INTO y';\n"
                "    SELECT v, id FROM t INTO x, r.id;\n"
                "    INSERT INTO t VALUES (1) RETURNING v INTO x;\n"
                "    WITH w AS (INSERT INTO t VALUES (1) RETURNING v) SELECT v INTO a[1] FROM w;\n"
                "    IMPORT FOREIGN SCHEMA s FROM SERVER z INTO y;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   sql into x [SELECT] \"SELECT v INTO STRICT x FROM t WHERE note = 'INTO y'\"\n"
            " 4   sql into x,r.id [SELECT] \"SELECT v, id FROM t INTO x, r.id\"\n"
            " 5   sql into x [INSERT] \"INSERT INTO t VALUES (1) RETURNING v INTO x\"\n"
            " 6   sql into a [SELECT] \"WITH w AS (INSERT INTO t VALUES (1) RETURNING v) SELECT v INTO a[1] FROM w\"\n"
            " 7   sql [DDL] \"IMPORT FOREIGN SCHEMA s FROM SERVER z INTO y\"\n",
    },
    {
        .name = "PERFORM and CALL",
        .text = "DO $$\n"
                "BEGIN\n"
                "    PERFORM f(x) FROM t;\n"
                "    CALL p(1, 2);\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   sql [SELECT] \"PERFORM f(x) FROM t\"\n"
                    " 4   sql [CALL] \"CALL p(1, 2)\"\n",
    },
    {
        .name = "assignments",
        .text = "DO $$\n"
                "BEGIN\n"
                "    x := 1;\n"
                "    x = (SELECT v FROM t);\n"
                "    r.a := -1;\n"
                "    a[1][2] := 3;\n"
                "    a[1].b = 4;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   assign into x [SELECT] \"x := 1\"\n"
                    " 4   assign into x [SELECT] \"x = (SELECT v FROM t)\"\n"
                    " 5   assign into r.a [SELECT] \"r.a := -1\"\n"
                    " 6   assign into a [SELECT] \"a[1][2] := 3\"\n"
                    " 7   assign into a.b [SELECT] \"a[1].b = 4\"\n",
    },
    {
        .name = "EXECUTE",
        .text = "DO $$\n"
                "BEGIN\n"
                "    EXECUTE 'UPDATE t SET v = $1 WHERE id = $2' USING x + 1, r.id;\n"
                "    EXECUTE $q$ DELETE FROM t WHERE note = 'it''s' $q$;\n"
                "    EXECUTE 'SELECT v FROM t' INTO STRICT x USING y;\n"
                "    EXECUTE 'SELECT v FROM t' USING y INTO x;\n"
                "    EXECUTE 'SELECT v FROM ' || quote_ident(y) INTO x;\n"
                "    EXECUTE 'not SQL';\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   execute [UPDATE] \"EXECUTE 'UPDATE t SET v = $1 WHERE id = $2' USING x + 1, r.id\"\n"
            " 4   execute [DELETE] \"EXECUTE $q$ DELETE FROM t WHERE note = 'it''s' $q$\"\n"
            " 5   execute into x [SELECT] \"EXECUTE 'SELECT v FROM t' INTO STRICT x USING y\"\n"
            " 6   execute into x [SELECT] \"EXECUTE 'SELECT v FROM t' USING y INTO x\"\n"
            " 7   execute into x [SELECT] \"EXECUTE 'SELECT v FROM ' || quote_ident(y) INTO x\"\n"
            " 8   execute \"EXECUTE 'not SQL'\"\n",
    },
    {
        .name = "transaction control and settings",
        .text = "DO $$\n"
                "BEGIN\n"
                "    COMMIT;\n"
                "    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n"
                "    COMMIT AND CHAIN;\n"
                "    ROLLBACK AND NO CHAIN;\n"
                "    LOCK TABLE t IN EXCLUSIVE MODE;\n"
                "    SET LOCAL lock_timeout = '1s';\n"
                "    TRUNCATE t;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   commit \"COMMIT\"\n"
            " 4   sql [SET TRANSACTION] \"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ\"\n"
            " 5   commit chain \"COMMIT AND CHAIN\"\n"
            " 6   rollback \"ROLLBACK AND NO CHAIN\"\n"
            " 7   sql [LOCK TABLE] \"LOCK TABLE t IN EXCLUSIVE MODE\"\n"
            " 8   sql [SET LOCAL] \"SET LOCAL lock_timeout = '1s'\"\n"
            " 9   sql [TRUNCATE] \"TRUNCATE t\"\n",
    },
    {
        .name = "diagnostics",
        .text = "DO $$\n"
                "BEGIN\n"
                "    GET DIAGNOSTICS n = ROW_COUNT, x := PG_CONTEXT;\n"
                "    GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   diagnostics into n \"GET DIAGNOSTICS n = ROW_COUNT, x := PG_CONTEXT\"\n"
                    " 4   diagnostics \"GET STACKED DIAGNOSTICS s = RETURNED_SQLSTATE\"\n",
    },
    {
        .name = "all forms of RETURN",
        .text = "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE plpgsql AS $$\n"
                "BEGIN\n"
                "    RETURN NEXT 1;\n"
                "    RETURN QUERY SELECT v FROM t;\n"
                "    RETURN QUERY EXECUTE 'SELECT v FROM t WHERE id = $1' USING 1;\n"
                "    RETURN;\n"
                "END\n"
                "$$;\n"
                "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$\n"
                "BEGIN\n"
                "    NEW.v := OLD.v + 1;\n"
                "    RETURN NEW;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   return more [SELECT] \"RETURN NEXT 1\"\n"
            " 4   return more [SELECT] \"RETURN QUERY SELECT v FROM t\"\n"
            " 5   execute more [SELECT] \"RETURN QUERY EXECUTE 'SELECT v FROM t WHERE id = $1' USING 1\"\n"
            " 6   return \"RETURN\"\n"
            " 2 block \"BEGIN\"\n"
            " 3   assign into new.v [SELECT] \"NEW.v := OLD.v + 1\"\n"
            " 4   return [SELECT] \"RETURN NEW\"\n",
    },
    {
        .name = "operators that look like other things",
        .text = "DO $$\n"
                "BEGIN\n"
                "    x := a <= b AND c::int >= - 1 OR d <@ e;\n"
                "    y := z <<2;\n"
                "    IF a=-1 THEN b=--comment\n"
                "        1; END IF;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   assign into x [SELECT] \"x := a <= b AND c::int >= - 1 OR d <@ e\"\n"
                    " 4   assign into y [SELECT] \"y := z <<2\"\n"
                    " 5   if \"IF\"\n"
                    " 5     arm [SELECT] \"IF a=-1\"\n"
                    " 5       assign into b [SELECT] \"b=--comment\\n        1\"\n",
    },
};

/* ------------------------------------------------------------------ bodies between quotes */

static const struct sample quotes[] = {
    {
        .name = "doubled quotes",
        .text = "CREATE FUNCTION f(n int) RETURNS void LANGUAGE plpgsql AS '\n"
                "DECLARE\n"
                "    s text := ''it''''s''; -- don''t\n"
                "BEGIN\n"
                "    UPDATE t SET v = ''a'' WHERE note = ''it''''s'' AND id = n;\n"
                "    DELETE FROM t;\n"
                "END';\n",
        .expected =
            " 3 assign into s [SELECT] \"s text := ''it''''s'\"\n"
            " 4 block \"BEGIN\"\n"
            " 5   sql [UPDATE] \"UPDATE t SET v = ''a'' WHERE note = ''it''''s'' AND id = n\"\n"
            " 6   sql [DELETE] \"DELETE FROM t\"\n",
    },
    {
        .name = "dollar quotes inside",
        .text = "DO $body$\n"
                "BEGIN\n"
                "    PERFORM $q$ -- no comment; 'no string' $q$;\n"
                "    DELETE FROM t WHERE note = $a$;$a$;\n"
                "END\n"
                "$body$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   sql [SELECT] \"PERFORM $q$ -- no comment; 'no string' $q$\"\n"
                    " 4   sql [DELETE] \"DELETE FROM t WHERE note = $a$;$a$\"\n",
    },
    {
        .name = "SQL functions",
        .text = "CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS $$\n"
                "    UPDATE t SET v = 1 WHERE id = f.n;\n"
                "    SELECT v FROM t;\n"
                "$$;\n"
                "CREATE FUNCTION g() RETURNS text LANGUAGE sql AS 'SELECT ''x'' FROM t; -- don''t\n"
                "DELETE FROM t WHERE note = ''y''';\n"
                "CREATE FUNCTION h(n int) RETURNS int BEGIN ATOMIC\n"
                "    UPDATE t SET v = CASE WHEN n > 0 THEN 1 END WHERE (id = n);\n"
                "    SELECT 1;\n"
                "END;\n"
                "CREATE FUNCTION i(n int) RETURNS int RETURN n + 1;\n",
        .expected =
            " 2 sql [UPDATE] \"UPDATE t SET v = 1 WHERE id = f.n\"\n"
            " 3 sql [SELECT] \"SELECT v FROM t\"\n"
            " 1 sql [SELECT] \"SELECT ''x'' FROM t\"\n"
            " 2 sql [DELETE] \"DELETE FROM t WHERE note = ''y''\"\n"
            " 0 sql [UPDATE] \"UPDATE t SET v = CASE WHEN n > 0 THEN 1 END WHERE (id = n)\"\n"
            " 0 sql [SELECT] \"SELECT 1\"\n"
            " 0 sql [RETURN] \"RETURN n + 1\"\n",
    },
};

/* ------------------------------------------------------------------ bodies that are refused */

static const struct sample refused[] = {
    {
        .name = "a missing END IF",
        .text = "DO $$\n"
                "BEGIN IF x THEN y := 1; END;\n"
                "$$;\n",
        .expected = "error: syntax error at or near \";\"\n",
    },
    {
        .name = "SQL that the grammar refuses",
        .text = "DO $$\n"
                "BEGIN\n"
                "    UPDATE t SET WHERE x;\n"
                "END\n"
                "$$;\n",
        .expected = "error: syntax error at or near \"WHERE\"\n",
    },
    {
        .name = "a missing semicolon",
        .text = "DO $$\n"
                "BEGIN x := 1 END\n"
                "$$;\n",
        .expected = "error: syntax error at end of the body\n",
    },
    {
        .name = "nothing of the kind",
        .text = "DO $$\n"
                "hello\n"
                "$$;\n",
        .expected = "error: syntax error at or near \"hello\"\n",
    },
    {
        .name = "one trouble hides no other body",
        .text = "DO $$\n"
                "BEGIN FOR END\n"
                "$$;\n"
                "DO $$\n"
                "BEGIN DELETE FROM t; END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 2   sql [DELETE] \"DELETE FROM t\"\n"
                    "error: syntax error at end of the body\n",
    },
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, cursors, G_N_ELEMENTS(cursors), view_body);
    samples_add(tests, sql, G_N_ELEMENTS(sql), view_body);
    samples_add(tests, quotes, G_N_ELEMENTS(quotes), view_body);
    samples_add(tests, refused, G_N_ELEMENTS(refused), view_body);
    return tests_run("reader", tests);
}
