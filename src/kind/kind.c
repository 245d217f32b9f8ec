#include "kind/kind.h"

#include <string.h>

#include "base/pattern.h"
#include "input/discover.h"
#include "kind/dialect.h"
#include "kind/once.h"

/* ------------------------------------------------------------------ tests */

/* pg_regress compares what psql prints with expected/x.out, or x_1.out and so on (manual, 33.3
 * Variant Comparison Files). */
static const char *const endings[] = {".out", "_0.out", "_1.out", "_2.out", ".expected"};

enum directory {
    DIRECTORY_NONE,    /* there is no such directory */
    DIRECTORY_OTHER,   /* without outputs */
    DIRECTORY_OUTPUTS, /* some file in it ends like an output */
};

struct surroundings {
    GMutex mutex;
    GHashTable *directories; /* enum directory by path */
};

struct surroundings *surroundings_new(void)
{
    struct surroundings *surroundings = g_new0(struct surroundings, 1);

    g_mutex_init(&surroundings->mutex);
    surroundings->directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return surroundings;
}

void surroundings_free(struct surroundings *surroundings)
{
    g_mutex_clear(&surroundings->mutex);
    g_hash_table_unref(surroundings->directories);
    g_free(surroundings);
}

static enum directory look_into(const char *path)
{
    GDir *directory = g_dir_open(path, 0, NULL);
    enum directory found = DIRECTORY_OTHER;
    const char *name;

    if (!directory) /* one that may not be read may have outputs */
        return files_kind(NULL, path) == FILE_DIRECTORY ? DIRECTORY_OUTPUTS : DIRECTORY_NONE;
    while (found == DIRECTORY_OTHER && (name = g_dir_read_name(directory))) {
        if (g_str_has_suffix(name, ".out") || g_str_has_suffix(name, ".expected"))
            found = DIRECTORY_OUTPUTS;
    }
    g_dir_close(directory);
    return found;
}

static enum directory look_once(struct surroundings *surroundings, const char *path)
{
    gpointer known;

    g_mutex_lock(&surroundings->mutex);
    if (!g_hash_table_lookup_extended(surroundings->directories, path, NULL, &known)) {
        known = GINT_TO_POINTER(look_into(path));
        g_hash_table_insert(surroundings->directories, g_strdup(path), known);
    }
    g_mutex_unlock(&surroundings->mutex);
    return (enum directory)GPOINTER_TO_INT(known);
}

static enum directory directory_of(const struct files *files, struct surroundings *surroundings,
                                   const char *path)
{
    if (surroundings && !files)
        return look_once(surroundings, path);
    return files_kind(files, path) == FILE_DIRECTORY ? DIRECTORY_OUTPUTS : DIRECTORY_NONE;
}

static bool exists_as(const struct files *files, const char *directory, const char *name,
                      const char *ending)
{
    g_autofree char *file = g_strconcat(name, ending, NULL);
    g_autofree char *path = g_build_filename(directory, file, NULL);

    return files_kind(files, path) == FILE_REGULAR;
}

static bool has_expected_output(const struct files *files, const char *directory, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (exists_as(files, directory, name, endings[i]))
            return true;
    }
    return false;
}

static bool is_regression_script(const struct script *script, struct surroundings *surroundings)
{
    const struct files *files = script->files;
    g_autofree char *directory = g_path_get_dirname(script->path);
    g_autofree char *above = g_path_get_dirname(directory);
    g_autofree char *name = g_path_get_basename(script->path);
    g_autofree char *inside = g_build_filename(directory, "expected", NULL);
    g_autofree char *beside = g_build_filename(above, "expected", NULL);
    const char *const places[] = {inside, beside};
    char *dot = strrchr(name, '.');

    if (dot)
        *dot = '\0';
    bool looked = surroundings && !files;
    if ((!looked || look_once(surroundings, directory) == DIRECTORY_OUTPUTS) &&
        has_expected_output(files, directory, name))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (directory_of(files, surroundings, places[i]) == DIRECTORY_OUTPUTS &&
            has_expected_output(files, places[i], name))
            return true;
    }
    /* sql/include/x.sql is read by the tests in sql/ */
    g_autofree char *part = g_path_get_basename(above);
    if (strcmp(part, "sql") != 0)
        return false;
    g_autofree char *further = g_path_get_dirname(above);
    g_autofree char *outside = g_build_filename(further, "expected", NULL);
    return directory_of(files, surroundings, outside) != DIRECTORY_NONE;
}

