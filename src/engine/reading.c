/* A file can be named twice, by a link, for the schema and to be linted, and be included by others: it
 * is one input. */
#include "engine/reading.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/configured.h"
#include "engine/parallel.h"
#include "engine/shelf.h"
#include "input/discover.h"
#include "input/read.h"
#include "kind/kind.h"

struct input {
    char *path;
    const char *below; /* the path from the directory on that was searched; NULL: it was named */
    GBytes *text;      /* of a script that is no file; NULL: it is read */
    const char *login, *login_to;
    bool from_stdin; /* "-", or a file that standard input takes the place of */
    bool linted;
    int database; /* whose schema it is; NO_DATABASE: its place says so */
    struct script *script;
    char *trouble;
};

struct reading {
    const struct settings *settings;
    GArray *inputs;
    const char *stdin_name;
    GHashTable *texts; /* GBytes by shown path, or NULL */
    struct surroundings *surroundings;
};

static struct script *parse_within(const struct settings *settings, struct script *script,
                                   const char *below, struct surroundings *surroundings)
{
    script = shelf_parse(settings->shelf, script);
    int kind = configured_kind(settings, script->path);
    if (kind > 0)
        kind_set(script, (enum script_kind)(kind - 1));
    else
        kind_guess(script, below, surroundings);
    configured_runs(settings, script);
    return script;
}

struct script *project_parse(const struct settings *settings, struct script *script,
                             const char *below)
{
    return parse_within(settings, script, below, NULL);
}

/* What the tools of SQL Server save is UTF-16, and is another system's file like others. NULL for any
 * other file. */
static struct script *read_foreign(const struct reading *reading, const struct input *input,
                                   const char *path, const char *shown)
{
    if (reading->settings->files || strcmp(path, "-") == 0)
        return NULL;
    struct script *script = read_script_utf16(path, shown);
    if (!script)
        return NULL;
    script = parse_within(reading->settings, script, input->below, reading->surroundings);
    if (script->kind == KIND_FOREIGN)
        return script;
    script_free(script);
    return NULL;
}

static void read_input(void *context, guint index)
{
    const struct reading *reading = context;
    struct input *input = &g_array_index(reading->inputs, struct input, index);
    const char *path = input->from_stdin ? "-" : input->path;
    const char *shown = input->from_stdin ? reading->stdin_name : input->path;
    const struct files *files = reading->settings->files;
    struct error error = {0};

    GBytes *text = input->text      ? input->text
                   : reading->texts ? g_hash_table_lookup(reading->texts, shown)
                                    : NULL;
    struct script *script =
        text ? read_script_text(text, shown, files) : read_script(path, shown, files, &error);
    if (script)
        input->script =
            parse_within(reading->settings, script, input->below, reading->surroundings);
    else
        input->script = read_foreign(reading, input, path, shown);
    if (!input->script) {
        input->trouble = error.message;
        return;
    }
    error_clear(&error);
    /* What is given as the schema is one, also with a report beside it that looks like a test's
     * expected output. */
    if (!input->linted && !input->below && !input->script->told && input->script->kind == KIND_TEST)
        input->script->kind = KIND_PROGRAM;
    input->script->linted = input->linted;
    input->script->login = input->login;
    input->script->login_to = input->login_to;
    input->script->database = (unsigned)(input->database + 1);
}

/* A file that cannot be read may be an input and be included by others: it is said once. */
static void add_trouble(GPtrArray *troubles, const char *trouble)
{
    if (!g_ptr_array_find_with_equal_func(troubles, trouble, g_str_equal, NULL))
        g_ptr_array_add(troubles, g_strdup(trouble));
}

static void add_unreadable(GPtrArray *troubles, const struct script *script)
{
    for (const char **each = script->unreadable; each && *each; each++)
        add_trouble(troubles, *each);
}

