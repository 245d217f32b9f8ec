/* `isolint catalog` against a server: what it writes is what the server has, it writes nothing there,
 * and what a reader makes of it changes findings. Usage: test-catalog ISOLINT */
#include <stdlib.h>

#include <glib/gstdio.h>

#include "server/connection.h"
#include "server/server.h"
#include "support/check.h"

static const char *isolint;
static struct server server;
static struct connection *shop;

/* The output of a program, and its exit status. Owned by the caller. */
static char *output_of(const char *const *argv, int *status)
{
    char *out = NULL;
    GError *failure = NULL;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL,
                      status, &failure))
        fail_msg("%s: %s", argv[0], failure->message);
    *status = WEXITSTATUS(*status);
    return out;
}

static char *connection_info(const char *user)
{
    return g_strdup_printf("host=%s port=%u dbname='the shop' user=%s", server.directory,
                           server.port, user);
}

static char *catalog(const char *user, const char *role, int *status)
{
    g_autofree char *info = connection_info(user);

    return output_of((const char *[]){isolint, "catalog", info, role ? "--role" : NULL, role, NULL},
                     status);
}

static void run(const char *sql)
{
    connection_run(shop, sql);
}

/* An extension that a plain server may lack is left out. */
static bool has_extension;

static int start(void **state)
{
    g_autofree char *address = NULL, *info = NULL;
    struct connection *first;

    (void)state;
    g_autoptr(GPtrArray) installed = server_installations();
    server_start(&server, installed->pdata[installed->len - 1]);
    address = server_address(&server);
    first = connection_new(address, "set-up", NULL);
    connection_run(first, "CREATE DATABASE \"the shop\"");
    connection_run(first, "CREATE ROLE app LOGIN; CREATE ROLE \"re porter\"");
    connection_free(first);
    info = g_strdup_printf("%s dbname='the shop'", address);
    shop = connection_new(info, "shop", NULL);
    run("ALTER DATABASE \"the shop\" SET default_transaction_isolation = 'serializable'");
    run("ALTER DATABASE postgres SET default_transaction_read_only = on");
    run("ALTER ROLE app SET default_transaction_isolation = 'repeatable read'");
    run("ALTER ROLE app SET my.password = 'secret'");
    run("ALTER ROLE \"re porter\" IN DATABASE \"the shop\" SET default_transaction_read_only = on");
    run("ALTER ROLE ALL SET lock_timeout = '3s'");
    run("CREATE TABLE quota (id int PRIMARY KEY, used int)");
    run("INSERT INTO quota SELECT n, 0 FROM generate_series(1, 10) n");
    run("CREATE TABLE \"Large\" (id int PRIMARY KEY, used int)");
    run("INSERT INTO \"Large\" SELECT n, 0 FROM generate_series(1, 20000) n");
    run("CREATE INDEX large_used ON \"Large\" (used)");
    run("CREATE TABLE never (id int PRIMARY KEY)");
    run("INSERT INTO never VALUES (1)");
    run("CREATE TABLE visit (id int PRIMARY KEY, n int) WITH (fillfactor = 10)");
    run("INSERT INTO visit SELECT n, 0 FROM generate_series(1, 300) n");
    run("VACUUM ANALYZE quota");
    run("VACUUM ANALYZE \"Large\"");
    run("VACUUM ANALYZE visit");
    for (int i = 0; i < 4; i++)
        run("UPDATE visit SET n = n + 1");
    has_extension = *connection_try(shop, "CREATE EXTENSION fuzzystrmatch")->state == '\0';
    connection_free(shop); /* its statistics are there when it has gone */
    shop = connection_new(info, "shop", NULL);
    for (int i = 0; i < 100; i++) {
        const struct reply *reply = connection_run(
            shop, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'visit'");
        if (strcmp(reply->rows->str, "1200") == 0)
            break;
        g_usleep(100000);
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    connection_free(shop);
    server_stop(&server);
    return 0;
}

static void expect_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **each = lines; *each; each++) {
        if (g_str_has_prefix(*each, line))
            return;
    }
    fail_msg("no line begins with %s in\n%s", line, text);
}

static void expect_none(const char *text, const char *piece)
{
    if (strstr(text, piece))
        fail_msg("%s is in\n%s", piece, text);
}

static void writes_what_a_dump_leaves_out(void **state)
{
    int status;
    g_autofree char *text = catalog("postgres", NULL, &status);

    (void)state;
    assert_int_equal(status, 0);
    expect_line(text, "-- Database \"the shop\", PostgreSQL ");
    expect_line(text, "ALTER ROLE ALL SET lock_timeout = '3s';");
    expect_line(text,
                "ALTER DATABASE \"the shop\" SET default_transaction_isolation = 'serializable';");
    expect_line(text, "ALTER ROLE app SET default_transaction_isolation = 'repeatable read';");
    expect_line(text, "ALTER ROLE \"re porter\" IN DATABASE \"the shop\" SET "
                      "default_transaction_read_only = 'on';");
    expect_line(text, "-- isolint: small public.quota -- 10 rows in 1 pages");
    expect_line(text, "-- isolint: hot public.visit -- ");
    expect_line(text, "-- unused: index public.large_used of \"Large\", ");
    expect_line(text, "-- statistics: public.never was never analyzed");
    expect_none(text, "secret");
    expect_none(text, "ALTER DATABASE postgres");
    expect_none(text, "small public.\"Large\"");
    expect_none(text, "small public.never");
    expect_none(text, "hot public.\"Large\"");
    if (has_extension)
        expect_line(text, "CREATE OR REPLACE FUNCTION public.soundex(text)");
}

