/* Corpora to measure with, the same bytes for the same seed: services of a dozen tables each, with
 * migrations, application transactions, routines in PL/pgSQL and data. A larger corpus has more
 * services, not larger ones, as a larger company has.
 *
 * Usage: generate corpus DIRECTORY MEGABYTES [SEED]
 *        generate dump FILE STATEMENTS [SEED]
 *        generate graph FILE TRANSACTIONS TABLES [SEED] */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

enum { TABLES = 12, COLUMNS = 8, DUMP_BYTES = 64 << 10 };

struct table {
    char *name;
    const char *columns[COLUMNS];
};

struct service {
    unsigned number;
    struct table tables[TABLES];
};

struct generator {
    GRand *random;
    const char *directory;
    struct service service;
    const struct table *table, *other; /* what {t} and {o} mean */
    GString *text;
    guint64 written;
};

static const char *const nouns[] = {
    "account",  "order",    "payment", "invoice", "ticket", "shipment", "customer", "product",
    "stock",    "booking",  "session", "message", "event",  "document", "contract", "employee",
    "schedule", "resource", "budget",  "coupon",  "wallet", "transfer", "review",   "address",
};

static const char *const names[] = {
    "status",  "name",  "amount",  "balance", "quantity", "owner_id", "created_at", "updated_at",
    "version", "email", "country", "price",   "total",    "position", "reserved",   "kind",
};

static const char *const types[] = {
    "text NOT NULL DEFAULT 'new'",
    "text",
    "numeric(12,2) NOT NULL DEFAULT 0",
    "numeric(12,2)",
    "integer NOT NULL DEFAULT 1",
    "bigint",
    "timestamptz NOT NULL DEFAULT now()",
    "timestamptz",
    "integer NOT NULL DEFAULT 0",
    "varchar(200)",
    "char(2)",
    "numeric(10,4)",
    "bigint NOT NULL DEFAULT 0",
    "integer",
    "integer CHECK (reserved >= 0)",
    "text",
};

/* {t} a table, {o} another, {c} one of its columns, {n} a number, {w} words, {s} the schema. */
static const char *const migrations[] = {
    "CREATE INDEX CONCURRENTLY {x} ON {t} ({c});\n",
    "CREATE INDEX {x} ON {t} ({c}, id) WHERE {c} IS NOT NULL;\n",
    "CREATE UNIQUE INDEX {x} ON {t} (lower({c}::text), id);\n",
    "ALTER TABLE {t} ADD COLUMN extra_{n} jsonb NOT NULL DEFAULT '{}';\n",
    "ALTER TABLE {t} ALTER COLUMN {c} SET DEFAULT NULL, ALTER COLUMN {c} SET STATISTICS 500;\n",
    "ALTER TABLE {t} ADD CONSTRAINT {x} CHECK (id > {n}) NOT VALID;\n"
    "ALTER TABLE {t} VALIDATE CONSTRAINT {x};\n",
    "COMMENT ON COLUMN {t}.{c} IS '{w}';\n",
    "-- {w}\nUPDATE {t} SET {c} = {c} WHERE id BETWEEN {n} AND {n};\n",
    "CREATE VIEW {v} AS\n    SELECT a.id, a.{c}, count(*) AS number, max(b.id) AS last\n"
    "      FROM {t} a JOIN {o} b ON b.id = a.id\n     GROUP BY a.id, a.{c};\n",
    "GRANT SELECT, INSERT, UPDATE ON {t} TO application;\n",
    "DO $$\nBEGIN\n    IF NOT EXISTS (SELECT 1 FROM {t} WHERE id = {n}) THEN\n"
    "        INSERT INTO {t} (id, {c}) VALUES ({n}, DEFAULT);\n    END IF;\nEND $$;\n",
};

