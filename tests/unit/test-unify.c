/* Which values of two runs are equal, and so which rows two accesses share. The first two programs of
 * a sample meet. */
#include "flow/unify.h"

#include "support/sample.h"

#define TABLE               "CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE TABLE u (id int);"
#define MEET(first, second) TABLE "BEGIN;" first "; COMMIT; BEGIN;" second "; COMMIT;"

#define NAMED(first, second)                          \
    "CREATE TABLE n (id int PRIMARY KEY, name text);" \
    "CREATE UNIQUE INDEX ON n (lower(name));" MEET(first, second)

/* What one access of the first program and one of the second come to, when nothing is bound and when
 * they are made to meet. */
static void describe(GString *out, const struct access *a, const struct access *b)
{
    struct binding none, met;

    binding_clear(&none);
    binding_clear(&met);
    g_string_append(out, binding_must_meet(a, b)  ? "must meet"
                         : binding_can_meet(a, b) ? "can meet"
                                                  : "apart");
    if (binding_forces(&none, a, 0, b, 1))
        g_string_append(out, ", one row");
    if (binding_meet(&met, a, 0, b, 1) && !binding_forces(&none, a, 0, b, 1) &&
        binding_forces(&met, a, 0, b, 1))
        g_string_append(out, ", then one row");
    if (binding_same_key(&none, a, 0, b, 1))
        g_string_append(out, ", same key");
    if (binding_forces_unique(&none, a, 0, b, 1))
        g_string_append(out, ", both insert it");
    binding_clear(&met);
    if (b->kind == ACCESS_UPDATE && binding_meet_new(&met, a, 0, b, 1))
        g_string_append(out, ", moves in");
    g_string_append_c(out, '\n');
}

