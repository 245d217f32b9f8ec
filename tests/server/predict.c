#include "server/predict.h"

#include <glib.h>

#include "server/schedule.h"
#include "support/page.h"
#include "support/project.h"

bool prediction_counts(const char *predicted)
{
    static const char *const what[] = {"40001",   "40P01",       "25001",      "25006",
                                       "23505",   "lost-update", "write-skew", "read-skew",
                                       "phantom", "stale-read",  NULL};

    return g_strv_contains(what, predicted);
}

bool rule_predicts(const struct rule *rule, const char *what)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++) {
        if (strcmp(rule->predicts[i], what) == 0)
            return true;
    }
    return false;
}

bool finding_foretells(const struct finding *finding, const char *what)
{
    return rule_predicts(finding->rule, what) &&
           (!finding->predicts || strcmp(finding->predicts, what) == 0);
}

static void collect(GHashTable *predicted, const struct finding *finding, unsigned line)
{
    unsigned at = script_position((struct script *)finding->script, finding->span.start).line;

    for (size_t i = 0; i < G_N_ELEMENTS(finding->rule->predicts); i++) {
        const char *what = finding->rule->predicts[i];
        if (what && finding_foretells(finding, what) && prediction_counts(what))
            g_hash_table_insert(
                predicted, g_strdup(what),
                g_strdup_printf("%s at line %u", finding->rule->name, at + line - 1));
    }
}

/* The sessions that are linted, in the order of their names. */
static void add_sessions(GHashTable *parts, GPtrArray *names, GPtrArray *texts)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(parts), (GCompareFunc)strcmp);

    for (GList *key = keys; key; key = key->next) {
        if (strcmp(key->data, "setup") == 0 || strcmp(key->data, "finally") == 0 ||
            !session_is_tested(key->data))
            continue;
        g_ptr_array_add(names, g_strdup_printf("session-%s.sql", (char *)key->data));
        g_ptr_array_add(texts, g_hash_table_lookup(parts, key->data));
    }
}

static const char SCHEMA[] = "schema.sql";

/* The arguments of the command line: the options, and the schema when there is one. */
static GPtrArray *arguments_of(char *const *options, bool schema)
{
    GPtrArray *arguments = g_ptr_array_new();

    for (; options && *options; options++)
        g_ptr_array_add(arguments, *options);
    if (schema) {
        g_ptr_array_add(arguments, (gpointer) "--schema");
        g_ptr_array_add(arguments, (gpointer)SCHEMA);
    }
    g_ptr_array_add(arguments, NULL);
    return arguments;
}

void lint_schedule(struct linted *linted, char *const *options, const char *text)
{
    struct fence fence = {.text = (char *)text};
    g_autoptr(GHashTable) parts = fence_parts(&fence);
    const char *setup = g_hash_table_lookup(parts, "setup");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();

    add_sessions(parts, names, texts);
    bool single = names->len == 0;
    g_autoptr(GPtrArray) arguments = arguments_of(options, setup && !single);
    if (setup) {
        g_ptr_array_add(names, g_strdup(single ? "single.sql" : SCHEMA));
        g_ptr_array_add(texts, (gpointer)setup);
    }
    g_ptr_array_add(names, NULL);
    g_ptr_array_add(texts, NULL);
    lint_texts(linted, (char *const *)arguments->pdata, (const char *const *)names->pdata,
               (const char *const *)texts->pdata);
}

GHashTable *predict(char *const *options, const char *text, unsigned line, enum severity lowest)
{
    GHashTable *predicted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct linted linted;

    lint_schedule(&linted, options, text);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        if (finding->severity >= lowest && !finding->allowed)
            collect(predicted, finding, line);
    }
    linted_finish(&linted);
    return predicted;
}
