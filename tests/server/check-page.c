#include "server/check-page.h"

#include <stdlib.h>

#include "server/explore.h"
#include "server/outcome.h"
#include "server/predict.h"
#include "server/run.h"
#include "support/check.h"

/* Findings about an example that goes right, known to be wrong or to speak of something that the
 * schedule does not show. Each says why it stays. */
static const struct {
    const char *page, *rule, *why;
} exceptions[] = {
    {NULL, NULL, NULL},
};

/* A page while it is tested. */
struct subject {
    struct stage *stage;
    const struct page *page;
    const struct rule *rule;
    struct page_counts *counts;
    GString *troubles;
};

static void complain(struct subject *subject, unsigned line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static void complain(struct subject *subject, unsigned line, const char *format, ...)
{
    va_list arguments;

    g_string_append_printf(subject->troubles, "%s.md:%u: ", subject->page->name, line);
    va_start(arguments, format);
    g_string_append_vprintf(subject->troubles, format, arguments);
    va_end(arguments);
    g_string_append_c(subject->troubles, '\n');
}

/* ------------------------------------------------------------------ what can be run */

/* How the sessions of an example are to be. */
struct manner {
    GString *options; /* of the server */
    bool standby;
    int version; /* the only one it is about, or 0 */
};

/* --set KEY=VALUE and the like: what the project says of itself, which is nothing to a server
 * unless it says where the SQL runs. */
static void take_setting(struct manner *manner, const char *option, const char *value)
{
    if (strcmp(option, "--set") == 0)
        manner->standby |= strcmp(value, "target=standby") == 0;
    else if (strcmp(option, "--server-version") == 0)
        manner->version = atoi(value) * 100;
}

/* What options of isolint mean to a session. Returns false when a server cannot be told. */
static bool read_manner(struct manner *manner, char *const *words)
{
    static const char *const settings[] = {
        "--ignore", "--select", "--extend-select", "--severity", "--set", "--server-version", NULL};

    for (; *words; words++) {
        if (g_strv_contains(settings, *words) && words[1]) {
            take_setting(manner, words[0], words[1]);
            words++;
        } else if (strcmp(*words, "--default-read-only") == 0) {
            g_string_append(manner->options, "-c default_transaction_read_only=on ");
        } else if (strcmp(*words, "--default-isolation") == 0 && words[1]) {
            g_auto(GStrv) level = g_strsplit(*++words, "-", -1);
            g_autofree char *escaped = g_strjoinv("\\\\ ", level);
            g_string_append_printf(manner->options, "-c default_transaction_isolation=%s ",
                                   escaped);
        } else {
            return false;
        }
    }
    return true;
}

static bool promises(const GPtrArray *actions)
{
    for (guint i = 0; i < actions->len; i++) {
        if (((const struct action *)actions->pdata[i])->outcome)
            return true;
    }
    return false;
}

/* Whether a fence is for a server. What is wrong must promise something; what is right must go
 * right. */
static bool is_runnable(const struct fence *fence, const struct schedule *schedule,
                        struct manner *manner)
{
    if (schedule->obstacle || !read_manner(manner, fence->options))
        return false;
    if (fence->kind == FENCE_WRONG)
        return promises(schedule->setup) || promises(schedule->actions) ||
               promises(schedule->finally);
    return fence->kind == FENCE_RIGHT;
}

/* ------------------------------------------------------------------ wrong */

static bool is_marked(const struct fence *fence)
{
    g_auto(GStrv) lines = g_strsplit(fence->text, "\n", -1);

    for (unsigned i = 0; lines[i]; i++) {
        if (line_is_marked(lines[i]))
            return true;
    }
    return false;
}

/* What the server did, the page's rule must predict. */
static void check_predicted(struct subject *subject, const struct fence *fence, const char *what)
{
    if (!rule_predicts(subject->rule, what))
        complain(subject, fence->line, "the schedule shows %s, which %s does not predict", what,
                 subject->rule->name);
    else if (!is_marked(fence))
        complain(subject, fence->line, "the schedule shows %s, and no finding is marked", what);
}

static void check_states(struct subject *subject, const struct fence *fence,
                         const struct record *record)
{
    static const char *const states[] = {"40001", "40P01", "25001", "25006"};

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (g_hash_table_contains(record->states, states[i]))
            check_predicted(subject, fence, states[i]);
    }
}

