/* The server as the judge of isolint. Each scenario is played, and what happened is compared with
 * what isolint says about the same text, a program for each session: where a transaction failed, or
 * an anomaly went unnoticed, some finding must predict it; where nothing happened, no finding above
 * a note may predict anything.
 *
 * A baseline lists the scenarios that are not like that at present: "missed", or "false" for a
 * claim that the server does not confirm. It may only become shorter; ISOLINT_UPDATE=1 writes it.
 *
 * Arguments are the baseline, files of scenarios, and words of which a name must contain one. */
#include <stdio.h>

#include "server/collection.h"
#include "server/explore.h"
#include "server/predict.h"
#include "server/run.h"
#include "server/suite.h"

enum verdict {
    AGREED,
    MISSED,
    FALSE_CLAIM,
};

static const char *const verdict_names[] = {"agreed", "missed", "false"};

static const char *baseline_path;
static GHashTable *baseline; /* char * name to verdict */
static GHashTable *reasons;  /* char * name to what stands behind "; because" */
static GString *listed;      /* the baseline of this run */
static GString *claims;      /* false claims, for people */
static unsigned counts[3], scenario_count;

/* ------------------------------------------------------------------ the server */

/* What happened that a finding could have predicted (char * keys). Fails the test when the scenario
 * does not go as it is written. */
static GHashTable *shown_by(const struct entry *entry, const char *text)
{
    struct schedule schedule;
    struct record record;
    GHashTableIter iter;
    gpointer state;

    schedule_read(&schedule, entry->path, entry->line, text);
    if (!run_schedule(&stage, &schedule, NULL, &record))
        suite_fail(record.trouble);
    bool named = schedule.anomaly != NULL;
    if (named && execution_is_serial(&stage, &schedule, NULL, true, record.execution))
        fail_msg("%s:%u: no anomaly: the execution is that of a serial order", entry->path,
                 entry->line);
    GHashTable *shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (named)
        g_hash_table_add(shown, g_strdup(schedule.anomaly));
    g_hash_table_iter_init(&iter, record.states);
    while (g_hash_table_iter_next(&iter, &state, NULL)) {
        if (prediction_counts(state))
            g_hash_table_add(shown, g_strdup(state));
    }
    record_finish(&record);
    schedule_finish(&schedule);
    return shown;
}

/* ------------------------------------------------------------------ isolint */

/* The keys of `all` that `known` has not, sorted and separated by blanks. Owned by the caller. */
static char *missing(GHashTable *all, GHashTable *known)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(all), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);

    for (GList *key = keys; key; key = key->next) {
        if (!known || !g_hash_table_contains(known, key->data))
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", (char *)key->data);
    }
    return g_string_free(text, FALSE);
}

/* Compares both; `detail` is what was missed or claimed, and is owned by the caller. */
static enum verdict judge(const struct entry *entry, char **detail)
{
    g_autofree char *text = entry_schedule(entry);
    g_autoptr(GHashTable) shown = shown_by(entry, text);
    bool happened = g_hash_table_size(shown) > 0;
    g_autoptr(GHashTable) predicted =
        predict(NULL, text, entry->line, happened ? SEVERITY_NOTE : SEVERITY_WARNING);
    GHashTableIter iter;
    gpointer what, finding;

    *detail = happened ? missing(shown, predicted) : missing(predicted, NULL);
    if (**detail == '\0')
        return AGREED;
    if (happened)
        return MISSED;
    g_hash_table_iter_init(&iter, predicted);
    while (g_hash_table_iter_next(&iter, &what, &finding))
        g_string_append_printf(claims, "  %s: %s, says %s\n", entry->name, (char *)what,
                               (char *)finding);
    return FALSE_CLAIM;
}

/* ------------------------------------------------------------------ the baseline */

static const char because[] = "; because ";

