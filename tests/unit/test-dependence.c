/* Whether what is written depends on what was read: one line for each read and later write of one
 * table, and of each write what it needs. */
#include "flow/dependence.h"

#include "support/view.h"

#define TABLE           "CREATE TABLE t (id int PRIMARY KEY, v int, n int, s text);"
#define RUN(statements) TABLE "BEGIN;" statements "; COMMIT;"
#define ROUTINE(declared, body)                                                            \
    TABLE "CREATE FUNCTION f(i int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE " declared \
          " BEGIN " body " END $$;"

static void describe_pair(GString *out, const struct access *read, const struct access *write)
{
    static const char *const ways[] = {"no", "assumed", "seen"};
    static const char *const counts[] = {"both insert", "one key", "one is skipped", "not here"};
    const char *column = NULL;
    enum dependence value = value_depends(read, write, &column);

    g_string_append_printf(out, "value %s", ways[value]);
    if (value != DEPENDS_NOT)
        g_string_append_printf(out, " of %s", column);
    g_string_append_printf(out, ", write %s", ways[write_depends(read, write)]);
    if (write_is_of_loop(read, write))
        g_string_append(out, ", of the loop");
    if (write->kind == ACCESS_INSERT && key_depends(read, write))
        g_string_append(out, ", its key");
    if (write->kind == ACCESS_INSERT && number_depends(read, write))
        g_string_append_printf(out, ", goes on in %s", number_depends(read, write));
    if (write->kind == ACCESS_INSERT && read->query->aggregates)
        g_string_append_printf(out, ", %s", counts[count_outcome(read, write)]);
    g_string_append_c(out, '\n');
}

static void describe(GString *out, const struct transaction *transaction)
{
    for (const struct access *write = transaction->accesses; write; write = write->next) {
        if (!access_is_write(write))
            continue;
        for (const struct access *read = transaction->accesses; read != write; read = read->next) {
            if (read->kind == ACCESS_READ && access_same_relation(read, write))
                describe_pair(out, read, write);
        }
        if (write_is_relative(write))
            g_string_append(out, "relative\n");
        if (write_is_atomic(write))
            g_string_append(out, "atomic\n");
    }
}

static char *view_dependences(const char *text, const char *options)
{
    return view_transactions(text, options, describe);
}

static const struct sample samples[] = {
    {"a parameter", RUN("SELECT v FROM t WHERE id = $1; UPDATE t SET v = $2 WHERE id = $1"),
     "value assumed of v, write assumed\n"
     "atomic\n"},
    {"a column that was not read",
     RUN("SELECT n FROM t WHERE id = $1; UPDATE t SET v = $2 WHERE id = $1"),
     "value no, write assumed\n"
     "atomic\n"},
    {"a word", RUN("SELECT s FROM t WHERE id = $1; UPDATE t SET s = 'done' WHERE id = $1"),
     "value no, write assumed\n"
     "atomic\n"},
    {"from the row itself",
     RUN("SELECT v FROM t WHERE id = $1; UPDATE t SET v = v - 1 WHERE id = $1"),
     "value no, write assumed\n"
     "relative\n"
     "atomic\n"},
    {"by a variable",
     ROUTINE("x int;", "SELECT v INTO x FROM t WHERE id = i; UPDATE t SET v = x + 1 WHERE id = i;"),
     "value seen of v, write seen\n"
     "atomic\n"},
    {"by a variable of another column",
     ROUTINE("x int;", "SELECT n INTO x FROM t WHERE id = i; UPDATE t SET v = x + 1 WHERE id = i;"),
     "value no, write seen\n"
     "atomic\n"},
    {"not by the variable",
     ROUTINE("x int;", "SELECT v INTO x FROM t WHERE id = i; UPDATE t SET v = 7 WHERE id = i;"),
     "value no, write no\n"
     "atomic\n"},
    {"in a branch",
     ROUTINE(
         "x int;",
         "SELECT n INTO x FROM t WHERE id = i; IF x > 0 THEN UPDATE t SET v = 0 WHERE id = i; END IF;"),
     "value no, write seen\n"
     "atomic\n"},
    {"each row of a loop",
     ROUTINE("r record;",
             "FOR r IN SELECT id, v FROM t LOOP UPDATE t SET v = r.v WHERE id = r.id; END LOOP;"),
     "value seen of v, write seen, of the loop\n"
     "atomic\n"},
    {"the next number", RUN("INSERT INTO t (id, v) SELECT max(id) + 1, 0 FROM t"),
     "value no, write assumed, its key, goes on in id, one key\n"
     "atomic\n"},
    {"a number that is no key", RUN("INSERT INTO t (id, n) SELECT $1, max(n) + 1 FROM t"),
     "value no, write assumed, goes on in n, both insert\n"
     "atomic\n"},
    {"a count before an INSERT",
     RUN("SELECT count(*) FROM t WHERE v = $1; INSERT INTO t VALUES ($2, $1, 0, '')"),
     "value no, write assumed, both insert\n"
     "atomic\n"},
    {"an INSERT of values", RUN("INSERT INTO t VALUES ($1, 0, 0, '')"), "atomic\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_dependences);
    return tests_run("dependence", tests);
}