static const char *const steps[] = {
    "SELECT id, {c} FROM {t} WHERE id = $1;\n",
    "SELECT {c}, {c} FROM {t} WHERE id = $1 FOR UPDATE;\n",
    "UPDATE {t} SET {c} = $2, {c} = now() WHERE id = $1;\n",
    "UPDATE {t} SET {c} = {c} + 1 WHERE id = $1 AND {c} > {n} RETURNING id, {c};\n",
    "INSERT INTO {o} ({c}, id) VALUES ($3, $1) ON CONFLICT (id) DO UPDATE SET id = excluded.id;\n",
    "INSERT INTO {t} (id, {c}) SELECT id, $2 FROM {o} WHERE {c} = '{w}';\n",
    "DELETE FROM {o} WHERE id = $1 AND {c} < now() - interval '{n} days';\n",
    "SELECT count(*), sum(a.id) FROM {t} a LEFT JOIN {o} b ON a.id = b.id WHERE a.{c} = $1;\n",
    "WITH recent AS (\n    SELECT id FROM {t} WHERE {c} IN ('a', 'b', '{w}') ORDER BY id LIMIT 10\n"
    ")\nUPDATE {o} SET {c} = NULL FROM recent WHERE {o}.id = recent.id;\n",
    "-- {w} {w}\nSELECT EXISTS (SELECT 1 FROM {o} WHERE id = $1 AND {c} IS NULL);\n",
    "SELECT pg_advisory_xact_lock({n});\n",
    "SELECT id, row_number() OVER (PARTITION BY {c} ORDER BY id),\n"
    "       CASE WHEN id > {n} THEN 'high' ELSE 'low' END\n"
    "  FROM {t} WHERE id = ANY ($1::bigint[]) AND {c} IS DISTINCT FROM $2;\n",
};

static const char *const begins[] = {
    "BEGIN;\n",
    "BEGIN;\n",
    "BEGIN ISOLATION LEVEL REPEATABLE READ;\n",
    "BEGIN ISOLATION LEVEL SERIALIZABLE;\n",
    "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;\n",
};

static const char *const routines[] = {
    "CREATE OR REPLACE FUNCTION {s}.f_{n}(wanted bigint, change numeric) RETURNS numeric\n"
    "LANGUAGE plpgsql AS $function$\nDECLARE\n    found_row {t};\n    old numeric;\nBEGIN\n"
    "    -- {w} {w}\n    SELECT * INTO found_row FROM {t} WHERE id = wanted;\n"
    "    IF NOT FOUND THEN\n        RAISE EXCEPTION '% has no row %', '{w}', wanted;\n"
    "    END IF;\n    SELECT sum(id) INTO old FROM {o} WHERE id = wanted;\n"
    "    IF old + change < {n} THEN\n        UPDATE {t} SET {c} = NULL WHERE id = wanted;\n"
    "    ELSE\n        INSERT INTO {o} (id, {c}) VALUES (wanted, DEFAULT);\n    END IF;\n"
    "    RETURN old;\nEND\n$function$;\n\n",
    "CREATE FUNCTION {s}.each_{n}() RETURNS integer LANGUAGE plpgsql AS $$\nDECLARE\n"
    "    item record;\n    done integer := 0;\nBEGIN\n"
    "    FOR item IN SELECT id, {c} FROM {t} WHERE {c} IS NOT NULL ORDER BY id LOOP\n"
    "        BEGIN\n            UPDATE {o} SET {c} = NULL WHERE id = item.id;\n"
    "            done := done + 1;\n        EXCEPTION WHEN unique_violation THEN\n"
    "            RAISE NOTICE '{w} %', item.id;\n        END;\n    END LOOP;\n"
    "    RETURN done;\nEND $$;\n\n",
    ("CREATE FUNCTION {s}.total_{n}(wanted bigint) RETURNS numeric LANGUAGE sql STABLE AS $$\n"
     "    SELECT sum(a.id) FROM {t} a JOIN {o} b USING (id) WHERE a.id > wanted;\n$$;\n\n"),
};

#define PICK(generator, array) ((array)[pick((generator), G_N_ELEMENTS(array))])

static unsigned pick(struct generator *generator, size_t count)
{
    return (unsigned)g_rand_int_range(generator->random, 0, (gint32)count);
}

static void add_words(struct generator *generator)
{
    unsigned count = 1 + pick(generator, 4);

    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(generator->text, "%s%s", i ? " " : "", PICK(generator, nouns));
}

