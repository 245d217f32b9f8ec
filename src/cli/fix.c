#include "cli/fix.h"

#include <string.h>

#include "base/limits.h"
#include "lint/repair.h"
#include "facts/repository.h"
#include "output/rewrite.h"
#include "output/trouble.h"
#include "report/diff.h"

/* What a repair must have changed: there are fewer findings of the rule, or none where it was. */
struct repaired {
    const struct rule *rule;
    guint count;       /* of its findings before */
    struct span place; /* in the text with the repair */
};

struct fixed_file {
    GBytes *original, *before; /* before: the last round */
    guint rounds;
    size_t made; /* findings */
    bool left_alone;

    GArray *last;  /* struct repaired, of the last round; NULL: none */
    size_t errors; /* before it */
};

static void file_free(void *data)
{
    struct fixed_file *file = data;

    g_bytes_unref(file->original);
    g_bytes_unref(file->before);
    g_clear_pointer(&file->last, g_array_unref);
    g_free(file);
}

void fixes_init(struct fixes *fixes)
{
    fixes->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
    fixes->texts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
}

void fixes_finish(struct fixes *fixes)
{
    g_hash_table_unref(fixes->files);
    g_hash_table_unref(fixes->texts);
}

/* ------------------------------------------------------------------ one round */

static size_t count_errors(const struct script *script)
{
    size_t count = 0;

    for (const struct syntax_error *error = script->errors; error; error = error->next)
        count++;
    return count;
}

static guint count_in(const GPtrArray *findings, const struct script *script,
                      const struct rule *rule)
{
    guint count = 0;

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        count += finding->script == script && finding->rule == rule;
    }
    return count;
}

/* All that the rule has found in the script, shown or not. */
static guint count_findings(const struct project *project, const struct script *script,
                            const struct rule *rule)
{
    return count_in(project->findings, script, rule) + count_in(project->lesser, script, rule);
}

static bool found_in(const GPtrArray *findings, const struct script *script,
                     const struct repaired *repaired)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        if (finding->script == script && finding->rule == repaired->rule &&
            finding->span.start >= repaired->place.start &&
            finding->span.start <= repaired->place.end)
            return true;
    }
    return false;
}

static bool holds(const struct fixed_file *file, const struct project *project,
                  const struct script *script)
{
    if (count_errors(script) > file->errors)
        return false;
    for (guint i = 0; i < file->last->len; i++) {
        const struct repaired *repaired = &g_array_index(file->last, struct repaired, i);
        if (count_findings(project, script, repaired->rule) >= repaired->count &&
            (found_in(project->findings, script, repaired) ||
             found_in(project->lesser, script, repaired)))
            return false;
    }
    return true;
}

static void set_text(struct fixes *fixes, const char *path, GBytes *text)
{
    g_hash_table_replace(fixes->texts, g_strdup(path), g_bytes_ref(text));
}

/* Whether the last round had to be taken back. */
static bool take_back(struct fixes *fixes, struct fixed_file *file, const struct project *project,
                      const struct script *script)
{
    if (!file->last)
        return false;
    bool right = holds(file, project, script);
    size_t made_last = file->last->len;
    g_clear_pointer(&file->last, g_array_unref);
    if (right && file->rounds < MOST_FIX_ROUNDS)
        return false;
    g_autofree char *message = g_strdup_printf(
        "%s: a repair is left out, because it does not help; please report this", script->path);
    say(message);
    file->left_alone = true;
    file->made = right ? 0 : file->made - made_last; /* rules contradict one another */
    set_text(fixes, script->path, right ? file->original : file->before);
    return true;
}

static void expect_change(struct fixed_file *file, const struct project *project,
                          const struct script *script, const GPtrArray *made)
{
    g_autoptr(GPtrArray) edits = repair_edits(made);

    file->last = g_array_new(FALSE, FALSE, sizeof(struct repaired));
    file->errors = count_errors(script);
    file->made += made->len;
    file->rounds++;
    for (guint i = 0; i < made->len; i++) {
        const struct finding *finding = made->pdata[i];
        const struct repaired *before =
            i > 0 ? &g_array_index(file->last, struct repaired, i - 1) : NULL;
        struct repaired repaired = {.rule = finding->rule,
                                    .count = before && before->rule == finding->rule
                                                 ? before->count
                                                 : count_findings(project, script, finding->rule),
                                    .place = repair_map(edits, finding->span.start)};
        g_array_append_val(file->last, repaired);
    }
}

