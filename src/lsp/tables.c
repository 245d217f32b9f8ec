/* What an editor says of a table: its keys, and which programs read and write it. */
#include <string.h>

#include "catalog/key.h"
#include "lsp/outcome.h"
#include "program/side-effect.h"

enum { MOST_PROGRAMS = 8 };

static void append_columns(GString *text, const struct index *index)
{
    for (const struct index_key *key = index->keys; key; key = key->next)
        g_string_append_printf(text, "%s%s", key == index->keys ? "" : ", ",
                               key->column ? key->column : key->expression);
}

static void append_keys(GString *text, const struct relation *relation)
{
    for (const struct index *key = relation_keys(relation, 0); key;
         key = relation_key_after(key, 0)) {
        g_string_append_printf(text, "- %s (",
                               key->kind == INDEX_PRIMARY ? "PRIMARY KEY" : "UNIQUE");
        append_columns(text, key);
        g_string_append_printf(text, ")%s%s\n", key->partial ? " of some rows" : "",
                               key->deferrable ? " DEFERRABLE" : "");
    }
    for (const struct foreign_key *key = relation->foreign_keys; key; key = key->next) {
        g_autofree char *columns = g_strjoinv(", ", (char **)key->columns);
        g_string_append_printf(text, "- FOREIGN KEY (%s) REFERENCES %s\n", columns,
                               key->parent.name);
    }
}

static char *program_text(const struct transaction *transaction)
{
    const struct statement *first = transaction->begin        ? transaction->begin
                                    : transaction->step_count ? transaction->steps[0].statement
                                                              : NULL;
    g_autofree char *place =
        first ? g_strdup_printf("%s:%u", transaction->script->path,
                                script_line_number(transaction->script, first->span.start))
              : g_strdup(transaction->script->path);

    if (!transaction->name)
        return g_steal_pointer(&place);
    return g_strdup_printf("%s (%s)", transaction->name, place);
}

static bool is_read(const struct access *access)
{
    return access->kind == ACCESS_READ || access->kind == ACCESS_LOCK;
}

static bool is_write(const struct access *access)
{
    return access->kind >= ACCESS_INSERT && access->kind <= ACCESS_TRUNCATE;
}

/* "Read by `Transfer (transfer.sql:3)`, …". The accesses are in order of script and position, so
 * those of one program follow each other. */
static void append_programs(GString *text, const GPtrArray *accesses, const char *verb,
                            bool (*counts)(const struct access *))
{
    const struct transaction *last = NULL;
    unsigned count = 0;

    for (guint i = 0; i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        if (!counts(access) || access->transaction == last)
            continue;
        last = access->transaction;
        if (++count > MOST_PROGRAMS)
            continue;
        g_autofree char *program = program_text(last);
        g_string_append_printf(text, "%s`%s`", count == 1 ? verb : ", ", program);
    }
    if (count > MOST_PROGRAMS)
        g_string_append_printf(text, " and %u others", count - MOST_PROGRAMS);
    if (count > 0)
        g_string_append(text, "\n\n");
}

static void append_use(GString *text, const GPtrArray *accesses)
{
    if (!accesses)
        return;
    append_programs(text, accesses, "Read by ", is_read);
    append_programs(text, accesses, "Written by ", is_write);
}

/* Of two tables of one name in different schemas, both are shown. */
static void put(struct outcome *outcome, const char *name, const GString *text)
{
    const char *before = g_hash_table_lookup(outcome->tables, name);
    g_autofree char *both = g_strconcat(before ? before : "", text->str, NULL);

    g_hash_table_replace(outcome->tables, g_strdup(name), g_utf8_make_valid(both, -1));
}

static void add_relation(struct outcome *outcome, const struct relation *relation,
                         const struct corpus *corpus)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (relation->dropped)
        return;
    g_string_append_printf(text, "**%s%s%s**", relation->schema ? relation->schema : "",
                           relation->schema ? "." : "", relation->name);
    if (relation->script)
        g_string_append_printf(text, " (%s:%u)", relation->script->path,
                               script_line_number(relation->script, relation->span.start));
    g_string_append(text, "\n\n");
    append_keys(text, relation);
    g_string_append_c(text, '\n');
    append_use(text, g_hash_table_lookup(corpus->relations, relation));
    put(outcome, relation->name, text);
}

void outcome_add_tables(struct outcome *outcome, const struct catalog *catalog,
                        const struct corpus *corpus, GHashTable *names)
{
    GHashTableIter each;
    gpointer name, accesses;

    for (guint i = 0; i < catalog->all->len; i++) {
        const struct relation *relation = catalog->all->pdata[i];
        if (!names || g_hash_table_contains(names, relation->name))
            add_relation(outcome, relation, corpus);
    }
    g_hash_table_iter_init(&each, corpus->unresolved);
    while (g_hash_table_iter_next(&each, &name, &accesses)) {
        if (names && !g_hash_table_contains(names, name))
            continue;
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_printf(text, "**%s**: no CREATE TABLE statement for it was found\n\n",
                               (char *)name);
        append_use(text, accesses);
        put(outcome, name, text);
    }
}