/* smoke_tests, db-test, unit_testing_scripts; a directory lab_tests may be about laboratories. */
static bool is_for_tests(const char *directory)
{
    static const char *const what[] = {"acceptance",  "api",    "db",    "functional",
                                       "integration", "load",   "pgtap", "regression",
                                       "smoke",       "stress", "unit",  NULL};
    static const char *const tests[] = {"test", "tests", "testing", NULL};
    const char *end = strpbrk(directory, "-_");

    if (!end)
        return false;
    g_autofree char *second = g_strndup(end + 1, strcspn(end + 1, "-_"));
    if (!g_strv_contains(tests, second))
        return false;
    g_autofree char *first = g_strndup(directory, (size_t)(end - directory));
    return g_strv_contains(what, first);
}

/* t/sql/x.sql, spec/fixtures/x.sql, sql/_test/x.sql: nobody else runs it. */
static bool is_in_test_directory(const char *below)
{
    static const char *const names[] = {"t",         "xt",           "test",      "tests",
                                        "testing",   "spec",         "specs",     "testdata",
                                        "test_data", "test-data",    "e2e",       "fixture",
                                        "fixtures",  "__fixtures__", "__tests__", NULL};
    g_auto(GStrv) components = g_strsplit(below, "/", -1);

    for (char **each = components; each[0] && each[1]; each++) {
        if (g_strv_contains(names, *each) || g_strv_contains(names, *each + strspn(*each, "_")) ||
            is_for_tests(*each))
            return true;
    }
    return false;
}

/* A function that runtests() of pgTAP calls returns what its tests say, one after the other. */
static bool returns_tests(const struct script *script)
{
    static const char *const tests[] = {"ok", "is", "isnt", "throws_ok", "lives_ok", "results_eq"};
    static const char *const heads[] = {"RETURN NEXT ", "return next "};

    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        for (const char *at = script->bytes; (at = strstr(at, heads[i]));) {
            at += strlen(heads[i]);
            for (size_t j = 0; j < G_N_ELEMENTS(tests); j++) {
                size_t length = strlen(tests[j]);
                if (strncmp(at, tests[j], length) == 0 && at[length] == '(')
                    return true;
            }
        }
    }
    return false;
}

/* A script of pgTAP says how many tests it runs, and ends with finish(). The two are looked for one
 * after the other: one pattern for both would begin again at each of many plans. */
static bool is_pgtap(const struct script *script)
{
    size_t plan;

    if (script_changes(script, CHANGE_CREATE_ROUTINE) && returns_tests(script))
        return true;
    if (!strstr(script->bytes, "finish") && !strstr(script->bytes, "runtests"))
        return false;
    return pattern_occurs("\\bruntests\\s*\\(", PATTERN_CASELESS, script->bytes) ||
           (pattern_find("\\b(no_plan|plan)\\s*\\(", PATTERN_CASELESS, script->bytes, &plan) &&
            pattern_occurs("\\bfinish\\s*\\(", PATTERN_CASELESS, script->bytes + plan));
}

/* ------------------------------------------------------------------ uninstall scripts */

static bool takes_names_away(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);

    return pattern_occurs("(^|[-_.])(un_?install|drop|tear_?down|clean_?up|remove|destroy|purge)"
                          "([-_.]|$)",
                          PATTERN_CASELESS, name);
}

static bool is_drop(const struct statement *statement)
{
    return statement->verb && g_str_has_prefix(statement->verb, "DROP");
}

/* DROP SCHEMA, DROP OWNED, DROP EXTENSION */
static bool drops_much(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        g_autofree char *text = is_drop(each) ? g_strndup(script->bytes + each->span.start,
                                                          each->span.end - each->span.start)
                                              : NULL;
        if (text && pattern_occurs("^DROP\\s+(SCHEMA|OWNED|EXTENSION)\\b", PATTERN_CASELESS, text))
            return true;
    }
    return false;
}

/* A script that drops and makes nothing, all of a schema or by its name. A migration is none. */
static bool is_uninstall(const struct script *script)
{
    bool drops = false;

    if (script->parts->concurrency == RUNS_ALONE || script->parts->next)
        return false;
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (is_drop(each))
            drops = true;
        else if (each->kind == STATEMENT_DEFINE || each->kind == STATEMENT_COPY ||
                 (each->kind == STATEMENT_QUERY && each->query &&
                  each->query->kind != QUERY_SELECT))
            return false;
    }
    return drops && (takes_names_away(script->path) || drops_much(script));
}

