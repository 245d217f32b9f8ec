/* All programs together: who touches what the others touch. Each program of a sample is one line. */
#include "corpus/corpus.h"

#include "support/sample.h"

#define TABLES                                                                                \
    "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE u (id int PRIMARY KEY, v int);" \
    "CREATE TABLE s (id int PRIMARY KEY); INSERT INTO s VALUES (1), (2);\n"
#define PROGRAM(statements) "BEGIN;" statements "; COMMIT;\n"
#define ONE(first)          TABLES PROGRAM(first)
#define TWO(first, second)  TABLES PROGRAM(first) PROGRAM(second)

static unsigned line_of(const struct access *access)
{
    return script_line_number(access->transaction->script, access->span.start);
}

static void describe(GString *out, const struct corpus *corpus, const struct access *access)
{
    unsigned writes = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE;
    const struct access *any = corpus_find(corpus, access, writes, false);
    const struct access *other = corpus_find(corpus, access, writes, true);
    const struct access *writer = corpus_writer(corpus, access);

    g_string_append_printf(out, "%u %s: %u accesses", line_of(access), access_relation_name(access),
                           corpus_accesses(corpus, access)->len);
    if (any)
        g_string_append_printf(out, ", written in %u", line_of(any));
    if (other)
        g_string_append_printf(out, ", by another in %u", line_of(other));
    if (writer && writer != other)
        g_string_append_printf(out, ", whatever row in %u", line_of(writer));
    if (corpus_is_small(corpus, access))
        g_string_append(out, ", small");
    if (corpus_is_hot(corpus, access))
        g_string_append(out, ", hot");
    g_string_append_c(out, '\n');
}

static char *view_corpus(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (!transaction_is_declared(transaction))
            continue; /* the tables */
        for (const struct access *each = transaction->accesses; each; each = each->next)
            describe(out, corpus, each);
        if (!corpus_has_opponent(corpus, transaction))
            g_string_append(out, "has no opponent\n");
        if (corpus_has_serializable_writer(corpus, transaction))
            g_string_append(out, "has a SERIALIZABLE writer\n");
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static void describe_body(GString *out, const struct corpus *corpus, const struct routine *routine,
                          const struct statement *block, const struct body_statement *in)
{
    const GPtrArray *accesses = corpus_body_accesses(corpus, in);
    const struct transaction *segment = corpus_segment(corpus, in);
    bool sets = in->statement && in->statement->kind == STATEMENT_SET;

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        g_string_append_printf(out, "%u: %s in %u\n", in->line, access_relation_name(access),
                               line_of(access));
    }
    if (segment)
        g_string_append_printf(out, "%u: begins what accesses %s\n", in->line,
                               segment->accesses ? access_relation_name(segment->accesses)
                                                 : "nothing");
    for (const struct mode *mode = sets ? in->statement->setting->modes : NULL; mode;
         mode = mode->next)
        g_string_append_printf(out, "%u: %s\n", in->line,
                               corpus_refuses_mode(corpus, routine, block, mode) ? "refused"
                                                                                 : "allowed");
}

/* What a statement of a body accesses in all its runs, those that COMMIT begins included, and which
 * modes a SET TRANSACTION in it is refused for. */
static char *view_bodies(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct script *script = linted.project.scripts->pdata[0];
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
        const struct routine *routine =
            change && change->kind == CHANGE_CREATE_ROUTINE ? change->routine : NULL;
        const struct body *body = routine                      ? routine->body
                                  : each->kind == STATEMENT_DO ? each->block->body
                                                               : NULL;
        for (const struct body_statement *in = body ? body->statements : NULL; in; in = in->next)
            describe_body(out, corpus, routine, each, in);
    }
    for (const struct transaction *run = script->transactions; run; run = run->next) {
        for (const struct access *access = run->accesses; access; access = access->next)
            assert_ptr_equal(access->transaction, run);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"a reader alone", ONE("SELECT v FROM t WHERE id = 1"), "2 t: 1 accesses\n"},
    {"a writer, and its copies", ONE("UPDATE t SET v = 1 WHERE id = 1"),
     "2 t: 1 accesses, written in 2\n"},
    {"a reader and a writer",
     TWO("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 1 WHERE id = 1"),
     "2 t: 2 accesses, written in 3, by another in 3\n"
     "3 t: 2 accesses, written in 3\n"},
    {"a writer of another row",
     TWO("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 1 WHERE id = 2"),
     "2 t: 2 accesses, whatever row in 3\n"
     "3 t: 2 accesses, written in 3\n"},
    {"a writer of another table",
     TWO("SELECT v FROM t WHERE id = 1", "UPDATE u SET v = 1 WHERE id = 1"),
     "2 t: 1 accesses\n"
     "3 u: 1 accesses, written in 3\n"},
    {"what runs once, alone with its table",
     TABLES "-- file once.sql\n" PROGRAM(
         "UPDATE t SET v = 1 WHERE id = 1") "-- file other.sql\n" PROGRAM("SELECT v FROM u"),
     "1 t: 1 accesses\n"
     "has no opponent\n"
     "1 u: 1 accesses\n",
     "--set overrides=[{\"paths\":[\"once.sql\"],\"runs\":\"once\"}]"},
    {"what runs once, and a reader",
     TABLES "-- file once.sql\n" PROGRAM(
         "UPDATE t SET v = 1 WHERE id = 1") "-- file other.sql\n" PROGRAM("SELECT v FROM t"),
     "1 t: 2 accesses\n"
     "1 t: 2 accesses, written in 1, by another in 1\n",
     "--set overrides=[{\"paths\":[\"once.sql\"],\"runs\":\"once\"}]"},
    {"a table of a few rows", ONE("SELECT id FROM s WHERE id = 1"), "2 s: 2 accesses, small\n"},
    {"a table that is called small", "-- isolint: small t\n" ONE("SELECT v FROM t WHERE id = 1"),
     "3 t: 1 accesses, small\n"},
    {"a table that is called hot", "-- isolint: hot t\n" ONE("SELECT v FROM t WHERE id = 1"),
     "3 t: 1 accesses, hot\n"},
    {"a SERIALIZABLE writer",
     TWO("SELECT v FROM t WHERE id = 1", "UPDATE t SET v = 1 WHERE id = 1"),
     "2 t: 2 accesses, written in 3, by another in 3\n"
     "has a SERIALIZABLE writer\n"
     "3 t: 2 accesses, written in 3\n",
     "--default-isolation serializable"},
};