static void check_anomaly(struct subject *subject, const struct fence *fence,
                          const struct schedule *schedule, const struct record *record,
                          const char *options)
{
    bool named = schedule->anomaly != NULL;

    if (schedule_is_single(schedule))
        return;
    bool serial = execution_is_serial(subject->stage, schedule, options, named, record->execution);
    if (named && serial)
        complain(subject, fence->line,
                 "no anomaly: what the sessions read and left is that of a "
                 "serial order");
    else if (named)
        check_predicted(subject, fence, schedule->anomaly);
    else if (!serial)
        complain(subject, fence->line,
                 "an anomaly that the page does not name (\"-- finally: "
                 "lost update\"): what the sessions read and left is that of "
                 "no serial order");
}

static void check_wrong(struct subject *subject, const struct fence *fence,
                        const struct schedule *schedule, const char *options)
{
    struct record record;

    if (run_schedule(subject->stage, schedule, options, &record)) {
        check_states(subject, fence, &record);
        check_anomaly(subject, fence, schedule, &record, options);
    } else {
        g_string_append_printf(subject->troubles, "%s\n", record.trouble);
    }
    record_finish(&record);
}

/* ------------------------------------------------------------------ right */

static bool is_exception(const struct subject *subject, const char *finding)
{
    for (size_t i = 0; exceptions[i].page; i++) {
        if (strcmp(exceptions[i].page, subject->page->name) == 0 &&
            g_str_has_prefix(finding, exceptions[i].rule))
            return true;
    }
    return false;
}

/* Nothing went wrong, so isolint must not say that it will. */
static void check_unpredicted(struct subject *subject, const struct fence *fence)
{
    g_autoptr(GHashTable) predicted =
        predict(fence->options, fence->text, fence->line, SEVERITY_WARNING);
    GHashTableIter iter;
    gpointer what, finding;

    g_hash_table_iter_init(&iter, predicted);
    while (g_hash_table_iter_next(&iter, &what, &finding)) {
        if (!is_exception(subject, finding))
            complain(subject, fence->line, "nothing goes wrong, but isolint predicts %s: %s",
                     (char *)what, (char *)finding);
    }
}

/* Errors that concurrency may cause in what is right, unless it is what the rule is about. */
static bool may_happen(const struct subject *subject, const char *state)
{
    static const char *const states[] = {"40001", "40P01", "23505", "23503", "23P01",
                                         "55P03", "57014", "P0001", NULL};

    return g_strv_contains(states, state) && !rule_predicts(subject->rule, state);
}

struct failure_check {
    struct subject *subject;
    const struct fence *fence;
};

static gboolean check_failure(gpointer state, gpointer count, gpointer data)
{
    struct failure_check *check = data;

    if (!may_happen(check->subject, state))
        complain(check->subject, check->fence->line, "%s in %u transactions of what is right",
                 (char *)state, GPOINTER_TO_UINT(count));
    return FALSE;
}

static void check_interleavings(struct subject *subject, const struct fence *fence,
                                const struct schedule *schedule, const char *options)
{
    struct exploration exploration;
    struct failure_check check = {subject, fence};

    explore(subject->stage, schedule, options, &exploration);
    subject->counts->interleavings += exploration.total;
    if (exploration.trouble)
        complain(subject, fence->line, "%s", exploration.trouble);
    if (exploration.anomalous > 0)
        complain(subject, fence->line, "%u of %u interleavings are anomalous; the first:\n%s",
                 exploration.anomalous, exploration.total, exploration.first);
    g_tree_foreach(exploration.failures, check_failure, &check);
    if (!exploration.trouble && exploration.anomalous == 0 &&
        g_tree_nnodes(exploration.failures) == 0)
        check_unpredicted(subject, fence);
    exploration_finish(&exploration);
}

