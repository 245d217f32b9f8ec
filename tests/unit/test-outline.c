/* What migration tools run, in which transactions: each case is what the tool's documentation says,
 * see docs/migrations.md. */
#include "support/view.h"

#define CASE(name, text, expected)       \
    {                                    \
        name, text, expected, NULL, NULL \
    }

static const struct sample markers[] = {
    CASE("no marker", "TABLE t; TABLE t;", "statement: SELECT;\nstatement: SELECT;\n"),
    CASE("dbmate", "-- migrate:up\nTABLE t; TABLE t;\n-- migrate:down\nTABLE t;",
         "file alone: SELECT; SELECT;\nfile alone undo: SELECT;\n"),
    CASE("dbmate without a transaction",
         "-- migrate:up transaction:false\nTABLE t;\n-- migrate:down\nTABLE t; TABLE t;",
         "statement alone: SELECT;\nfile alone undo: SELECT; SELECT;\n"),
    CASE("dbmate sends one message", "-- migrate:up transaction:false\nTABLE t; TABLE t;",
         "message alone: SELECT; SELECT;\n"),
    CASE("goose", "-- +goose Up\nTABLE t; TABLE t;\n-- +goose Down\nTABLE t;",
         "file alone: SELECT; SELECT;\nfile alone undo: SELECT;\n"),
    CASE("goose without a transaction, said behind Up",
         "-- +goose up\n-- +goose NO TRANSACTION\nTABLE t; TABLE t;\n-- +goose down\nTABLE t;",
         "statement alone: SELECT;\nstatement alone: SELECT;\nstatement alone undo: SELECT;\n"),
    CASE("goose sends a group as one statement",
         "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\nTABLE t; VALUES (2);\n"
         "-- +goose StatementEnd\nTABLE t;",
         "message alone: SELECT; VALUES;\nstatement alone: SELECT;\n"),
    CASE("sql-migrate", "-- +migrate Up notransaction\nTABLE t;\n-- +migrate Down\nTABLE t;",
         "statement alone: SELECT;\nfile alone undo: SELECT;\n"),
    CASE("node-pg-migrate", "-- Up Migration\nTABLE t;\n-- Down Migration\nTABLE t;",
         "file alone: SELECT;\nfile alone undo: SELECT;\n"),
    CASE("tern", "TABLE t; TABLE t;\n---- create above / drop below ----\nTABLE t;",
         "file alone: SELECT; SELECT;\nfile alone undo: SELECT;\n"),
    CASE("tern without a transaction", "---- tern: disable-tx ----\nTABLE t; TABLE t;",
         "statement alone: SELECT;\nstatement alone: SELECT;\n"),
    CASE("Atlas", "-- atlas:txmode none\n\nTABLE t; TABLE t;",
         "statement alone: SELECT;\nstatement alone: SELECT;\n"),
    CASE("sqlx", "-- no-transaction\nTABLE t; TABLE t;", "message alone: SELECT; SELECT;\n"),
    CASE("sqlx looks at the first bytes only", "\n-- no-transaction\nTABLE t;",
         "statement: SELECT;\n"),
    CASE("graphile-migrate", "--! Previous: -\n--! Hash: sha1:0\n\nTABLE t; TABLE t;",
         "file alone: SELECT; SELECT;\n"),
    CASE("graphile-migrate without a transaction", "--! no-transaction\nTABLE t;",
         "statement alone: SELECT;\n"),
    CASE("sqitch", "-- Revert flipr:users from pg\nBEGIN; TABLE t; COMMIT;",
         "block alone undo: SELECT;\n"),
    CASE("a marker behind SQL on its line is a comment", "TABLE t; -- migrate:down\nTABLE t;",
         "statement: SELECT;\nstatement: SELECT;\n"),
    CASE("a marker in a string is text", "SELECT '\n-- migrate:down\n' FROM t;\nTABLE t;",
         "statement: SELECT;\nstatement: SELECT;\n"),
    CASE("a marker ends the statement before it",
         "-- migrate:up\nTABLE t\n-- migrate:down\nTABLE t",
         "file alone: SELECT;\nfile alone undo: SELECT;\n"),
    CASE("CRLF", "-- migrate:up\r\nTABLE t;\r\n-- migrate:down\r\nTABLE t;\r\n",
         "file alone: SELECT;\nfile alone undo: SELECT;\n"),
    CASE("a part begins with the session's defaults",
         "-- migrate:up transaction:false\nSET default_transaction_isolation = serializable;\n"
         "-- migrate:down transaction:false\nTABLE t;",
         "statement alone undo: SELECT;\n"),
    {"an option is stronger", "-- +goose Up\nTABLE t; TABLE t;\n-- +goose Down\nTABLE t;",
     "statement alone: SELECT;\nstatement alone: SELECT;\nstatement alone undo: SELECT;\n",
     "--transaction statement", NULL},
    {"one message", "TABLE t; TABLE t;", "message: SELECT; SELECT;\n", "--transaction message",
     NULL},
    {"a file of psql -1", "TABLE t; TABLE t;", "file: SELECT; SELECT;\n", "--transaction file",
     NULL},
};

