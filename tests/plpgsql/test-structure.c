/* The reader of PL/pgSQL: blocks, handlers, branches and loops, and what stands in them. Each line
 * of a view is a statement, indented by what it stands in. */
#include "plpgsql/view-body.h"

/* ------------------------------------------------------------------ blocks and declarations */

static const struct sample blocks[] = {
    {
        .name = "nested blocks with labels",
        .text = "DO $$\n"
                "<<outer>>\n"
                "BEGIN\n"
                "    <<inner>>\n"
                "    DECLARE\n"
                "        x int;\n"
                "    BEGIN\n"
                "        UPDATE t SET v = 1;\n"
                "    END inner;\n"
                "    DELETE FROM t;\n"
                "END outer\n"
                "$$;\n",
        .expected = " 3 block <<outer>> \"BEGIN\"\n"
                    " 7   block <<inner>> \"BEGIN\"\n"
                    " 8     sql [UPDATE] \"UPDATE t SET v = 1\"\n"
                    "10   sql [DELETE] \"DELETE FROM t\"\n",
    },
    {
        .name = "what initializes a variable runs before the block",
        .text = "DO $$\n"
                "DECLARE\n"
                "    x int := (SELECT v FROM t WHERE id = 1);\n"
                "    y CONSTANT numeric(10, 2) NOT NULL DEFAULT 0;\n"
                "    z t%ROWTYPE;\n"
                "    a int[] = ARRAY[1, 2];\n"
                "BEGIN\n"
                "    NULL;\n"
                "EXCEPTION WHEN OTHERS THEN\n"
                "    NULL;\n"
                "END\n"
                "$$;\n",
        .expected = " 3 assign into x [SELECT] \"x int := (SELECT v FROM t WHERE id = 1)\"\n"
                    " 4 assign into y [SELECT] \"y CONSTANT numeric(10, 2) NOT NULL DEFAULT 0\"\n"
                    " 6 assign into a [SELECT] \"a int[] = ARRAY[1, 2]\"\n"
                    " 7 block handled \"BEGIN\"\n"
                    " 9   handler when others \"WHEN OTHERS\"\n",
    },
    {
        .name = "names in double quotes",
        .text = "DO $$\n"
                "DECLARE\n"
                "    \"Two words\" int := 1;\n"
                "BEGIN\n"
                "    \"Two words\" := 2;\n"
                "    SELECT v INTO \"Two words\" FROM t;\n"
                "END\n"
                "$$;\n",
        .expected = " 3 assign into Two words [SELECT] \"\"Two words\" int := 1\"\n"
                    " 4 block \"BEGIN\"\n"
                    " 5   assign into Two words [SELECT] \"\"Two words\" := 2\"\n"
                    " 6   sql into Two words [SELECT] \"SELECT v INTO \"Two words\" FROM t\"\n",
    },
    {
        .name = "an alias for a parameter",
        .text = "CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS $$\n"
                "DECLARE\n"
                "    n ALIAS FOR $1;\n"
                "BEGIN\n"
                "    RETURN n;\n"
                "END\n"
                "$$;\n",
        .expected = " 3 assign into n [SELECT] \"n ALIAS FOR $1\"\n"
                    " 4 block \"BEGIN\"\n"
                    " 5   return [SELECT] \"RETURN n\"\n",
    },
    {
        .name = "an empty block",
        .text = "DO $$\n"
                "BEGIN END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n",
    },
    {
        .name = "comments look like code",
        .text = "DO $$\n"
                "-- BEGIN; COMMIT;\n"
                "BEGIN /* UPDATE t SET v = 1; /* nested */ DELETE FROM t; */\n"
                "    -- don't ; stop\n"
                "    UPDATE t SET v = 2; -- COMMIT;\n"
                "END\n"
                "$$;\n",
        .expected = " 3 block \"BEGIN\"\n"
                    " 5   sql [UPDATE] \"UPDATE t SET v = 2\"\n",
    },
    {
        .name = "options of the compiler",
        .text = "CREATE FUNCTION f() RETURNS TABLE (id int) LANGUAGE plpgsql AS $$\n"
                "#variable_conflict use_column\n"
                "#print_strict_params on\n"
                "BEGIN\n"
                "    RETURN QUERY SELECT id FROM t;\n"
                "END;\n"
                "$$;\n",
        .expected = " 4 block \"BEGIN\"\n"
                    " 5   return more [SELECT] \"RETURN QUERY SELECT id FROM t\"\n",
    },
};