static void check_single(struct subject *subject, const struct fence *fence,
                         const struct schedule *schedule, const char *options)
{
    struct record record;

    if (!run_schedule(subject->stage, schedule, options, &record))
        g_string_append_printf(subject->troubles, "%s\n", record.trouble);
    else if (g_hash_table_size(record.states) == 0)
        check_unpredicted(subject, fence);
    record_finish(&record);
}

/* ------------------------------------------------------------------ pages */

static void check_fence(struct subject *subject, const struct fence *fence)
{
    g_autofree char *path = g_strconcat(subject->page->name, ".md", NULL);
    g_autoptr(GString) options = g_string_new(NULL);
    struct manner manner = {.options = options};
    struct schedule schedule;

    schedule_read(&schedule, path, fence->line, fence->text);
    if (is_runnable(fence, &schedule, &manner) &&
        (manner.version == 0 || manner.version == subject->stage->version)) {
        subject->counts->run++;
        subject->stage->on_standby = manner.standby;
        if (fence->kind == FENCE_WRONG)
            check_wrong(subject, fence, &schedule, options->str);
        else if (schedule_is_single(&schedule))
            check_single(subject, fence, &schedule, options->str);
        else
            check_interleavings(subject, fence, &schedule, options->str);
        subject->stage->on_standby = false;
    } else if (fence->kind != FENCE_SILENT) {
        subject->counts->left++;
    }
    schedule_finish(&schedule);
}

/* All that the schedules of a page promise: SQLSTATEs and anomalies (char * keys). */
static GHashTable *shown_by(const struct page *page)
{
    GHashTable *shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < page->fences->len; i++) {
        const struct fence *fence = &g_array_index(page->fences, struct fence, i);
        g_autoptr(GString) options = g_string_new(NULL);
        struct manner manner = {.options = options};
        struct schedule schedule;

        schedule_read(&schedule, page->name, fence->line, fence->text);
        if (fence->kind == FENCE_WRONG && is_runnable(fence, &schedule, &manner)) {
            const GPtrArray *lists[] = {schedule.setup, schedule.actions, schedule.finally};
            for (size_t j = 0; j < G_N_ELEMENTS(lists); j++) {
                for (guint k = 0; k < lists[j]->len; k++)
                    outcome_states(((const struct action *)lists[j]->pdata[k])->outcome, shown);
            }
            if (schedule.anomaly)
                g_hash_table_add(shown, g_strdup(schedule.anomaly));
        }
        schedule_finish(&schedule);
    }
    return shown;
}

char *check_claims(const struct page *page, const struct rule *rule)
{
    g_autoptr(GHashTable) shown = shown_by(page);
    GString *troubles = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts); i++) {
        const char *claim = rule->predicts[i];
        if (claim && strcmp(claim, "no-op") != 0 && strcmp(claim, "performance") != 0 &&
            !g_hash_table_contains(shown, claim))
            g_string_append_printf(troubles,
                                   "%s.md: %s predicts %s, and no schedule of the page shows it\n",
                                   page->name, rule->name, claim);
    }
    return g_string_free(troubles, FALSE);
}

char *check_page(struct stage *stage, const struct page *page, const struct rule *rule,
                 struct page_counts *counts)
{
    struct subject subject = {.stage = stage,
                              .page = page,
                              .rule = rule,
                              .counts = counts,
                              .troubles = g_string_new(NULL)};

    for (guint i = 0; i < page->fences->len && rule->since <= stage->version; i++)
        check_fence(&subject, &g_array_index(page->fences, struct fence, i));
    return g_string_free(subject.troubles, FALSE);
}
