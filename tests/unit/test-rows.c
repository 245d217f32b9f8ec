/* How many rows an access names, and whether two accesses touch the same. */
#include "support/view.h"

#define TABLE                                                                                   \
    "CREATE TABLE t (id int PRIMARY KEY, a int, b int, s text, d date, f bool, UNIQUE (a, b));" \
    "CREATE TABLE u (id int, q int);"
#define PAIR(first, second) TABLE "BEGIN;" first ";" second "; COMMIT;"

#define DEFAULTS(more, condition)                                                             \
    "CREATE TABLE v (id serial PRIMARY KEY, a int NOT NULL, b int DEFAULT 7, f bool DEFAULT " \
    "false, d date DEFAULT current_date, g int GENERATED ALWAYS AS (b + 1) STORED);" more     \
    "BEGIN; INSERT INTO v (id) VALUES (DEFAULT); SELECT * FROM v WHERE " condition "; COMMIT;"
#define ARRAYS(condition, value)                                    \
    "CREATE TABLE w (id serial PRIMARY KEY, tags text[] NOT NULL);" \
    "BEGIN; SELECT * FROM w WHERE " condition "; INSERT INTO w (tags) VALUES (" value "); COMMIT;"

static const struct sample pairs[] = {
    {"one key", PAIR("SELECT * FROM t WHERE id = 1", "UPDATE t SET a = 1 WHERE id = 1"),
     "1 2 same\n"},
    {"two keys", PAIR("SELECT * FROM t WHERE id = 1", "UPDATE t SET a = 1 WHERE id = 2"),
     "1 2 different\n"},
    {"one parameter", PAIR("SELECT * FROM t WHERE id = $1", "UPDATE t SET a = 1 WHERE id = $1"),
     "1 2 same\n"},
    {"two parameters", PAIR("SELECT * FROM t WHERE id = $1", "UPDATE t SET a = 1 WHERE id = $2"),
     "1 2 unknown\n"},
    {"a key and a parameter",
     PAIR("SELECT * FROM t WHERE id = :a", "UPDATE t SET a = 1 WHERE id = 5"), "1 2 unknown\n"},
    {"turned around", PAIR("SELECT * FROM t WHERE 1 = id", "DELETE FROM t WHERE id = 1"),
     "1 2 same\n"},
    {"spellings of a number", PAIR("SELECT * FROM t WHERE id = 1.0", "DELETE FROM t WHERE id = 1"),
     "1 2 same\n"},
    {"a number in quotes", PAIR("SELECT * FROM t WHERE id = 1", "DELETE FROM t WHERE id = '1'"),
     "1 2 same\n"},
    {"beyond what a double holds",
     PAIR("SELECT * FROM t WHERE id = 9007199254740993",
          "DELETE FROM t WHERE id = 9007199254740992"),
     "1 2 different\n"},
    {"forty digits",
     PAIR("SELECT * FROM t WHERE id = 1234567890123456789012345678901234567890",
          "DELETE FROM t WHERE id = 1234567890123456789012345678901234567891"),
     "1 2 different\n"},
    {"forty digits in quotes",
     PAIR("SELECT * FROM t WHERE id = 1234567890123456789012345678901234567890",
          "DELETE FROM t WHERE id = '01234567890123456789012345678901234567890'"),
     "1 2 same\n"},
    {"below what a double holds",
     PAIR("SELECT * FROM t WHERE id = -9007199254740993",
          "DELETE FROM t WHERE id > -9007199254740993"),
     "1 2 different\n"},
    {"a limit beyond what a double holds",
     PAIR("SELECT * FROM t WHERE id = 9007199254740993",
          "DELETE FROM t WHERE id > 9007199254740992"),
     "1 2 same\n"},
    {"an exponent", PAIR("SELECT * FROM t WHERE id = 1e3", "DELETE FROM t WHERE id = 1000.00"),
     "1 2 same\n"},
    {"small ones", PAIR("SELECT * FROM t WHERE id = 0.05", "DELETE FROM t WHERE id = 0.5"),
     "1 2 different\n"},
    {"nothing and less", PAIR("SELECT * FROM t WHERE id = -0", "DELETE FROM t WHERE id = 0.0"),
     "1 2 same\n"},
    {"two names that may be one number",
     PAIR("SELECT * FROM t WHERE s = '07'", "DELETE FROM t WHERE s = '7'"), "1 2 unknown\n"},
    {"another radix",
     PAIR("SELECT * FROM t WHERE id = 3000000000", "DELETE FROM t WHERE id = '0xB2D05E00'"),
     "1 2 unknown\n"},
    {"strings", PAIR("SELECT * FROM t WHERE s = 'a'", "DELETE FROM t WHERE s = 'b'"),
     "1 2 different\n"},
    {"another column", PAIR("SELECT * FROM t WHERE a = 1", "DELETE FROM t WHERE b = 1"),
     "1 2 unknown\n"},
    {"two columns, one differs",
     PAIR("SELECT * FROM t WHERE a = 1 AND b = 2", "DELETE FROM t WHERE b = 3 AND a = 1"),
     "1 2 different\n"},
    {"two columns, equal",
     PAIR("SELECT * FROM t WHERE a = 1 AND b = $1", "DELETE FROM t WHERE b = $1 AND a = 1"),
     "1 2 same\n"},
    {"one of two columns",
     PAIR("SELECT * FROM t WHERE a = 1", "DELETE FROM t WHERE b = $1 AND a = 1"), "1 2 same\n"},
    {"all rows", PAIR("SELECT * FROM t", "UPDATE t SET a = 1 WHERE id = 2"), "1 2 same\n"},
    {"a key within a range", PAIR("SELECT * FROM t WHERE id < 10", "DELETE FROM t WHERE id = 5"),
     "1 2 same\n"},
    {"a key at the end of a range",
     PAIR("SELECT * FROM t WHERE id < 10", "DELETE FROM t WHERE id = 10"), "1 2 different\n"},
    {"a key at the closed end",
     PAIR("SELECT * FROM t WHERE 10 >= id", "DELETE FROM t WHERE id = 10"), "1 2 same\n"},
    {"ranges that meet", PAIR("SELECT * FROM t WHERE id < 10", "DELETE FROM t WHERE id > 5"),
     "1 2 unknown\n"},
    {"ranges that do not", PAIR("SELECT * FROM t WHERE id < 10", "DELETE FROM t WHERE id > 20"),
     "1 2 different\n"},
    {"BETWEEN",
     PAIR("SELECT * FROM t WHERE id BETWEEN 1 AND 5", "DELETE FROM t WHERE id BETWEEN 6 AND 9"),
     "1 2 different\n"},
    {"a list", PAIR("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id = 2"),
     "1 2 same\n"},
    {"not in the list", PAIR("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id = 3"),
     "1 2 different\n"},
    {"a list with a parameter",
     PAIR("SELECT * FROM t WHERE id IN (1, $1)", "DELETE FROM t WHERE id = 4"), "1 2 unknown\n"},
    {"lists that share",
     PAIR("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id IN (2, 3)"), "1 2 same\n"},
    {"lists that do not",
     PAIR("SELECT * FROM t WHERE id IN (1, 2)", "DELETE FROM t WHERE id = ANY (ARRAY[3, 4])"),
     "1 2 different\n"},
    {"= ANY of a parameter",
     PAIR("SELECT * FROM t WHERE id = ANY ($1)", "DELETE FROM t WHERE id = 4"), "1 2 unknown\n"},
    {"an expression over a parameter",
     PAIR("SELECT * FROM t WHERE id = $1 + 1", "DELETE FROM t WHERE id = ($1 + 1)"), "1 2 same\n"},
    {"a function that changes its mind",
     PAIR("SELECT * FROM t WHERE id = nextval('s')", "DELETE FROM t WHERE id = nextval('s')"),
     "1 2 unknown\n"},
    {"OR of two columns is open",
     PAIR("SELECT * FROM t WHERE id = 1 OR a = 2", "DELETE FROM t WHERE id = 3"), "1 2 unknown\n"},
    {"OR of one column",
     PAIR("SELECT * FROM t WHERE id = 1 OR id = 2", "DELETE FROM t WHERE id = 3"),
     "1 2 different\n"},
    {"a literal of an array",
     PAIR("SELECT * FROM t WHERE id = ANY ('{1,2}')", "DELETE FROM t WHERE id = 3"),
     "1 2 different\n"},
    {"not distinct from a constant",
     PAIR("SELECT * FROM t WHERE id IS NOT DISTINCT FROM 1", "DELETE FROM t WHERE id = 3"),
     "1 2 different\n"},
    {"a value from another table",
     PAIR("SELECT * FROM t WHERE id = (SELECT max(q) FROM u)", "DELETE FROM t WHERE id = 3"),
     "2 3 unknown\n"},
    {"all but one", PAIR("SELECT * FROM t WHERE id <> 1", "DELETE FROM t WHERE id = 1"),
     "1 2 different\n"},
    {"an inserted key", PAIR("INSERT INTO t (id) VALUES (1)", "UPDATE t SET a = 1 WHERE id = 1"),
     "1 2 same\n"},
    {"another inserted key",
     PAIR("INSERT INTO t (id) VALUES (1)", "UPDATE t SET a = 1 WHERE id = 2"), "1 2 different\n"},
    {"by place in the table", PAIR("INSERT INTO t VALUES (1, 5)", "SELECT * FROM t WHERE a = 6"),
     "1 2 different\n"},
    {"a column that the INSERT leaves out",
     PAIR("INSERT INTO t (id) VALUES (1)", "SELECT * FROM t WHERE a = 6"), "1 2 different\n"},
    {"an INSERT that leaves a column NULL, which is asked for",
     PAIR("INSERT INTO t (id, s) VALUES (1, 'x')", "SELECT * FROM t WHERE s = 'x' AND a IS NULL"),
     "1 2 same\n"},
    {"a column that an INSERT of a key alone leaves out, of a row that may be there",
     PAIR("INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 1",
          "SELECT * FROM t WHERE a = 6"),
     "1 2 unknown\n"},
    {"a constant default", DEFAULTS("", "b = 8"), "1 2 different\n"},
    {"a flag that is not set", DEFAULTS("", "f"), "1 2 different\n"},
    {"the value of the default", DEFAULTS("", "b = 7"), "1 2 same\n"},
    {"a default that is called", DEFAULTS("", "d = '2026-01-01'"), "1 2 unknown\n"},
    {"a column that must be filled by somebody", DEFAULTS("", "a = 1"), "1 2 unknown\n"},
    {"a generated column", DEFAULTS("", "g = 1"), "1 2 unknown\n"},
    {"a trigger that may fill what is left out",
     DEFAULTS("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := 8; "
              "RETURN NEW; END $$; CREATE TRIGGER fill BEFORE INSERT ON v FOR EACH ROW EXECUTE "
              "FUNCTION fill();",
              "b = 8"),
     "1 2 unknown\n"},
    {"several rows", PAIR("INSERT INTO t VALUES (1, 5), (2, 6)", "SELECT * FROM t WHERE a = 6"),
     "1 2 unknown\n"},
    {"INSERT … SELECT", PAIR("INSERT INTO t SELECT 1", "SELECT * FROM t WHERE a = 6"),
     "1 2 different\n"},
    {"INSERT … SELECT *", PAIR("INSERT INTO t SELECT * FROM u", "SELECT * FROM t WHERE a = 6"),
     "2 3 unknown\n"},
    {"a constant in INSERT … SELECT",
     PAIR("INSERT INTO t (id, a) SELECT q, 5 FROM u", "SELECT * FROM t WHERE a = 6"),
     "2 3 different\n"},
    {"a constant beside rows that are made",
     PAIR("INSERT INTO t (id, a) SELECT n, 5 FROM generate_series(1, 9) n",
          "SELECT * FROM t WHERE a = 6"),
     "1 2 different\n"},
    {"a constant beside a set in the output",
     PAIR("INSERT INTO t (id, a) SELECT unnest($1::int[]), 5", "SELECT * FROM t WHERE a = 6"),
     "1 2 different\n"},
    {"a constant behind what * brings",
     PAIR("INSERT INTO t (id, a, b) SELECT *, 5 FROM u", "SELECT * FROM t WHERE a = 6"),
     "2 3 unknown\n"},
    {"whatever is inserted is among all", PAIR("INSERT INTO t VALUES (1)", "SELECT * FROM t"),
     "1 2 same\n"},
    {"another table", PAIR("SELECT * FROM t WHERE id = 1", "DELETE FROM u WHERE id = 1"), ""},
    {"a table that nobody created",
     "BEGIN; SELECT * FROM x WHERE id = 1; DELETE FROM x WHERE id = 1; COMMIT;", "1 2 same\n"},
    {"a range and more",
     PAIR("SELECT * FROM t WHERE id < 10 AND a = 1", "DELETE FROM t WHERE id = 5"), "1 2 unknown\n",
     .known = "row 5 need not have a = 1: a key within a range implies the range, not the reverse"},
    {"a list and more",
     PAIR("SELECT * FROM t WHERE id IN (1, 2) AND a = 7", "DELETE FROM t WHERE id = 2"),
     "1 2 unknown\n", .known = "row 2 need not have a = 7"},
    {"two inserted keys", PAIR("INSERT INTO t (id) VALUES (1)", "INSERT INTO t (id) VALUES (2)"),
     "1 2 different\n", .known = "two INSERTs count as the same row whatever they insert"},
    {"large numbers",
     PAIR("SELECT * FROM t WHERE a = 9007199254740992", "DELETE FROM t WHERE a = 9007199254740993"),
     "1 2 different\n"},
    {"spellings of a date",
     PAIR("SELECT * FROM t WHERE d = '2024-01-01'", "DELETE FROM t WHERE d = '2024-1-1'"),
     "1 2 unknown\n", .known = "strings that differ may be the same value of another type"},
    {"columns of two other tables",
     PAIR("SELECT 1 FROM t JOIN u ON t.id = u.q", "DELETE FROM t USING x WHERE t.id = x.q"),
     "1 4 unknown\n", .known = "columns of other tables are compared by their names alone"},
    {"BETWEEN SYMMETRIC",
     PAIR("SELECT * FROM t WHERE id BETWEEN SYMMETRIC 5 AND 1", "DELETE FROM t WHERE id = 3"),
     "1 2 same\n"},
    {"what INSERT … SELECT brings is what it asks for",
     PAIR("SELECT 1 FROM t WHERE a = 1", "INSERT INTO t (id, a) SELECT id, q FROM u WHERE q = 1"),
     "1 3 same\n"},
    {"what INSERT … SELECT brings is another value",
     PAIR("SELECT 1 FROM t WHERE a = 1", "INSERT INTO t (id, a) SELECT id, q FROM u WHERE q = 2"),
     "1 3 different\n"},
    {"where an outer join looks for a value nothing is asked",
     PAIR("SELECT 1 FROM t WHERE a = 1",
          "INSERT INTO t (id, a) SELECT x.id, x.q FROM u x LEFT JOIN u y ON x.q = 2"),
     "1 4 unknown\n2 3 same\n"},
    {"a changing function within another",
     PAIR("SELECT 1 FROM t WHERE id = abs(random()::int)",
          "DELETE FROM t WHERE id = abs(random()::int)"),
     "1 2 unknown\n", .known = "a call within the arguments of a call is not noticed (has_call)"},
};