#define HEAD "--liquibase formatted sql\n"

static const struct sample liquibase[] = {
    CASE("a changeset is a transaction",
         HEAD "--changeset a:1\nTABLE t; TABLE t;\n-- changeset b:2\nVALUES (1)",
         "file alone: SELECT; SELECT;\nfile alone: VALUES;\n"),
    CASE("none", HEAD "--changeset a:1 runInTransaction:false\nTABLE t; TABLE t;",
         "statement alone: SELECT;\nstatement alone: SELECT;\n"),
    CASE("none, and one message",
         HEAD
         "--changeset a:1 splitStatements:false runInTransaction:\"false\"\nTABLE t; VALUES (2)",
         "message alone: SELECT; VALUES;\n"),
    CASE("rollback in several lines",
         HEAD "--changeset a:1\nTABLE t\n--rollback VALUES\n--rollback (1);",
         "file alone: SELECT;\nfile alone undo: VALUES;\n"),
    CASE("rollback with a blank", HEAD "--changeset a:1\nTABLE t;\n-- rollback VALUES (1);\n",
         "file alone: SELECT;\nfile alone undo: VALUES;\n"),
    CASE("what follows a rollback belongs to the changeset",
         HEAD "--changeset a:1\nTABLE t;\n--rollback VALUES (1)\nDELETE FROM t;",
         "file alone: SELECT;\nfile alone undo: VALUES;\nfile alone: DELETE;\n"),
    CASE(
        "a rollback of many lines",
        HEAD
        "--changeset a:1\nTABLE t;\n/* liquibase rollback\nVALUES (1);\nVALUES (2)\n*/\nDELETE FROM t;",
        "file alone: SELECT;\nfile alone undo: VALUES; VALUES;\nfile alone: DELETE;\n"),
    CASE("nothing to roll back",
         HEAD
         "--changeset a:1\nTABLE t;\n--rollback empty\n--changeset a:2\n--rollback not required\n",
         "file alone: SELECT;\n"),
    CASE(
        "of another database system",
        HEAD
        "--changeset a:1 dbms:mysql,h2\nTABLE t;\n--rollback TABLE t;\n"
        "--changeset a:2 dbms:!mysql\nVALUES (1);\n--changeset a:3 dbms:h2,postgresql\nDELETE FROM t;",
        "file alone: VALUES;\nfile alone: DELETE;\n"),
    CASE(
        "another delimiter",
        HEAD
        "--changeset a:1 endDelimiter://\nTABLE t //\nVALUES (1)\n//\n--changeset a:2\nDELETE FROM t",
        "file alone: SELECT; VALUES;\nfile alone: DELETE;\n"),
    CASE("a delimiter of operators, directly after a number",
         HEAD "--changeset a:1 endDelimiter:!!\nVALUES (2), (3), (4) LIMIT 2!!\nTABLE t!!\n",
         "file alone: VALUES; SELECT;\n"),
    CASE("without the first line it is no changelog", "--changeset a:1\nTABLE t; TABLE t;",
         "statement: SELECT;\nstatement: SELECT;\n"),
};

