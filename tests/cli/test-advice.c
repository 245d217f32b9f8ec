/* What a finding advises is right on the input of that finding: each case is advice that is right
 * for most, and would do harm here. */
#include "cli/run.h"

struct advice {
    const char *rule, *sql;
    const char *given, *not_given; /* pieces of the report */
};

static const struct advice cases[] = {
    /* READ COMMITTED waits and then takes the row that the other one has taken */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "UPDATE job SET state = 'run' WHERE id = (SELECT id FROM job WHERE state = 'new' LIMIT 1);\n"
     "COMMIT;\n",
     "= ANY (ARRAY(SELECT key … FOR UPDATE SKIP LOCKED))", "the new row"},
    /* ... or keeps the old snapshot in the sub-SELECT */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "UPDATE acct SET v = (SELECT max(v) FROM acct) WHERE id = $1;\nCOMMIT;\n",
     "whole transaction", "needs nothing that was read"},
    /* an IN over LIMIT and a lock may be run again */
    {"snapshot-write-conflict",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\nDELETE FROM job WHERE done < '2020-01-01';\nCOMMIT;\n",
     "= ANY (ARRAY(SELECT key … LIMIT 1000", " IN (SELECT"},
    {"queue-claim",
     "UPDATE job SET state = 'run' WHERE id IN (SELECT id FROM job WHERE state = 'new' LIMIT 5);\n",
     "ANY (ARRAY(SELECT key … LIMIT n FOR UPDATE SKIP LOCKED))", " IN (SELECT"},
    /* FOR UPDATE is refused behind an aggregate */
    {"write-skew",
     "BEGIN;\nSELECT sum(v) FROM acct WHERE owner = 7;\nUPDATE acct SET v = 0 WHERE id = $1;\n"
     "COMMIT;\n",
     "FROM (SELECT … ORDER BY key FOR UPDATE)", "decide: SELECT … ORDER BY"},
    /* a wait ends with no row although others are left */
    {"row-lock-under-snapshot",
     "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
     "SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE;\n"
     "UPDATE job SET state = 'run' WHERE id = $1;\nCOMMIT;\n",
     "SKIP LOCKED", "as the other transaction left it"},
};

static void test_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct advice *each = &cases[i];
        put("a.sql", each->sql);
        struct outcome outcome = run("a.sql", "--select", each->rule, "-f", "gcc", NULL);
        if (!strstr(outcome.out, each->given) || strstr(outcome.out, each->not_given))
            fail_msg("%s%s", each->sql, outcome.out);
        outcome_finish(&outcome);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_advice, sandbox_enter, sandbox_leave),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
