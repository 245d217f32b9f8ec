/* The library: a project keeps what it is given, and each run makes settings and files of it, as the
 * command line makes them of its options and the disk. */
#include "engine/engine.h"

#include <string.h>

#include "engine/configured.h"
#include "engine/project.h"
#include "engine/result.h"
#include "sql/parse.h"

struct text {
    char *path;
    char *bytes; /* a NUL follows them */
    size_t size;
    enum isolint_role role;
};

/* What decides how the texts are linted; checked, so that a run cannot fail on it. */
struct wishes {
    char *path, *configuration; /* its text; NULL without one */
    size_t size;
    GPtrArray *keys; /* char *: KEY=VALUE; ends with NULL */
    char *select, *extend, *ignore;
};

struct isolint_project {
    struct wishes wishes;
    unsigned jobs;
    GPtrArray *texts;        /* struct text, in order */
    GHashTable *by_path;     /* struct text */
    GHashTable *directories; /* char *: those that texts lie in; filled by a run */
    struct isolint_reader reader;
    bool has_reader;
    struct error error;
    gint cancelled;
};

const char *isolint_version(void)
{
    return ISOLINT_VERSION;
}

const char *isolint_grammar(void)
{
    return parse_grammar();
}

/* ------------------------------------------------------------------ the project */

static void text_free(void *data)
{
    struct text *text = data;

    g_free(text->path);
    g_free(text->bytes);
    g_free(text);
}

struct isolint_project *isolint_project_new(void)
{
    struct isolint_project *project = g_new0(struct isolint_project, 1);

    project->jobs = 1;
    project->wishes.keys = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(project->wishes.keys, NULL);
    project->texts = g_ptr_array_new_with_free_func(text_free);
    project->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    project->directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return project;
}

static void wishes_clear(struct wishes *wishes)
{
    g_free(wishes->path);
    g_free(wishes->configuration);
    g_ptr_array_unref(wishes->keys);
    g_free(wishes->select);
    g_free(wishes->extend);
    g_free(wishes->ignore);
}

void isolint_project_free(struct isolint_project *project)
{
    if (!project)
        return;
    wishes_clear(&project->wishes);
    g_hash_table_unref(project->directories);
    g_hash_table_unref(project->by_path);
    g_ptr_array_unref(project->texts);
    error_clear(&project->error);
    g_free(project);
}

const char *isolint_project_error(const struct isolint_project *project)
{
    return project->error.message ? project->error.message : "";
}

/* Takes the message over. */
static bool fail_with(struct isolint_project *project, struct error *error)
{
    error_clear(&project->error);
    project->error = *error;
    return false;
}

/* ------------------------------------------------------------------ settings */

static bool make_settings(const struct wishes *wishes, struct settings *settings,
                          struct selection *selection, struct error *error)
{
    struct config *config =
        wishes->configuration
            ? config_read_text(wishes->path, wishes->configuration, wishes->size, error)
            : config_none();

    settings_init(settings);
    settings->allow_empty = true;
    settings->select = g_strdup(wishes->select);
    settings->extend_select = g_strdup(wishes->extend);
    settings->ignore = g_strdup(wishes->ignore);
    settings->configured = configured_by(config, (char **)wishes->keys->pdata, error);
    if (!settings->configured)
        return false;
    if (wishes->select) /* what is asked for is reported */
        settings->lowest = SEVERITY_NOTE;
    configured_complete(settings);
    return configured_selection(selection, settings, NULL, error);
}

/* Takes the new wishes over when they are right. */
static bool wish(struct isolint_project *project, struct wishes *wishes)
{
    struct settings settings;
    struct selection selection = {0};
    struct error error = {0};
    bool right = make_settings(wishes, &settings, &selection, &error);

    selection_finish(&selection);
    settings_finish(&settings);
    wishes_clear(right ? &project->wishes : wishes);
    if (!right)
        return fail_with(project, &error);
    project->wishes = *wishes;
    return true;
}