static const struct sample paths[] = {
    CASE("golang-migrate",
         "-- file 1_a.down.sql\nTABLE t;\n-- file 1_a.up.sql\nTABLE t;\nTABLE t;\n",
         "statement alone undo: SELECT;\nmessage alone: SELECT; SELECT;\n"),
    CASE(
        "Flyway",
        "-- file V1__a.sql\nTABLE t; TABLE t;\n-- file U1__a.sql\nTABLE t;\n-- file R__b.sql\nTABLE t;\n"
        "-- file V1.2_3__c.sql\nTABLE t;\n",
        "file alone: SELECT;\nfile alone undo: SELECT;\nfile alone: SELECT;\nfile alone: SELECT; SELECT;\n"),
    CASE("Flyway runs what refuses a transaction without one",
         "-- file V1__a.sql\nVACUUM; VACUUM;\n",
         "statement alone: VACUUM;\nstatement alone: VACUUM;\n"),
    CASE(
        "Flyway's configuration of one script",
        "-- file V1__a.sql\nTABLE t;\n-- file V1__a.sql.conf\n-- executeInTransaction=true\nTABLE t;\n",
        "file alone: SELECT;\nstatement: SELECT;\n"),
    CASE(
        "Diesel, Hasura",
        "-- file 2024-01-01-000001_a/up.sql\nTABLE t;\n-- file 2024-01-01-000001_a/down.sql\nTABLE t;\n"
        "-- file default/1654696186008_a/up.sql\nTABLE t;\n",
        "file alone undo: SELECT;\nfile alone: SELECT;\nfile alone: SELECT;\n"),
    CASE("Prisma", "-- file prisma/migrations/20240101000001_a/migration.sql\nTABLE t; TABLE t;\n",
         "message alone: SELECT; SELECT;\n"),
    CASE("Supabase",
         "-- file supabase/migrations/20240101000001_a.sql\nTABLE t; TABLE t;\nVACUUM;\nTABLE t;\n",
         "file alone: SELECT; SELECT;\nstatement alone: VACUUM;\nfile alone: SELECT;\n"),
    CASE("Supabase leaves a file with its own transactions alone",
         "-- file supabase/migrations/20240101000001_a.sql\nBEGIN; TABLE t; COMMIT;\nTABLE t;\n",
         "block alone: SELECT;\nstatement alone: SELECT;\n"),
    CASE("graphile-migrate", "-- file migrations/current.sql\nTABLE t; TABLE t;\n",
         "file alone: SELECT; SELECT;\n"),
    CASE("Rails", "-- file db/structure.sql\nTABLE t; TABLE t;\n",
         "statement alone: SELECT;\nstatement alone: SELECT;\n"),
    CASE("a numbered file of a tool that is not known",
         "-- file db/migrate/001_a.sql\nTABLE t;\n-- file db/migrate/README.sql\nTABLE t;\n",
         "statement alone: SELECT;\nstatement: SELECT;\n"),
    CASE(
        "a version, a day or a directory says that it is a migration",
        "-- file delta/delta_1.3.1_a.sql\nTABLE t;\n-- file ShopMigrations/2024-01-31_a.psql\nTABLE t;\n"
        "-- file Migrations/0001_a.sql\nTABLE t;\n-- file db/changelog/backfill.sql\nTABLE t;\n"
        "-- file deltas.sql\nTABLE t;\n",
        "statement alone: SELECT;\nstatement alone: SELECT;\nstatement alone: SELECT;\n"
        "statement alone: SELECT;\nstatement: SELECT;\n"),
    CASE("sqlx, with Cargo.toml above",
         "-- file Cargo.toml\n-- file migrations/1_a.up.sql\nTABLE t; TABLE t;\n"
         "-- file migrations/1_a.down.sql\nTABLE t;\n",
         "file alone undo: SELECT;\nfile alone: SELECT; SELECT;\n"),
    CASE("Atlas, with atlas.sum beside",
         "-- file x/atlas.sum\n-- file x/init.sql\nTABLE t; TABLE t;\n",
         "file alone: SELECT; SELECT;\n"),
    CASE("golang-migrate runs what Atlas has written for it",
         "-- file x/atlas.sum\n-- file x/1_a.up.sql\nTABLE t; TABLE t;\n",
         "message alone: SELECT; SELECT;\n"),
    CASE("a change that was reworked: its revert script says Deploy",
         "-- file sqitch.plan\n%project=p\n\na 2024-01-01T00:00:00Z A <a@b>\n"
         "-- file revert/a.sql\n-- Deploy p:a to pg\nTABLE t;\n",
         "statement alone undo: SELECT;\nstatement: (null);\n"),
    CASE("deploy/ without sqitch.plan is a directory like any other",
         "-- file deploy/a.sql\nTABLE t;\n", "statement: SELECT;\n"),
};

