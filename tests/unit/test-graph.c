/* SmallBank (Alomari, Cahill, Fekete, Röhm, ICDE 2008): which sets of its programs can run at which
 * level without an anomaly, and which repairs suffice. What is expected was found by running all
 * interleavings on a server; the sets at READ COMMITTED are those of Vandevoort et al., PVLDB
 * 14(11), 2021. */
#include "support/project.h"

#include <string.h>

#include "search/graph.h"
#include "support/view.h"

#define TABLES                                                           \
    "CREATE TABLE saving (cid int PRIMARY KEY, bal numeric NOT NULL);"   \
    "CREATE TABLE checking (cid int PRIMARY KEY, bal numeric NOT NULL);" \
    "CREATE TABLE conflict (cid int PRIMARY KEY, v int NOT NULL);"

#define BOTH "SELECT s.bal + c.bal FROM saving s JOIN checking c USING (cid) WHERE cid = $1"

struct program {
    const char *name, *body;
};

enum { BALANCE, DEPOSIT_CHECKING, TRANSACT_SAVINGS, AMALGAMATE, WRITE_CHECK, PROGRAMS };

static const struct program at_rr[PROGRAMS] = {
    {"Balance", BOTH ";"},
    {"DepositChecking", "UPDATE checking SET bal = bal + $2 WHERE cid = $1;"},
    {"TransactSavings", "UPDATE saving SET bal = bal + $2 WHERE cid = $1;"},
    {"Amalgamate", BOTH "; UPDATE saving SET bal = 0 WHERE cid = $1;"
                        "UPDATE checking SET bal = 0 WHERE cid = $1;"
                        "UPDATE checking SET bal = bal + $3 WHERE cid = $2;"},
    {"WriteCheck", BOTH "; UPDATE checking SET bal = bal - $2 WHERE cid = $1;"},
};

static void append_program(GString *text, const struct program *program, const char *level)
{
    g_string_append_printf(text, "-- isolint: program %s\nBEGIN ISOLATION LEVEL %s; %s COMMIT;\n",
                           program->name, level, program->body);
}

