/* A real ORM on a real server: what isolint log says of its log is held against what the
 * application has seen. Usage: test-orm ISOLINT INTERPRETER PROGRAM; skipped where the ORM is not
 * installed: the program, without arguments, does no more than to load it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <glib/gstdio.h>
#include <libpq-fe.h>

#include "server/server.h"
#include "support/check.h"

static const char *isolint, *interpreter, *bank;

/* The schema as the application's models have it. */
static const char schema[] =
    "CREATE TABLE account (id int PRIMARY KEY, owner varchar NOT NULL UNIQUE, balance int NOT NULL);\n"
    "CREATE TABLE member (id int PRIMARY KEY, team int NOT NULL, name varchar NOT NULL);\n"
    "CREATE INDEX ON member (team);\n";

static char *output_of(const char *const *argv, int *status)
{
    char *out = NULL;
    GError *error = NULL;

    if (!g_spawn_sync(NULL, (char **)(void *)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                      NULL, status, &error))
        fail_msg("%s", error->message);
    return out;
}

static void set_up_log(const char *address)
{
    static const char *const settings[] = {
        "ALTER SYSTEM SET log_statement = 'all'",
        "ALTER SYSTEM SET log_duration = on",
        "ALTER SYSTEM SET log_line_prefix = '%m [%p] %q%u@%d/%a %c:%l %v %e '",
        "ALTER SYSTEM SET deadlock_timeout = '50ms'",
        "SELECT pg_reload_conf()",
    };
    PGconn *connection = PQconnectdb(address);

    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        PQclear(PQexec(connection, settings[i]));
    PQfinish(connection);
    g_usleep(200000);
}

static int number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);

    return item ? item->valueint : 0;
}

static const char *word(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItem(object, name)->valuestring;
}

/* The finding of this rule whose program's name begins like this; NULL for none. */
static const cJSON *find(const cJSON *report, const char *rule, const char *program)
{
    const cJSON *finding;

    cJSON_ArrayForEach(finding, cJSON_GetObjectItem(report, "findings"))
    {
        const cJSON *observed = cJSON_GetObjectItem(finding, "observed");
        if (strcmp(word(finding, "rule"), rule) == 0 &&
            g_str_has_prefix(word(observed, "program"), program))
            return finding;
    }
    fail_msg("no finding %s of %s", rule, program);
    return NULL;
}

/* The failures with this SQLSTATE where the finding stands. */
static int failures_here(const cJSON *finding, const char *state, const char **partner)
{
    const cJSON *each;

    *partner = "";
    cJSON_ArrayForEach(each,
                       cJSON_GetObjectItem(cJSON_GetObjectItem(finding, "observed"), "failures"))
    {
        const cJSON *first = cJSON_GetObjectItem(each, "partners")->child;
        if (strcmp(word(each, "sqlstate"), state) != 0 ||
            !cJSON_IsTrue(cJSON_GetObjectItem(each, "here")))
            continue;
        if (first && cJSON_IsTrue(cJSON_GetObjectItem(first, "certain")))
            *partner = word(first, "program");
        return number(each, "count");
    }
    return 0;
}

static void check(const cJSON *report, const cJSON *seen)
{
    const cJSON *withdraw = find(report, "lost-update", "select-update-account");
    const cJSON *earn = find(report, "snapshot-read-modify-write", "select-update-account");
    const cJSON *transfer = find(report, "lock-order", "update-account");
    const cJSON *join = find(report, "serializable-predicate-write", "select-insert-member");
    const char *partner;

    /* The application has seen nothing of its lost updates. */
    int lost = number(cJSON_GetObjectItem(withdraw, "observed"), "lostUpdates");
    assert_in_range(lost, 3, 6); /* where two times are equal to the millisecond, none is claimed */

    int failed = number(cJSON_GetObjectItem(seen, "earn"), "40001");
    assert_true(failed >= 6);
    assert_int_equal(failures_here(earn, "40001", &partner), failed);
    assert_string_equal(partner, word(cJSON_GetObjectItem(earn, "observed"), "program"));
    assert_int_equal(number(cJSON_GetObjectItem(earn, "observed"), "retried"), failed);

    failed = number(cJSON_GetObjectItem(seen, "transfer"), "40P01");
    assert_int_equal(failed, 4);
    assert_int_equal(failures_here(transfer, "40P01", &partner), failed);
    assert_string_equal(partner, word(cJSON_GetObjectItem(transfer, "observed"), "program"));

    failed = number(cJSON_GetObjectItem(seen, "join"), "40001");
    assert_int_equal(failed, 6);
    assert_int_equal(number(cJSON_GetObjectItem(join, "observed"), "failed"), failed);
    assert_null(cJSON_GetObjectItem(report, "unforeseen"));
}

static void test_orm(void **state)
{
    struct server server;
    g_autoptr(GPtrArray) installed = server_installations();
    int status;

    (void)state;
    server_start(&server, installed->pdata[installed->len - 1]);
    g_autofree char *address = server_address(&server);
    set_up_log(address);
    g_autofree char *port = g_strdup_printf("%u", server.port);
    g_autofree char *seen_text =
        output_of((const char *[]){interpreter, bank, server.directory, port, NULL}, &status);
    assert_int_equal(status, 0);
    g_usleep(500000); /* the logger is another process, and writes a little later */
    g_autofree char *log = g_build_filename(server.directory, "log", NULL);
    g_autofree char *schema_path = g_build_filename(server.directory, "isolint-schema.sql", NULL);
    assert_true(g_file_set_contents(schema_path, schema, -1, NULL));
    g_autofree char *text = output_of((const char *[]){isolint, "log", "--no-config", "-q", "-s",
                                                       schema_path, "-f", "json", log, NULL},
                                      &status);
    cJSON *seen = cJSON_Parse(seen_text), *report = cJSON_Parse(text);
    assert_non_null(seen);
    assert_non_null(report);
    assert_null(strstr(text, "secret"));
    check(report, seen);
    cJSON_Delete(seen);
    cJSON_Delete(report);
    server_stop(&server);
}

int main(int argc, char **argv)
{
    enum { SKIPPED = 77 };
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_orm)};
    g_autoptr(GPtrArray) installed = server_installations();
    int status = 1;

    if (argc != 4)
        return 99;
    isolint = argv[1];
    interpreter = argv[2];
    bank = argv[3];
    g_free(output_of((const char *[]){interpreter, bank, NULL}, &status));
    if (status != 0 || installed->len == 0) {
        fputs("the ORM (scripts/install-orm-packages), or PostgreSQL, is not installed\n", stderr);
        return getenv("ISOLINT_NO_SKIP") ? 1 : SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