/* ------------------------------------------------------------------ exception handlers */

static const struct sample handlers[] = {
    {
        .name = "conditions by name and by SQLSTATE",
        .text = "DO $$\n"
                "BEGIN\n"
                "    UPDATE t SET v = 1;\n"
                "EXCEPTION\n"
                "    WHEN serialization_failure OR SQLSTATE '40P01' THEN\n"
                "        RAISE;\n"
                "    WHEN Unique_Violation THEN\n"
                "        NULL;\n"
                "    WHEN OTHERS THEN\n"
                "        RAISE NOTICE 'lost: %', SQLERRM;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block handled \"BEGIN\"\n"
            " 3   sql [UPDATE] \"UPDATE t SET v = 1\"\n"
            " 5   handler when serialization_failure,40p01 \"WHEN serialization_failure OR SQLSTATE '40P01'\"\n"
            " 6     raise error again \"RAISE\"\n"
            " 7   handler when unique_violation \"WHEN Unique_Violation\"\n"
            " 9   handler when others \"WHEN OTHERS\"\n"
            "10     raise [SELECT] \"RAISE NOTICE 'lost: %', SQLERRM\"\n",
    },
    {
        .name = "a handler with a block that has handlers",
        .text = "DO $$\n"
                "BEGIN\n"
                "    BEGIN\n"
                "        UPDATE t SET v = 1;\n"
                "    EXCEPTION WHEN others THEN\n"
                "        BEGIN\n"
                "            DELETE FROM t;\n"
                "        EXCEPTION WHEN deadlock_detected THEN\n"
                "            RETURN;\n"
                "        END;\n"
                "    END;\n"
                "    INSERT INTO t VALUES (1);\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   block handled \"BEGIN\"\n"
                    " 4     sql [UPDATE] \"UPDATE t SET v = 1\"\n"
                    " 5     handler when others \"WHEN others\"\n"
                    " 6       block handled \"BEGIN\"\n"
                    " 7         sql [DELETE] \"DELETE FROM t\"\n"
                    " 8         handler when deadlock_detected \"WHEN deadlock_detected\"\n"
                    " 9           return \"RETURN\"\n"
                    "12   sql [INSERT] \"INSERT INTO t VALUES (1)\"\n",
    },
    {
        .name = "all forms of RAISE",
        .text = "DO $$\n"
                "BEGIN\n"
                "    RAISE;\n"
                "    RAISE 'plain';\n"
                "    RAISE NOTICE 'x is %', (SELECT v FROM t);\n"
                "    RAISE EXCEPTION 'no %', 1 USING ERRCODE = '40001', HINT = 'again';\n"
                "    RAISE EXCEPTION USING MESSAGE = 'no', ERRCODE := 'unique_violation';\n"
                "    RAISE serialization_failure;\n"
                "    RAISE SQLSTATE '40P01' USING MESSAGE = 'x';\n"
                "    RAISE WARNING division_by_zero;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   raise error again \"RAISE\"\n"
            " 4   raise error \"RAISE 'plain'\"\n"
            " 5   raise [SELECT] \"RAISE NOTICE 'x is %', (SELECT v FROM t)\"\n"
            " 6   raise error 40001 [SELECT] \"RAISE EXCEPTION 'no %', 1 USING ERRCODE = '40001', HINT = 'again'\"\n"
            " 7   raise error unique_violation \"RAISE EXCEPTION USING MESSAGE = 'no', ERRCODE := 'unique_violation'\"\n"
            " 8   raise error serialization_failure \"RAISE serialization_failure\"\n"
            " 9   raise error 40p01 \"RAISE SQLSTATE '40P01' USING MESSAGE = 'x'\"\n"
            "10   raise division_by_zero \"RAISE WARNING division_by_zero\"\n",
    },
};