static struct wishes wishes_copy(const struct wishes *wishes)
{
    struct wishes copy = {
        .path = g_strdup(wishes->path),
        .configuration = g_memdup2(wishes->configuration, wishes->size + 1),
        .size = wishes->size,
        .keys = g_ptr_array_new_with_free_func(g_free),
        .select = g_strdup(wishes->select),
        .extend = g_strdup(wishes->extend),
        .ignore = g_strdup(wishes->ignore),
    };

    for (guint i = 0; i < wishes->keys->len; i++)
        g_ptr_array_add(copy.keys, g_strdup(wishes->keys->pdata[i]));
    return copy;
}

/* A NUL follows what is copied. */
static char *copy_of(const char *bytes, size_t size)
{
    char *copy = g_malloc(size + 1);

    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

bool isolint_project_configure(struct isolint_project *project, const char *path, const char *text,
                               size_t size)
{
    struct wishes wishes = wishes_copy(&project->wishes);

    g_free(wishes.path);
    g_free(wishes.configuration);
    wishes.path = text ? g_strdup(path ? path : ".isolint.yml") : NULL;
    wishes.configuration = text ? copy_of(text, size) : NULL;
    wishes.size = text ? size : 0;
    return wish(project, &wishes);
}

bool isolint_project_set(struct isolint_project *project, const char *setting)
{
    struct wishes wishes = wishes_copy(&project->wishes);

    g_ptr_array_insert(wishes.keys, (gint)wishes.keys->len - 1, g_strdup(setting));
    return wish(project, &wishes);
}

bool isolint_project_select(struct isolint_project *project, const char *select, const char *extend,
                            const char *ignore)
{
    struct wishes wishes = wishes_copy(&project->wishes);

    g_free(wishes.select);
    g_free(wishes.extend);
    g_free(wishes.ignore);
    wishes.select = g_strdup(select);
    wishes.extend = g_strdup(extend);
    wishes.ignore = g_strdup(ignore);
    return wish(project, &wishes);
}

void isolint_project_jobs(struct isolint_project *project, unsigned jobs)
{
    project->jobs = CLAMP(jobs, 1, G_MAXINT);
}

/* ------------------------------------------------------------------ texts */

/* "./a.sql" is "a.sql": what lies beside a text is asked for so. */
static const char *plain(const char *path)
{
    while (path[0] == '.' && path[1] == '/' && path[2])
        path += 2;
    return path;
}

bool isolint_project_add(struct isolint_project *project, const char *path, const char *text,
                         size_t size, enum isolint_role role)
{
    struct error error = {0};

    if (!path || !*path) {
        error_set(&error, "a text needs a path");
        return fail_with(project, &error);
    }
    path = plain(path);
    struct text *known = g_hash_table_lookup(project->by_path, path);
    if (!known) {
        known = g_new0(struct text, 1);
        known->path = g_strdup(path);
        g_ptr_array_add(project->texts, known);
        g_hash_table_insert(project->by_path, known->path, known);
    }
    char *bytes = copy_of(text, size);
    g_free(known->bytes);
    known->bytes = bytes;
    known->size = size;
    known->role = role;
    return true;
}

bool isolint_project_remove(struct isolint_project *project, const char *path)
{
    struct text *known = path ? g_hash_table_lookup(project->by_path, plain(path)) : NULL;
    struct error error = {0};

    if (!known) {
        error_set(&error, "%s: is no text of the project", path ? path : "");
        return fail_with(project, &error);
    }
    g_hash_table_remove(project->by_path, known->path);
    g_ptr_array_remove(project->texts, known);
    return true;
}

/* ------------------------------------------------------------------ files */

void isolint_project_reader(struct isolint_project *project, const struct isolint_reader *reader)
{
    project->has_reader = reader != NULL;
    project->reader = reader ? *reader : (struct isolint_reader){0};
}

static enum file_kind kind_of(void *context, const char *path)
{
    static const enum file_kind kinds[] = {[ISOLINT_NO_FILE] = FILE_NONE,
                                           [ISOLINT_REGULAR_FILE] = FILE_REGULAR,
                                           [ISOLINT_DIRECTORY] = FILE_DIRECTORY};
    const struct isolint_project *project = context;

    path = plain(path);
    if (g_hash_table_contains(project->by_path, path))
        return FILE_REGULAR;
    if (g_hash_table_contains(project->directories, path))
        return FILE_DIRECTORY;
    enum isolint_file kind = project->has_reader && project->reader.kind
                                 ? project->reader.kind(project->reader.context, path)
                                 : ISOLINT_NO_FILE;
    return (size_t)kind < G_N_ELEMENTS(kinds) ? kinds[kind] : FILE_OTHER;
}

static char *read_from(void *context, const char *path, size_t *size)
{
    const struct isolint_project *project = context;
    const struct isolint_reader *reader = &project->reader;
    const struct text *text = g_hash_table_lookup(project->by_path, plain(path));

    *size = text ? text->size : 0;
    if (text)
        return copy_of(text->bytes, text->size);
    char *bytes = project->has_reader && reader->read
                      ? reader->read(reader->context, plain(path), size)
                      : NULL;
    char *copy = bytes ? copy_of(bytes, *size) : NULL;
    if (bytes && reader->release)
        reader->release(reader->context, bytes);
    return copy;
}

static void add_directories(GHashTable *directories, const char *path)
{
    char *directory = g_path_get_dirname(path);

    while (g_hash_table_add(directories, directory)) /* takes it over */
        directory = g_path_get_dirname(directory);
}

/* ------------------------------------------------------------------ the run */

/* The paths of one role, behind those that are there already. */
static char **paths_of(const struct isolint_project *project, enum isolint_role role, char **first)
{
    GPtrArray *paths = g_ptr_array_new();

    for (char **each = first; each && *each; each++)
        g_ptr_array_add(paths, *each);
    for (guint i = 0; i < project->texts->len; i++) {
        const struct text *text = project->texts->pdata[i];
        if (text->role == role)
            g_ptr_array_add(paths, g_strdup(text->path));
    }
    g_ptr_array_add(paths, NULL);
    g_free(first);
    return (char **)g_ptr_array_free(paths, FALSE);
}

static struct isolint_result *run(struct isolint_project *project, const struct settings *settings,
                                  const struct selection *selection)
{
    struct project done;

    if (!project_run_until(&done, settings, selection, NULL, NULL, &project->cancelled))
        return NULL;
    struct isolint_result *result = result_of(&done);
    project_finish(&done);
    return result;
}

struct isolint_result *isolint_project_run(struct isolint_project *project)
{
    const struct files files = {kind_of, read_from, project};
    struct isolint_result *result = NULL;
    struct selection selection = {0};
    struct settings settings;
    struct error error = {0};

    g_hash_table_remove_all(project->directories);
    for (guint i = 0; i < project->texts->len; i++)
        add_directories(project->directories, ((struct text *)project->texts->pdata[i])->path);
    if (make_settings(&project->wishes, &settings, &selection, &error)) {
        settings.paths = g_new0(char *, 1); /* what the configuration names lies on disk */
        configured_inputs(&settings);
        settings.paths = paths_of(project, ISOLINT_LINT, settings.paths);
        settings.schemas = paths_of(project, ISOLINT_SCHEMA, settings.schemas);
        settings.files = &files;
        settings.jobs = (int)project->jobs;
        result = run(project, &settings, &selection);
        if (!result)
            error_set(&error, "the run was cancelled");
    }
    g_atomic_int_set(&project->cancelled, 0);
    selection_finish(&selection);
    settings_finish(&settings);
    if (!result)
        fail_with(project, &error);
    return result;
}

void isolint_project_cancel(struct isolint_project *project)
{
    g_atomic_int_set(&project->cancelled, 1);
}