#undef PAIR
#define ROWS(text, rows)            \
    {                               \
        text, TABLE text, rows "\n" \
    }

/* The first access that is no DDL, as view_accesses says it, without conditions. */
static char *view_rows(const char *text, const char *options)
{
    g_autofree char *accesses = view_accesses(text, options);
    g_auto(GStrv) lines = g_strsplit(accesses, "\n", -1);

    for (char **line = lines; *line; line++) {
        char *where = strstr(*line, " where ");
        if (where)
            *where = '\0';
        if (**line == ' ' && !g_str_has_prefix(*line, "  define "))
            return g_strdup_printf("%s\n", g_strstrip(*line));
    }
    return g_strdup("\n");
}

static const struct sample row_sets[] = {
    ROWS("SELECT * FROM t", "read t all"),
    ROWS("SELECT * FROM t WHERE true", "read t all"),
    ROWS("SELECT * FROM t WHERE id = 1", "read t point"),
    ROWS("SELECT * FROM t WHERE id = $1 AND s = 'x'", "read t point"),
    ROWS("SELECT * FROM t WHERE a = 1", "read t predicate"),
    ROWS("SELECT * FROM t WHERE a = 1 AND b = 2", "read t point"),
    ROWS("SELECT * FROM t WHERE a = 1 AND b IN (2, 3)", "read t points"),
    ROWS("SELECT * FROM t WHERE id IN (1, 2)", "read t points"),
    ROWS("SELECT * FROM t WHERE id = ANY ($1)", "read t points"),
    ROWS("SELECT * FROM t WHERE id > 1", "read t range"),
    ROWS("SELECT * FROM t WHERE d BETWEEN '2020-01-01' AND '2020-02-01'", "read t range"),
    ROWS("SELECT * FROM t WHERE s LIKE 'x%'", "read t predicate"),
    ROWS("SELECT * FROM t WHERE f", "read t predicate"),
    ROWS("SELECT * FROM t WHERE id = a", "read t predicate"),
    ROWS("SELECT * FROM t WHERE id + 0 = 1", "read t predicate"),
    ROWS("SELECT * FROM t WHERE id::text = '1'", "read t predicate"),
    ROWS("SELECT * FROM t WHERE id = 1 OR a = 2", "read t predicate"),
    ROWS("SELECT * FROM t WHERE id = 1 OR id = 2", "read t points"),
    ROWS("SELECT * FROM t WHERE NOT id = 1", "read t predicate"),
    ROWS("SELECT * FROM u WHERE id = 1", "read u predicate"),
    ROWS("SELECT * FROM nowhere WHERE id = 1", "read nowhere point"),
    ROWS("SELECT * FROM nowhere WHERE key = 1", "read nowhere predicate"),
    ROWS("INSERT INTO t VALUES (1)", "insert t values set ? = 1"),
    ROWS("DELETE FROM t WHERE id = 1", "delete t point"),
    {"a partial unique index is no key",
     TABLE "CREATE UNIQUE INDEX ON u (id) WHERE q > 0; SELECT * FROM u WHERE id = 1;",
     "read u predicate\n"},
    {"a deferrable key is none",
     "CREATE TABLE x (id int UNIQUE DEFERRABLE); SELECT * FROM x WHERE id = 1;",
     "read x predicate\n"},
    {"a unique index on an expression",
     TABLE "CREATE UNIQUE INDEX ON u ((id + 1)); SELECT * FROM u WHERE id = 1;",
     "read u predicate\n"},
    {"a join on a key", TABLE "SELECT * FROM t JOIN u ON t.id = u.q;", "read t points\n",
     .known = "a join on a key names as many rows as the other table has, not one"},
};