/* ------------------------------------------------------------------ the guess */

void kind_set_foreign(struct script *script, const char *dialect, struct span where)
{
    script->kind = KIND_FOREIGN;
    script->dialect = dialect;
    script->foreign = where;
    script->statements = NULL;
    script_outline(script);
    script->errors = NULL;
    script->unread = (struct unread){0};
}

static struct span first_token(const struct script *script)
{
    if (script->statements)
        return (struct span){script->statements->span.start, script->statements->span.start + 1};
    return (struct span){0, MIN(script->size, 1U)};
}

/* What Git has in the place of a file that is kept elsewhere (git-lfs.github.com/spec/v1). */
static bool is_pointer(struct script *script)
{
    if (!g_str_has_prefix(script->bytes, "version https://git-lfs.github.com/spec/"))
        return false;
    kind_set_foreign(script, "Git LFS to fetch", (struct span){0, (uint32_t)strlen("version")});
    script->pointer = true;
    return true;
}

/* What dbt makes SQL of: a file that begins, after comments, with a definition (docs.getdbt.com,
 * Jinja and macros). */
static bool is_macro(struct script *script)
{
    static const char beginning[] = "\\A(?:\\s++|\\{#(?s:.*?)#\\}|--[^\\n]*+\\n|/\\*(?s:.*?)\\*/)*+"
                                    "\\K\\{%-?\\s*(macro|materialization|snapshot|test)\\s";
    size_t at;

    if (!memchr(script->bytes, '{', script->size) || !strstr(script->bytes, "{%") ||
        !pattern_find(beginning, 0, script->bytes, &at))
        return false;
    kind_set_foreign(script, "dbt", (struct span){(uint32_t)at, (uint32_t)at + 2});
    return true;
}

static bool guess_foreign(struct script *script)
{
    bool sure = false;
    struct span where = first_token(script);
    const char *named = dialect_of_path(script->files, script->path, &sure);
    const char *written = dialect_of_text(script, &where);

    /* A file whose text shows what it is is not judged by its name. */
    if (named && !written && dialect_is_postgresql(script) && strcmp(named, "CockroachDB") != 0)
        return false;
    if (named && !sure && !script->errors)
        return false;
    if (named || written)
        kind_set_foreign(script, named ? named : written, where);
    return named || written;
}

static void run_alone(struct script *script)
{
    for (struct part *part = script->parts; part; part = part->next)
        part->concurrency = RUNS_ALONE;
}