/* What two names of one file have in common. */
static char *identity(const struct settings *settings, const char *path)
{
    struct stat info;

    if (settings->files || strcmp(path, "-") == 0 || stat(path, &info) != 0)
        return g_strdup(path);
    return g_strdup_printf("%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
}

/* Why a run has nothing to lint: most likely a path, a pattern or a name that was not meant so. */
static void report_empty(struct project *project, const struct settings *settings,
                         const struct left_out *left_out)
{
    g_autofree char *paths = g_strjoinv(", ", settings->paths);
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%s: no file to lint (*.sql, *.ddl, *.pgsql, *.psql)", paths);
    if (left_out->excluded)
        g_string_append_printf(line, "; %u left out by exclude patterns", left_out->excluded);
    if (left_out->ignored)
        g_string_append_printf(line, "; %u left out by .gitignore", left_out->ignored);
    g_string_append(line, "; --allow-empty accepts that");
    g_ptr_array_add(project->troubles, g_strdup(line->str));
}

/* What `path` names, or what is below it. */
static const char *part_below(const char *file, const char *path)
{
    if (strcmp(file, path) == 0)
        return NULL;
    return strcmp(path, ".") == 0 ? file : file + strlen(path);
}

const char *project_below(const struct settings *settings, const char *path)
{
    const char *below = NULL;

    for (char **each = settings->paths; *each; each++) {
        size_t length = strcmp(*each, ".") == 0 ? 0 : strlen(*each);
        if (strcmp(path, *each) == 0)
            return NULL;
        if (strncmp(path, *each, length) == 0 &&
            (length == 0 || (*each)[length - 1] == '/' || path[length] == '/'))
            below = part_below(path, *each);
    }
    return below;
}

/* The files that paths name, or that lie below them. */
struct found {
    GPtrArray *files; /* paths */
    GPtrArray *below; /* of each the part below the path that it was found by, or NULL */
    GPtrArray *troubles;
    struct left_out left_out;
};

static void find_files(struct found *found, char **paths, bool linted,
                       const struct settings *settings)
{
    struct ignore *given = ignore_patterns(".", settings->excludes);
    const struct ignore *excluded[] = {given, configured_exclude(settings), NULL};

    *found = (struct found){g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new(), {0}};
    for (char **path = paths; path && *path; path++) {
        if (settings->files)
            g_ptr_array_add(found->files, g_strdup(*path));
        else
            discover_except(*path, linted ? excluded : NULL, settings->force_exclude, found->files,
                            found->troubles, &found->left_out);
        while (found->below->len < found->files->len)
            g_ptr_array_add(found->below,
                            (char *)part_below(found->files->pdata[found->below->len], *path));
    }
    ignore_leave(given);
}

/* Frees the arrays, and with `texts` what they hold. */
static void found_finish(struct found *found, bool texts)
{
    for (guint i = 0; texts && i < found->files->len; i++)
        g_free(found->files->pdata[i]);
    for (guint i = 0; texts && i < found->troubles->len; i++)
        g_free(found->troubles->pdata[i]);
    g_ptr_array_unref(found->files);
    g_ptr_array_unref(found->below);
    g_ptr_array_unref(found->troubles);
}

/* The configurations of the directories in which inputs lie may exclude some of them. */
static void find_linted(struct project *project, struct found *found,
                        const struct settings *settings)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new();

    find_files(found, settings->paths, true, settings);
    if (!settings->files)
        g_ptr_array_extend(places, found->files, NULL, NULL);
    if (settings->stdin_filename)
        g_ptr_array_add(places, settings->stdin_filename);
    if (!configured_nest(settings, places, project->troubles, project->remarks))
        return;
    found_finish(found, true);
    find_files(found, settings->paths, true, settings);
}

/* Adds what was found, and frees `found`. A file of the schema that is linted as well is one input,
 * at the place of the schema. Standard input takes the place of the file whose name it is given. */
static void add_inputs(struct project *project, GArray *inputs, GHashTable *seen,
                       struct found *found, bool linted, const struct settings *settings)
{
    const GPtrArray *files = found->files, *below = found->below;

    g_ptr_array_extend(project->troubles, found->troubles, NULL, NULL);
    if (linted && files->len == 0 && project->troubles->len == 0 && !settings->allow_empty)
        report_empty(project, settings, &found->left_out);
    for (guint i = 0; i < files->len; i++) {
        struct input input = {.path = files->pdata[i],
                              .below = below->pdata[i],
                              .from_stdin = !settings->files && strcmp(files->pdata[i], "-") == 0,
                              .linted = linted,
                              .database = NO_DATABASE};
        bool named = input.from_stdin && settings->stdin_filename;
        char *key = identity(settings, named ? settings->stdin_filename : input.path);
        gpointer index;
        if (g_hash_table_lookup_extended(seen, key, NULL, &index)) {
            struct input *known = &g_array_index(inputs, struct input, GPOINTER_TO_UINT(index));
            known->linted |= linted;
            known->from_stdin |= input.from_stdin;
            if (!input.below && !input.from_stdin)
                known->below = NULL;
            g_free(key);
            g_free(input.path);
            continue;
        }
        g_hash_table_insert(seen, key, GUINT_TO_POINTER(inputs->len));
        g_array_append_val(inputs, input);
    }
    found_finish(found, false);
}

