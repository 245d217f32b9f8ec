/* What the files beside a refused one say of it. Nobody writes a directory for two systems unless the
 * names of its files tell them apart. */
#include <string.h>

#include <glib.h>

#include "base/pattern.h"
#include "kind/dialect.h"
#include "kind/kind.h"

struct neighbours {
    const char *dialect; /* that the text of one gives away */
    bool disputed;       /* another one speaks of another system, or is PostgreSQL's */
};

/* Tools that give each migration a directory call the files in them all alike. */
static char *directory_of(const char *path)
{
    static const char *const alike[] = {"up.sql", "down.sql", "migration.sql", NULL};
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *directory = g_path_get_dirname(path);

    return g_strv_contains(alike, name) ? g_path_get_dirname(directory)
                                        : g_steal_pointer(&directory);
}

static struct span first_refused(const struct script *script)
{
    const struct syntax_error *error = script->errors;

    while (error && error->excused)
        error = error->next;
    return error ? error->span : (struct span){0};
}

static bool is_refused_program(const struct script *script)
{
    return script->kind == KIND_PROGRAM && !script->told && !script->from_stdin &&
           first_refused(script).end > 0 && !dialect_is_postgresql(script);
}

/* A file that its own text gives away. */
static bool is_evidence(const struct script *script)
{
    bool sure;

    return script->kind == KIND_FOREIGN && !script->told && !script->pointer &&
           script->dialect != dialect_unknown &&
           !dialect_of_path(script->files, script->path, &sure);
}

/* Syntax that no other system has, and names of types that nobody writes elsewhere; SQLite takes any. Where
 * a file with it is taken whole, it is not certain any more what its directory is. */
static bool is_postgresql(const struct script *script)
{
    static const char words[] =
        "::\\s*[a-z_\"]|\\b((small|big)?serial|timestamptz|ilike|concurrently|nextval|plpgsql|"
        "distinct\\s+on|always\\s+as\\s+identity|using\\s+(gin|gist|brin|spgist)|"
        "create\\s+(or\\s+replace\\s+function|type|domain|sequence|policy|materialized))\\b";

    return script->kind != KIND_FOREIGN &&
           (dialect_is_postgresql(script) ||
            (!script->errors && pattern_occurs(words, PATTERN_CASELESS, script->bytes)));
}

/* NULL where no file of a directory gives another system away. */
static struct neighbours *neighbours_of(GHashTable *directories, const struct script *script)
{
    g_autofree char *directory = directory_of(script->path);

    return g_hash_table_lookup(directories, directory);
}

static void add_evidence(GHashTable *directories, const struct script *script)
{
    struct neighbours *neighbours = neighbours_of(directories, script);

    if (!neighbours) {
        neighbours = g_new0(struct neighbours, 1);
        neighbours->dialect = script->dialect;
        g_hash_table_insert(directories, directory_of(script->path), neighbours);
    }
    neighbours->disputed |= strcmp(neighbours->dialect, script->dialect) != 0;
}

void kind_ask_neighbours(const GPtrArray *scripts)
{
    g_autoptr(GHashTable) directories =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < scripts->len; i++) {
        if (is_evidence(scripts->pdata[i]))
            add_evidence(directories, scripts->pdata[i]);
    }
    for (guint i = 0; i < scripts->len && g_hash_table_size(directories) > 0; i++) {
        struct neighbours *neighbours = neighbours_of(directories, scripts->pdata[i]);
        if (neighbours && !neighbours->disputed)
            neighbours->disputed = is_postgresql(scripts->pdata[i]);
    }
    for (guint i = 0; i < scripts->len && g_hash_table_size(directories) > 0; i++) {
        struct script *script = scripts->pdata[i];
        const struct neighbours *neighbours = neighbours_of(directories, script);
        if (neighbours && !neighbours->disputed && is_refused_program(script))
            kind_set_foreign(script, neighbours->dialect, first_refused(script));
    }
}

bool kind_has_foreign_neighbour(const GPtrArray *scripts, const struct script *script)
{
    g_autofree char *directory = directory_of(script->path);

    for (guint i = 0; i < scripts->len; i++) {
        g_autofree char *beside = is_evidence(scripts->pdata[i])
                                      ? directory_of(((struct script *)scripts->pdata[i])->path)
                                      : NULL;
        if (g_strcmp0(beside, directory) == 0)
            return true;
    }
    return false;
}