void kind_join_transactions(struct script *script)
{
    struct statement *commit = NULL, **link = script_unfinished(script);

    if (!script->parts->recommits)
        return;
    for (struct statement *each = *link; each; each = each->next) {
        if (each->kind == STATEMENT_COMMIT) {
            commit = each;
        } else if (each->kind == STATEMENT_BEGIN && commit) {
            commit->kind = each->kind = STATEMENT_UNREAD; /* marked, to be dropped below */
            commit = NULL;
        }
    }
    while (*link) {
        if ((*link)->kind == STATEMENT_UNREAD)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
}

void kind_guess(struct script *script, const char *below, struct surroundings *surroundings)
{
    if (script->from_stdin || is_pointer(script) || guess_foreign(script) || is_macro(script))
        return;
    script->dump = is_dump(script);
    if (is_regression_script(script, surroundings) || is_pgtap(script) ||
        (below && is_in_test_directory(below)))
        script->kind = KIND_TEST;
    else if (is_uninstall(script))
        script->kind = KIND_UNINSTALL;
    else if (below && is_archived(below))
        script->kind = KIND_HISTORY;
    else if (runs_once(script))
        run_alone(script);
}

void kind_set(struct script *script, enum script_kind kind)
{
    if (kind == KIND_FOREIGN)
        kind_set_foreign(script, dialect_unknown, first_token(script));
    script->kind = kind;
    script->told = true;
}

/* ------------------------------------------------------------------ extensions */

struct release {
    struct script *script;
    char *extension; /* its directory and name */
    char *from, *to; /* `from` is NULL for a script that makes all of it */
};

static void release_finish(void *data)
{
    struct release *release = data;

    g_free(release->extension);
    g_free(release->from);
    g_free(release->to);
}

/* name--1.0.sql, name--1.0--1.1.sql (manual, 38.17.4 Extension Updates) */
static bool read_release(struct script *script, struct release *release)
{
    if (!g_str_has_suffix(script->path, ".sql"))
        return false;
    g_autofree char *path = g_strndup(script->path, strlen(script->path) - strlen(".sql"));
    g_auto(GStrv) parts = g_strsplit(path, "--", 4);
    guint count = g_strv_length(parts);

    if ((count != 2 && count != 3) || !g_ascii_isdigit(parts[1][0]) ||
        strchr(parts[count - 1], '/'))
        return false;
    *release = (struct release){
        .script = script,
        .extension = g_strdup(parts[0]),
        .from = count == 3 ? g_strdup(parts[1]) : NULL,
        .to = g_strdup(parts[count - 1]),
    };
    return true;
}

static const char *newest_version(const GArray *releases, const char *extension)
{
    const char *newest = NULL;

    for (guint i = 0; i < releases->len; i++) {
        const struct release *each = &g_array_index(releases, struct release, i);
        if (!each->from && strcmp(each->extension, extension) == 0 &&
            (!newest || natural_compare(each->to, newest) > 0))
            newest = each->to;
    }
    return newest;
}

static int compare_releases(const void *a, const void *b)
{
    const struct release *x = a, *y = b;
    int order = strcmp(x->extension, y->extension);

    order = order ? order : natural_compare(x->to, y->to);
    return order ? order : strcmp(x->script->path, y->script->path);
}

static enum script_kind kind_of_release(const struct release *release, const char *newest)
{
    bool later = newest && natural_compare(release->to, newest) > 0;

    if (!release->from)
        return g_strcmp0(release->to, newest) == 0 ? KIND_PROGRAM : KIND_HISTORY;
    return later && natural_compare(release->from, release->to) < 0 ? KIND_RELEASED : KIND_HISTORY;
}

void kind_order_extensions(const GPtrArray *scripts)
{
    g_autoptr(GArray) releases = g_array_new(FALSE, FALSE, sizeof(struct release));

    g_array_set_clear_func(releases, release_finish);
    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        struct release release;
        if (script->kind == KIND_PROGRAM && !script->told && read_release(script, &release))
            g_array_append_val(releases, release);
    }
    g_array_sort(releases, compare_releases);
    for (guint i = 0; i < releases->len; i++) {
        struct release *each = &g_array_index(releases, struct release, i);
        each->script->kind = kind_of_release(each, newest_version(releases, each->extension));
        each->script->extension = true;
        each->script->plan = arena_strdup(&each->script->arena, each->extension);
        each->script->planned = i;
    }
}

/* A function's library is known when CREATE EXTENSION runs the script (manual, 36.17.1 Extension Files). */
static bool names_library(const struct script *script)
{
    return script_changes(script, CHANGE_CREATE_ROUTINE) &&
           strstr(script->bytes, "MODULE_PATHNAME");
}

static bool is_below(GHashTable *directories, const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    while (!g_hash_table_contains(directories, directory)) {
        char *above = g_path_get_dirname(directory);
        bool top = strcmp(above, directory) == 0;
        g_free(directory);
        directory = above;
        if (top)
            return false;
    }
    return true;
}

/* A command that the server does not pass over as it does lines of \echo (execute_extension_script
 * in commands/extension.c). */
static bool is_command_of_psql(const struct statement *statement)
{
    return statement->kind == STATEMENT_PSQL && strcmp(statement->psql->command, "echo") != 0 &&
           strcmp(statement->psql->command, "quit") != 0;
}

/* Who creates extensions or databases, or speaks to psql, is no part of an extension: its tests, its
 * set-up by hand. */
static bool stands_outside(const struct script *script)
{
    static const char *const verbs[] = {"CREATE EXTENSION", "DROP EXTENSION", "CREATE DATABASE",
                                        "DROP DATABASE", NULL};

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (is_command_of_psql(each) || (each->verb && g_strv_contains(verbs, each->verb)))
            return true;
    }
    return false;
}

void kind_frame_extensions(const GPtrArray *scripts)
{
    g_autoptr(GHashTable) directories =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < scripts->len; i++) {
        const struct script *script = scripts->pdata[i];
        if (script->kind == KIND_PROGRAM && !script->from_stdin && names_library(script))
            g_hash_table_add(directories, g_path_get_dirname(script->path));
    }
    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        if (script->kind != KIND_PROGRAM || script->from_stdin ||
            !is_below(directories, script->path) || stands_outside(script))
            continue;
        run_alone(script);
        for (struct part *part = script->parts; part; part = part->next)
            part->framing = FRAMING_FILE;
    }
}
