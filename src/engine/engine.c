/* The library: a project keeps what it is given, and each run makes settings and files of it, as the
 * command line makes them of its options and the disk. */
#include "engine/engine.h"

#include "engine/configured.h"
#include "engine/memory.h"
#include "engine/project.h"
#include "engine/result.h"
#include "engine/shelf.h"
#include "sql/parse.h"

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
    struct memory texts;
    struct shelf *shelf; /* what runs have parsed of them */
    struct files files;  /* what the reader answers */
    struct isolint_reader reader;
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

/* ------------------------------------------------------------------ files */

static enum file_kind kind_of(void *context, const char *path)
{
    static const enum file_kind kinds[] = {[ISOLINT_NO_FILE] = FILE_NONE,
                                           [ISOLINT_REGULAR_FILE] = FILE_REGULAR,
                                           [ISOLINT_DIRECTORY] = FILE_DIRECTORY};
    const struct isolint_reader *reader = context;
    enum isolint_file kind = reader->kind(reader->context, path);

    return (size_t)kind < G_N_ELEMENTS(kinds) ? kinds[kind] : FILE_OTHER;
}

static char *read_from(void *context, const char *path, size_t *size)
{
    const struct isolint_reader *reader = context;
    char *bytes = reader->read(reader->context, path, size);
    char *copy = bytes ? files_copy(bytes, *size) : NULL;

    if (bytes && reader->release)
        reader->release(reader->context, bytes);
    return copy;
}

/* ------------------------------------------------------------------ the project */

struct isolint_project *isolint_project_new(void)
{
    struct isolint_project *project = g_new0(struct isolint_project, 1);

    project->jobs = 1;
    project->wishes.keys = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(project->wishes.keys, NULL);
    memory_init(&project->texts);
    project->shelf = shelf_new();
    project->files = (struct files){kind_of, read_from, &project->reader};
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
    memory_finish(&project->texts);
    shelf_free(project->shelf);
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
        settings->effective.lowest = SEVERITY_NOTE;
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

bool isolint_project_configure(struct isolint_project *project, const char *path, const char *text,
                               size_t size)
{
    struct wishes wishes = wishes_copy(&project->wishes);

    g_free(wishes.path);
    g_free(wishes.configuration);
    wishes.path = text ? g_strdup(path ? path : ".isolint.yml") : NULL;
    wishes.configuration = text ? files_copy(text, size) : NULL;
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

bool isolint_project_add(struct isolint_project *project, const char *path, const char *text,
                         size_t size, enum isolint_role role)
{
    struct error error = {0};

    if (!path || !*path) {
        error_set(&error, "a text needs a path");
        return fail_with(project, &error);
    }
    memory_put(&project->texts, path, text, size, role == ISOLINT_LINT);
    return true;
}

bool isolint_project_remove(struct isolint_project *project, const char *path)
{
    struct error error = {0};

    if (path && memory_remove(&project->texts, path))
        return true;
    error_set(&error, "%s: is no text of the project", path ? path : "");
    return fail_with(project, &error);
}

void isolint_project_reader(struct isolint_project *project, const struct isolint_reader *reader)
{
    if (reader)
        project->reader = *reader;
    project->texts.beyond = reader ? &project->files : NULL;
}

/* ------------------------------------------------------------------ the run */

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
    const struct files files = memory_files(&project->texts);
    struct isolint_result *result = NULL;
    struct selection selection = {0};
    struct settings settings;
    struct error error = {0};

    if (make_settings(&project->wishes, &settings, &selection, &error)) {
        settings.paths = g_new0(char *, 1); /* what the configuration names lies on disk */
        configured_inputs(&settings);
        settings.paths = memory_paths(&project->texts, true, settings.paths);
        settings.schemas = memory_paths(&project->texts, false, settings.schemas);
        settings.files = &files;
        settings.shelf = project->shelf;
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