static void test_scenario(void **state)
{
    const struct entry *entry = *state;
    enum verdict expected =
        (enum verdict)GPOINTER_TO_INT(g_hash_table_lookup(baseline, entry->name));
    g_autofree char *detail = NULL;
    enum verdict verdict = judge(entry, &detail);

    counts[verdict]++;
    const char *reason = g_hash_table_lookup(reasons, entry->name);
    if (verdict != AGREED)
        g_string_append_printf(listed, "%s %s: %s%s%s\n", verdict_names[verdict], entry->name,
                               detail, because, reason ? reason : "?");
    if (suite_updates())
        return;
    if (verdict != AGREED && verdict == expected && (!reason || *reason == '?'))
        fail_msg("%s says no reason for %s", baseline_path, entry->name);
    if (verdict == expected)
        return;
    if (verdict == AGREED)
        fail_msg("%s:%u: %s is \"%s\" in %s, and now agrees: remove it there (ISOLINT_UPDATE=1)",
                 entry->path, entry->line, entry->name, verdict_names[expected], baseline_path);
    fail_msg("%s:%u: %s: %s %s; it was \"%s\"", entry->path, entry->line, entry->name,
             verdict_names[verdict], detail, verdict_names[expected]);
}

static void read_baseline(void)
{
    g_autofree char *text = NULL;

    baseline = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_file_get_contents(baseline_path, &text, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit_set(*line, " :", 3);
        if (!words[0] || !words[1] || *words[0] == '#')
            continue;
        enum verdict verdict = strcmp(words[0], verdict_names[MISSED]) == 0 ? MISSED : FALSE_CLAIM;
        g_hash_table_insert(baseline, g_strdup(words[1]), GINT_TO_POINTER(verdict));
        const char *reason = strstr(*line, because);
        if (reason)
            g_hash_table_insert(reasons, g_strdup(words[1]), g_strdup(reason + strlen(because)));
    }
}

static const char head[] =
    "# Scenarios in which isolint does not say what the server does: \"missed\" names what\n"
    "# happened and no finding predicts, \"false\" what a finding above a note predicts and nothing\n"
    "# happened. Written by ISOLINT_UPDATE=1 meson test oracle, which keeps the reasons; a new line\n"
    "# has \"?\", and fails until its reason is written. A schedule shows one order of one pair of\n"
    "# sessions: \"copies\" says that two runs of one of them fail, \"order\" that these two fail in\n"
    "# another one.\n";

static bool print_report(void)
{
    unsigned judged = counts[AGREED] + counts[MISSED] + counts[FALSE_CLAIM];
    bool complete = judged == scenario_count;
    bool well = true;

    printf("%s%s%u agreed, %u missed, %u falsely claimed\n", listed->str, claims->str,
           counts[AGREED], counts[MISSED], counts[FALSE_CLAIM]);
    if (complete && suite_updates()) {
        g_autofree char *text = g_strconcat(head, listed->str, NULL);
        well = g_file_set_contents(baseline_path, text, -1, NULL);
    } else if (complete && g_hash_table_size(baseline) > counts[MISSED] + counts[FALSE_CLAIM]) {
        print_error("%s lists scenarios that agree or do not exist\n", baseline_path);
        well = false;
    }
    g_string_truncate(listed, 0);
    g_string_truncate(claims, 0);
    memset(counts, 0, sizeof counts);
    return well;
}

int main(int argc, char **argv)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    int next = 2;

    if (argc < 3)
        return 2;
    baseline_path = argv[1];
    read_baseline();
    listed = g_string_new(NULL);
    claims = g_string_new(NULL);
    for (; argv[next] && g_str_has_suffix(argv[next], ".sql"); next++) {
        GPtrArray *entries = collection_read(argv[next]);
        g_ptr_array_add(files, entries);
        scenario_count += entries->len;
        for (guint i = 0; i < entries->len; i++) {
            struct entry *entry = entries->pdata[i];
            suite_add(tests, entry->name, test_scenario, entry);
        }
    }
    int status = suite_run("oracle", tests, argv + next, print_report);
    g_string_free(listed, TRUE);
    g_string_free(claims, TRUE);
    g_hash_table_unref(baseline);
    g_hash_table_unref(reasons);
    return status;
}