/* ------------------------------------------------------------------ branches */

static const struct sample branches[] = {
    {
        .name = "IF with all its arms",
        .text = "DO $$\n"
                "BEGIN\n"
                "    IF x > 0 THEN\n"
                "        UPDATE t SET v = 1;\n"
                "    ELSIF x < 0 THEN\n"
                "        UPDATE t SET v = 2;\n"
                "    ELSEIF x IS NULL THEN\n"
                "        UPDATE t SET v = 3;\n"
                "    ELSE\n"
                "        UPDATE t SET v = 4;\n"
                "    END IF;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   if \"IF\"\n"
                    " 3     arm [SELECT] \"IF x > 0\"\n"
                    " 4       sql [UPDATE] \"UPDATE t SET v = 1\"\n"
                    " 5     arm [SELECT] \"ELSIF x < 0\"\n"
                    " 6       sql [UPDATE] \"UPDATE t SET v = 2\"\n"
                    " 7     arm [SELECT] \"ELSEIF x IS NULL\"\n"
                    " 8       sql [UPDATE] \"UPDATE t SET v = 3\"\n"
                    " 9     arm \"ELSE\"\n"
                    "10       sql [UPDATE] \"UPDATE t SET v = 4\"\n",
    },
    {
        .name = "CASE with and without a subject",
        .text = "DO $$\n"
                "BEGIN\n"
                "    CASE x\n"
                "        WHEN 1, 2 THEN\n"
                "            UPDATE t SET v = 1;\n"
                "        ELSE\n"
                "            NULL;\n"
                "    END CASE;\n"
                "    CASE\n"
                "        WHEN x > (SELECT max(v) FROM t) THEN\n"
                "            DELETE FROM t;\n"
                "    END CASE;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   if \"CASE x\"\n"
                    " 4     arm [SELECT] \"WHEN 1, 2\"\n"
                    " 5       sql [UPDATE] \"UPDATE t SET v = 1\"\n"
                    " 6     arm \"ELSE\"\n"
                    " 9   if \"CASE\"\n"
                    "10     arm [SELECT] \"WHEN x > (SELECT max(v) FROM t)\"\n"
                    "11       sql [DELETE] \"DELETE FROM t\"\n",
    },
    {
        .name = "CASE that is an expression",
        .text = "DO $$\n"
                "BEGIN\n"
                "    IF (CASE WHEN x THEN y ELSE z END) THEN\n"
                "        x := CASE WHEN y THEN 1 ELSE 2 END;\n"
                "    END IF;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   if \"IF\"\n"
                    " 3     arm [SELECT] \"IF (CASE WHEN x THEN y ELSE z END)\"\n"
                    " 4       assign into x [SELECT] \"x := CASE WHEN y THEN 1 ELSE 2 END\"\n",
    },
    {
        .name = "ASSERT is a branch that raises",
        .text = "DO $$\n"
                "BEGIN\n"
                "    ASSERT x > 0, 'x must be positive';\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   if \"ASSERT x > 0, 'x must be positive'\"\n"
                    " 3     arm [SELECT] \"ASSERT x > 0, 'x must be positive'\"\n"
                    " 3       raise error assert_failure \"ASSERT x > 0, 'x must be positive'\"\n",
    },
};

/* ------------------------------------------------------------------ loops */