static char *view_meeting(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct transaction *first = linted_first(&linted);
    for (const struct access *a = first->accesses; a; a = a->next) {
        for (const struct access *b = first->next->accesses; b; b = b->next)
            describe(out, a, b);
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

#define MADE(condition)                                                                      \
    "CREATE TABLE m (id serial PRIMARY KEY, a int); BEGIN; SELECT a FROM m WHERE " condition \
    "; COMMIT; BEGIN; INSERT INTO m (a) VALUES ($1); COMMIT;"

static const struct sample samples[] = {
    {"a key that only the INSERT makes", MADE("id = $1"), "apart\n"},
    {"several of them", MADE("id IN ($1, $2)"), "apart\n"},
    {"those that a sub-SELECT finds", MADE("id IN (SELECT max(id) FROM m)"),
     "must meet, one row\ncan meet\n"},
    {"a range of keys", MADE("id > $1"), "can meet\n"},
    {"one constant", MEET("UPDATE t SET a = 1 WHERE id = 1", "DELETE FROM t WHERE id = 1"),
     "must meet, one row, same key\n"},
    {"two constants", MEET("UPDATE t SET a = 1 WHERE id = 1", "DELETE FROM t WHERE id = 2"),
     "apart\n"},
    {"two tables", MEET("UPDATE t SET a = 1 WHERE id = 1", "DELETE FROM u WHERE id = 1"),
     "apart\n"},
    {"parameters of two runs",
     MEET("UPDATE t SET a = 1 WHERE id = $1", "DELETE FROM t WHERE id = $1"),
     "can meet, then one row\n"},
    {"all rows but that of the run, and the row of another run",
     MEET("SELECT * FROM t WHERE id <> $1", "DELETE FROM t WHERE id = $1"), "can meet\n"},
    {"a row that brings what the other run does not ask for",
     MEET("SELECT * FROM t WHERE a <> $1", "INSERT INTO t VALUES (1, $1, 0)"), "can meet\n"},
    {"all rows but one, and that one",
     MEET("SELECT * FROM t WHERE id <> 1", "DELETE FROM t WHERE id = 1"), "apart\n"},
    {"no value, and that of a parameter",
     MEET("SELECT * FROM t WHERE a IS NULL", "DELETE FROM t WHERE a = $1"), "apart\n"},
    {"a parameter and a constant",
     MEET("UPDATE t SET a = 1 WHERE id = $1", "DELETE FROM t WHERE id = 5"),
     "can meet, then one row\n"},
    {"another column", MEET("UPDATE t SET a = 1 WHERE id = 1", "DELETE FROM t WHERE b = 1"),
     "can meet\n"},
    {"a range and a row in it", MEET("SELECT * FROM t WHERE id > 5", "DELETE FROM t WHERE id = 6"),
     "can meet\n"},
    {"a range and a row beside it",
     MEET("SELECT * FROM t WHERE id > 5", "DELETE FROM t WHERE id = 5"), "apart\n"},
    {"all rows", MEET("SELECT * FROM t", "DELETE FROM t WHERE id = $1"), "must meet, one row\n"},
    {"one of a list", MEET("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id = 2"),
     "can meet\n"},
    {"none of a list", MEET("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id = 3"),
     "apart\n"},
    {"one key twice", MEET("INSERT INTO t VALUES (1, 0, 0)", "INSERT INTO t VALUES (1, 5, 5)"),
     "can meet, same key, both insert it\n"},
    {"a key that comes in by a parameter",
     MEET("INSERT INTO t VALUES ($1, 0, 0)", "INSERT INTO t VALUES ($1, 0, 0)"), "can meet\n"},
    {"a row that is looked for",
     MEET("SELECT * FROM t WHERE id = 1", "INSERT INTO t VALUES (1, 0, 0)"),
     "must meet, one row, same key\n"},
    {"a row that nobody looks for",
     MEET("SELECT * FROM t WHERE a = 1", "INSERT INTO t VALUES (1, 0, 0)"), "apart\n"},
    {"a row that is moved in",
     MEET("SELECT * FROM t WHERE a = 7", "UPDATE t SET a = 7 WHERE id = 1"),
     "can meet, moves in\n"},
    {"a row that is moved elsewhere",
     MEET("SELECT * FROM t WHERE a = 7", "UPDATE t SET a = 8 WHERE id = 1"), "can meet\n"},
    {"one key in the first of several rows",
     MEET("INSERT INTO t VALUES (1, 0, 0), (2, 0, 0)", "INSERT INTO t VALUES (1, 5, 5), (3, 0, 0)"),
     "can meet, same key, both insert it\n"},
    {"another key in the first of several rows",
     MEET("INSERT INTO t VALUES (1, 0, 0), (2, 0, 0)", "INSERT INTO t VALUES (2, 5, 5), (3, 0, 0)"),
     "can meet\n"},
    {"one expression of two rows",
     NAMED("INSERT INTO n VALUES (1, 'Ann')", "INSERT INTO n VALUES (2, 'ann')"),
     "can meet, same key, both insert it\n"},
    {"two expressions", NAMED("INSERT INTO n VALUES (1, 'Ann')", "INSERT INTO n VALUES (2, 'Bob')"),
     "can meet\n"},
    {"an expression that is another one",
     NAMED("INSERT INTO n VALUES (1, 'a')", "SELECT * FROM n WHERE name = 'A'"), "apart\n"},
};

static struct operand parameter(const char *name)
{
    return (struct operand){.kind = OPERAND_PARAMETER, .text = name};
}

static struct operand number(const char *text)
{
    return (struct operand){.kind = OPERAND_CONSTANT, .literal = LITERAL_INTEGER, .text = text};
}

static void test_classes(void **state)
{
    struct operand id = parameter("$1"), other = parameter("$2");
    struct operand one = number("1"), two = number("2");
    struct binding binding;

    (void)state;
    binding_clear(&binding);
    assert_false(binding_equal(&binding, &id, 0, &id, 1)); /* of two runs */
    assert_true(binding_equal(&binding, &one, 0, &one, 1));
    assert_true(binding_unify(&binding, &id, 0, &other, 1));
    assert_true(binding_unify(&binding, &other, 1, &id, 2));
    assert_true(binding_equal(&binding, &id, 0, &id, 2)); /* by way of the one between */
    assert_true(binding_unify(&binding, &id, 0, &one, 0));
    assert_true(binding_equal(&binding, &id, 2, &one, 1));
    assert_false(binding_unify(&binding, &id, 2, &two, 0));
    assert_true(binding_unify(&binding, &other, 2, &two, 0));
    assert_false(binding_unify(&binding, &id, 0, &other, 2)); /* 1 and 2 */
}

static void test_distinct(void **state)
{
    const char *distinct[] = {"$1", "$2", NULL};
    struct operand from = parameter("$1"), to = parameter("$2");
    struct binding binding;

    (void)state;
    binding_clear(&binding);
    binding.distinct[0] = distinct;
    assert_true(binding_unify(&binding, &from, 0, &to, 1));
    assert_false(binding_unify(&binding, &to, 0, &to, 1)); /* $1 = $2 of the first run, too */
    binding_clear(&binding);
    binding.distinct[0] = distinct;
    assert_true(binding_unify(&binding, &from, 0, &to, 1));
    assert_true(binding_unify(&binding, &to, 0, &from, 1));
}

/* Nothing is certain of values that are not followed. */
static void test_overflow(void **state)
{
    struct operand values[MOST_VALUES + 1];
    char names[MOST_VALUES + 1][8];
    struct operand one = number("1");
    struct binding binding;

    (void)state;
    binding_clear(&binding);
    for (unsigned i = 0; i <= MOST_VALUES; i++) {
        g_snprintf(names[i], sizeof *names, "$%u", i + 1);
        values[i] = parameter(names[i]);
        assert_true(binding_unify(&binding, &values[0], 0, &values[i], 0));
    }
    assert_true(binding.overflow);
    assert_false(binding_equal(&binding, &values[0], 0, &values[1], 0));
    assert_true(binding_unify(&binding, &values[1], 0, &one, 0));
    assert_true(binding.count <= MOST_VALUES);
}

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_meeting);
    test_add(tests, "classes", test_classes);
    test_add(tests, "distinct", test_distinct);
    test_add(tests, "overflow", test_overflow);
    return tests_run("unify", tests);
}