static const struct sample queries[] = {
    CASE("sqlc", "-- name: GetUser :one\nTABLE t;\n\n-- name: Drop :exec\nDELETE FROM t;",
         "statement GetUser: SELECT;\nstatement Drop: DELETE;\n"),
    CASE("sqlc in a block comment", "/* name: GetUser :one */\nTABLE t;",
         "statement GetUser: SELECT;\n"),
    CASE("yesql, without semicolons",
         "-- name: get-user\n-- The user.\nTABLE t\n\n-- name: drop!\nDELETE FROM t\n",
         "statement get-user: SELECT;\nstatement drop: DELETE;\n"),
    CASE(
        "aiosql",
        "-- name: a^\nTABLE t;\n-- name: add_user<!\nTABLE t;\n-- name: make#\nTABLE t;\n-- name: b(x, y)$\nTABLE t;",
        "statement a: SELECT;\nstatement add_user: SELECT;\nstatement make: SELECT;\nstatement b: SELECT;\n"),
    CASE("HugSQL", "-- :name get-user :? :1\n-- :doc The user\nTABLE t",
         "statement get-user: SELECT;\n"),
    CASE("PgTyped", "/*\n  @name FindUser\n  @param ids -> (...)\n*/\nTABLE t;",
         "statement FindUser: SELECT;\n"),
    CASE("Cornucopia", "--! authors\nTABLE t;\n\n--! insert_author (name?)\nTABLE t;\n",
         "statement authors: SELECT;\nstatement insert_author: SELECT;\n"),
    CASE("pg_dump names objects, not queries",
         "-- Name: t; Type: TABLE; Schema: public; Owner: -\nTABLE t;", "statement: SELECT;\n"),
    CASE("a comment on a column is no name", "CREATE TABLE t (\n  -- name: required\n  a int);",
         "statement: CREATE TABLE;\n"),
    CASE("a sentence is no name", "-- name: the name of the user\nTABLE t;",
         "statement: SELECT;\n"),
    CASE("a block in a query",
         "-- name: Move :exec\nBEGIN; TABLE t; COMMIT;\n-- name: Get :one\nTABLE t;",
         "block Move: SELECT;\nstatement Get: SELECT;\n"),
    CASE("a program may be named again", "-- name: Get :one\n-- isolint: program reader\nTABLE t;",
         "statement reader: SELECT;\n"),
    CASE("a migration has no queries", "-- migrate:up\n-- name: x\nTABLE t; TABLE t;",
         "file alone: SELECT; SELECT;\n"),
};

static const struct sample orders[] = {
    CASE("the way back changes nothing",
         "-- file 1_a.up.sql\nCREATE TABLE t (a int);\n-- file 1_a.down.sql\nDROP TABLE t;\n"
         "-- file 2_b.sql\n-- migrate:up\nALTER TABLE t ADD b int;\n-- migrate:down\n"
         "ALTER TABLE t DROP b;\n",
         "table t (a int4, b int4)\n"),
    CASE("sqitch.plan orders the changes",
         "-- file sqitch.plan\n%project=p\n\nz 2024-01-01T00:00:00Z A <a@b>\n"
         "b [z] 2024-01-01T00:00:00Z A <a@b>\n-- file deploy/b.sql\n"
         "ALTER TABLE t ADD b int;\n-- file deploy/z.sql\nCREATE TABLE t (a int);\n"
         "-- file revert/z.sql\nDROP TABLE t;\n",
         "table t (a int4, b int4)\n"),
    CASE("repeatable migrations come last",
         "-- file R__v.sql\nALTER TABLE t ADD b int;\n-- file V1__t.sql\nCREATE TABLE t (a int);\n",
         "table t (a int4, b int4)\n"),
};

#define TRANSFER                                                              \
    "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT a FROM t WHERE id = 1;\n" \
    "UPDATE t SET a = 2 WHERE id = 1;\nCOMMIT;\n"
#define SKEW                                                          \
    "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT sum(a) FROM t;\n" \
    "INSERT INTO t (id, a) VALUES ($1, $2);\nCOMMIT;\n"
#define CONFLICTS "--select anomaly,conflict,lock,graph"

static const struct sample conflicts[] = {
    {"of an application", "-- file a.sql\n" TRANSFER "-- file b.sql\n" SKEW,
     "a.sql:2:1 warning dangerous-structure\na.sql:3:1 warning snapshot-read-modify-write\n"
     "b.sql:3:1 warning count-then-insert\n",
     CONFLICTS, NULL},
    {"of migrations", "-- file 1_a.up.sql\n" TRANSFER "-- file 2_b.up.sql\n" SKEW, "", CONFLICTS,
     NULL},
    {"of the way back", "-- migrate:up\n" SKEW "-- migrate:down\n" TRANSFER, "", CONFLICTS, NULL},
    {"of a migration and the application",
     "-- file 1_a.up.sql\n" TRANSFER "-- file b.sql\nUPDATE t SET a = a + 1 WHERE id = $1;\n", "",
     CONFLICTS, NULL},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, markers, G_N_ELEMENTS(markers), view_programs);
    samples_add(tests, liquibase, G_N_ELEMENTS(liquibase), view_programs);
    samples_add(tests, paths, G_N_ELEMENTS(paths), view_programs);
    samples_add(tests, queries, G_N_ELEMENTS(queries), view_programs);
    samples_add(tests, orders, G_N_ELEMENTS(orders), view_catalog);
    samples_add(tests, conflicts, G_N_ELEMENTS(conflicts), view_findings);
    return tests_run("outline", tests);
}