static const struct sample loops[] = {
    {
        .name = "LOOP, WHILE, EXIT and CONTINUE",
        .text = "DO $$\n"
                "BEGIN\n"
                "    <<again>>\n"
                "    LOOP\n"
                "        WHILE x > 0 LOOP\n"
                "            CONTINUE again WHEN x = 5;\n"
                "            EXIT;\n"
                "        END LOOP;\n"
                "        EXIT again WHEN (SELECT v FROM t) > 3;\n"
                "    END LOOP again;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 4   loop endless <<again>> \"LOOP\"\n"
            " 5     loop endless [SELECT] \"WHILE x > 0\"\n"
            " 6       continue guarded <<again>> [SELECT] \"CONTINUE again WHEN x = 5\"\n"
            " 7       exit \"EXIT\"\n"
            " 9     exit guarded <<again>> [SELECT] \"EXIT again WHEN (SELECT v FROM t) > 3\"\n",
    },
    {
        .name = "FOR over numbers",
        .text = "DO $$\n"
                "BEGIN\n"
                "    FOR i IN REVERSE 10..(SELECT count(*) FROM t) BY 2 LOOP\n"
                "        UPDATE t SET v = i;\n"
                "    END LOOP;\n"
                "    FOR i IN 1 .. n LOOP\n"
                "        NULL;\n"
                "    END LOOP;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   loop into i [SELECT] \"FOR i IN REVERSE 10..(SELECT count(*) FROM t) BY 2\"\n"
            " 4     sql [UPDATE] \"UPDATE t SET v = i\"\n"
            " 6   loop into i [SELECT] \"FOR i IN 1 .. n\"\n",
    },
    {
        .name = "FOR over a query",
        .text = "DO $$\n"
                "BEGIN\n"
                "    FOR r IN SELECT id FROM t ORDER BY id LOOP\n"
                "        UPDATE t SET v = 1 WHERE id = r.id;\n"
                "    END LOOP;\n"
                "    FOR a, b IN (SELECT x, y FROM t) LOOP\n"
                "        CONTINUE;\n"
                "    END LOOP;\n"
                "    FOR r IN UPDATE t SET v = 1 RETURNING id LOOP\n"
                "        NULL;\n"
                "    END LOOP;\n"
                "END\n"
                "$$;\n",
        .expected = " 2 block \"BEGIN\"\n"
                    " 3   for-query into r [SELECT] \"FOR r IN SELECT id FROM t ORDER BY id\"\n"
                    " 4     sql [UPDATE] \"UPDATE t SET v = 1 WHERE id = r.id\"\n"
                    " 6   for-query into a,b [SELECT] \"FOR a, b IN (SELECT x, y FROM t)\"\n"
                    " 7     continue \"CONTINUE\"\n"
                    " 9   for-query into r [UPDATE] \"FOR r IN UPDATE t SET v = 1 RETURNING id\"\n",
    },
    {
        .name = "FOR over text",
        .text = "DO $$\n"
                "BEGIN\n"
                "    FOR r IN EXECUTE 'SELECT id FROM t WHERE v = $1' USING x LOOP\n"
                "        NULL;\n"
                "    END LOOP;\n"
                "    FOR r IN EXECUTE format('SELECT id FROM %I', x) LOOP\n"
                "        NULL;\n"
                "    END LOOP;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   for-query into r [SELECT] \"FOR r IN EXECUTE 'SELECT id FROM t WHERE v = $1' USING x\"\n"
            " 6   for-query into r [SELECT] \"FOR r IN EXECUTE format('SELECT id FROM %I', x)\"\n",
    },
    {
        .name = "FOREACH",
        .text = "DO $$\n"
                "BEGIN\n"
                "    FOREACH x SLICE 1 IN ARRAY (SELECT array_agg(id) FROM t) LOOP\n"
                "        DELETE FROM t WHERE id = x;\n"
                "    END LOOP;\n"
                "END\n"
                "$$;\n",
        .expected =
            " 2 block \"BEGIN\"\n"
            " 3   loop into x [SELECT] \"FOREACH x SLICE 1 IN ARRAY (SELECT array_agg(id) FROM t)\"\n"
            " 4     sql [DELETE] \"DELETE FROM t WHERE id = x\"\n",
    },
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, blocks, G_N_ELEMENTS(blocks), view_body);
    samples_add(tests, handlers, G_N_ELEMENTS(handlers), view_body);
    samples_add(tests, branches, G_N_ELEMENTS(branches), view_body);
    samples_add(tests, loops, G_N_ELEMENTS(loops), view_body);
    return tests_run("structure", tests);
}