/* Parameters that a driver numbers in each statement, and such as have no name. */
#define WALLET                 "CREATE TABLE w (id uuid PRIMARY KEY, owner_id int UNIQUE, v numeric, name text);"
#define ORDERS                 "CREATE TABLE o (id int PRIMARY KEY, w_id uuid REFERENCES w, n int);"
#define WALLETS(first, second) WALLET ORDERS "BEGIN;" first ";" second "; COMMIT;"

static const struct sample numbers[] = {
    {"a key and a value of other types",
     WALLETS("SELECT v FROM w WHERE id = $1", "UPDATE w SET v = $1 WHERE id = $2"), "1 2 same\n"},
    {"a key and a value of one type",
     WALLETS("SELECT v FROM w WHERE owner_id = $1", "UPDATE w SET v = $1 WHERE owner_id = $2"),
     "1 2 same\n"},
    {"a table that is not known",
     "BEGIN; SELECT v FROM x WHERE id = $1; UPDATE x SET v = $1 "
     "WHERE id = $2; COMMIT;",
     "1 2 same\n"},
    {"numbers with a gap are shared",
     WALLETS("SELECT v FROM w WHERE id = $1", "UPDATE w SET v = 1 WHERE id = $2"), "1 2 unknown\n"},
    {"numbers of which a comment speaks are shared",
     WALLET
     "-- isolint: params $1 <> $2\nBEGIN; SELECT v FROM w WHERE id = $1; UPDATE w SET v = $1 "
     "WHERE id = $2; COMMIT;",
     "1 2 unknown\n"},
    {"a reference to another row is no contradiction",
     "CREATE TABLE n (id int PRIMARY KEY, parent_id int); BEGIN; UPDATE n SET parent_id = $1 "
     "WHERE id = $2; UPDATE n SET parent_id = NULL WHERE id = $1; COMMIT;",
     "1 2 unknown\n"},
    {"a transfer",
     WALLETS("UPDATE w SET v = v - $1 WHERE owner_id = $2",
             "UPDATE w SET v = v + $1 WHERE owner_id = $2"),
     "1 2 unknown\n"},
    {"a transfer without names",
     WALLETS("UPDATE w SET v = v - ? WHERE id = ?", "UPDATE w SET v = v + ? WHERE id = ?"),
     "1 2 unknown\n"},
    {"a state after another is of one row",
     WALLETS("UPDATE w SET name = 'a' WHERE id = ?", "UPDATE w SET name = 'b' WHERE id = ?"),
     "1 2 same\n"},
    {"read and written without a name",
     WALLETS("SELECT v FROM w WHERE id = ?", "UPDATE w SET v = ? WHERE id = ?"), "1 2 same\n"},
    {"read twice", WALLETS("SELECT v FROM w WHERE id = ?", "SELECT v FROM w WHERE id = ?"),
     "1 2 unknown\n"},
    {"two that one statement asks for",
     WALLETS("SELECT v FROM w WHERE id IN (?, ?)", "UPDATE w SET v = 1 WHERE id = ?"),
     "1 2 same\n"},
    {"another column", WALLETS("SELECT v FROM w WHERE owner_id = ?", "DELETE FROM w WHERE id = ?"),
     "1 2 unknown\n"},
    {"what is looked for is inserted",
     WALLETS("SELECT v FROM w WHERE owner_id = ?", "INSERT INTO w (name, owner_id) VALUES (?, ?)"),
     "1 2 same\n"},
    {"arguments of a function are its own",
     WALLET
     "CREATE FUNCTION f(uuid, numeric) RETURNS void LANGUAGE sql AS $$ SELECT v FROM w WHERE "
     "id = $1; UPDATE w SET v = $2 WHERE id = $1; $$;",
     "1 2 same\n"},
};