static struct fixed_file *new_file(struct fixes *fixes, const struct script *script)
{
    struct fixed_file *file = g_new0(struct fixed_file, 1);

    file->original = g_bytes_new(script_stored(script), script->size);
    file->before = g_bytes_ref(file->original);
    g_hash_table_insert(fixes->files, g_strdup(script->path), file);
    return file;
}

static bool repair(struct fixes *fixes, struct fixed_file *file, const struct project *project,
                   const struct script *script, const GPtrArray *shown)
{
    g_autoptr(GPtrArray) made = g_ptr_array_new();
    g_autoptr(GBytes) text =
        repair_script(script, (struct finding *const *)shown->pdata, shown->len, made);

    if (!text)
        return false;
    if (!file)
        file = new_file(fixes, script);
    g_bytes_unref(file->before);
    file->before = g_bytes_new(script_stored(script), script->size);
    expect_change(file, project, script, made);
    set_text(fixes, script->path, text);
    return true;
}

/* Later rounds see what the first one read: a file may have gone or be another by then, and standard
 * input can be read once. */
static void keep_texts(struct fixes *fixes, const GPtrArray *scripts)
{
    for (guint i = 0; i < scripts->len; i++) {
        const struct script *script = scripts->pdata[i];
        if (g_hash_table_contains(fixes->texts, script->path))
            continue;
        g_autoptr(GBytes) text = g_bytes_new(script_stored(script), script->size);
        set_text(fixes, script->path, text);
    }
}

bool fixes_step(struct fixes *fixes, const struct project *project, const GPtrArray *shown)
{
    bool changed = false;

    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        struct fixed_file *file = g_hash_table_lookup(fixes->files, script->path);
        if (!script->linted)
            continue;
        if (file && take_back(fixes, file, project, script))
            changed = true;
        else if (!file || !file->left_alone)
            changed |= repair(fixes, file, project, script, shown);
    }
    if (changed)
        keep_texts(fixes, project->scripts);
    return changed;
}

/* ------------------------------------------------------------------ the result */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of files whose text is another now, sorted. */
static GPtrArray *changed_paths(const struct fixes *fixes)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer path, data;

    g_hash_table_iter_init(&iter, fixes->files);
    while (g_hash_table_iter_next(&iter, &path, &data)) {
        const struct fixed_file *file = data;
        if (!g_bytes_equal(file->original, g_hash_table_lookup(fixes->texts, path)))
            g_ptr_array_add(paths, g_strdup(path));
    }
    g_ptr_array_sort(paths, compare_names);
    return paths;
}

static void report_made(size_t findings, size_t files)
{
    g_autofree char *message = g_strdup_printf("repaired %zu %s in %zu %s", findings,
                                               findings == 1 ? "finding" : "findings", files,
                                               files == 1 ? "file" : "files");

    say(message);
}

bool fixes_write(struct fixes *fixes, bool quiet)
{
    g_autoptr(GPtrArray) paths = changed_paths(fixes);
    size_t written = 0, made = 0;

    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        struct fixed_file *file = g_hash_table_lookup(fixes->files, path);
        struct error error = {0};
        if (rewrite_file(path, file->original, g_hash_table_lookup(fixes->texts, path), &error)) {
            made += file->made;
            written++;
            continue;
        }
        fail_with(&error);
        g_hash_table_remove(fixes->texts, path);
    }
    if (written > 0 && !quiet)
        report_made(made, written);
    return written == paths->len;
}

GString *fixes_diff(const struct fixes *fixes)
{
    g_autoptr(GPtrArray) paths = changed_paths(fixes);
    GString *diff = g_string_new(NULL);
    struct repository repository;

    repository_init(&repository);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        const struct fixed_file *file = g_hash_table_lookup(fixes->files, path);
        g_autofree char *shown = repository_path_of(&repository, path);
        diff_append(diff, shown, file->original, g_hash_table_lookup(fixes->texts, path));
    }
    repository_finish(&repository);
    return diff;
}