/* "small" is what the planner makes of a table, and "hot" what the server counts. */
static void is_as_the_server_plans(void **state)
{
    const struct reply *reply;

    (void)state;
    reply = connection_run(shop, "EXPLAIN (COSTS off) SELECT * FROM quota WHERE id = 1");
    assert_non_null(strstr(reply->rows->str, "Seq Scan on quota"));
    reply = connection_run(shop, "EXPLAIN (COSTS off) SELECT * FROM \"Large\" WHERE id = 1");
    assert_non_null(strstr(reply->rows->str, "Index Scan"));
}

static void needs_no_rights(void **state)
{
    int status;
    g_autofree char *before = catalog("postgres", NULL, &status);
    g_autofree char *text = catalog("app", NULL, &status);

    (void)state;
    assert_int_equal(status, 0);
    assert_string_equal(text, before);
}

/* A transaction that writes gets a number. */
static char *next_number(void)
{
    return g_strdup(
        connection_run(shop, "SELECT txid_snapshot_xmax(txid_current_snapshot())")->rows->str);
}

static void writes_nothing(void **state)
{
    g_autofree char *before = next_number(), *after = NULL;
    int status;

    (void)state;
    g_free(catalog("postgres", NULL, &status));
    after = next_number();
    assert_string_equal(after, before);
}

static void counts_a_role(void **state)
{
    int status;
    g_autofree char *text = catalog("postgres", "app", &status);
    g_autofree char *wrong = NULL;

    (void)state;
    assert_int_equal(status, 0);
    const char *at = strstr(text, "-- of role app, for programs that are given no role\n"
                                  "ALTER DATABASE \"the shop\" SET default_transaction_isolation = "
                                  "'repeatable read';");
    assert_non_null(at);
    assert_true(at > strstr(text, "= 'serializable'")); /* the last one counts */
    wrong = catalog("postgres", "nobody", &status);
    assert_int_equal(status, 2);
    assert_string_equal(wrong, "");
}

/* ------------------------------------------------------------------ what a reader makes of it */

static const char schema[] = "CREATE TABLE quota (id int PRIMARY KEY, used int);\n"
                             "CREATE TABLE visit (id int PRIMARY KEY, n int);\n";
static const char programs[] = "BEGIN;\n"
                               "SELECT used FROM quota WHERE id = $1;\n"
                               "UPDATE quota SET used = $2 WHERE id = $1;\n"
                               "COMMIT;\n"
                               "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                               "UPDATE visit SET n = n - 1 WHERE id = $1;\n"
                               "UPDATE visit SET n = n + 1 WHERE id = $2;\n"
                               "COMMIT;\n"
                               "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                               "SELECT soundex($1), n FROM visit WHERE id = $2;\n"
                               "COMMIT;\n";

/* Whether a rule finds something, without the catalog and with it. */
static void expect_change(const char *directory, const char *rule, const char *message, bool before,
                          bool after)
{
    g_autofree char *tables = g_build_filename(directory, "schema.sql", NULL);
    g_autofree char *live = g_build_filename(directory, "live.sql", NULL);
    g_autofree char *app = g_build_filename(directory, "app.sql", NULL);
    const char *files[] = {tables, live};

    for (int with = 0; with <= 1; with++) {
        int status;
        g_autofree char *text =
            output_of((const char *[]){isolint, "--no-config", "-f", "json", "--select", rule, "-s",
                                       files[0], "-s", files[with], app, NULL},
                      &status);
        bool found = strstr(text, message) != NULL;
        if (found != (with ? after : before))
            fail_msg("%s %s catalog: %s", rule, with ? "with" : "without", text);
    }
}

static void changes_findings(void **state)
{
    g_autofree char *directory = g_dir_make_tmp("isolint-catalog-XXXXXX", NULL);
    const struct {
        const char *name, *text;
    } files[] = {{"schema.sql", schema}, {"app.sql", programs}};
    g_autofree char *info = connection_info("postgres");
    g_autofree char *live = g_build_filename(directory, "live.sql", NULL);
    int status;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i].name, NULL);
        assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
    }
    g_free(output_of((const char *[]){isolint, "catalog", info, "-o", live, NULL}, &status));
    assert_int_equal(status, 0);
    /* The database's own level: nothing is overwritten, it fails. */
    expect_change(directory, "lost-update", "\"lost-update\"", true, false);
    expect_change(directory, "snapshot-read-modify-write", "UPDATE quota", false, true);
    /* A table of one page, which the planner reads as a whole. */
    expect_change(directory, "small-table-serializable", "small table", false, true);
    /* New versions find room, so no index page is written. */
    expect_change(directory, "non-hot-update-serializable", "UPDATE visit", true, false);
    /* What a function of an extension does. */
    if (has_extension)
        expect_change(directory, "serializable-read-not-deferrable", "unless soundex() writes",
                      true, false);
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", directory);
    assert_int_equal(system(command), 0);
}

int main(int argc, char **argv)
{
    enum { SKIPPED = 77 };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_a_dump_leaves_out),
        cmocka_unit_test(is_as_the_server_plans),
        cmocka_unit_test(needs_no_rights),
        cmocka_unit_test(writes_nothing),
        cmocka_unit_test(counts_a_role),
        cmocka_unit_test(changes_findings),
    };
    g_autoptr(GPtrArray) installed = server_installations();
    g_autofree char *psql = g_find_program_in_path("psql");

    if (argc != 2)
        return 99;
    isolint = argv[1];
    if (installed->len == 0 || !psql) {
        fputs("PostgreSQL, or psql, is not installed\n", stderr);
        return getenv("ISOLINT_NO_SKIP") ? 1 : SKIPPED;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