/* @>, <@ and && of arrays whose elements are written. */
static const struct sample arrays[] = {
    {"contained", ARRAYS("tags @> ARRAY['a']", "ARRAY['b', 'a']"), "1 2 same\n"},
    {"not contained", ARRAYS("tags @> ARRAY['a', 'c']", "ARRAY['b', 'a']"), "1 2 different\n"},
    {"literals", ARRAYS("tags @> '{a}'", "'{b, c}'"), "1 2 different\n"},
    {"a literal and a constructor", ARRAYS("tags @> '{ a }'::text[]", "ARRAY['a']"), "1 2 same\n"},
    {"turned around", ARRAYS("ARRAY['a'] <@ tags", "ARRAY['b']"), "1 2 different\n"},
    {"within", ARRAYS("tags <@ ARRAY['a', 'b']", "ARRAY['b']"), "1 2 same\n"},
    {"beyond", ARRAYS("tags <@ ARRAY['a', 'b']", "ARRAY['b', 'c']"), "1 2 different\n"},
    {"in common", ARRAYS("tags && ARRAY['a', 'b']", "ARRAY['b', 'c']"), "1 2 same\n"},
    {"nothing in common", ARRAYS("tags && ARRAY['a', 'b']", "ARRAY['c']"), "1 2 different\n"},
    {"nothing contains all but nothing", ARRAYS("tags @> '{}'", "ARRAY['c']"), "1 2 same\n"},
    {"a parameter among the elements", ARRAYS("tags @> ARRAY[$1]", "ARRAY['c']"), "1 2 unknown\n"},
    {"an object of JSON", ARRAYS("tags @> '{\"a\": 1}'", "'{\"b\": 1}'"), "1 2 unknown\n"},
    {"an element that is NULL", ARRAYS("tags @> '{NULL}'", "'{b}'"), "1 2 unknown\n"},
    {"an element in quotes", ARRAYS("tags @> '{\"a\"}'", "'{b}'"), "1 2 unknown\n"},
    {"another operator", ARRAYS("tags @@ '{a}'", "'{b}'"), "1 2 unknown\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, pairs, G_N_ELEMENTS(pairs), view_same_rows);
    samples_add(tests, arrays, G_N_ELEMENTS(arrays), view_same_rows);
    samples_add(tests, numbers, G_N_ELEMENTS(numbers), view_same_rows);
    samples_add(tests, row_sets, G_N_ELEMENTS(row_sets), view_rows);
    return tests_run("rows", tests);
}