static void add_field(struct generator *generator, char field)
{
    GString *text = generator->text;
    unsigned service = generator->service.number;

    switch (field) {
    case 't':
        g_string_append(text, generator->table->name);
        break;
    case 'o':
        g_string_append(text, generator->other->name);
        break;
    case 'c':
        g_string_append(text, PICK(generator, generator->table->columns));
        break;
    case 'n':
        g_string_append_printf(text, "%u", pick(generator, 100000));
        break;
    case 'w':
        add_words(generator);
        break;
    case 's':
        g_string_append_printf(text, "service_%u", service);
        break;
    case 'x':
        g_string_append_printf(text, "%s_key_%u", PICK(generator, nouns), service);
        break;
    default:
        g_string_append_printf(text, "service_%u.%s_view", service, PICK(generator, nouns));
    }
}

static void add(struct generator *generator, const char *template)
{
    for (; *template; template ++) {
        if (*template == '{' && template[1] != '}') {
            add_field(generator, template[1]);
            template += 2;
        } else {
            g_string_append_c(generator->text, *template);
        }
    }
}

static void choose_tables(struct generator *generator)
{
    unsigned first = pick(generator, TABLES);

    generator->table = &generator->service.tables[first];
    generator->other = &generator->service.tables[(first + 1 + pick(generator, 3)) % TABLES];
}

static void save(const char *path, GString *text)
{
    if (!g_file_set_contents(path, text->str, (gssize)text->len, NULL)) {
        fprintf(stderr, "generate: %s: %s\n", path, g_strerror(errno));
        exit(1);
    }
    g_string_truncate(text, 0);
}

static void save_in(struct generator *generator, const char *kind, unsigned number)
{
    g_autofree char *directory = g_strdup_printf("%s/service-%04u/%s", generator->directory,
                                                 generator->service.number, kind);
    g_autofree char *path = g_strdup_printf("%s/V%u__%s.sql", directory, number, kind);

    g_mkdir_with_parents(directory, 0777);
    generator->written += generator->text->len;
    save(path, generator->text);
}

/* ------------------------------------------------------------------ a service */

static void name_tables(struct generator *generator)
{
    struct service *service = &generator->service;

    for (unsigned i = 0; i < TABLES; i++) {
        struct table *table = &service->tables[i];
        g_free(table->name);
        table->name = g_strdup_printf("service_%u.%ss", service->number,
                                      nouns[(i * 2 + service->number) % G_N_ELEMENTS(nouns)]);
        for (unsigned j = 0; j < COLUMNS; j++)
            table->columns[j] = names[(i + j) % G_N_ELEMENTS(names)];
    }
}

static void add_tables(struct generator *generator)
{
    add(generator, "CREATE SCHEMA {s};\n\n");
    for (unsigned i = 0; i < TABLES; i++) {
        const struct table *table = &generator->service.tables[i];
        g_string_append_printf(generator->text,
                               "CREATE TABLE %s (\n    id bigint GENERATED BY DEFAULT AS IDENTITY "
                               "PRIMARY KEY",
                               table->name);
        for (unsigned j = 0; j < COLUMNS; j++)
            g_string_append_printf(generator->text, ",\n    %s %s", table->columns[j],
                                   strcmp(table->columns[j], "reserved") == 0
                                       ? "integer CHECK (reserved >= 0)"
                                       : types[(i + j) % G_N_ELEMENTS(names)]);
        g_string_append(generator->text, "\n);\n\n");
    }
}

static void add_migration(struct generator *generator)
{
    unsigned count = 2 + pick(generator, 8);
    bool block = pick(generator, 3) == 0;

    if (block)
        g_string_append(generator->text, "BEGIN;\n");
    for (unsigned i = 0; i < count; i++) {
        choose_tables(generator);
        add(generator, PICK(generator, migrations));
    }
    if (block)
        g_string_append(generator->text, "COMMIT;\n");
}

static void add_transactions(struct generator *generator)
{
    for (unsigned i = 0; i < 6; i++) {
        unsigned count = 1 + pick(generator, 6);
        choose_tables(generator);
        add(generator, "-- {w}\n");
        add(generator, PICK(generator, begins));
        while (count-- > 0)
            add(generator, PICK(generator, steps));
        g_string_append(generator->text, "COMMIT;\n\n");
    }
}

static void add_insert(struct generator *generator, unsigned id)
{
    g_string_append_printf(generator->text, "INSERT INTO %s (id, %s, %s, %s) VALUES (%u, '",
                           generator->table->name, generator->table->columns[0],
                           generator->table->columns[1], generator->table->columns[2], id);
    add(generator, "{w}', {n}.25, '2024-05-0");
    g_string_append_printf(generator->text, "%u 12:00:00+00');\n", 1 + id % 9);
}