#define BODY(kind, name, statements) \
    "CREATE " kind " " name " LANGUAGE plpgsql AS $$ BEGIN\n" statements "\nEND $$;\n"
#define LEVEL "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;"

static const struct sample bodies[] = {
    {"a function that nobody calls",
     TABLES BODY("FUNCTION", "f() RETURNS void", "UPDATE t SET v = 1;"), "2: t in 3\n"},
    {"a function that two call",
     TABLES BODY("FUNCTION", "f() RETURNS void", "UPDATE t SET v = 1;") PROGRAM("SELECT f()")
         PROGRAM("SELECT f()"),
     "2: t in 5\n2: t in 6\n"},
    {"a statement that sets off a trigger",
     TABLES
         BODY("FUNCTION", "g() RETURNS trigger", "UPDATE u SET v = 1; RETURN new;") "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();\n" BODY(
             "FUNCTION", "f() RETURNS void", "UPDATE t SET v = 1;") PROGRAM("SELECT f()"),
     "2: u in 9\n2: u in 3\n2: t in 9\n2: u in 9\n"},
    {"a procedure that commits",
     TABLES BODY("PROCEDURE", "p()",
                 "UPDATE t SET v = 1;\nCOMMIT;\nUPDATE u SET v = 1;") "CALL p();\n",
     "2: t in 7\n3: begins what accesses u\n4: u in 7\n"},
    {"COMMIT in a function, which fails",
     TABLES BODY("FUNCTION", "f() RETURNS int",
                 "UPDATE t SET v = 1;\nCOMMIT;\nUPDATE u SET v = 1;") "UPDATE u SET v = f();\n",
     "2: t in 7\n4: u in 7\n"},
    {"a procedure called in the query of a rule, which fails",
     TABLES BODY(
         "PROCEDURE", "p()",
         "UPDATE u SET v = 1;\nCOMMIT;") "CREATE RULE r AS ON UPDATE TO t DO ALSO SELECT p();\nUPDATE t SET v = 1;\n",
     "2: u in 3\n3: begins what accesses nothing\n"},
    {"nothing behind the last COMMIT",
     TABLES BODY("PROCEDURE", "p()", "UPDATE t SET v = 1;\nCOMMIT;") "CALL p();\n",
     "2: t in 6\n3: begins what accesses nothing\n"},
    {"a level that the caller has not",
     TABLES BODY("FUNCTION", "f() RETURNS void", LEVEL) PROGRAM("SELECT f()"), "2: refused\n"},
    {"the level that all callers have",
     TABLES BODY("FUNCTION", "f() RETURNS void",
                 LEVEL) "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT f(); COMMIT;\n",
     "2: allowed\n"},
    {"the level that one caller has",
     TABLES BODY(
         "FUNCTION", "f() RETURNS void",
         LEVEL) "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT f(); COMMIT;\n" PROGRAM("SELECT f()"),
     "2: refused\n"},
    {"READ ONLY",
     TABLES BODY("FUNCTION", "f() RETURNS void", "SET TRANSACTION READ ONLY;")
         PROGRAM("SELECT f()"),
     "2: allowed\n"},
    {"READ WRITE",
     TABLES BODY("FUNCTION", "f() RETURNS void", "SET TRANSACTION READ WRITE;")
         PROGRAM("SELECT f()"),
     "2: allowed\n"},
    {"READ WRITE in READ ONLY",
     TABLES BODY("FUNCTION", "f() RETURNS void",
                 "SET TRANSACTION READ WRITE;") "BEGIN READ ONLY; SELECT f(); COMMIT;\n",
     "2: refused\n"},
    {"DEFERRABLE",
     TABLES BODY("FUNCTION", "f() RETURNS void", "SET TRANSACTION DEFERRABLE;")
         PROGRAM("SELECT f()"),
     "2: refused\n"},
    {"a block", TABLES "DO $$ BEGIN\n" LEVEL "\nEND $$;\n", "2: refused\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_corpus);
    samples_add(tests, bodies, G_N_ELEMENTS(bodies), view_bodies);
    return tests_run("corpus", tests);
}