static void add_paths(struct project *project, GArray *inputs, GHashTable *seen, char **paths,
                      const struct settings *settings)
{
    struct found found;

    find_files(&found, paths, false, settings);
    add_inputs(project, inputs, seen, &found, false, settings);
}

static void add_made(GArray *inputs, const GPtrArray *made)
{
    for (guint i = 0; made && i < made->len; i++) {
        const struct made *each = made->pdata[i];
        struct input input = {.path = g_strdup(each->path),
                              .text = each->text,
                              .login = each->login,
                              .login_to = each->login_to,
                              .linted = true,
                              .database = NO_DATABASE};
        g_array_append_val(inputs, input);
    }
}

/* The schema files of a database, and those of all databases: each catalog takes what it is given
 * over, so that each is read by itself. */
static void add_schema(struct project *project, GArray *inputs, char **paths, int database,
                       const struct settings *settings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint first = inputs->len;

    add_paths(project, inputs, seen, paths, settings);
    for (guint i = first; i < inputs->len; i++)
        g_array_index(inputs, struct input, i).database = database;
}

static void add_schemas(struct project *project, GArray *inputs, const struct settings *settings)
{
    for (unsigned i = 0; i < configured_database_count(settings); i++) {
        g_auto(GStrv) own = configured_database_schema(settings, (int)i);
        add_schema(project, inputs, own, (int)i, settings);
        add_schema(project, inputs, settings->schemas, (int)i, settings);
    }
}

/* What a program includes is no program itself. What only a test includes is one all the same. */
static void mark_included(struct project *project, const struct settings *settings)
{
    g_autoptr(GHashTable) scripts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool any = false;

    for (guint i = 0; i < project->scripts->len && !any; i++)
        any = ((const struct script *)project->scripts->pdata[i])->included;
    for (guint i = 0; i < project->scripts->len && any; i++) {
        struct script *script = project->scripts->pdata[i];
        g_hash_table_insert(scripts, identity(settings, script->path), script);
    }
    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        bool program = script->kind == KIND_PROGRAM || script->kind == KIND_INCLUDED;
        for (const char **path = program ? script->included : NULL; path && *path; path++) {
            g_autofree char *key = identity(settings, *path);
            struct script *file = g_hash_table_lookup(scripts, key);
            if (file && file != script && !file->told && file->kind == KIND_PROGRAM &&
                (script->linted || !file->linted))
                file->kind = KIND_INCLUDED;
        }
    }
}

void read_all(struct project *project, const struct settings *settings, GHashTable *texts,
              const GPtrArray *made)
{
    struct reading reading = {
        .settings = settings,
        .inputs = g_array_new(FALSE, FALSE, sizeof(struct input)),
        .stdin_name = settings->stdin_filename ? settings->stdin_filename : "stdin",
        .texts = texts,
        .surroundings = surroundings_new(),
    };

    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct found found;
    find_linted(project, &found, settings);
    add_schemas(project, reading.inputs, settings);
    add_paths(project, reading.inputs, seen, settings->schemas, settings);
    add_inputs(project, reading.inputs, seen, &found, true, settings);
    add_made(reading.inputs, made);
    in_parallel(project, "reading files", read_input, &reading, reading.inputs->len,
                settings->jobs);
    for (guint i = 0; i < reading.inputs->len; i++) {
        struct input *input = &g_array_index(reading.inputs, struct input, i);
        if (input->script) {
            g_ptr_array_add(project->scripts, input->script);
            add_unreadable(project->troubles, input->script);
        } else if (input->trouble) {
            add_trouble(project->troubles, input->trouble);
        }
        g_free(input->path);
        g_free(input->trouble);
    }
    if (!is_cancelled(project->cancelled))
        shelf_trim(settings->shelf);
    mark_included(project, settings);
    surroundings_free(reading.surroundings);
    g_array_unref(reading.inputs);
}