/* "WriteCheck: Balance, TransactSavings; silent": pivots with Tin and Tout, in order. */
static char *structures_of(const char *text)
{
    static const char *const kinds[] = {"silent", "one-sided", "mixed", "report", "failure"};
    struct linted linted;
    GString *out = g_string_new(NULL);

    lint_text(&linted, text);
    for (const struct structure *each = project_database(&linted.project, 0)->structures; each;
         each = each->next)
        g_string_append_printf(out, "%s: %s, %s; %s%s\n", each->pivot->name, each->in->name,
                               each->out->name, kinds[each->kind],
                               each->middle ? ", four runs" : "");
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static void assert_structures(const char *level, int changed, const struct program *program,
                              const char *expected)
{
    GString *text = g_string_new(TABLES "\n");

    for (int i = 0; i < PROGRAMS; i++)
        append_program(text, i == changed ? program : &at_rr[i], level);
    g_autofree char *found = structures_of(text->str);
    assert_string_equal(found, expected);
    g_string_free(text, TRUE);
}

#define ONLY_WRITE_CHECK "WriteCheck: Balance, TransactSavings; silent\n"

static void test_one_pivot(void **state)
{
    (void)state;
    assert_structures("REPEATABLE READ", -1, NULL, ONLY_WRITE_CHECK);
}

static void test_serializable(void **state)
{
    (void)state;
    assert_structures("SERIALIZABLE", -1, NULL, "WriteCheck: Balance, TransactSavings; failure\n");
}

static void test_repairs(void **state)
{
    static const struct {
        int program;
        const char *body, *expected;
    } repairs[] = {
        {WRITE_CHECK, BOTH " FOR UPDATE OF s; UPDATE checking SET bal = bal - $2 WHERE cid = $1;",
         ""},
        {WRITE_CHECK, BOTH " FOR SHARE OF s; UPDATE checking SET bal = bal - $2 WHERE cid = $1;",
         ""},
        {WRITE_CHECK,
         "UPDATE saving SET bal = bal WHERE cid = $1;" BOTH
         "; UPDATE checking SET bal = bal - $2 WHERE cid = $1;",
         ""},
        {BALANCE, "UPDATE checking SET bal = bal WHERE cid = $1;" BOTH ";", ""},
        /* the lock is gone when the pivot writes the row */
        {BALANCE, "SELECT 1 FROM checking WHERE cid = $1 FOR UPDATE;" BOTH ";",
         "WriteCheck: Balance, TransactSavings; one-sided\n"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(repairs); i++) {
        struct program program = {at_rr[repairs[i].program].name, repairs[i].body};
        assert_structures("REPEATABLE READ", repairs[i].program, &program, repairs[i].expected);
    }
}

/* A row that both WriteCheck and TransactSavings update makes the conflict one that is seen. */
static void test_materialized_conflict(void **state)
{
    static const struct program programs[] = {
        {"Balance", BOTH ";"},
        {"TransactSavings", "UPDATE conflict SET v = v + 1 WHERE cid = $1;"
                            "UPDATE saving SET bal = bal + $2 WHERE cid = $1;"},
        {"WriteCheck", "UPDATE conflict SET v = v + 1 WHERE cid = $1;" BOTH
                       "; UPDATE checking SET bal = bal - $2 WHERE cid = $1;"},
    };
    GString *text = g_string_new(TABLES "\n");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++)
        append_program(text, &programs[i], "REPEATABLE READ");
    g_autofree char *found = structures_of(text->str);
    assert_string_equal(found, "");
    g_string_free(text, TRUE);
}

static bool is_robust(const struct program *programs, unsigned set, const char *level)
{
    GString *text = g_string_new(TABLES "\n");

    for (int i = 0; i < PROGRAMS; i++) {
        if (set & 1u << i)
            append_program(text, &programs[i], level);
    }
    g_autofree char *found = structures_of(text->str);
    g_string_free(text, TRUE);
    return !*found;
}

/* "Balance DepositChecking\n": the robust sets that no other robust set contains. */
static char *robust_sets(const struct program *programs, const char *level)
{
    bool robust[1 << PROGRAMS];
    GString *out = g_string_new(NULL);

    for (unsigned set = 0; set < 1 << PROGRAMS; set++)
        robust[set] = is_robust(programs, set, level);
    for (unsigned set = 1; set < 1 << PROGRAMS; set++) {
        bool maximal = robust[set];
        for (unsigned larger = set + 1; larger < 1 << PROGRAMS; larger++)
            maximal &= !(robust[larger] && (set & larger) == set);
        for (int i = 0; maximal && i < PROGRAMS; i++)
            g_string_append_printf(out, "%s", set & 1u << i ? programs[i].name : "");
        if (maximal)
            g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void test_robust_at_repeatable_read(void **state)
{
    const struct program programs[PROGRAMS] = {
        {"Bal ", at_rr[BALANCE].body},         {"DC ", at_rr[DEPOSIT_CHECKING].body},
        {"TS ", at_rr[TRANSACT_SAVINGS].body}, {"Amg ", at_rr[AMALGAMATE].body},
        {"WC ", at_rr[WRITE_CHECK].body},
    };
    g_autofree char *sets = robust_sets(programs, "REPEATABLE READ");

    (void)state;
    assert_string_equal(sets, "Bal DC TS Amg \nBal DC Amg WC \nDC TS Amg WC \n");
}

static void test_robust_at_read_committed(void **state)
{
    const struct program programs[PROGRAMS] = {
        {"Bal ", "SELECT bal FROM saving WHERE cid = $1; SELECT bal FROM checking WHERE cid = $1;"},
        {"DC ", at_rr[DEPOSIT_CHECKING].body},
        {"TS ", at_rr[TRANSACT_SAVINGS].body},
        {"Amg ", "UPDATE saving SET bal = 0 WHERE cid = $1 RETURNING bal;"
                 "UPDATE checking SET bal = 0 WHERE cid = $1 RETURNING bal;"
                 "UPDATE checking SET bal = bal + $3 WHERE cid = $2;"},
        {"WC ", at_rr[WRITE_CHECK].body},
    };
    g_autofree char *sets = robust_sets(programs, "READ COMMITTED");

    (void)state;
    assert_string_equal(sets, "Bal DC \nBal TS \nDC TS Amg \n");
}

/* With two runs x and y are one; when they never are, another run of P stands between two of Q. */
#define PAIR                                                                                  \
    "CREATE TABLE a (id int PRIMARY KEY, v int); CREATE TABLE b (id int PRIMARY KEY, v int);" \
    "-- isolint: program P\n%s"                                                               \
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT v FROM a WHERE id = :x;"                   \
    "UPDATE b SET v = 0 WHERE id = :y; COMMIT;\n"                                             \
    "-- isolint: program Q\n"                                                                 \
    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT v FROM b WHERE id = :z;"                   \
    "UPDATE a SET v = 0 WHERE id = :z; COMMIT;\n"

static void test_distinct_parameters(void **state)
{
    g_autofree char *free_ones = g_strdup_printf(PAIR, "");
    g_autofree char *distinct = g_strdup_printf(PAIR, "-- isolint: params :x <> :y\n");
    g_autofree char *found = structures_of(free_ones), *four = structures_of(distinct);

    (void)state;
    assert_string_equal(found, "P: Q, Q; silent\nQ: P, P; silent\n");
    assert_string_equal(four, "P: Q, Q; silent, four runs\nQ: P, P; silent, four runs\n");
}

/* Two programs at READ COMMITTED over one table of accounts and one of tags. */
static char *structures_of_two(const char *p, const char *q)
{
    g_autofree char *text = g_strdup_printf(
        "CREATE TABLE account (id int PRIMARY KEY, owner int NOT NULL, balance int NOT NULL);"
        "CREATE TABLE tag (id int PRIMARY KEY, account int NOT NULL, name text);\n"
        "-- isolint: program P\nBEGIN; %s COMMIT;\n-- isolint: program Q\nBEGIN; %s COMMIT;\n",
        p, q);

    return structures_of(text);
}

/* A server has run all interleavings of each: the empty ones have no anomaly, but for the check
 * whose answer ON CONFLICT asks for again. */
static void test_orders(void **state)
{
    static const struct {
        const char *p, *q, *expected;
    } cases[] = {
        /* Both add to the row: nobody can tell who came first. */
        {"SELECT name FROM tag WHERE id = 1; UPDATE account SET balance = balance + 1 WHERE id = 1;",
         "UPDATE tag SET name = $1 WHERE id = 1; UPDATE account SET balance = balance - 1 WHERE id "
         "= 1;",
         ""},
        {"SELECT name FROM tag WHERE id = 1; UPDATE account SET balance = 1 WHERE id = 1;",
         "UPDATE tag SET name = $1 WHERE id = 1; UPDATE account SET balance = balance - 1 WHERE id "
         "= 1;",
         "P: Q, Q; silent\n"},
        {"SELECT name FROM tag WHERE id = 1; UPDATE account SET balance = balance + 1 WHERE id = 1 "
         "RETURNING balance;",
         "UPDATE tag SET name = $1 WHERE id = 1; UPDATE account SET balance = balance - 1 WHERE id "
         "= 1;",
         "P: Q, Q; silent\n"},
        {"SELECT name FROM tag WHERE id = 1; UPDATE account SET balance = balance + 1 WHERE id = 1 "
         "AND balance < 9;",
         "UPDATE tag SET name = $1 WHERE id = 1; UPDATE account SET balance = balance - 1 WHERE id "
         "= 1;",
         "P: Q, Q; silent\n"},
        /* One that changes nothing is not seen. */
        {"SELECT balance FROM account WHERE id = 1; UPDATE tag SET name = 'a' WHERE id = 1;",
         "UPDATE account SET balance = balance WHERE id = 1; UPDATE tag SET name = 'b' WHERE id = "
         "1;",
         ""},
        /* What P has written before it read, Q waits for. */
        {"UPDATE account SET balance = 1 WHERE id = 2; SELECT name FROM tag WHERE id = 1;",
         "UPDATE tag SET name = $1 WHERE id = 1; UPDATE account SET balance = 2 WHERE owner = 1;",
         ""},
        /* ON CONFLICT goes by what others have inserted. */
        {"SELECT balance FROM account WHERE id = 1; "
         "INSERT INTO tag VALUES (5, 1, 'x') ON CONFLICT (id) DO NOTHING;",
         "UPDATE account SET balance = $1 WHERE id = 1; INSERT INTO tag VALUES (5, 1, 'x');",
         "P: Q, Q; silent\n"},
        {"SELECT name FROM tag WHERE id = 5; "
         "INSERT INTO tag VALUES (5, 1, 'x') ON CONFLICT (id) DO NOTHING;",
         "INSERT INTO tag VALUES (5, 1, 'x');", ""},
        /* A lock of rows does not keep others from coming in. */
        {"SELECT id FROM account WHERE owner = 2 FOR UPDATE; UPDATE tag SET name = 'a' WHERE id = "
         "1;",
         "SELECT name FROM tag WHERE id = 1; UPDATE account SET owner = 2 WHERE id = 3;",
         "P: Q, Q; one-sided\nQ: P, P; one-sided\n"},
        {"SELECT id FROM account WHERE owner = 2 FOR UPDATE; UPDATE tag SET name = 'a' WHERE id = "
         "1;",
         "SELECT name FROM tag WHERE id = 1; UPDATE account SET owner = 3 WHERE id = 3;",
         "Q: P, P; one-sided\n"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = structures_of_two(cases[i].p, cases[i].q);
        if (strcmp(found, cases[i].expected) != 0)
            fail_msg("%s\n%s\ngave\n%sinstead of\n%s", cases[i].p, cases[i].q, found,
                     cases[i].expected);
    }
}

static enum repair repair_of(const char *p, const char *q)
{
    struct linted linted;
    g_autofree char *text = g_strdup_printf(
        "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);"
        "CREATE TABLE entry (id bigserial PRIMARY KEY, account int NOT NULL, amount int);\n"
        "SET default_transaction_isolation = 'repeatable read';\nBEGIN; %s COMMIT;\nBEGIN; %s "
        "COMMIT;\n",
        p, q);

    lint_text(&linted, text);
    enum repair repair = project_database(&linted.project, 0)->structures->repair;
    linted_finish(&linted);
    return repair;
}

/* No lock of what is there keeps a new row out. */
static void test_repair_of_a_phantom(void **state)
{
    (void)state;
    assert_int_equal(repair_of("SELECT amount FROM entry WHERE account = $1; "
                               "UPDATE account SET balance = $2 WHERE id = $1;",
                               "SELECT balance FROM account WHERE id = $1; "
                               "INSERT INTO entry (account, amount) VALUES ($1, $2);"),
                     REPAIR_NONE);
    assert_int_equal(repair_of("SELECT amount FROM entry WHERE account = $1; "
                               "UPDATE account SET balance = $2 WHERE id = $1;",
                               "SELECT balance FROM account WHERE id = $1; "
                               "UPDATE entry SET amount = $2 WHERE account = $1;"),
                     REPAIR_LOCK_READ);
}

/* TPC-C is serializable under snapshot isolation (Fekete et al., TODS 30(2), 2005). By rows, as SSI
 * compares, New-Order is a pivot: it reads the tax of the warehouse whose total Payment updates. */
static void test_tpcc(void **state)
{
    g_autofree char *schema = NULL, *programs = NULL;

    (void)state;
    assert_true(g_file_get_contents(FIXTURES "/tpcc/schema.sql", &schema, NULL, NULL));
    assert_true(g_file_get_contents(FIXTURES "/tpcc/programs.sql", &programs, NULL, NULL));
    g_autofree char *snapshots = g_strconcat(
        schema, "SET default_transaction_isolation = 'repeatable read';\n", programs, NULL);
    g_autofree char *serializable = g_strconcat(
        schema, "SET default_transaction_isolation = 'serializable';\n", programs, NULL);
    g_autofree char *anomalies = structures_of(snapshots);
    assert_string_equal(anomalies, "");
    g_autofree char *failures = structures_of(serializable);
    assert_string_equal(failures, "NewOrder: StockLevel, Payment; failure\n");
}

/* The pivots of two runs that first delete, and then call a function that adds to each row of an
 * owner: "condition" is that of the DELETE. */
static void assert_loop(const char *condition, const char *body, const char *expected)
{
    g_autofree char *text = g_strdup_printf(
        "CREATE TABLE account (id int PRIMARY KEY, owner int NOT NULL, bal int NOT NULL);"
        "CREATE FUNCTION add(o int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN "
        "FOR r IN SELECT id FROM account WHERE owner = o LOOP %s END LOOP; END $$;"
        "-- isolint: program P\nBEGIN ISOLATION LEVEL REPEATABLE READ;"
        "DELETE FROM account WHERE %s; SELECT add($1); COMMIT;",
        body, condition);
    g_autofree char *found = structures_of(text);

    assert_string_equal(found, expected);
}

/* A loop that writes each row of its query is like one UPDATE with the condition of the query: if
 * both runs write rows of owner 2, they write the same ones, and one of them fails. */
static void test_loops(void **state)
{
    const char *update = "UPDATE account SET bal = bal + 1 WHERE id = r.id;";
    const char *some =
        "IF r.id > $2 THEN UPDATE account SET bal = bal + 1 WHERE id = r.id; END IF;";

    (void)state;
    assert_loop("owner = 2 AND bal > 2", update, "");
    assert_loop("bal > 2", update, "P: P, P; silent\n");
    assert_loop("owner = 2 AND bal > 2", some, "P: P, P; silent\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_pivot),
        cmocka_unit_test(test_serializable),
        cmocka_unit_test(test_repairs),
        cmocka_unit_test(test_materialized_conflict),
        cmocka_unit_test(test_robust_at_repeatable_read),
        cmocka_unit_test(test_robust_at_read_committed),
        cmocka_unit_test(test_distinct_parameters),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_repair_of_a_phantom),
        cmocka_unit_test(test_tpcc),
        cmocka_unit_test(test_loops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