static void add_service(struct generator *generator, unsigned number)
{
    generator->service.number = number;
    name_tables(generator);
    add_tables(generator);
    save_in(generator, "migrations", 1);
    for (unsigned i = 2; i < 40; i++) {
        add_migration(generator);
        save_in(generator, "migrations", i);
    }
    for (unsigned i = 0; i < 40; i++) {
        add_transactions(generator);
        save_in(generator, "application", i);
    }
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned j = 0; j < 4; j++) {
            choose_tables(generator);
            add(generator, PICK(generator, routines));
        }
        save_in(generator, "routines", i);
    }
    choose_tables(generator);
    g_string_append(generator->text, "BEGIN;\n");
    for (unsigned id = 1; generator->text->len < DUMP_BYTES; id++)
        add_insert(generator, id);
    g_string_append(generator->text, "COMMIT;\n");
    save_in(generator, "data", 0);
}

/* ------------------------------------------------------------------ dumps and graphs */

static void add_dump(struct generator *generator, unsigned statements)
{
    name_tables(generator);
    add_tables(generator);
    choose_tables(generator);
    g_string_append(generator->text, "BEGIN;\n");
    for (unsigned id = 1; id <= statements; id++)
        add_insert(generator, id);
    g_string_append(generator->text, "COMMIT;\n");
}

/* Programs as an application has them: what a table is read and written by grows with their number
 * alone. */
static void add_graph(struct generator *generator, unsigned transactions, unsigned tables)
{
    GString *text = generator->text;

    for (unsigned i = 0; i < tables; i++)
        g_string_append_printf(text, "CREATE TABLE t%u (id bigint PRIMARY KEY, a int, b int);\n",
                               i);
    for (unsigned i = 0; i < transactions; i++) {
        unsigned a = pick(generator, tables), b = pick(generator, tables);
        g_string_append(text, PICK(generator, begins));
        g_string_append_printf(text, "SELECT a FROM t%u WHERE id = $1;\n", a);
        if (pick(generator, 2))
            g_string_append_printf(text, "SELECT sum(b) FROM t%u WHERE a = $2;\n", b);
        g_string_append_printf(text, "UPDATE t%u SET a = $3 WHERE id = $1;\n",
                               pick(generator, 2) ? a : b);
        if (pick(generator, 3) == 0)
            g_string_append_printf(text, "INSERT INTO t%u (id, a) VALUES ($1, $2);\n",
                                   pick(generator, tables));
        g_string_append(text, "COMMIT;\n");
    }
}

static unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*end || value == 0 || value > 100000000) {
        fprintf(stderr, "generate: \"%s\" is no number\n", text);
        exit(2);
    }
    return (unsigned)value;
}

int main(int argc, char **argv)
{
    struct generator generator = {.text = g_string_new(NULL)};
    const char *kind = argc > 3 ? argv[1] : "";
    int seed = strcmp(kind, "graph") == 0 ? 5 : 4;

    generator.random = g_rand_new_with_seed(argc > seed ? number(argv[seed]) : 1);
    if (strcmp(kind, "corpus") == 0) {
        guint64 wanted = (guint64)number(argv[3]) << 20;
        generator.directory = argv[2];
        for (unsigned i = 0; generator.written < wanted; i++)
            add_service(&generator, i);
    } else if (strcmp(kind, "dump") == 0) {
        add_dump(&generator, number(argv[3]));
        save(argv[2], generator.text);
    } else if (strcmp(kind, "graph") == 0 && argc > 4) {
        add_graph(&generator, number(argv[3]), number(argv[4]));
        save(argv[2], generator.text);
    } else {
        fputs("usage: generate corpus DIRECTORY MEGABYTES [SEED]\n"
              "       generate dump FILE STATEMENTS [SEED]\n"
              "       generate graph FILE TRANSACTIONS TABLES [SEED]\n",
              stderr);
        return 2;
    }
    for (unsigned i = 0; i < TABLES; i++)
        g_free(generator.service.tables[i].name);
    g_string_free(generator.text, TRUE);
    g_rand_free(generator.random);
    return 0;
}
