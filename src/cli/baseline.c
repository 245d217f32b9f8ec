#include "cli/baseline.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "base/small-file.h"
#include "lint/registry.h"
#include "lint/rule.h"

enum { VERSION = 1 };

struct baseline_entry {
    char *path; /* escaped */
    char *rule;
    char *fingerprint;
};

static void entry_free(void *data)
{
    struct baseline_entry *entry = data;

    g_free(entry->path);
    g_free(entry->rule);
    g_free(entry->fingerprint);
    g_free(entry);
}

static void add(struct baseline *baseline, const char *path, const char *rule,
                const char *fingerprint)
{
    struct baseline_entry *entry = g_new(struct baseline_entry, 1);

    entry->path = g_strdup(path);
    entry->rule = g_strdup(rule);
    entry->fingerprint = g_strdup(fingerprint);
    g_hash_table_replace(baseline->entries, entry->fingerprint, entry);
}

void baseline_init(struct baseline *baseline)
{
    baseline->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
}

void baseline_finish(struct baseline *baseline)
{
    g_clear_pointer(&baseline->entries, g_hash_table_unref);
}

/* ------------------------------------------------------------------ the file */

static bool read_entry(struct baseline *baseline, const cJSON *item)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "path"));
    const char *rule = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "rule"));
    const char *fingerprint =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "fingerprint"));

    if (!path || !rule || !fingerprint)
        return false;
    add(baseline, path, rule, fingerprint);
    return true;
}

static bool read_json(struct baseline *baseline, const cJSON *json, const char *path,
                      struct error *error)
{
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "version");
    const cJSON *findings = cJSON_GetObjectItemCaseSensitive(json, "findings"), *item;

    if (!cJSON_IsNumber(version) || !cJSON_IsArray(findings))
        return error_set(error, "%s: is no baseline", path);
    if (version->valueint != VERSION)
        return error_set(error, "%s: is a baseline of version %d; this isolint knows version %d",
                         path, version->valueint, VERSION);
    cJSON_ArrayForEach(item, findings)
    {
        if (!read_entry(baseline, item))
            return error_set(error, "%s: is no baseline: a finding lacks path, rule or fingerprint",
                             path);
    }
    return true;
}

static unsigned line_of(const char *text, const char *place)
{
    unsigned line = 1;

    for (const char *at = text; at < place; at++)
        line += *at == '\n';
    return line;
}

bool baseline_read(struct baseline *baseline, const char *path, struct error *error)
{
    struct error failure = {0};
    g_autofree char *text = small_file_read(path, NULL, &failure);

    if (!text) {
        error_set(error, "--baseline: %s", failure.message);
        error_clear(&failure);
        return false;
    }
    const char *end = text;
    cJSON *json = cJSON_ParseWithOpts(text, &end, true);
    bool done = json ? read_json(baseline, json, path, error)
                     : error_set(error, "%s:%u: is no baseline: this is not JSON", path,
                                 line_of(text, end));
    cJSON_Delete(json);
    return done;
}

static int compare(const void *a, const void *b)
{
    const struct baseline_entry *x = *(struct baseline_entry *const *)a;
    const struct baseline_entry *y = *(struct baseline_entry *const *)b;
    int order = strcmp(x->path, y->path);

    order = order ? order : strcmp(x->rule, y->rule);
    return order ? order : strcmp(x->fingerprint, y->fingerprint);
}

static GPtrArray *sorted(const struct baseline *baseline)
{
    GPtrArray *entries = g_ptr_array_new();
    GHashTableIter iter;
    gpointer entry;

    g_hash_table_iter_init(&iter, baseline->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry))
        g_ptr_array_add(entries, entry);
    g_ptr_array_sort(entries, compare);
    return entries;
}

char *baseline_text(const struct baseline *baseline)
{
    g_autoptr(GPtrArray) entries = sorted(baseline);
    GString *text = g_string_new(NULL);

    g_string_printf(text, "{\n  \"version\": %d,\n  \"findings\": [", VERSION);
    for (guint i = 0; i < entries->len; i++) {
        const struct baseline_entry *entry = entries->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "path", entry->path);
        cJSON_AddStringToObject(item, "rule", entry->rule);
        cJSON_AddStringToObject(item, "fingerprint", entry->fingerprint);
        char *line = cJSON_PrintUnformatted(item);
        g_string_append_printf(text, "%s\n    %s", i ? "," : "", line);
        cJSON_free(line);
        cJSON_Delete(item);
    }
    g_string_append(text, entries->len ? "\n  ]\n}\n" : "]\n}\n");
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ what is known */

bool baseline_has(const struct baseline *baseline, const struct finding *finding)
{
    return finding->fingerprint && g_hash_table_contains(baseline->entries, finding->fingerprint);
}

static char *escaped_path(const struct baseline_scope *scope, const struct script *script)
{
    return g_uri_escape_string(repository_path(scope->repository, script), "/", FALSE);
}

static GHashTable *linted_paths(const struct baseline_scope *scope)
{
    GHashTable *paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < scope->script_count; i++)
        g_hash_table_add(paths, escaped_path(scope, scope->scripts[i]));
    return paths;
}

static bool file_exists(const struct baseline_scope *scope, const struct baseline_entry *entry)
{
    g_autofree char *path = g_uri_unescape_string(entry->path, NULL);
    g_autofree char *full = path ? g_canonicalize_filename(path, scope->repository->root) : NULL;

    return full && g_file_test(full, G_FILE_TEST_EXISTS);
}

/* Whether the run would have found it, were it still there. */
static bool is_judged(const struct baseline_scope *scope, GHashTable *paths,
                      const struct baseline_entry *entry)
{
    const struct rule_entry *rule = rule_find(entry->rule);

    if (rule && !scope->rules[rule_index(rule->rule)])
        return false;
    return g_hash_table_contains(paths, entry->path) || !file_exists(scope, entry);
}

size_t baseline_count_gone(const struct baseline *baseline, struct finding *const *found,
                           size_t count, const struct baseline_scope *scope)
{
    g_autoptr(GHashTable) paths = linted_paths(scope);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    size_t gone = 0;
    GHashTableIter iter;
    gpointer entry;

    for (size_t i = 0; i < count; i++)
        g_hash_table_add(seen, (gpointer)found[i]->fingerprint);
    g_hash_table_iter_init(&iter, baseline->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry)) {
        const struct baseline_entry *each = entry;
        gone += !g_hash_table_contains(seen, each->fingerprint) && is_judged(scope, paths, each);
    }
    return gone;
}

void baseline_update(struct baseline *baseline, struct finding *const *findings, size_t count,
                     const struct baseline_scope *scope)
{
    g_autoptr(GHashTable) paths = linted_paths(scope);
    GHashTableIter iter;
    gpointer entry;

    g_hash_table_iter_init(&iter, baseline->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry)) {
        if (is_judged(scope, paths, entry))
            g_hash_table_iter_remove(&iter);
    }
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = escaped_path(scope, findings[i]->script);
        add(baseline, path, findings[i]->rule->name, findings[i]->fingerprint);
    }
}
