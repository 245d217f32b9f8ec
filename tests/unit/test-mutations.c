/* Whatever a file holds, framing and parsing end, and what they say lies within the file: every
 * beginning of a text that has everything, and the text with bytes changed. */
#include "input/frame.h"
#include "sql/parse.h"
#include "support/check.h"

static const char EVERYTHING[] =
    "\xEF\xBB\xBF-- isolint: allow write-skew -- größe 😀\r\n"
    "\\set x 'it''s' \\set y \"q\"\n"
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SAVEPOINT s; RELEASE s;\n"
    "SELECT a[1:n], :'x', :\"t\".c, e'\\'', U&'\\0041', $$ ; $$, $a$ $b$ $a$, 1e5, x::int\n"
    "  FROM \"a;b\" /* ; /* ' */ */ WHERE a = ? AND b ? 'k' AND c = @c AND d = %(d)s -- it's\n"
    "  AND e IN ($1, ${f}, {{ g }}) AND (h, i) = (1, 2) AND j BETWEEN 1 AND 2 \\gset p_\n"
    "COPY t (a, b) FROM STDIN WITH (FORMAT csv);\n1,';\"\n\\.\n"
    "\\if :x\nUPDATE t SET a = a + 1, (b, c) = (SELECT 1, 2) FROM u WHERE t.id = u.id;\n\\endif\n"
    "SELECT 1 \\; SELECT 2 \\g out\n"
    "INSERT INTO t (a) VALUES (1), (DEFAULT) ON CONFLICT (a) DO UPDATE SET b = excluded.b;\n"
    "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT * FROM r FOR UPDATE;\n"
    "CREATE TABLE p (id serial PRIMARY KEY, b int REFERENCES q ON DELETE CASCADE, CHECK (b > 0),\n"
    "  EXCLUDE USING gist (b WITH =)) PARTITION BY RANGE (id);\n"
    "CREATE INDEX ON p USING gin (lower(b) gin_trgm_ops) WITH (fastupdate = off) WHERE b > 0;\n"
    "CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $f$\nDECLARE v int := 1;\nBEGIN\n"
    "  -- isolint: allow lost-update\n  SELECT a INTO v FROM t WHERE b = ''; FOR i IN 1..3 LOOP\n"
    "  UPDATE t SET a = v; END LOOP; EXCEPTION WHEN others THEN RAISE; END $f$;\n"
    "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;\n"
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);\n"
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT\n"
    "  VALUES (1); DO 'BEGIN PERFORM 1; END'; COMMIT AND CHAIN; SELECT (1; SELECT 'ä";

static void check_span(const struct script *script, struct span span, const char *what)
{
    if (span.start > span.end || span.end > script->size)
        fail_msg("%s from %u to %u in a file of %u bytes:\n%s", what, span.start, span.end,
                 script->size, script->bytes);
}

static void check_script(const char *bytes, size_t size)
{
    char *copy = g_malloc(size + 1);
    uint32_t before = 0;

    memcpy(copy, bytes, size);
    copy[size] = '\0';
    struct script *script = script_new("a.sql", copy, size);
    frame_script(script);
    assert_int_equal(strlen(script->parseable), size);
    for (const struct statement *each = script->statements; each; each = each->next) {
        check_span(script, each->span, "a statement");
        if (each->kind == STATEMENT_PSQL)
            continue; /* may stand amid a statement */
        assert_true(each->span.start >= before && each->span.start < each->span.end);
        before = each->span.end;
    }
    for (size_t i = 0; i < script->placeholder_count; i++)
        check_span(script, script->placeholders[i].span, "a placeholder");
    for (const struct directive *each = script->directives; each; each = each->next)
        check_span(script, each->span, "a comment");
    parse_script(script);
    for (const struct statement *each = script->statements; each; each = each->next)
        assert_int_not_equal(each->kind, STATEMENT_UNREAD);
    for (const struct syntax_error *error = script->errors; error; error = error->next) {
        check_span(script, error->span, "an error");
        assert_true(*error->message != '\0');
        script_position(script, error->span.start);
    }
    assert_memory_equal(script->bytes, bytes, size); /* what is put into them is taken out */
    script_free(script);
}

static void test_beginnings(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof EVERYTHING; size++)
        check_script(EVERYTHING, size);
}

static void test_ends(void **state)
{
    (void)state;
    for (size_t start = 0; start < sizeof EVERYTHING - 1; start += 3)
        check_script(EVERYTHING + start, sizeof EVERYTHING - 1 - start);
}

/* The same bytes every time: a generator of our own. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void test_changed_bytes(void **state)
{
    static const char bytes[] = "'\"$;()\\-*/:{}?@% \n\r\tEeaA0._[]<>=#\xC3\xA4\xF0\xFF\x01";
    g_autofree char *text = g_strdup(EVERYTHING);
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        size_t place = next_number(&seed) % (sizeof EVERYTHING - 1);
        text[place] = bytes[next_number(&seed) % (sizeof bytes - 1)];
        if (round % 20 == 0) /* few changes find what many hide */
            memcpy(text, EVERYTHING, sizeof EVERYTHING);
        check_script(text, sizeof EVERYTHING - 1);
    }
}

static void test_pieces_moved(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 500; round++) {
        size_t from = next_number(&seed) % (sizeof EVERYTHING - 1);
        size_t length = next_number(&seed) % (sizeof EVERYTHING - 1 - from);
        size_t to = next_number(&seed) % (sizeof EVERYTHING - 1);
        GString *text = g_string_new_len(EVERYTHING, (gssize)to);
        g_string_append_len(text, EVERYTHING + from, (gssize)length);
        g_string_append(text, EVERYTHING + to);
        check_script(text->str, text->len);
        g_string_free(text, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_pieces_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
